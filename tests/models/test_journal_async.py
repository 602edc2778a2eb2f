import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.codec import CODECS
from osler.core.errors import ModelError, RunError
from osler.core.model import AsyncModel, Finish, Message, Reply, Request, Sampling, Usage, complete_all
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.judges import QuestionReader
from osler.models.journal import AsyncJournalledModel, Journal, JournalledModel
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import MCTS
from osler.search.drive_async import drive_async

ROOT = Path(__file__).parents[2]
REQUESTS = [Request((Message("user", f"Which is number {n}?"),), "Step 1:", Sampling(), "\n\nStep", n) for n in range(10)]


def by_seed(request: Request, rng: random.Random) -> str:
    return f"{request.seed} {rng.random()}"


EXPECTED = complete_all(ScriptedModel(by_seed), REQUESTS)


class Listening(Journal):
    """Remembers how many replies each transaction kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.transactions: list[int] = []

    def keep(self, replies, identity=""):
        self.transactions.append(len(replies))
        super().keep(replies, identity)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def ask(model: AsyncJournalledModel, *calls: Sequence[Request]) -> list[list[Reply]]:
    """Every call at the same time."""

    async def all_of_them() -> list[list[Reply]]:
        async with asyncio.timeout(120):
            return await asyncio.gather(*(model.complete(call) for call in calls))

    return asyncio.run(all_of_them())


def test_the_key_knows_every_field_of_a_request():
    """`_key` writes these down one by one, and the sampling and the messages whole: a new field needs a place there."""
    assert {field.name for field in fields(Request)} == {"messages", "prefix", "sampling", "stop", "seed", "written"}


def test_a_reply_is_generated_once_whichever_way_it_is_asked_for(path):
    """Written by asynchronous calls, read by both kinds; written by waves, read by both kinds."""
    first, second = ScriptedModel(by_seed), ScriptedModel(by_seed)
    assert ask(AsyncJournalledModel(AsyncScriptedModel(first), Journal(path)), REQUESTS[:6]) == [EXPECTED[:6]]
    assert complete_all(JournalledModel(second, Journal(path)), REQUESTS) == EXPECTED
    assert ask(AsyncJournalledModel(AsyncScriptedModel(first), Journal(path)), REQUESTS[::-1]) == [EXPECTED[::-1]]
    assert (first.requests, second.requests) == (REQUESTS[:6], REQUESTS[6:])
    assert len(Journal(path)) == 10


def test_equal_requests_in_one_call_are_asked_once_and_all_answered(path):
    model = ScriptedModel(by_seed)
    [replies] = ask(AsyncJournalledModel(AsyncScriptedModel(model), Journal(path)), [REQUESTS[0], REQUESTS[1], REQUESTS[0]])
    assert model.requests == REQUESTS[:2]
    assert replies == [EXPECTED[0], EXPECTED[1], EXPECTED[0]]


@pytest.mark.parametrize("delay_s", [0.0, 0.01])
def test_what_is_asked_for_by_two_at_once_is_generated_once(path, delay_s):
    model = ScriptedModel(by_seed)
    journalled = AsyncJournalledModel(AsyncScriptedModel(model, delay_s), Journal(path))
    assert ask(journalled, REQUESTS[:4], REQUESTS[2:6], REQUESTS[2:6]) == [EXPECTED[:4], EXPECTED[2:6], EXPECTED[2:6]]
    assert sorted(request.seed for request in model.requests) == [0, 1, 2, 3, 4, 5]
    assert journalled.usage == sum((reply.usage for reply in EXPECTED[:6]), Usage())


@settings(max_examples=30, deadline=None)
@given(calls=st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=6), seed=st.integers(0, 9))
def test_replies_depend_on_nothing_else_that_is_asked(calls, seed):
    rng, model = random.Random(seed), ScriptedModel(by_seed)
    delayed = AsyncScriptedModel(model, lambda requests: rng.choice([0.0, 0.0005, 0.001]))
    replies = ask(AsyncJournalledModel(delayed, Journal(Path(":memory:"))), *([REQUESTS[at] for at in call] for call in calls))
    assert replies == [[EXPECTED[at] for at in call] for call in calls]
    assert len(model.requests) == len({at for call in calls for at in call})


def test_replies_that_come_together_are_one_transaction(path):
    """Four asks of two that are answered at once, and one that is answered when the first of them has been kept."""
    journal = Listening(path)

    class Waiting(AsyncScriptedModel):
        async def complete(self, requests):
            while len(requests) == 1 and not journal.transactions:
                await asyncio.sleep(0)
            return await super().complete(requests)

    model = AsyncJournalledModel(Waiting(ScriptedModel(by_seed)), journal)
    ask(model, *(REQUESTS[at : at + 2] for at in range(0, 8, 2)), REQUESTS[8:9])
    assert journal.transactions == [8, 1]


def test_no_reply_is_seen_before_it_is_kept(path):
    journalled = AsyncJournalledModel(AsyncScriptedModel(ScriptedModel(by_seed), lambda requests: requests[0].seed / 1000), Journal(path))

    async def seen_and_kept() -> list[tuple[int, int]]:
        counts: list[tuple[int, int]] = []

        async def one(request: Request) -> None:
            await journalled.complete([request])
            with sqlite3.connect(path) as db:
                counts.append((len(counts) + 1, db.execute("SELECT count(*) FROM replies").fetchone()[0]))

        await asyncio.gather(*map(one, REQUESTS))
        return counts

    counts = asyncio.run(seen_and_kept())
    assert len(counts) == 10
    assert all(kept >= seen for seen, kept in counts)


# failures


class FailingFirst(AsyncScriptedModel):
    """Its first call fails, in the way that is given, after a while."""

    def __init__(self, failure: Exception | Reply) -> None:
        super().__init__(ScriptedModel(by_seed), 0.01)
        self._failure = failure

    async def complete(self, requests):
        is_first = not self.calls
        replies = await super().complete(requests)
        if is_first and isinstance(self._failure, Exception):
            raise self._failure
        return [self._failure] * len(requests) if is_first else replies


def test_a_reply_that_failed_is_not_kept_and_whoever_waited_for_it_asks_again(path):
    failed = Reply("", Finish.ERROR, Usage(), "busy")
    model = FailingFirst(failed)
    replies = ask(AsyncJournalledModel(model, Journal(path)), REQUESTS[:2], REQUESTS[:1])
    assert replies == [[failed, failed], EXPECTED[:1]]
    assert (model.calls, len(Journal(path))) == ([2, 1], 1)


def test_an_error_is_the_first_asker_s_own(path):
    model = FailingFirst(ConnectionError("gone"))
    journalled = AsyncJournalledModel(model, Journal(path))

    async def both() -> list[object]:
        return await asyncio.gather(journalled.complete(REQUESTS[:2]), journalled.complete(REQUESTS[:1]), return_exceptions=True)

    error, replies = asyncio.run(both())
    assert isinstance(error, ConnectionError)
    assert replies == EXPECTED[:1]


@pytest.mark.parametrize("passes", [1, 2, 3, 4, 5])
def test_one_that_is_cancelled_leaves_the_other_to_ask(path, passes):
    """At whichever pass of the event loop: before the model answered, or while the reply is being kept."""
    model = ScriptedModel(by_seed)
    journalled = AsyncJournalledModel(AsyncScriptedModel(model), Journal(path))

    async def both() -> list[Reply]:
        gone = asyncio.ensure_future(journalled.complete(REQUESTS[:2]))
        await asyncio.sleep(0)
        stays = asyncio.ensure_future(journalled.complete(REQUESTS[:2]))
        for _ in range(passes):
            await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.wait_for(stays, 120)

    assert asyncio.run(both()) == EXPECTED[:2]
    assert len(Journal(path)) == 2
    assert journalled._asked == {}


def test_too_few_replies_are_named(path):
    class Short(AsyncScriptedModel):
        async def complete(self, requests):
            return (await super().complete(requests))[1:]

    with pytest.raises(ModelError, match="1 replies came to 2 requests; "):
        ask(AsyncJournalledModel(Short(ScriptedModel(by_seed)), Journal(path)), REQUESTS[:2])


def test_a_full_disk_is_told_to_everybody_who_waits(path):
    journal = Journal(path)
    journal._db.execute("PRAGMA max_page_count = 4")
    long = AsyncScriptedModel(ScriptedModel(lambda request, rng: "so very long " * 1000))
    journalled = AsyncJournalledModel(long, journal)

    async def both() -> list[object]:
        return await asyncio.gather(journalled.complete(REQUESTS[:2]), journalled.complete(REQUESTS[2:4]), return_exceptions=True)

    errors = asyncio.run(both())
    assert [type(error) for error in errors] == [RunError, RunError]
    assert all("free some space" in str(error) for error in errors)


# whole searches


QUESTIONS = [Question(f"q-{number}", f"Which is number {number}?", {"A": "one", "B": "two"}) for number in range(12)]
TREE = MCTS(n_children=2, n_rollouts=4, min_rollouts=2, max_nodes=9)


def stepping(request: Request, rng: random.Random) -> str:
    """A step that goes on in six of ten, or else the answer."""
    text = f"so {rng.random()}\n\nStep" if request.stop and rng.random() < 0.6 else f"The answer is {rng.choice('AB')}."
    return f" {text}" if request.prefix else f"Step 1: {text}"


class ByAnswer:
    identity = "by-answer"

    def score(self, traces):
        return [(float(trace.answer == "A"),) * len(trace.steps) for trace in traces]


def searched(model: AsyncModel):
    policy = Policy(model, Prompt("plain", "{question}"), CODECS["step"], QuestionReader(), Sampling())
    return asyncio.run(drive_async(TREE, QUESTIONS, policy, ByAnswer()))


def test_a_run_that_died_goes_on_where_it_stopped_and_ends_the_same(path):
    """Killed at its 30th call; then to the end. No request is made twice, but for those of asks under way when it died."""

    class Dying(AsyncScriptedModel):
        async def complete(self, requests):
            if len(self.calls) == 30:
                raise KeyError("died")
            return await super().complete(requests)

    unjournalled = searched(AsyncScriptedModel(ScriptedModel(stepping)))
    before, after = ScriptedModel(stepping), ScriptedModel(stepping)
    with pytest.raises(KeyError):
        searched(AsyncJournalledModel(Dying(before, lambda requests: requests[0].seed % 3 / 1000), Journal(path)))
    n_kept = len(Journal(path))
    assert n_kept > 30
    resumed = AsyncJournalledModel(AsyncScriptedModel(after, lambda requests: requests[0].seed % 2 / 1000), Journal(path))
    assert searched(resumed) == unjournalled
    made_again = set(map(repr, before.requests)) & set(map(repr, after.requests))
    assert len(made_again) == len(before.requests) - n_kept
    assert searched(AsyncJournalledModel(FailingFirst(AssertionError("asked again")), Journal(path))) == unjournalled


def test_a_process_that_was_killed_has_lost_nothing_that_was_seen(path):
    """Killed (-9) by the third ask: what the first two were given is there."""
    script = f"""
import asyncio, os, pathlib, signal
from osler.core.model import Message, Request, Sampling
from osler.models.journal import AsyncJournalledModel, Journal
from osler.models.scripted import AsyncScriptedModel, ScriptedModel

def by_seed(request, rng):
    if request.seed == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return f"{{request.seed}} {{rng.random()}}"

async def ask():
    model = AsyncJournalledModel(AsyncScriptedModel(ScriptedModel(by_seed)), Journal(pathlib.Path({str(path)!r})))
    requests = [Request((Message("user", f"Which is number {{n}}?"),), "Step 1:", Sampling(), "\\n\\nStep", n) for n in range(10)]
    for start in range(0, 10, 2):
        await model.complete(requests[start:start + 2])

asyncio.run(ask())
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    model = ScriptedModel(by_seed)
    assert ask(AsyncJournalledModel(AsyncScriptedModel(model), Journal(path)), REQUESTS) == [EXPECTED]
    assert model.requests == REQUESTS[4:]
