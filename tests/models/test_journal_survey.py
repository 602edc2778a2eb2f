"""What lies in a journal, and what is left of it when some is taken out."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from osler.core.errors import RunError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.journal_survey import NOT_RECORDED, ModelShare, prune, survey
from osler.models.scripted import ScriptedModel

DAY_S = 86400


def requests(*numbers: int) -> list[Request]:
    return [Request((Message("user", "one two"),), "", Sampling(), "", number) for number in numbers]


def used(path: Path, name: str, *calls: list[Request], text: str = "three little words") -> str:
    """One opening of the journal for a model; its identity."""
    model = ScriptedModel(lambda request, rng: text, name=name)
    with closing(Journal(path)) as journal:
        journalled = JournalledModel(model, journal)
        for call in calls:
            complete_all(journalled, call)
    return model.identity


def set_time(path: Path, identity: str, began_at: float) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE uses SET began_at = ? WHERE model = ?", (int(began_at), identity))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two models. The first makes 4 replies, finds 2 of them in the same opening, and all 4 in the next; the second makes 1. A reply has
    2 words before it and 3 in it."""
    path = tmp_path / "journal.db"
    used(path, "one", requests(1, 2), requests(1, 2, 3, 4))
    used(path, "one", requests(1, 2, 3, 4))
    used(path, "two", requests(1))
    return path


def test_what_each_model_has_is_counted(path):
    found = survey(path)
    one, two = found.models
    assert (found.n_replies, found.version, found.path) == (5, 2, str(path))
    assert (one.n_replies, one.prompt_tokens, one.completion_tokens, one.n_found, one.n_failed, one.n_uses) == (4, 8, 12, 6, 0, 2)
    assert (two.n_replies, two.prompt_tokens, two.completion_tokens, two.n_found, two.n_failed, two.n_uses) == (1, 2, 3, 0, 0, 1)
    assert (one.hit_rate, two.hit_rate) == (0.6, 0)
    assert one.first_at is not None
    assert one.last_at is not None
    assert 0 <= one.last_at - one.first_at <= time.time() - one.first_at + 1 < 3600
    assert one.n_bytes == 4 * (24 + len("three little words"))
    assert found.n_bytes == path.stat().st_size


def test_replies_that_failed_are_counted_and_not_kept(tmp_path):
    class Broken(ScriptedModel):
        def complete(self, requests):
            for batch in super().complete(requests):
                yield [(at, Reply("", Finish.ERROR, Usage(), "busy", 5) if at else reply) for at, reply in batch]

    with closing(Journal(tmp_path / "journal.db")) as journal:
        complete_all(JournalledModel(Broken(lambda request, rng: "so"), journal), requests(1, 2, 3))
    [share] = survey(tmp_path / "journal.db").models
    assert (share.n_replies, share.n_failed) == (1, 2)


def test_a_model_that_found_everything_is_there_too(path):
    """All its replies came from another journal."""
    own = path.with_name("own.db")
    with closing(Journal(own, also=[path])) as journal:
        complete_all(JournalledModel(ScriptedModel(lambda request, rng: "", name="one"), journal), requests(1, 2))
    [share] = survey(own).models
    assert (share.n_replies, share.n_found, share.hit_rate) == (0, 2, 1)


def test_a_journal_in_use_is_surveyed_as_it_is_and_left_as_it_is(path):
    with closing(Journal(path)) as journal:
        journal.keep([(b"new", Reply("", Finish.END, Usage()))], "three")
        assert survey(path).n_replies == 6
        assert survey(path).n_bytes > path.stat().st_size, "what is not in the file yet lies in the log beside it"


def test_an_empty_journal_and_one_of_the_first_version(tmp_path):
    Journal(tmp_path / "empty.db").close()
    assert survey(tmp_path / "empty.db").models == ()
    with closing(sqlite3.connect(tmp_path / "first.db")) as db, db:
        columns = (
            "key BLOB PRIMARY KEY, text TEXT, finish TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, n_calls INTEGER, error TEXT"
        )
        db.execute(f"CREATE TABLE replies ({columns})")
        db.execute("INSERT INTO replies VALUES (x'00', 'so', 'end', 5, 7, 1, '')")
    first = survey(tmp_path / "first.db")
    assert first.models == (ModelShare(NOT_RECORDED, 1, 5, 7, 3, 0, 0, 0, None, None),)
    assert first.models[0].hit_rate is None
    Journal(tmp_path / "first.db").close()
    assert survey(tmp_path / "first.db").models == first.models


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_what_is_no_journal_is_named(content, tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    for act in (lambda: survey(path), lambda: prune(path, None, None)):
        with pytest.raises(RunError) as caught:
            act()
        assert str(caught.value).startswith(f"{path}: ")
    assert path.read_bytes() == content


# pruning


def test_the_replies_of_a_model_go_and_the_room_is_given_back(tmp_path):
    path = tmp_path / "journal.db"
    one = used(path, "one", requests(*range(300)), text="word " * 200)
    two = used(path, "two", requests(1, 2))
    size = path.stat().st_size
    pruned = prune(path, [one], None)
    assert pruned.n_replies == 300
    assert pruned.n_bytes == size - path.stat().st_size > 300 * 1000
    assert [(share.model, share.n_replies) for share in survey(path).models] == [(two, 2)]
    assert used(path, "two", requests(1, 2)) == two
    assert survey(path).n_replies == 2, "what is left is found again"


def test_what_is_older_goes(path):
    one, two = (share.model for share in survey(path).models)
    set_time(path, one, time.time() - 5 * DAY_S)
    set_time(path, two, time.time() - 2 * DAY_S)
    assert prune(path, None, time.time() - 7 * DAY_S).n_replies == 0
    assert prune(path, [two], time.time() - 3 * DAY_S).n_replies == 0
    assert prune(path, None, time.time() - 3 * DAY_S).n_replies == 4
    assert [share.model for share in survey(path).models] == [two]


def test_what_has_no_time_goes_by_name_only(tmp_path):
    path = tmp_path / "first.db"
    with closing(Journal(path)) as journal:
        journal.keep([(b"a", Reply("", Finish.END, Usage()))], "model")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE replies SET use = NULL")
    assert prune(path, None, time.time() + DAY_S).n_replies == 0
    assert prune(path, ["model"], None).n_replies == 0
    assert prune(path, [NOT_RECORDED], None).n_replies == 1


def test_how_often_what_is_left_was_found_stays_known(path):
    """The second use of the first model kept nothing: its hits are not lost with the second model."""
    one, two = (share.model for share in survey(path).models)
    before = survey(path).models[0]
    prune(path, [two], None)
    assert survey(path).models == (before,)
    assert before.model == one


def test_one_in_use_is_not_pruned(path):
    with closing(Journal(path)) as journal:
        assert len(journal) == 5
        with pytest.raises(RunError, match=f"{path}: another process has this journal open; wait for it"):
            prune(path, None, None)
        assert len(journal) == 5
        journal.keep([(b"new", Reply("", Finish.END, Usage()))])
    assert prune(path, None, None).n_replies == 6
    assert survey(path).n_replies == 0


def test_a_newer_journal_is_not_pruned(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 3")
    with pytest.raises(RunError, match="newer osler"):
        prune(path, None, None)
