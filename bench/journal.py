"""What does the journal cost, and how large does it get?

    python bench/journal.py [engine] [away] [bytes] [--checkpoint FOLDER] [--cases 48] [--pairs 3]

engine    MCTS over cases of the clinic by a nano policy in this process: with the journal against without, the same requests, one after the
          other in turns; and the share of a run's seconds of CPU that are spent in the journal (making keys, finding, keeping). To be
          reached: under 5 %. The nano policy is the worst case: any larger one takes longer for the same replies.
away      the same for a policy far away, the asynchronous driver, and 8 searches in flight. First every request is a real one, by httpx to
          a server in another process on loopback. To be reached: under 5 %. Then a delay and nothing else: the policy costs this process
          nothing, so that the journal is to be seen whole.
bytes     bytes of the file by reply: as the runs above left it, and with log-probabilities and token ids.

`--checkpoint` is a folder for a nano policy trained for some seconds (as in bench/search.py), found there or left there.
"""

import argparse
import asyncio
import multiprocessing
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import httpx
import transformers
from far_away import PROMPT, FarAway, Script, scripted_items
from search import CLINIC, READER, TREE, machine, row, trained

from osler.core.codec import CODECS
from osler.core.model import Finish, Reply, Request, Sampling, Usage, Written
from osler.core.policy import Policy
from osler.judges import JUDGES, QuestionReader
from osler.models.hf import HuggingFace
from osler.models.journal import AsyncJournalledModel, Journal, JournalledModel
from osler.models.scripted import ScriptedModel
from osler.search import MCTS
from osler.search.drive import drive
from osler.search.drive_async import drive_async
from osler.synthesise.oracle import Oracle

LIMIT = 0.05
ANSWER = b'{"choices": [{"message": {"content": "' + b"x" * 400 + b'"}}], "usage": {"prompt_tokens": 300, "completion_tokens": 100}}'
SAMPLING = Sampling(temperature=1.0, top_p=1.0, max_tokens=120)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Any request on a connection, at once, until it is closed."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
            await writer.drain()
    writer.close()


def serve(ports: Any) -> None:
    async def forever() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


class Posting(FarAway):
    """Posts every request, and gives the script's reply when the answer is in."""

    def __init__(self, model: ScriptedModel, port: int) -> None:
        super().__init__(model, 0.0)
        self._url, self._client = f"http://127.0.0.1:{port}/v1/chat/completions", httpx.AsyncClient(timeout=60)

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        async def post(request: Request) -> None:
            messages = [{"role": message.role, "content": message.content} for message in request.messages]
            body = {"messages": [*messages, {"role": "assistant", "content": request.prefix}], "seed": request.seed}
            (await self._client.post(self._url, json=body)).json()

        await asyncio.gather(*map(post, requests))
        return await super().complete(requests)


class Timed:
    """Adds up the seconds spent in the journal."""

    def __init__(self, journalled: Any, journal: Journal) -> None:
        self.seconds = 0.0
        for owner, names in ((journalled, ("_key",)), (journal, ("find", "keep", "failed"))):
            for name in names:
                setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return act(*arguments)
            finally:
                self.seconds += time.process_time() - started

        return timed


def told(name: str, seconds: dict[str, list[float]], share: float) -> bool:
    """One row; whether the share of time is under the limit."""
    without, with_ = min(seconds["without"]), min(seconds["with"])
    row(name, f"{without:.2f} s", f"{with_:.2f} s", f"{with_ / without - 1:+.1%}", f"{share:.1%}")
    return share < LIMIT


def in_turns(n_pairs: int, run: Callable[[Path | None], tuple[float, float]], folder: str) -> tuple[dict[str, list[float]], float]:
    """Seconds of every run, and the least share of a run that went to its journal."""
    seconds: dict[str, list[float]] = {"without": [], "with": []}
    shares: list[float] = []
    for number in range(n_pairs):
        seconds["without"].append(run(None)[0])
        taken, journal_s = run(Path(folder) / f"journal-{number}-{time.monotonic_ns()}.db")
        seconds["with"].append(taken)
        shares.append(journal_s / taken)
    return seconds, min(shares)


def engine(folder: str, arguments: argparse.Namespace) -> bool:
    items = CLINIC.load(1).search[: arguments.cases]
    model = HuggingFace(str(trained(arguments.checkpoint or Path(folder) / "nano"))).load()

    def run(path: Path | None) -> tuple[float, float]:
        journal = Journal(path) if path else None
        journalled = JournalledModel(model, journal) if journal else model
        timed = Timed(journalled, journal) if journal else None
        policy = Policy(journalled, PROMPT, CODECS["step"], READER, SAMPLING, 1)
        started = time.process_time()
        drive(TREE, [item.question for item in items], policy, Oracle(items, JUDGES))
        taken = time.process_time() - started
        if journal:
            journal.close()
        return taken, timed.seconds if timed else 0.0

    warm_up = Policy(model, PROMPT, CODECS["step"], READER, SAMPLING, 1)
    drive(TREE, [item.question for item in items[:2]], warm_up, Oracle(items, JUDGES))
    return told(f"nano policy, MCTS, {len(items)} cases", *in_turns(arguments.pairs, run, folder))


def away(folder: str, arguments: argparse.Namespace) -> bool:
    items = scripted_items(8)
    ports: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    port = ports.get()
    is_cheap = []
    for name in ("httpx, loopback", "20 ms a reply"):

        def run(path: Path | None, name: str = name) -> tuple[float, float]:
            script = ScriptedModel(Script(items))
            far = Posting(script, port) if name.startswith("httpx") else FarAway(script, 0.02)
            journal = Journal(path) if path else None
            journalled = AsyncJournalledModel(far, journal) if journal else far
            timed = Timed(journalled, journal) if journal else None
            policy = Policy(journalled, PROMPT, CODECS["step"], QuestionReader(), Sampling(), 1)
            started = time.process_time()
            asyncio.run(drive_async(MCTS(), [item.question for item in items], policy, Oracle(items, JUDGES)))
            taken = time.process_time() - started
            if journal:
                journal.close()
            return taken, timed.seconds if timed else 0.0

        is_cheap.append(told(f"{len(items)} searches far away, {name}", *in_turns(1 + arguments.pairs // 2, run, folder)))
    server.terminate()
    return is_cheap[0]


def bytes_(folder: str, _: argparse.Namespace) -> bool:
    for path in sorted(Path(folder).glob("*.db"), key=lambda path: path.stat().st_mtime)[-1:]:
        with closing(sqlite3.connect(path)) as db:
            [(n, text, tokens)] = db.execute("SELECT count(*), sum(length(CAST(text AS BLOB))), sum(completion_tokens) FROM replies")
        row(
            f"the last of these runs, {n:,} replies",
            f"{path.stat().st_size / n:.0f} bytes",
            f"{text / n:.0f} of text",
            f"{tokens / n:.0f} tokens",
        )
    for n_tokens in (60, 200, 1000):
        plain = Reply("x" * 4 * n_tokens, Finish.END, Usage(300, n_tokens, 1))
        probable = replace(plain, logprobs=(-0.5,) * n_tokens)
        whole = replace(probable, written=Written(plain.text, tuple(range(60_000, 60_000 + n_tokens))))
        sizes = []
        for kind, reply in (("plain", plain), ("logprobs", probable), ("whole", whole)):
            path = Path(folder) / f"{kind}-{n_tokens}.db"
            with closing(Journal(path)) as journal:
                for start in range(0, 4000, 100):
                    journal.keep([(os.urandom(24), reply) for _ in range(start, start + 100)])
            sizes.append(path.stat().st_size / 4000)
        row(f"{n_tokens} tokens of 4 characters", *(f"{size:,.0f} bytes" for size in sizes))
    return True


SECTIONS = {"engine": engine, "away": away, "bytes": bytes_}
HEADINGS = {
    "engine": ("without", "with", "difference", "in the journal"),
    "away": ("without", "with", "difference", "in the journal"),
    "bytes": ("text", "log-probs too", "token ids too"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="what the journal costs")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=SECTIONS)
    parser.add_argument("--checkpoint", type=Path, help="where the nano policy is, or is to be left")
    parser.add_argument("--cases", type=int, default=48)
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    with tempfile.TemporaryDirectory() as folder:
        are_met = []
        for name in arguments.sections:
            print(f"\n{name}")
            row("", *HEADINGS[name])
            are_met.append(SECTIONS[name](folder, arguments))
    return 0 if all(are_met) else 1


if __name__ == "__main__":
    sys.exit(main())
