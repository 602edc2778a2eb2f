"""The engine at a server that misbehaves: nothing lost, nothing doubled, every failure with its cause and its attempts."""

import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_server import HostileServer, by_steps, digest

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling
from osler.models.journal import AsyncJournalledModel, Journal
from osler.models.openai_http import OpenAIHTTP

QUESTION = (Message("user", "Which is number one?"),)
ROOT = Path(__file__).parents[2]
PROMPT = "<|user|>\nWhich is number one?<|end|>\n<|assistant|>\n"
FAULTS = ["429", "429:0.05", "500", "503:0.02", "drop", "hangup", "malformed", "empty", "slow:0.05"]


def request(seed: int = 7, prefix: str = "", stop: str = "") -> Request:
    return Request(QUESTION, prefix, Sampling(), stop, seed)


def asked(server: HostileServer, *requests: Request, **settings) -> list[Reply]:
    async def ask() -> list[Reply]:
        async with asyncio.timeout(120):
            model = OpenAIHTTP(server.url, "nano", **{"first_wait_s": 0.01, "max_wait_s": 0.05} | settings).load()
            try:
                return await model.complete(requests)
            finally:
                await model.close()

    return asyncio.run(ask())


# one fault at a time


@pytest.mark.parametrize("fault", ["429", "429:0.05", "429date:0", "500", "503:0.05", "drop", "hangup", "malformed", "empty", "slow:0.05"])
def test_a_fault_that_passes_costs_an_attempt_and_nothing_else(fault):
    with HostileServer([fault]) as server:
        [reply] = asked(server, request())
        assert (reply.text, reply.finish, reply.error) == (by_steps(PROMPT, 7), Finish.END, "")
        assert reply.n_attempts == len(server.times_s) == (1 if fault.startswith("slow") else 2)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("429", "HTTP 429: busy"),
        ("500", "HTTP 500: busy"),
        ("drop", "the server closed the connection before the reply had ended"),
        ("hangup", "the server closed the connection before the reply had ended"),
        ("malformed", "the reply is no JSON"),
        ("empty", "the reply has no choice with a text and an end"),
        ("stall", "no whole reply within 0.1 s"),
    ],
)
def test_a_fault_that_stays_is_an_error_with_its_cause_and_its_attempts(fault, cause):
    with HostileServer([fault] * 3) as server:
        [reply] = asked(server, request(), max_attempts=3, **({"timeout_s": 0.1} if fault == "stall" else {}))
        assert (reply.finish, reply.error, reply.n_attempts) == (Finish.ERROR, f"{cause}, after 3 attempts", 3)
        assert len(server.bodies) == 3


def test_a_stall_ends_with_its_time_and_is_asked_again():
    with HostileServer(["stall"]) as server:
        [reply] = asked(server, request(), timeout_s=0.2)
        assert (reply.text, reply.n_attempts) == (by_steps(PROMPT, 7), 2)


def test_a_context_that_is_too_small_is_told_in_the_server_s_words_at_once():
    with HostileServer(["overflow"]) as server:
        [first, second] = asked(server, request(1), request(2))
        assert {first.finish, second.finish} == {Finish.ERROR, Finish.END}
        failed = first if first.error else second
        assert failed.error.startswith("HTTP 400: This model's maximum context length is 8192 tokens.")
        assert (failed.n_attempts, len(server.bodies)) == (1, 2)


def test_a_reply_that_the_server_s_filter_held_back_is_an_error():
    with HostileServer(["filter"]) as server:
        [reply] = asked(server, request())
        assert (reply.finish, reply.error, reply.text) == (Finish.ERROR, "the server's filter held the reply back", "")


def test_a_reply_at_its_limit_is_a_reply():
    with HostileServer(["length"]) as server:
        [reply] = asked(server, request())
        assert (reply.finish, reply.error) == (Finish.LENGTH, "")


def test_a_model_that_is_served_no_longer_ends_the_run():
    with HostileServer(["unknown"]) as server, pytest.raises(ModelError, match="HTTP 404: The model `nano` does not exist"):
        asked(server, request())


@pytest.mark.parametrize("form", ["429:1", "429date:2"])
def test_nobody_asks_while_the_server_wants_quiet(form):
    """For one second; of the date, which has no fractions, at least one is left."""
    with HostileServer([form]) as server:
        replies = asked(server, *map(request, range(6)), max_in_flight=1)
        assert [reply.error for reply in replies] == [""] * 6
        refused, *later = server.times_s
        assert min(later) - refused >= 0.99


def test_a_server_that_wants_quiet_for_too_long_is_given_up():
    with HostileServer(["429:86400"]) as server:
        [reply] = asked(server, request())
        assert (reply.finish, reply.error) == (Finish.ERROR, "HTTP 429: the server wants to be left alone for 86400 s")


def test_a_run_ends_at_its_deadline_whatever_is_under_way():
    with HostileServer(["stall"] * 3) as server:
        started = time.monotonic()
        replies = asked(server, *map(request, range(3)), deadline_s=0.3)
        assert time.monotonic() - started < 30
        assert [reply.error for reply in replies] == ["the deadline of 0.3 s for the whole run has passed"] * 3


def test_a_busy_server_is_asked_by_fewer_at_once():
    """The first attempt of all 32 is refused: the limit is halved to 16. From there 64 replies make it 16 + 64/16 = 20 at most."""
    with HostileServer(fault_of=lambda body, attempt: "429" if json.loads(body)["seed"] < 32 and attempt == 0 else "") as server:

        async def ask() -> int:
            model = OpenAIHTTP(server.url, "nano", max_in_flight=32, first_wait_s=0.05).load()
            await model.complete([request(seed) for seed in range(32)])
            server.most_in_flight = 0
            await model.complete([request(seed) for seed in range(32, 64)])
            limit = model._wire.gate.limit
            await model.close()
            return limit

        assert asyncio.run(ask()) <= 20
        assert 1 <= server.most_in_flight <= 20


def test_replies_out_of_order_find_their_requests():
    def slowest_first(body: bytes, attempt: int) -> str:
        return f"slow:{(40 - json.loads(body)['seed']) / 200}"

    with HostileServer(fault_of=slowest_first) as server:
        replies = asked(server, *map(request, range(40)))
        assert [reply.text for reply in replies] == [by_steps(PROMPT, seed) for seed in range(40)]


def test_a_stream_that_breaks_off_is_asked_again(tiny):
    class Breaking(HostileServer):
        n_broken = 0

        def _stream(self, path, text, finish, usage, writer):
            if not self.n_broken:
                self.n_broken = 1
                writer.write(b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ndata: {"choices": [{"delta": {"content": "The"}}]}\n\n')
                raise ConnectionError
            super()._stream(path, text, finish, usage, writer)

    with Breaking(manner="plain", writes=lambda prompt, seed: "The answer is B.") as server:
        [reply] = asked(server, request(stop="\n\nStep"), tokenizer=str(tiny))
        assert (reply.text, reply.n_attempts) == ("The answer is B.", 2)


def test_a_server_that_dies_and_returns_is_waited_for():
    with HostileServer(delay_s=0.02) as server:

        async def ask() -> list[Reply]:
            model = OpenAIHTTP(server.url, "nano", first_wait_s=0.1, max_wait_s=1.0, max_in_flight=8).load()
            asking = asyncio.ensure_future(model.complete([request(seed) for seed in range(60)]))
            while len(server.answered) < 20:
                await asyncio.sleep(0.005)
            await asyncio.to_thread(server.die)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.revive)
            replies = await asyncio.wait_for(asking, 120)
            await model.close()
            return replies

        replies = asyncio.run(ask())
    assert [reply.text for reply in replies] == [by_steps(PROMPT, seed) for seed in range(60)]
    assert max(reply.n_attempts for reply in replies) > 1


def test_a_server_that_dies_for_good_leaves_errors_and_the_replies_there_were(tmp_path):
    """Running again with a server asks for just those that failed."""
    with HostileServer() as server:

        async def ask(*, is_dying: bool) -> list[Reply]:
            model = OpenAIHTTP(server.url, "nano", max_attempts=2, first_wait_s=0.01, max_wait_s=0.02).load()
            journalled = AsyncJournalledModel(model, Journal(tmp_path / "journal.db"))
            replies = await journalled.complete([request(seed) for seed in range(10)])
            if is_dying:
                await asyncio.to_thread(server.die)
            replies += await journalled.complete([request(seed) for seed in range(10, 20)])
            await journalled.close()
            return replies

        before = asyncio.run(ask(is_dying=True))
        assert [reply.finish is Finish.ERROR for reply in before] == [False] * 10 + [True] * 10
        assert all(reply.error.endswith(", after 2 attempts") and reply.n_attempts == 2 for reply in before[10:])
        server.revive()
        server.bodies.clear()
        after = asyncio.run(ask(is_dying=False))
        assert sorted(body["seed"] for _, body in server.bodies) == list(range(10, 20))
        assert [reply.text for reply in after] == [by_steps(PROMPT, seed) for seed in range(20)]


# many at once


def test_of_two_thousand_requests_none_is_lost_and_none_doubled(tmp_path):
    """256 in flight; every fourth attempt meets one of nine faults, by a hash of the body and the attempt. The journal is complete, and
    what the server answered in full it answered once."""

    def fault_of(body: bytes, attempt: int) -> str:
        rng = random.Random(digest(body) + attempt)
        return rng.choice(FAULTS) if rng.random() < 0.25 else ""

    requests = [Request((Message("user", f"Which is number {n // 4}?"),), "Step 1:", Sampling(), "\n\nStep", n) for n in range(2000)]
    with HostileServer(fault_of=fault_of) as server:

        async def ask(start: int) -> list[list[Reply]]:
            async with asyncio.timeout(200):
                model = OpenAIHTTP(server.url, "nano", max_attempts=12, first_wait_s=0.01, max_wait_s=0.1).load()
                journalled = AsyncJournalledModel(model, journal)
                replies = await asyncio.gather(*(journalled.complete(requests[at : at + 4]) for at in range(start, 2000, 4)))
                await journalled.close()
                return replies

        journal = Journal(tmp_path / "journal.db")
        replies = [reply for four in asyncio.run(ask(0)) for reply in four]
        expected = [by_steps(f"<|user|>\nWhich is number {n // 4}?<|end|>\n<|assistant|>\nStep 1:", n) for n in range(2000)]
        assert [reply.text for reply in replies] == [text.split("\n\nStep")[0] for text in expected]
        assert [reply.finish is Finish.STOP for reply in replies] == ["\n\nStep" in text for text in expected]
        assert len(journal) == 2000
        assert server.most_in_flight <= 256
        n_faulty = sum(reply.n_attempts - 1 for reply in replies)
        assert n_faulty == sum(server.asked.values()) - 2000 > 300
        assert [n for n in server.answered.values() if n != 1] == []
        server.bodies.clear()
        again = [reply for four in asyncio.run(ask(0)) for reply in four]
        assert [reply.text for reply in again] == [reply.text for reply in replies]
        assert server.bodies == []


CLIENT = """
import asyncio, json, pathlib, sys
from osler.core.codec import CODECS
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.judges import QuestionReader
from osler.models.journal import AsyncJournalledModel, Journal
from osler.models.openai_http import OpenAIHTTP
from osler.search import MCTS
from osler.search.drive_async import drive_async

class ByAnswer:
    identity = "by-answer"
    def score(self, traces):
        return [(float(trace.answer == "A"),) * len(trace.steps) for trace in traces]

async def main(url, folder):
    settings = OpenAIHTTP(url, "nano", max_attempts=12, first_wait_s=0.01, max_wait_s=0.05, max_in_flight=32)
    engine = settings.load()
    model = AsyncJournalledModel(engine, Journal(folder / "journal.db"))
    asked, complete = (folder / "asked.txt").open("a", buffering=1), engine.complete

    async def noting(requests):
        asked.writelines(model._key(request).hex() + "\\n" for request in requests)
        return await complete(requests)

    engine.complete = noting
    questions = [Question(f"q-{n}", f"Which is number {n}?", {"A": "one", "B": "two"}) for n in range(24)]
    policy = Policy(model, Prompt("plain", "{question}"), CODECS["step"], QuestionReader(), Sampling())
    solutions = await drive_async(MCTS(n_children=2, n_rollouts=4, min_rollouts=2, max_nodes=12), questions, policy, ByAnswer())
    await model.close()
    rows = [
        {"id": each.question.id, "answer": each.answer, "usage": repr(each.usage), "candidates": [repr(trace) for trace in each.candidates]}
        for each in solutions
    ]
    rows.append({"accuracy": sum(row["answer"] == "A" for row in rows) / len(rows), "n_replies": len(model._journal)})
    (folder / "metrics.json").write_text(json.dumps(rows, indent=1, sort_keys=True))

asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2])))
"""


def client(server: HostileServer, folder: Path) -> "subprocess.Popen[str]":
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", CLIENT, server.url, str(folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def keys(folder: Path) -> set[str]:
    """Of the replies in the journal."""
    if not (folder / "journal.db").exists():
        return set()
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        is_made = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'replies'").fetchone()[0]
        return {key.hex() for (key,) in db.execute("SELECT key FROM replies")} if is_made else set()


def asked_by(folder: Path) -> list[str]:
    file = folder / "asked.txt"
    return file.read_text().split() if file.exists() else []


def sometimes(body: bytes, attempt: int) -> str:
    rng = random.Random(digest(body) + attempt)
    return rng.choice(FAULTS) if rng.random() < 0.1 else ""


@pytest.mark.slow
def test_a_client_that_is_killed_twenty_times_ends_with_the_same_bytes(tmp_path):
    """Whole searches by a process of its own, killed (-9) whenever a random number of replies more has been sent. What the journal held at
    a kill is never asked for again, and the server has seen no more than what was asked."""
    with HostileServer(fault_of=sometimes, delay_s=0.01) as server:
        undisturbed = client(server, tmp_path / "undisturbed")
        _, errors = undisturbed.communicate(timeout=120)
        assert undisturbed.returncode == 0, errors
    expected = (tmp_path / "undisturbed" / "metrics.json").read_bytes()
    n_replies = len(keys(tmp_path / "undisturbed"))
    assert n_replies > 400
    rng, folder = random.Random(5), tmp_path / "killed"
    with HostileServer(fault_of=sometimes, delay_s=0.01) as server:
        for _ in range(20):
            kept, n_before, n_asked = keys(folder), sum(server.answered.values()), len(asked_by(folder))
            process, until = client(server, folder), n_before + rng.randrange(1, n_replies // 20)
            while sum(server.answered.values()) < until and process.poll() is None:
                time.sleep(0.002)
            process.kill()
            _, errors = process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL, errors
            assert kept & set(asked_by(folder)[n_asked:]) == set()
            assert kept <= keys(folder)
        assert not (folder / "metrics.json").exists()
        kept, n_asked = keys(folder), len(asked_by(folder))
        assert 0 < len(kept) < n_replies
        last = client(server, folder)
        _, errors = last.communicate(timeout=120)
        assert last.returncode == 0, errors
        asked_again = asked_by(folder)[n_asked:]
        assert kept & set(asked_again) == set()
        assert len(asked_again) == n_replies - len(kept)
        assert sum(server.answered.values()) <= len(asked_by(folder))
    assert (folder / "metrics.json").read_bytes() == expected
