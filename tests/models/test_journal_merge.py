"""Several journals as one: read beside one's own, and merged into one."""

import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import RunError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, Written, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.journal_merge import Conflict, Merged, merge
from osler.models.scripted import ScriptedModel

ROOT = Path(__file__).parents[2]
REQUESTS = [Request((Message("user", f"Which is number {n}?"),), "Step 1:", Sampling(), "\n\nStep", n) for n in range(10)]


def by_seed(request: Request, rng: random.Random) -> str:
    return f"{request.seed} {rng.random()}"


EXPECTED = complete_all(ScriptedModel(by_seed), REQUESTS)


def reply(text: str, **more) -> Reply:
    return Reply(text, Finish.END, Usage(1, 2, 1), **more)


def kept(path: Path, *rows: tuple[bytes, Reply], identity: str = "model") -> Path:
    """A journal that holds these."""
    with closing(Journal(path)) as journal:
        journal.keep(rows, identity)
    return path


def replies_in(path: Path, *keys: bytes) -> dict[bytes, Reply]:
    with closing(Journal(path)) as journal:
        assert len(journal) == len(journal.find(keys))
        return journal.find(keys)


def uses_in(path: Path) -> list[tuple[str, int, int]]:
    """Of every use: its model, how many replies it kept, and how many it found."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT model, (SELECT count(*) FROM replies WHERE use = uses.id), n_found FROM uses ORDER BY id").fetchall()


# beside one's own


def test_what_another_journal_holds_is_not_asked_for_again_and_not_written(tmp_path):
    main, own = tmp_path / "main.db", tmp_path / "own.db"
    with closing(Journal(main)) as journal:
        complete_all(JournalledModel(ScriptedModel(by_seed), journal), REQUESTS[:6])
    before = main.read_bytes()
    model = ScriptedModel(by_seed)
    with closing(Journal(own, also=[main])) as journal:
        assert complete_all(JournalledModel(model, journal), REQUESTS) == EXPECTED
        assert len(journal) == 4
    assert model.requests == REQUESTS[6:]
    assert main.read_bytes() == before
    assert [(n_kept, n_found) for _, n_kept, n_found in uses_in(own)] == [(4, 6)]


def test_one_s_own_comes_first_and_then_the_others_in_their_order(tmp_path):
    own, first = kept(tmp_path / "own", (b"a", reply("own"))), kept(tmp_path / "1", (b"a", reply("1")), (b"b", reply("1")))
    second = kept(tmp_path / "2", *((key, reply("2")) for key in (b"a", b"b", b"c")))
    with closing(Journal(own, also=[first, second])) as journal:
        found = journal.find([b"a", b"b", b"c", b"d"])
    assert {key: each.text for key, each in found.items()} == {b"a": "own", b"b": "1", b"c": "2"}


def test_what_another_process_adds_is_found_at_once(tmp_path):
    with closing(Journal(tmp_path / "main")) as main, closing(Journal(tmp_path / "own", also=[tmp_path / "main"])) as own:
        assert own.find([b"a"]) == {}
        main.keep([(b"a", reply("new"))])
        assert own.find([b"a"]) == {b"a": reply("new")}


def test_a_journal_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path / "none.db", tmp_path):
        with pytest.raises(RunError, match=r"there is no such journal; check the path") as caught:
            Journal(tmp_path / "own.db", also=[path])
        assert str(caught.value).startswith(f"{path}: ")
        assert not (tmp_path / "none.db").exists()


# into one


def test_the_union_is_merged_and_each_journal_is_left_as_it_was(tmp_path):
    """a is in both and equal, b in the first, c in the second: of 4 replies, 3 are new and 1 is equal."""
    parts = [
        kept(tmp_path / "1", (b"a", reply("a")), (b"b", reply("b"))),
        kept(tmp_path / "2", (b"c", reply("c")), (b"a", reply("a"))),
    ]
    before = [part.read_bytes() for part in parts]
    assert merge(tmp_path / "all", parts) == Merged(4, 3, 0, ())
    assert replies_in(tmp_path / "all", b"a", b"b", b"c") == {key: reply(key.decode()) for key in (b"a", b"b", b"c")}
    assert [part.read_bytes() for part in parts] == before


def test_everything_of_a_reply_is_merged(tmp_path):
    whole = reply("so", n_attempts=3, logprobs=(-0.5, -1e-300), written=Written("so\n\nStep", (7, 70_000)))
    merge(tmp_path / "all", [kept(tmp_path / "1", (b"a", whole))])
    assert replies_in(tmp_path / "all", b"a") == {b"a": whole}


def test_of_two_texts_the_first_stays_and_the_other_is_told_of(tmp_path):
    parts = [kept(tmp_path / "1", (b"a", reply("one"))), kept(tmp_path / "2", (b"a", reply("another" * 100)), (b"b", reply("b")))]
    conflict = Conflict("61", "model", "one", ("another" * 100)[:200], str(parts[1]))
    merged = merge(tmp_path / "all", parts)
    assert merged == Merged(3, 2, 1, (conflict,))
    assert merged.n_equal == 0
    assert replies_in(tmp_path / "all", b"a", b"b") == {b"a": reply("one"), b"b": reply("b")}
    assert merge(tmp_path / "all", parts[1:]).n_conflicts == 1, "told again, however often it is merged"


@pytest.mark.parametrize(
    ("other", "n_conflicts"),
    [
        (Reply("a", Finish.LENGTH, Usage(1, 2, 1)), 1),
        (Reply("a", Finish.END, Usage(1, 3, 1)), 1),
        (reply("a", written=Written("a", (1,))), 1),
        (reply("a", n_attempts=2), 0),
        (reply("a", logprobs=(-0.25,)), 0),
    ],
)
def test_what_a_run_would_see_makes_a_conflict(other, n_conflicts, tmp_path):
    merged = merge(tmp_path / "all", [kept(tmp_path / "1", (b"a", reply("a"))), kept(tmp_path / "2", (b"a", other))])
    assert merged.n_conflicts == n_conflicts
    assert merged.n_equal == 1 - n_conflicts


def test_many_conflicts_are_all_counted_and_a_hundred_named(tmp_path):
    keys = [b"%03d" % number for number in range(150)]
    parts = [kept(tmp_path / name, *((key, reply(name)) for key in keys)) for name in ("1", "2", "3")]
    merged = merge(tmp_path / "all", parts)
    assert (merged.n_read, merged.n_added, merged.n_conflicts, len(merged.conflicts)) == (450, 150, 300, 100)


def test_merging_again_changes_nothing(tmp_path):
    """Nor are uses counted twice; one that went on since the first time says what it says now."""
    part = kept(tmp_path / "1", (b"a", reply("a")), identity="one")
    kept(part, (b"b", reply("b")), identity="other")
    assert merge(tmp_path / "all", [part, part]) == Merged(4, 2, 0, ())
    assert uses_in(tmp_path / "all") == [("one", 1, 0), ("other", 1, 0)]
    with closing(sqlite3.connect(part)) as db, db:
        db.execute("UPDATE uses SET n_found = 7 WHERE model = 'other'")
    assert merge(tmp_path / "all", [part]).n_added == 0
    assert uses_in(tmp_path / "all") == [("one", 1, 0), ("other", 1, 7)]


def test_a_merged_reply_keeps_its_model(tmp_path):
    """The second journal's first use has the number of the first journal's: they stay apart."""
    parts = [
        kept(tmp_path / "1", (b"a", reply("a")), identity="one"),
        kept(tmp_path / "2", (b"b", reply("b")), (b"c", reply("c")), identity="two"),
    ]
    merge(tmp_path / "all", parts)
    assert uses_in(tmp_path / "all") == [("one", 1, 0), ("two", 2, 0)]


@settings(max_examples=15, deadline=None)
@given(parts=st.lists(st.dictionaries(st.binary(min_size=1, max_size=1), st.sampled_from(["x", "y"]), max_size=6), min_size=1, max_size=4))
def test_a_union_is_what_dictionaries_make_of_it(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("union")
    paths = [kept(folder / str(number), *((key, reply(text)) for key, text in part.items())) for number, part in enumerate(parts)]
    expected: dict[bytes, str] = {}
    for part in parts:
        expected = part | expected
    n_conflicts = sum(expected[key] != text for part in parts for key, text in part.items())
    merged = merge(folder / "all", paths)
    assert (merged.n_read, merged.n_added, merged.n_conflicts) == (sum(map(len, parts)), len(expected), n_conflicts)
    assert {key: each.text for key, each in replies_in(folder / "all", *expected).items()} == expected


def test_the_journal_of_a_killed_process_comes_in_with_all_that_it_kept(tmp_path):
    """It lies in the write-ahead log: nobody closed the file."""
    script = f"""
import os, pathlib, signal
from osler.core.model import Finish, Reply, Usage
from osler.models.journal import Journal
journal = Journal(pathlib.Path({str(tmp_path / "1")!r}))
journal.keep([(b"a", Reply("a", Finish.END, Usage(1, 2, 1)))], "model")
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert merge(tmp_path / "all", [tmp_path / "1"]) == Merged(1, 1)
    assert replies_in(tmp_path / "all", b"a") == {b"a": reply("a")}


def test_a_journal_in_use_comes_in_as_it_is_now(tmp_path):
    with closing(Journal(tmp_path / "1")) as journal:
        journal.keep([(b"a", reply("a"))])
        assert merge(tmp_path / "all", [tmp_path / "1"]).n_added == 1
        journal.keep([(b"b", reply("b"))])
        assert merge(tmp_path / "all", [tmp_path / "1"]).n_added == 1


def test_nothing_is_merged_where_one_cannot_be(tmp_path):
    good, bad = kept(tmp_path / "1", (b"a", reply("a"))), tmp_path / "2"
    bad.write_bytes(b"no database" * 100)
    with pytest.raises(RunError, match=f"{bad}: .*move it away"):
        merge(tmp_path / "all", [good, bad])
    with pytest.raises(RunError, match="cannot be merged into itself"):
        merge(good, [good])
    assert not (tmp_path / "all").exists()


def test_names_with_signs_of_an_address_are_names(tmp_path):
    folder = tmp_path / "50% of #1? yes"
    folder.mkdir()
    part = kept(folder / "a&b.db", (b"a", reply("a")))
    assert merge(folder / "all?.db", [part]).n_added == 1
    assert replies_in(folder / "all?.db", b"a") == {b"a": reply("a")}
