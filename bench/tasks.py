"""Made tasks per second of CPU time, on one core: each maker, and the calculations by level, form and kind of calculator.

A task counts when its text, steps, key and facts are made; `items` makes the pydantic item of each as well. Targets: ≥ 50,000 calculations,
≥ 250 of each kind of task from a graph, ≥ 400 differentials, ≥ 1,000 notes and ≥ 1,000 entailments per second. Beside them stands, as the
measure of this machine, how many tasks of fixed contents could be put together in the same second: the same key, the same record and one
formatted line, with nothing drawn or worked out.

    python bench/tasks.py [--n 20000] [--graph FOLDER]
"""

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.calculators import CALCULATORS
from osler.clinic.differentials.maker import Differentials
from osler.clinic.generate import Split
from osler.clinic.masked.masked import Masked
from osler.clinic.notes.entailments import Entailments
from osler.clinic.notes.notes import Notes
from osler.clinic.paths.even_paths import EvenPaths
from osler.clinic.paths.paths import Paths
from osler.clinic.paths.rare_paths import RarePaths
from osler.clinic.task import Maker, Task
from osler.core.question import NumberKey


def per_second(work: Callable[[], Any], n: int, n_times: int = 3) -> float:
    """The best of some times, by CPU time."""
    best = float("inf")
    for _ in range(n_times):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return n / best


def made(maker: Maker, n: int, split: Split = Split.TRAIN) -> float:
    maker.make(min(n, 2000), split, 1)  # what is made once is made
    return per_second(lambda: maker.make(n, split, 0), n)


def fixed(n: int) -> list[Task]:
    return [
        Task(f"task-{at:06d}", "fixed", 1, f"text {at / 7:.5g}", {}, NumberKey(at / 7, "mg/dL", 0.05), ("one", "two"), {"at": at})
        for at in range(n)
    ]


def row(name: str, rate: float, target: str = "") -> None:
    print(f"{name:<58}{rate:>10,.0f} /s  {target}")


def calculations(n: int) -> None:
    equations = tuple(name for name, each in CALCULATORS.items() if each.kind == "equation")
    rules = tuple(name for name, each in CALCULATORS.items() if each.kind == "rule")
    for level in range(1, 6):
        row(f"calculation, level {level}, numbers", made(Calculations(levels=(level,), choice_share=0), n))
    row("calculation, levels 1-3, choices", made(Calculations(levels=(1, 2, 3), choice_share=1), n))
    row("calculation, level 1, equations, numbers", made(Calculations(levels=(1,), calculators=equations, choice_share=0), n))
    row("calculation, level 1, scores, numbers", made(Calculations(levels=(1,), calculators=rules, choice_share=0), n))
    row("calculation, all, numbers", made(Calculations(choice_share=0), n), "≥ 50,000")
    row("calculation, all as they come", made(Calculations(), n), "≥ 50,000")
    row("calculation, all as they come, dev split", made(Calculations(), n, Split.DEV))
    tasks = Calculations().make(n, Split.TRAIN, 0)
    row("items of made tasks (pydantic)", per_second(lambda: [task.item() for task in tasks], n))


def others(makers: Sequence[tuple[str, Maker, str]], n: int) -> None:
    for name, maker, target in makers:
        row(name, made(maker, n), target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--graph", default="", help="a graph for paths and differentials, beside the clinic's")
    chosen = parser.parse_args()
    row("put together, nothing drawn (this machine)", per_second(lambda: fixed(chosen.n), chosen.n))
    calculations(chosen.n)
    places = ["clinic", *([chosen.graph] if chosen.graph else [])]
    others([(f"paths, {place}", Paths(graph=place), "≥ 250") for place in places], 500)
    others([(f"even paths, {place}", EvenPaths(graph=place), "≥ 250") for place in places], 500)
    others([(f"rare paths, {place}", RarePaths(graph=place), "≥ 250") for place in places], 300)
    others([(f"masked, {place}", Masked(graph=place), "≥ 250") for place in places], 500)
    others([(f"differentials, {place}", Differentials(profiles=place), "≥ 400") for place in places], 500)
    others([("notes", Notes(), "≥ 1,000"), ("entailments", Entailments(), "≥ 1,000")], 3000)
