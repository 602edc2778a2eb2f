"""Calculations: the maker of tasks that a calculator solves."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from random import Random as Seeded
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.calculation.checked_step import process_score, truth_of
from osler.clinic.calculation.deck import Deck, Random, deck_of
from osler.clinic.calculation.draft import (
    Draft,
    Making,
    backwards,
    complete,
    first_level,
    missing,
    otherwise,
    second_level,
    third_level,
    written,
)
from osler.clinic.calculation.mistakes import N_WRONG, wrong_values
from osler.clinic.calculation.reading import solved
from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.collection import near_names
from osler.clinic.generate import Split
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey, DateKey, Key, NumberKey

MAX_TRIES = 10_000
TOLERANCE = 0.05
"""Of a value that an equation gives, as MedCalc-Bench has it (arXiv 2406.12036)."""
LETTERS = "ABCD"
_KEYS = tuple(ChoiceKey((letter,)) for letter in LETTERS)
Way = tuple[Making, tuple[Deck, ...]]


@dataclass(frozen=True, config=STRICT)
class Calculations:
    """`calculators` are names of the registry (none: all). `choice_share` of the tasks that ask for a value outright have options, whose
    wrong ones are what named mistakes come to; the others ask for the number."""

    kind: Literal["calculation"] = "calculation"
    levels: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)
    calculators: tuple[str, ...] = ()
    choice_share: Annotated[float, Field(ge=0, le=1)] = 0.25

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        """Raises UserError for a calculator that is not known, a level that none of them has, or where there are no more tasks."""
        random = Seeded(f"{seed}/{self.kind}/{split}").random
        ways = self._ways()
        tasks: list[Task] = []
        texts: set[str] = set()
        prefix = f"{self.kind}-{split}"
        n_tries = level = 0
        while len(tasks) < n:
            level = level if n_tries else self.levels[int(random() * len(self.levels))]
            making, decks = ways[level][int(random() * len(ways[level]))]
            draft = making(decks[int(random() * len(decks))], split, random)
            if draft is not None and draft.text not in texts:
                task = self._task(draft, level, f"{prefix}-{len(tasks):06d}", random)
                if task:
                    texts.add(draft.text)
                    tasks.append(task)
                    n_tries = 0
                    continue
            n_tries += 1
            if n_tries == MAX_TRIES:
                raise UserError(f"calculation: only {len(tasks)} of {n} tasks for {split}; ask for fewer, or for more calculators")
        return tasks

    def check_step(self, task: Task, step: str) -> Truth:
        return truth_of(task, step, CALCULATORS)

    def process_score(self, task: Task, text: str) -> float | None:
        """The share of the numbers of the true working that occur in a text, within half a per cent; None where it has none."""
        return process_score(task, text, CALCULATORS)

    def solve(self, task: Task) -> Key:
        """Reads the text alone: no fact of the task."""
        return solved(task, CALCULATORS)

    def card(self) -> str:
        return _CARD

    def _ways(self) -> Mapping[int, tuple[Way, ...]]:
        decks = tuple(deck_of(CALCULATORS[name]) for name in self._names)
        chained = tuple(deck for deck in decks if deck.has_intermediates) or decks
        equations = tuple(deck for deck in decks if deck.monotone and deck.calculator.kind == "equation")
        numeric = tuple(deck for deck in decks if deck.calculator.kind != "date")
        ways: dict[int, tuple[Way, ...]] = {
            1: ((first_level, decks),),
            2: ((second_level, decks),),
            3: ((third_level, tuple(deck for deck in decks if deck.changing)),),
            4: ((missing, tuple(deck for deck in decks if deck.required)), (complete, chained)),
            5: ((backwards, equations), (otherwise, numeric)),
        }
        usable = {level: tuple(way for way in ways[level] if way[1]) for level in self.levels}
        lacking = [level for level, some in usable.items() if not some]
        if lacking:
            raise UserError(f"calculation: no task of level {lacking[0]} can be made of these calculators; leave it out, or name others")
        return usable

    @cached_property
    def _names(self) -> tuple[str, ...]:
        for name in self.calculators:
            if name not in CALCULATORS:
                near = near_names(name, CALCULATORS)
                raise UserError(f"calculators: there is no {name!r}; {f'did you mean {near[0]!r}?' if near else '`osler calc` lists all'}")
        return self.calculators or tuple(CALCULATORS)

    def _task(self, draft: Draft, level: int, task_id: str, random: Random) -> Task | None:
        """None where there are not enough wrong values for a choice."""
        if not draft.given or random() >= self.choice_share:
            return Task(task_id, self.kind, level, draft.text, {}, key_of(draft), tuple(draft.steps), draft.facts)
        wrong = wrong_values(draft, random)
        if wrong is None or draft.value is None:
            return None
        right = int(random() * (N_WRONG + 1))
        names = [name for name, _ in wrong]
        values = [value for _, value in wrong]
        values.insert(right, draft.value)
        options = {letter: written(value, draft.deck.suffix) for letter, value in zip(LETTERS, values, strict=True)}
        draft.facts["mistakes"] = dict(zip((letter for at, letter in enumerate(LETTERS) if at != right), names, strict=True))
        draft.steps[-1] = f"The answer is {LETTERS[right]}."
        return Task(task_id, self.kind, level, draft.text, options, _KEYS[right], tuple(draft.steps), draft.facts)


def key_of(draft: Draft) -> NumberKey | DateKey:
    """Rounded to the nearest where points or days are counted, within five per cent elsewhere."""
    value = draft.value
    if value is None:
        return NumberKey(None, draft.unit)
    if isinstance(value, date):
        return DateKey(value)
    rounded = float(f"{value:.6g}")
    is_count = not draft.deck.is_equation and draft.facts["asks"] != "input"
    key = object.__new__(NumberKey)
    fields = key.__dict__
    fields.update(_NUMBER_FIELDS)
    fields["value"], fields["unit"], fields["analyte"] = rounded, draft.unit, draft.analyte
    if not is_count:
        fields["tolerance"] = abs(rounded) * TOLERANCE
    elif rounded.is_integer():
        fields["is_rounded"] = True
    return key


_NUMBER_FIELDS = vars(NumberKey(0.0)).copy()
"""A number that was worked out here needs no validation, which takes longer than all the rest of its key."""

_CARD = """# Calculation tasks

Notes are invented: every value is drawn evenly from the usual range of an input, independently of the others, so that a note need not be
one that a patient could have. The formulas are published ones, each with its reference in `osler/clinic/calculators/`; the values follow
from them alone. No text, value or label of a data set is in the tasks. Licence: Apache-2.0, as osler itself.

Levels: 1 values as the formula takes them; 2 other units, beside values that are not needed; 3 two points in time; 4 a value that is needed
is missing in half of them, and the answer is N/A; 5 backwards, or what would be otherwise.

For training and measuring arithmetic and reading. Not for claims about medicine, and not for the care of anybody: a score that is worked
out rightly here says nothing about whether it applies.
"""
