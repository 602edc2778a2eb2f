"""What does the journal cost, and how large does it get?

    python bench/journal.py [engine] [away] [bytes] [--checkpoint FOLDER] [--cases 48] [--pairs 3]

engine    MCTS over cases of the clinic by a nano policy in this process: with the journal against without, the same requests, one after the
          other in turns; and the share of a run's seconds that are spent in the journal (making keys, finding, keeping). To be reached:
          under 5 %. The nano policy is the worst case: any larger one takes longer for the same replies.
away      the same for a policy far away, the asynchronous driver, and 256 searches in flight, at several delays of a reply. The policy
          costs this process nothing, so the journal is to be seen whole; at 20 ms the process itself is the limit.
bytes     bytes of the file by reply: as the runs above left it, and with log-probabilities and token ids.

`--checkpoint` is a folder for a nano policy trained for some seconds (as in bench/search.py), found there or left there.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import transformers
from far_away import PROMPT, FarAway, Script, scripted_items
from search import CLINIC, READER, TREE, machine, row, trained

from osler.core.codec import CODECS
from osler.core.model import Finish, Reply, Sampling, Usage, Written
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
DELAYS_S = (0.02, 0.2, 1.0)
SAMPLING = Sampling(temperature=1.0, top_p=1.0, max_tokens=120)


class Timed:
    """Adds up the seconds spent in the journal."""

    def __init__(self, journalled: Any, journal: Journal) -> None:
        self.seconds = 0.0
        for owner, names in ((journalled, ("_key",)), (journal, ("find", "keep", "failed"))):
            for name in names:
                setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return act(*arguments)
            finally:
                self.seconds += time.perf_counter() - started

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
        started = time.perf_counter()
        drive(TREE, [item.question for item in items], policy, Oracle(items, JUDGES))
        taken = time.perf_counter() - started
        if journal:
            journal.close()
        return taken, timed.seconds if timed else 0.0

    warm_up = Policy(model, PROMPT, CODECS["step"], READER, SAMPLING, 1)
    drive(TREE, [item.question for item in items[:2]], warm_up, Oracle(items, JUDGES))
    return told(f"nano policy, MCTS, {len(items)} cases", *in_turns(arguments.pairs, run, folder))


def away(folder: str, arguments: argparse.Namespace) -> bool:
    items = scripted_items(256)
    is_cheap = True
    for delay_s in DELAYS_S:

        def run(path: Path | None, delay_s: float = delay_s) -> tuple[float, float]:
            far = FarAway(ScriptedModel(Script(items)), delay_s)
            journal = Journal(path) if path else None
            journalled = AsyncJournalledModel(far, journal) if journal else far
            timed = Timed(journalled, journal) if journal else None
            policy = Policy(journalled, PROMPT, CODECS["step"], QuestionReader(), Sampling(), 1)
            started = time.perf_counter()
            asyncio.run(drive_async(MCTS(), [item.question for item in items], policy, Oracle(items, JUDGES)))
            taken = time.perf_counter() - started
            if journal:
                journal.close()
            return taken, timed.seconds if timed else 0.0

        is_under = told(f"256 searches far away, {1000 * delay_s:.0f} ms a reply", *in_turns(1 + arguments.pairs // 2, run, folder))
        is_cheap = is_cheap and (is_under or delay_s < DELAYS_S[-1])
    return is_cheap


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
