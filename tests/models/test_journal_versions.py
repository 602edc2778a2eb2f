"""Journals that another version of osler wrote."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest

from osler.core.errors import RunError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.journal_merge import merge
from osler.models.journal_rows import make_ready
from osler.models.scripted import ScriptedModel

ROOT = Path(__file__).parents[2]
REQUEST = Request((Message("user", "Which is number 7?"),), "Step 1:", Sampling(0.7, 0.9, 100), "\n\nStep", 7)


def asked(request: Request, name: str) -> tuple[bytes, Reply]:
    """The key that the first version gave a request, by what its `_key` said, and the reply that it kept."""
    identity = ScriptedModel(lambda request, rng: "", name=name).identity
    place = blake2b(repr((identity, request.messages)).encode(), digest_size=8).digest()
    everything = repr((identity, request.messages, request.sampling, request.stop)) + f"{request.seed}\0{request.prefix}"
    return place + blake2b(everything.encode(), digest_size=16).digest(), Reply("kept before", Finish.STOP, Usage(3, 2, 1))


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A journal as the first version made it: its table, word for word, and no version."""
    path = tmp_path / "first.db"
    key, reply = asked(REQUEST, "old")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL,"
            " prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, n_calls INTEGER NOT NULL, error TEXT NOT NULL)"
        )
        db.execute("INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)", (key, reply.text, "stop", 3, 2, 1, ""))
    return path


def test_the_first_version_s_replies_are_found_and_new_ones_kept_beside_them(first):
    _, expected = asked(REQUEST, "old")
    model = ScriptedModel(lambda request, rng: "new", name="old")
    for _ in range(2):
        with closing(Journal(first)) as journal:
            replies = complete_all(JournalledModel(model, journal), [REQUEST, Request((), "", Sampling(), "", 1)])
            assert (replies[0], replies[1].text, len(journal)) == (expected, "new", 2)
    assert len(model.requests) == 1


def test_the_first_version_is_read_and_merged_without_being_changed(first, tmp_path):
    key, expected = asked(REQUEST, "old")
    before = first.read_bytes()
    with closing(Journal(tmp_path / "own", also=[first])) as journal:
        assert journal.find([key]) == {key: expected}
    assert merge(tmp_path / "all", [first]).n_added == 1
    assert first.read_bytes() == before
    with closing(Journal(tmp_path / "all")) as journal:
        assert journal.find([key]) == {key: expected}


def test_an_upgrade_that_was_cut_short_is_begun_again(first):
    """The disk has no room for the second table: the file is still the first version's. With room, the same is done."""
    with closing(sqlite3.connect(first)) as db:
        db.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            make_ready(db, first)
    with closing(sqlite3.connect(first)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (0,)
        assert len(db.execute("PRAGMA table_info(replies)").fetchall()) == 7
    with closing(Journal(first)) as journal:
        assert len(journal) == 1


def test_two_processes_that_open_it_at_once_upgrade_it_once(first):
    script = f"from pathlib import Path; from osler.models.journal import Journal; Journal(Path({str(first)!r})).close()"
    processes = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [(process.wait(), process.stderr and process.stderr.read()) for process in processes] == [(0, "")] * 4
    with closing(Journal(first)) as journal:
        assert len(journal) == 1


def test_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "newer.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE replies (key BLOB PRIMARY KEY, something TEXT)")
        db.execute("PRAGMA user_version = 3")
    before = path.read_bytes()
    for act in (lambda: Journal(path), lambda: Journal(tmp_path / "own", also=[path]), lambda: merge(tmp_path / "all", [path])):
        with pytest.raises(RunError, match=r"newer osler \(version 3 .*; update osler or move the file away") as caught:
            act()
        assert str(caught.value).startswith(f"{path}: ")
    assert path.read_bytes() == before
