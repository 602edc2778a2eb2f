"""Named mistakes: what the value would be if one thing in the working went wrong. They are the wrong options of a choice.

`unconverted`: a figure is taken as it stands, in whatever unit. `other_time`: the value of the other point in time. `other_sex`: the factor
of the other sex. `actual_weight`: a weight that was worked out is not used. `forgotten`: one criterion is left out. `neighbour`: one
criterion is off by a point. Where these do not suffice: `decimal_point`, `doubled`, `halved`, `off_by` some points or days.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from math import isfinite
from typing import Any

from osler.clinic.calculation.deck import Deck, Random
from osler.clinic.calculation.draft import Draft, Value
from osler.clinic.calculation.shown import NOTHING
from osler.clinic.calculators.calculator import Work
from osler.clinic.calculators.inputs import NumberInput
from osler.core.errors import UserError

N_WRONG = 3
APART = 0.12
"""Two options differ by at least this share of the larger: more than twice the tolerance."""


class Slip(Work):
    """Working in which the line at `at` comes to `instead`; nothing is written."""

    def __init__(self, at: int, instead: float) -> None:
        super().__init__()
        self.at, self.instead, self.n = at, instead, 0

    def __call__(self, name: str, how: str, value: float, unit: str = "") -> float:
        return self._slipped(value)

    def score(self, why: str, points: float) -> float:
        return self._slipped(points)

    def append(self, line: object) -> None:
        self.n += 1

    def _slipped(self, value: float) -> float:
        self.n += 1
        return self.instead if self.n - 1 == self.at else value


def wrong_values(draft: Draft, random: Random) -> list[tuple[str, Value]] | None:
    """`N_WRONG` of them with their names, all distinct beyond the tolerance, from the right value and from one another; None where there
    are not so many."""
    if draft.value is None:
        return None
    found: list[tuple[str, Value]] = []
    taken = [draft.value]
    is_count = draft.deck.calculator.kind != "equation"
    for name, value in _candidates(draft, random):
        if all(_are_apart(value, other, is_count=is_count) for other in taken):
            taken.append(value)
            found.append((name, value))
            if len(found) == N_WRONG:
                return found
    return None


def _are_apart(one: Value, other: Value, *, is_count: bool) -> bool:
    if isinstance(one, date) or isinstance(other, date):
        return one != other
    return round(one) != round(other) if is_count else abs(one - other) > APART * max(abs(one), abs(other))


def _candidates(draft: Draft, random: Random) -> Iterator[tuple[str, Value]]:
    deck, given = draft.deck, draft.given
    for entry, shown in zip(deck.calculator.inputs, draft.shown, strict=False):
        if shown is not NOTHING and isinstance(entry, NumberInput) and shown.conversion:
            yield from _again(deck, "unconverted", given | {entry.name: shown.amount[0]})
    if draft.other:
        yield from _again(deck, "other_time", draft.other)
    if given.get("sex") in ("female", "male"):
        yield from _again(deck, "other_sex", given | {"sex": "male" if given["sex"] == "female" else "female"})
    if deck.calculator.kind == "rule":
        yield from _of_score(draft, random)
    elif draft.value is not None and not isinstance(draft.value, date):
        yield from _of_weight(draft)
        yield from _of_figures(draft.value, random)
    elif isinstance(draft.value, date):
        yield from _of_day(draft.value, random)


def _again(deck: Deck, name: str, given: Mapping[str, Any], work: Work | None = None) -> Iterator[tuple[str, Value]]:
    try:
        value = deck.calculator.compute(given, Slip(-1, 0.0) if work is None else work)
    except (UserError, ArithmeticError, ValueError):
        return
    if isinstance(value, date) or isfinite(value):
        yield name, value


def _of_weight(draft: Draft) -> Iterator[tuple[str, Value]]:
    for at, line in enumerate(draft.work[:-1]):
        if line.text.endswith(" kg") and "weight" in draft.given:
            yield from _again(draft.deck, "actual_weight", draft.given, Slip(at, draft.given["weight"]))


def _of_figures(value: float, random: Random) -> Iterator[tuple[str, Value]]:
    ways = [("decimal_point", value * 10), ("decimal_point", value / 10), ("doubled", value * 2), ("halved", value / 2)]
    first = int(random() * len(ways))
    yield from ways[first:] + ways[:first]


def _of_score(draft: Draft, random: Random) -> Iterator[tuple[str, Value]]:
    """A criterion is worth what its line says, so that no total has to be worked out again; a maximum or a class is not passed."""
    if isinstance(draft.value, date) or draft.value is None:
        return
    points = [line.value for line in draft.work if line.value and ": " in line.text]
    first = int(random() * len(points)) if points else 0
    for each in points[first:] + points[:first]:
        yield "forgotten", draft.value - each
    ways = [("neighbour", draft.value + 1), ("neighbour", draft.value - 1), ("off_by", draft.value + 2), ("off_by", draft.value - 2)]
    for name, value in ways if random() < 0.5 else ways[::-1]:
        if value >= 0 or draft.value < 0:
            yield name, value
    yield "off_by", draft.value + 3


def _of_day(day: date, random: Random) -> Iterator[tuple[str, Value]]:
    days = (7, -7, 30, -30, 14, -14)
    first = int(random() * len(days))
    for n in days[first:] + days[:first]:
        yield "off_by", day + timedelta(days=n)
