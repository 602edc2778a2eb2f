import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import RunError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, Written, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.scripted import ScriptedModel

ROOT = Path(__file__).parents[2]
FULL = "The answer is " + "so very long " * 300


def request(number: int = 0, **changes) -> Request:
    return replace(Request((Message("user", f"Which is number {number}?"),), "Step 1:", Sampling(), "\n\nStep", number), **changes)


REQUESTS = [request(number) for number in range(10)]


def by_seed(request: Request, rng: random.Random) -> str:
    return f"{request.seed} {rng.random()}"


class Failing(ScriptedModel):
    """Dies when it is asked for its batch number `n_good` (from 0)."""

    def __init__(self, n_good: int, *, batch_size: int = 4) -> None:
        super().__init__(by_seed, batch_size=batch_size)
        self._n_good = n_good

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        for number, batch in enumerate(super().complete(requests)):
            if number == self._n_good:
                raise ConnectionError("gone")
            yield batch


def sentence_of(error: pytest.ExceptionInfo[RunError], path: Path) -> str:
    """The message, which is one sentence that begins with the place and ends with what to do."""
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message.split("; ")) == 2
    return message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_reply_is_generated_once(path):
    model = ScriptedModel(by_seed)
    first = complete_all(JournalledModel(model, Journal(path)), REQUESTS)
    again = complete_all(JournalledModel(model, Journal(path)), REQUESTS)
    assert model.requests == REQUESTS
    assert first == again == complete_all(ScriptedModel(by_seed), REQUESTS)
    assert len(Journal(path)) == 10


def test_equal_requests_in_one_call_are_asked_once_and_all_answered(path):
    """Two of three are equal: two are asked, three are answered."""
    model = ScriptedModel(by_seed)
    replies = complete_all(JournalledModel(model, Journal(path)), [REQUESTS[0], REQUESTS[1], REQUESTS[0]])
    assert model.requests == REQUESTS[:2]
    assert replies[0] == replies[2] != replies[1]


def test_only_what_is_missing_is_asked_for_and_the_order_is_kept(path):
    model = ScriptedModel(by_seed)
    complete_all(JournalledModel(model, Journal(path)), REQUESTS[3:6])
    replies = complete_all(JournalledModel(model, Journal(path)), REQUESTS[::-1])
    assert model.requests == [*REQUESTS[3:6], *REQUESTS[:5:-1], *REQUESTS[2::-1]]
    assert replies == complete_all(ScriptedModel(by_seed), REQUESTS[::-1])


@settings(max_examples=30, deadline=None)
@given(calls=st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=5), batch_size=st.integers(1, 4))
def test_replies_do_not_depend_on_what_was_asked_before(calls, batch_size):
    journal, model = Journal(Path(":memory:")), ScriptedModel(by_seed, batch_size=batch_size)
    for call in calls:
        requests = [REQUESTS[number] for number in call]
        assert complete_all(JournalledModel(model, journal), requests) == complete_all(ScriptedModel(by_seed), requests)
    assert len(model.requests) == len(journal) == len({number for call in calls for number in call})


@pytest.mark.parametrize(
    "other",
    [
        request(messages=(Message("user", "Which is number 1?"),)),
        request(messages=(Message("system", "Which is number 0?"),)),
        request(messages=(Message("user", "Which is number 0?"), Message("user", ""))),
        request(prefix="Step 1: "),
        request(prefix=""),
        request(stop="\n\n"),
        request(stop=""),
        request(seed=1),
        request(sampling=Sampling(temperature=0.9)),
        request(sampling=Sampling(top_p=0.9)),
        request(sampling=Sampling(max_tokens=1025)),
    ],
)
def test_everything_that_could_change_a_reply_makes_it_another_one(other, path):
    model, journal = ScriptedModel(by_seed), Journal(path)
    complete_all(JournalledModel(model, journal), [request()])
    complete_all(JournalledModel(model, journal), [other])
    assert model.requests == [request(), other]


# Parts of the text of a key: what separates the fields in it, and how a tuple, a number and the tokens are written there.
TEXTS = st.lists(st.sampled_from(["a", "\0", "1", "'", '"', "\\", ", ", "(", ")", "written ", "((0, "]), max_size=4).map("".join)
PARTS = st.tuples(st.integers(0, 2), st.builds(Written, TEXTS, st.lists(st.integers(0, 11), max_size=3).map(tuple)))
ASKED = st.builds(
    Request,
    messages=st.lists(st.builds(Message, st.sampled_from(["system", "user"]), TEXTS), max_size=2).map(tuple),
    prefix=TEXTS,
    sampling=st.builds(Sampling, st.sampled_from([0.0, 1.0]), st.sampled_from([0.5, 1.0]), st.integers(1, 11)),
    stop=TEXTS,
    seed=st.integers(-1, 11),
    written=st.lists(PARTS, max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(one=ASKED, other=ASKED, names=st.tuples(TEXTS, TEXTS), taken=st.sets(st.sampled_from([field.name for field in fields(Request)])))
def test_two_keys_are_equal_where_the_model_and_every_field_are(one, other, names, taken):
    """`other` has some fields of `one`, or all of them."""
    other = replace(other, **{name: getattr(one, name) for name in taken})
    journal = Journal(Path(":memory:"))
    models = [JournalledModel(ScriptedModel(by_seed, name=name), journal) for name in names]
    keys = [model._key(request) for model, request in zip(models, (one, other), strict=True)]
    assert (keys[0] == keys[1]) is (names[0] == names[1] and one == other)
    assert models[0]._key(one) == models[0]._key(replace(one)) == keys[0]


@pytest.mark.parametrize("field", [field.name for field in fields(Request)])
def test_no_field_of_a_request_is_left_out_of_the_key(field):
    written = ((0, Written("Step 1:", (1,))),)
    whole = request(written=written)
    others = {
        "messages": (Message("user", "Which?"),),
        "prefix": "Step 2:",
        "sampling": Sampling(0.5),
        "stop": "",
        "seed": 7,
        "written": ((0, Written("Step 1:", (2,))),),
    }
    model = JournalledModel(ScriptedModel(by_seed), Journal(Path(":memory:")))
    assert model._key(replace(whole, **{field: others[field]})) != model._key(whole)


def test_another_model_s_replies_are_not_taken(path):
    one, other = ScriptedModel({"number": "one"}, name="one"), ScriptedModel({"number": "other"}, name="other")
    journal = Journal(path)
    assert [reply.text for reply in complete_all(JournalledModel(one, journal), [request()])] == ["one"]
    assert [reply.text for reply in complete_all(JournalledModel(other, journal), [request()])] == ["other"]


def test_it_says_of_itself_what_the_model_says(path):
    model = ScriptedModel(by_seed, name="inner")
    journalled = JournalledModel(model, Journal(path))
    assert (journalled.identity, journalled.is_reproducible) == (model.identity, True)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(),
    error=st.text(),
    finish=st.sampled_from(Finish),
    counts=st.tuples(*[st.integers(0, 2**40)] * 3),
    n_attempts=st.integers(1, 99),
    logprobs=st.lists(st.floats(max_value=0) | st.floats(max_value=0, width=32)).map(tuple),
    tail=st.none() | st.text(),
    is_whole=st.booleans(),
    token_ids=st.lists(st.integers(0, 2**16) | st.integers(0, 2**32 - 1)).map(tuple),
)
def test_a_reply_comes_back_as_it_went(text, error, finish, counts, n_attempts, logprobs, tail, is_whole, token_ids):
    journal = Journal(Path(":memory:"))
    written = None if tail is None else Written(text + tail if is_whole else tail, token_ids)
    reply = Reply(text, finish, Usage(*counts), error, n_attempts, logprobs, written)
    journal.keep([(b"key", reply)])
    assert journal.find([b"key", b"another"]) == {b"key": reply}


def test_more_keys_than_one_query_takes_are_all_found(path):
    journal = Journal(path)
    rows = [(str(number).encode(), Reply(str(number), Finish.END, Usage())) for number in range(1203)]
    journal.keep(rows)
    assert journal.find([key for key, _ in rows]) == dict(rows)
    assert journal.find([]) == {}


def test_an_empty_journal_is_a_journal():
    """`if journal` asks whether there is one."""
    assert Journal(Path(":memory:"))


# failures


def test_a_reply_that_failed_is_not_kept_and_is_asked_again(path):
    class FailingOnce(ScriptedModel):
        def complete(self, requests):
            for batch in super().complete(requests):
                is_first = len(self.requests) == 3
                yield [(at, Reply("", Finish.ERROR, Usage(), "busy") if is_first and at == 1 else reply) for at, reply in batch]

    model = FailingOnce(by_seed)
    journalled = JournalledModel(model, Journal(path))
    replies = complete_all(journalled, REQUESTS[:3])
    assert [reply.finish for reply in replies] == [Finish.END, Finish.ERROR, Finish.END]
    assert len(Journal(path)) == 2
    assert complete_all(journalled, REQUESTS[:3]) == complete_all(ScriptedModel(by_seed), REQUESTS[:3])
    assert model.requests == [*REQUESTS[:3], REQUESTS[1]]


def test_an_empty_or_a_cut_reply_is_kept(path):
    """They are what the model said: asking again would bring the same."""
    model = ScriptedModel(lambda request, rng: "" if request.seed else "a b c")
    short = [request(sampling=Sampling(max_tokens=1)), request(1)]
    replies = complete_all(JournalledModel(model, Journal(path)), short)
    assert [(reply.text, reply.finish) for reply in replies] == [("a", Finish.LENGTH), ("", Finish.END)]
    assert complete_all(JournalledModel(model, Journal(path)), short) == replies
    assert len(model.requests) == 2


def test_a_batch_is_kept_before_the_next_is_asked_for(path):
    """Batches of 4 of 10: when each is asked for, another reader of the file finds 0, 4 and 8."""
    found: list[int] = []

    class Looking(ScriptedModel):
        def reply(self, request):
            if len(self.requests) % 4 == 0:
                with sqlite3.connect(path) as db:
                    found.append(db.execute("SELECT count(*) FROM replies").fetchone()[0])
            return super().reply(request)

    complete_all(JournalledModel(Looking(by_seed, batch_size=4), Journal(path)), REQUESTS)
    assert found == [0, 4, 8]


def test_a_run_that_died_goes_on_where_it_stopped(path):
    """Batches of 4; the third fails. The first two, 8 replies, are there afterwards, and the resumed run asks for the last 2 only."""
    with pytest.raises(ConnectionError):
        complete_all(JournalledModel(Failing(2), Journal(path)), REQUESTS)
    assert len(Journal(path)) == 8
    model = ScriptedModel(by_seed, batch_size=4)
    assert complete_all(JournalledModel(model, Journal(path)), REQUESTS) == complete_all(ScriptedModel(by_seed), REQUESTS)
    assert model.requests == REQUESTS[8:]


def test_a_process_that_was_killed_has_lost_the_batch_under_way_and_no_more(path):
    """Batches of 4 of 10 requests; killed (-9) while it writes its seventh reply: the first 4 are there."""
    script = f"""
import os, signal, pathlib
from osler.core.model import Message, Request, Sampling, complete_all
from osler.models.journal import Journal, JournalledModel
from osler.models.scripted import ScriptedModel

def by_seed(request, rng):
    if request.seed == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    return f"{{request.seed}} {{rng.random()}}"

requests = [Request((Message("user", f"Which is number {{n}}?"),), "Step 1:", Sampling(), "\\n\\nStep", n) for n in range(10)]
complete_all(JournalledModel(ScriptedModel(by_seed, batch_size=4), Journal(pathlib.Path({str(path)!r}))), requests)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(Journal(path)) == 4
    model = ScriptedModel(by_seed, batch_size=4)
    assert complete_all(JournalledModel(model, Journal(path)), REQUESTS) == complete_all(ScriptedModel(by_seed), REQUESTS)
    assert model.requests == REQUESTS[4:]


def test_a_full_disk_is_named_and_loses_nothing_that_was_kept(path):
    """The journal may take 20 pages of 4096 bytes, one of which is its schema's; a reply, with the rest of its row, takes up more than one.
    One at a time some are kept, 18 at most, then it is full. With room again, the same call goes on from there."""
    assert 3900 < len(FULL) < 4096
    requests = [request(number) for number in range(40)]
    journal = Journal(path)
    journal._db.execute("PRAGMA max_page_count = 20")
    model = ScriptedModel(lambda request, rng: FULL, batch_size=1)
    with pytest.raises(RunError) as caught:
        complete_all(JournalledModel(model, journal), requests)
    assert "free some space, then run the same command again" in sentence_of(caught, path)
    n_kept = len(journal)
    assert 5 <= n_kept <= 18
    assert len(model.requests) == n_kept + 1
    journal.close()

    again = Journal(path)
    assert len(again) == n_kept
    model = ScriptedModel(lambda request, rng: FULL, batch_size=1)
    replies = complete_all(JournalledModel(model, again), requests)
    assert len(replies) == 40
    assert len(model.requests) == 40 - n_kept


def test_a_batch_is_kept_whole_or_not_at_all(path):
    """Four long replies a batch; after the first there is room for three pages more, which is less than four replies: none of the second
    batch's is there."""
    journal = Journal(path)
    journalled = JournalledModel(ScriptedModel(lambda request, rng: FULL, batch_size=4), journal)
    complete_all(journalled, REQUESTS[:4])
    [(n_pages,)] = journal._db.execute("PRAGMA page_count")
    journal._db.execute(f"PRAGMA max_page_count = {n_pages + 3}")
    with pytest.raises(RunError):
        complete_all(journalled, REQUESTS)
    assert len(journal) == 4


@pytest.mark.parametrize("content", [b"This is no database. " * 100, b"{}\n", b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_journal_is_named_with_what_to_do(content, path):
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        Journal(path)
    assert "move it away" in sentence_of(caught, path)
    assert path.read_bytes() == content


def test_a_place_where_no_journal_can_be_is_named(tmp_path):
    """A file for a parent refuses root too, which no permission does."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "journal.db", tmp_path / "none" / "journal.db", tmp_path):
        with pytest.raises(RunError) as caught:
            Journal(path)
        assert "check the folder and its permissions" in sentence_of(caught, path)


def test_a_journal_that_was_damaged_is_named_when_it_is_read(path):
    """Every page but the first is overwritten."""
    journal = Journal(path)
    complete_all(JournalledModel(ScriptedModel(lambda request, rng: FULL), journal), REQUESTS)
    journal.close()
    kept = path.read_bytes()
    path.write_bytes(kept[:4096] + random.Random(0).randbytes(len(kept) - 4096))
    with pytest.raises(RunError) as caught:
        complete_all(JournalledModel(ScriptedModel(by_seed), Journal(path)), REQUESTS)
    assert "move it away" in sentence_of(caught, path)


@pytest.mark.parametrize("columns", ["id INTEGER", "key BLOB PRIMARY KEY, text TEXT NOT NULL"])
def test_a_database_of_something_else_is_named_and_left_alone(columns, path):
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE replies ({columns})")
    before = path.read_bytes()
    with pytest.raises(RunError) as caught:
        Journal(path)
    assert "it is another program's: move it away" in sentence_of(caught, path)
    assert path.read_bytes() == before
