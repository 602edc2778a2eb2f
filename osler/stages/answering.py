"""Stages `answer` and `candidates`: every system answers the items, and the reward models score what all of them select from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from osler.core.question import Item
from osler.core.records import write_records
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.evaluate.candidates import CandidateSet, candidate_set
from osler.evaluate.grade import Graded, grade
from osler.evaluate.truths import SolutionRecord, solution_record
from osler.judges import JUDGES
from osler.recipe.recipe import System, swept_name
from osler.search import SelfConsistency, Strategy
from osler.stages.context import Context
from osler.stages.driver import Driver


def answer(context: Context) -> None:
    """Every system answers its items → solutions.jsonl, verdicts.jsonl, sweeps.jsonl. Systems that ask the same share the replies."""
    items = context.read("answer.jsonl", Item)
    answering = context.recipe.answer
    graded: list[Graded] = []
    swept: list[Graded] = []
    records: list[SolutionRecord] = []
    for policy_name in dict.fromkeys(system.policy for system in answering.systems.values()):
        with context.answering(policy_name, answering.sampling) as driver:
            for name, system in answering.systems.items():
                if system.policy == policy_name:
                    own = items[: system.n_items]
                    solutions = _solve(system, system.strategy, own, driver)
                    verdicts = grade(name, own, solutions, JUDGES)
                    graded += verdicts
                    records += [solution_record(*each, context.check_step) for each in zip(own, solutions, verdicts, strict=True)]
                    swept += _sweep(name, system, own, driver)
    write_records(context.run.path("solutions.jsonl"), records)
    write_records(context.run.path("verdicts.jsonl"), graded)
    write_records(context.run.path("sweeps.jsonl"), swept)


def candidates(context: Context) -> None:
    """The shared candidates, with every reward model's scores and the truth of every step → candidates.jsonl."""
    settings = context.recipe.answer.candidates
    assert settings is not None
    items = context.read("answer.jsonl", Item)
    questions = [item.question for item in items]
    with context.answering(settings.policy, context.recipe.answer.sampling) as driver:
        solutions = driver.drive(SelfConsistency(n=settings.n), questions)
    write_records(context.run.path("candidates.jsonl"), _scored(context, items, [solution.candidates for solution in solutions]))


def _solve(system: System, strategy: Strategy, items: Sequence[Item], driver: Driver) -> list[Solution]:
    return driver.drive(strategy, [item.question for item in items], system.reward)


def _sweep(name: str, system: System, items: Sequence[Item], driver: Driver) -> list[Graded]:
    """The system at other `n`; its own `n` is answered anyway."""
    graded: list[Graded] = []
    for n in system.sweep:
        strategy: Any = replace(system.strategy, n=n)  # type: ignore[arg-type]  # the recipe was checked: it has one
        graded += grade(swept_name(name, n), items, _solve(system, strategy, items, driver), JUDGES)
    return graded


def _scored(context: Context, items: Sequence[Item], traces_Q: Sequence[Sequence[Trace]]) -> list[CandidateSet]:
    flat = [trace for traces in traces_Q for trace in traces]
    scores = {name: iter(context.reward(name).score(flat)) for name in context.recipe.reward_models}
    sets = []
    for item, traces in zip(items, traces_Q, strict=True):
        own = {name: [next(each) for _ in traces] for name, each in scores.items()}
        sets.append(candidate_set(item, traces, [_is_right(item, trace) for trace in traces], own, context.check_step))
    return sets


def _is_right(item: Item, trace: Trace) -> bool:
    """An answer that nobody can judge is not known to be right, as in the metrics."""
    judge = JUDGES.get(item.key.kind)
    return judge is not None and trace.reading is not None and judge.judge(trace.reading, item.key).is_right
