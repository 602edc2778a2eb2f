"""How much memory and time does `osler grade` take for a million responses?

    python bench/million.py [--responses 1000000] [--processes 2] [--profile]

Makes that many synthetic responses on disk: samples of 4,183 invented items (as many as MedMCQA has for development), about 300 characters
each, in six ways of stating an answer or not stating one. Then runs the command as a person would, with `--to` a folder, and adds up the
resident memory of its processes while it runs (pages that they share count in each: an upper bound). To be reached: under 2 GiB; more
ends the bench with 1. `--profile` runs in this process alone and prints where the time goes.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

N_ITEMS = 4183
LIMIT_MIB = 2048
LETTERS = "ABCD"
CLOSINGS = (
    "The answer is {letter}.",
    "Therefore, the correct answer is ({letter}) {text}.",
    "**Final answer: {letter}**",
    "Answer: {letter}. {text}",
    "So the best choice here is \\boxed{{{letter}}}",
    "The presentation alone does not tell these apart.",
)
WORDS = (
    "fever",
    "cough",
    "rash",
    "stiff",
    "neck",
    "chest",
    "pain",
    "of",
    "a",
    "with",
    "for",
    "two",
    "days",
    "would",
    "bring",
    "uric",
    "acid",
)


def options(item: int) -> dict[str, str]:
    return {letter: f"substance {item * 7 + at}" for at, letter in enumerate(LETTERS)}


def items() -> Iterator[dict[str, object]]:
    for item in range(N_ITEMS):
        question = {"id": f"item-{item}", "text": f"Which of these is given in case {item}?", "options": options(item)}
        yield {"question": question, "key": {"kind": "choice", "letters": [LETTERS[item % 4]]}, "group": f"subject {item % 20}"}


def responses(n: int) -> Iterator[dict[str, object]]:
    chance = random.Random(0)
    for at in range(n):
        item = at % N_ITEMS
        letter = chance.choice(LETTERS)
        reasons = " ".join(chance.choices(WORDS, k=48)).capitalize()
        closing = CLOSINGS[at % len(CLOSINGS)].format(letter=letter, text=options(item)[letter])
        yield {"id": f"item-{item}", "model": "invented", "output": f"{reasons}.\n\n{closing}"}


def write(path: Path, rows: Iterator[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def resident(process: psutil.Process) -> int:
    """Bytes of the process and all that it started."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def run(command: Sequence[str], folder: Path) -> tuple[int, float, int]:
    """Exit code, seconds, and the most bytes resident at a time."""
    started, most = time.perf_counter(), 0
    with (folder / "said.txt").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as child:
        watched = psutil.Process(child.pid)
        while child.poll() is None:
            try:
                most = max(most, resident(watched))
            except psutil.NoSuchProcess:
                break
            time.sleep(0.1)
    return child.returncode, time.perf_counter() - started, most


def profiled(arguments: Sequence[str]) -> None:
    from osler.cli import main as osler

    sys.argv = ["osler", *arguments]
    profile = cProfile.Profile()
    with suppress(SystemExit):
        profile.runcall(osler)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder / "items.jsonl", items())
        write(folder / "responses.jsonl", responses(asked.responses))
        size = (folder / "responses.jsonl").stat().st_size
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}")
        print(f"{asked.responses:,} responses, {size / asked.responses:.0f} bytes a line, to {N_ITEMS:,} items", flush=True)
        arguments = ["grade", str(folder / "responses.jsonl"), "--items", str(folder / "items.jsonl"), "--to", str(folder / "graded")]
        if asked.profile:
            profiled(arguments)
            return 0
        command = [sys.executable, "-m", "osler", *arguments, "--processes", str(asked.processes)]
        code, seconds, most = run(command, folder)
        print((folder / "said.txt").read_text(encoding="utf-8")[-1500:])
    rate = f"{asked.responses / seconds:,.0f} responses a second with {asked.processes} processes"
    print(f"{seconds:.0f} s, {rate}, load {os.getloadavg()[0]:.1f}")
    print(f"{most / 2**20:,.0f} MiB resident at most; to be reached: under {LIMIT_MIB:,}")
    return 1 if code or most >= LIMIT_MIB * 2**20 else 0


if __name__ == "__main__":
    sys.exit(main())
