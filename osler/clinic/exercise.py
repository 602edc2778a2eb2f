"""Exercises: the account of one condition for the findings of a case, asked for alone. What a chain of reasoning is made of, in little."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from osler.clinic.case import Case
from osler.clinic.language import Account, write_claims
from osler.clinic.truth import account
from osler.clinic.world import World
from osler.core.question import Item, Question, TextKey

N_NEAR = 10
"""An exercise asks about the case's own condition or one of this many that are likeliest beside it: those that reasoning weighs."""


@dataclass(frozen=True)
class Exercise:
    item: Item
    steps: tuple[str, ...]


def exercises_on(world: World, cases: Sequence[Case], n: int, rng: random.Random) -> list[Exercise]:
    """`n` exercises on randomly chosen cases, their findings in random order. None where there is no case."""
    near: dict[str, list[str]] = {}
    exercises = []
    for number in range(n if cases else 0):
        case = reordered(rng.choice(cases), rng)
        if case.id not in near:
            near[case.id] = _near(world, case)
        condition = rng.choice(near[case.id])
        claim = write_claims(Account(condition, *account(world, case, condition)))
        question = Question(f"clinic-exercise-{number:05d}", f"{case.presentation()}. What does {condition} explain?")
        exercises.append(Exercise(Item(question, TextKey(claim), group="exercise"), (claim,)))
    return exercises


def reordered(case: Case, rng: random.Random) -> Case:
    """The same case told in another order of findings and options."""
    present, absent, options = (tuple(rng.sample(words, len(words))) for words in (case.present, case.absent, case.options))
    return replace(case, present=present, absent=absent, options=options)


def _near(world: World, case: Case) -> list[str]:
    others = [condition for condition in world.conditions.values() if condition.name != case.condition]
    others.sort(key=lambda condition: -condition.log_likelihood(case.present, ()))
    return [case.condition, *(condition.name for condition in others[:N_NEAR])]
