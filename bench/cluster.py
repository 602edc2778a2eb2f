"""What does a cluster cost? Two Ray workers of one thread each against one process of two threads, on the same search of a nano policy.

    python bench/cluster.py [--seconds 60] [--pairs 1] [--checkpoint FOLDER]

The policy is that of `bench/search.py`; the search is long enough for one process to be at it for so many seconds. Neither had a reply
before. Time runs from when the engines are loaded (what that takes is told apart) until the solutions are here and the replies in the run's
journal. To be reached: an overhead of less than 15 %. CPU seconds, those of Ray's own processes with them, stand beside it: on a machine
where others work too they say more than the clock does. Not named after Ray, for Python would take it for Ray.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import psutil
import torch
import transformers
import yaml
from search import CLINIC, TREE, machine, row, trained

from osler.core.model import Sampling
from osler.core.question import Item
from osler.core.run import Run
from osler.core.solution import Solution
from osler.judges import JUDGES
from osler.models.journal import Journal
from osler.recipe.file import load_recipe
from osler.stages.cluster import Cluster
from osler.stages.context import Context
from osler.synthesise.oracle import Oracle

SAMPLING = Sampling(temperature=1.0, top_p=1.0, max_tokens=120)
LIMIT = 0.15
N_TRIAL = 128


def cpu_seconds() -> float:
    """Of this process and all below it."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def searched(context: Context, items: Sequence[Item]) -> tuple[dict[str, float], list[Solution]]:
    began = time.perf_counter()
    with context.answering("seed", SAMPLING) as driver:
        started, started_cpu = time.perf_counter(), cpu_seconds()
        solutions = driver.drive(TREE, [item.question for item in items], Oracle(items, JUDGES))
        cpu = cpu_seconds() - started_cpu
    return {"start": started - began, "wall": time.perf_counter() - started, "cpu": cpu}, solutions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--checkpoint", type=Path)
    asked = parser.parse_args()
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()
    items = replace(CLINIC, n_search=6000).load(1).search
    print(f"{machine()}; Python {platform.python_version()}, torch {torch.__version__}", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = {
            "name": "cluster", "seed": 1, "data": {"kind": "files", "search": "s.jsonl", "answer": "a.jsonl"},
            "seed_policy": {"base": {"kind": "hf", "path": str(trained(asked.checkpoint or folder))}},
            "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}},
        }  # fmt: skip
        (folder / "recipe.yaml").write_text(yaml.safe_dump(settings))

        def context(name: str, **more: Any) -> Context:
            run = Run(folder / name)
            run.folder.mkdir()
            return Context(load_recipe(folder / "recipe.yaml"), run, **more)

        torch.set_num_threads(2)
        searched(context("warm-up"), items[:16])
        trial, _ = searched(context("trial"), items[:N_TRIAL])
        items = items[: round(1.1 * N_TRIAL * asked.seconds / trial["wall"])]
        for pair in range(asked.pairs):
            alone, expected = searched(here := context(f"alone-{pair}"), items)
            with Cluster("auto", 2) as cluster:
                together, solutions = searched(there := context(f"together-{pair}", workers=cluster), items)
            show(alone, together, len(items))
            n_equal = sum(ours == theirs for ours, theirs in zip(expected, solutions, strict=True))
            row("solutions that are equal, scores and all", f"{n_equal} of {len(items)}")
            row("replies in the journal", *(str(len(Journal(each.run.folder / "journal.db"))) for each in (here, there)))


def show(alone: dict[str, float], together: dict[str, float], n: int) -> None:
    row(f"MCTS, {n} cases of the clinic", "wall", "CPU", "start")
    for name, times in (("one process of two threads", alone), ("two workers of one thread", together)):
        row(f"  {name}", *(f"{times[each]:.1f} s" for each in ("wall", "cpu", "start")))
    overhead = {each: together[each] / alone[each] - 1 for each in ("wall", "cpu")}
    row(f"overhead (to be reached: less than {LIMIT:.0%})", *(f"{each:+.1%}" for each in overhead.values()))


if __name__ == "__main__":
    main()
