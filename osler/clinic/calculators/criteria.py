"""Criteria of a score: what a finding, or the place of a measured value, adds. Each writes a line, also where it adds nothing.

A table of points is written as it is printed, the first row that holds being taken: `("≥75", 2), ("≥65", 1)`; what no row has adds
nothing. A value that went through a change of units is compared to six decimals, so that 100.4 °F is not above 38 °C.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import FlagInput, Input, NumberInput, WordInput
from osler.core.calculation import Working

Row = tuple[str, float]
"""A condition ("≥65", "<90") and its points."""
Table = tuple[tuple[str, Callable[[float, float], bool], float, float], ...]
"""Rows as they are read: as written, the comparison, its limit, the points."""
_TESTS: Mapping[str, Callable[[float, float], bool]] = {"≥": operator.ge, ">": operator.gt, "≤": operator.le, "<": operator.lt}
_WRITTEN = {
    "a_a_gradient": "A-a gradient",
    "20210a": "20210A",
    **{word.lower(): word for word in ("INR", "pH", "FiO2", "AIDS", "ECG", "V", "Leiden", "Glasgow")},
    "po2": "PaO2",
    "pco2": "PaCO2",
}
_N_DECIMALS = 6
_NEARBY = 1e-5
N_KEPT = 512
"""Lines of one criterion that are kept: tasks and tables come back to the same values."""


@dataclass(frozen=True)
class Criterion:
    """`add` writes its line and returns its points. The value never falls as `rises_with` rise, and never rises as `falls_with` do."""

    inputs: tuple[Input, ...]
    add: Callable[[Given, Work], float]
    rises_with: tuple[str, ...] = ()
    falls_with: tuple[str, ...] = ()


@cache
def spoken(name: str) -> str:
    """An input's name as a line of working has it."""
    return _WRITTEN.get(name) or " ".join(_WRITTEN.get(word, word) for word in name.split("_"))


def finding(points: float, *names: str, otherwise: str = "") -> Criterion:
    """Yes or no; of several findings any one gives the points, once. `otherwise` is said where there is none."""
    absent = _line(otherwise or f"no {' or '.join(map(spoken, names))}", 0)

    def add(given: Given, work: Work) -> float:
        present = [name for name in names if given[name]]
        work.append(_line(" and ".join(map(spoken, present)), points) if present else absent)
        return points if present else 0

    return Criterion(tuple(map(FlagInput, names)), add, names if points > 0 else (), names if points < 0 else ())


def choice(name: str, points: Mapping[str, float], default: str | None = None) -> Criterion:
    """One of some words, each with its points."""
    lines = {word: _line(f"{spoken(name)} {word}", each) for word, each in points.items()}

    def add(given: Given, work: Work) -> float:
        work.append(lines[given[name]])
        return points[given[name]]

    return Criterion((WordInput(name, tuple(points), default),), add)


def measured(number: NumberInput, *rows: Row) -> Criterion:
    """The place of a number in a table. One that is optional and was not given adds nothing."""
    table, name = _read(rows), number.name

    @lru_cache(maxsize=N_KEPT)
    def placed(value: float | None) -> Working:
        work = Work()
        work.score(*_placed(number, value, table))
        return work[0]

    def add(given: Given, work: Work) -> float:
        line = placed(given[name])
        work.append(line)
        return line.value or 0

    return Criterion((number,), add, *_trend(number, rows))


def either(points: float, *limits: tuple[NumberInput, *tuple[str, ...]]) -> Criterion:
    """Any one of some numbers beyond one of its limits ("<90") gives the points, once."""
    tables = [(number, tuple((condition, points) for condition in conditions)) for number, *conditions in limits]

    def add(given: Given, work: Work) -> float:
        placed = [points_of(number, given[number.name], *rows) for number, rows in tables]
        return work.score("; ".join(said for said, _ in placed), max(each for _, each in placed))

    rises, falls = zip(*(_trend(number, rows) for number, rows in tables), strict=True)
    return Criterion(tuple(number for number, _ in tables), add, sum(rises, ()), sum(falls, ()))


@cache
def _line(why: str, points: float) -> Working:
    """As `Work.score` writes it; there are few, and they are written often."""
    work = Work()
    work.score(why, points)
    return work[0]


def _trend(number: NumberInput, rows: tuple[Row, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The number's name where points never fall as it rises; and where they never rise."""
    probes = sorted({number.low, number.high, *(limit + shift for _, _, limit, _ in _read(rows) for shift in (-_NEARBY, 0, _NEARBY))})
    points = [points_of(number, each, *rows)[1] for each in probes]
    name = (number.name,)
    return name if points == sorted(points) else (), name if points == sorted(points, reverse=True) else ()


def points_of(number: NumberInput, value: float | None, *rows: Row) -> tuple[str, float]:
    """The words and points of one value in a table, for criteria that rest on more than one input."""
    return _placed(number, value, _read(rows))


def _placed(number: NumberInput, value: float | None, table: Table) -> tuple[str, float]:
    if value is None:
        return f"no {spoken(number.name)} given", 0
    said = f"{spoken(number.name)} {quantity(value, number.unit)}"
    place = round(value, _N_DECIMALS)
    for text, holds, limit, points in table:
        if holds(place, limit):
            return f"{said}, {text}", points
    return said, 0


def row_of(value: float, *rows: tuple[str, str]) -> str:
    """The name of the class in which a total falls: `("≤6", "A"), ("≤9", "B"), ("", "C")`."""
    for condition, name in rows:
        if not condition or _TESTS[condition[0]](value, float(condition[1:])):
            return name
    return ""


def quantity(value: float, unit: str) -> str:
    return f"{value:.5g}{_after(unit)}"


@cache
def _after(unit: str) -> str:
    if unit.startswith("10^"):
        return f" × {unit}"
    return unit if unit.startswith("/") or unit == "%" else f" {unit}".rstrip()


@dataclass(frozen=True)
class RuleScore:
    """`says` names the class of risk in which a total falls, in the words of the publication."""

    name: str
    title: str
    reference: str
    criteria: tuple[Criterion, ...]
    medcalc_id: int | None = None
    says: Callable[[float, Given], str] | None = None

    def calculator(self) -> Calculator:
        return Calculator(
            self.name,
            self.title,
            "rule",
            tuple({each.name: each for criterion in self.criteria for each in criterion.inputs}.values()),
            "",
            self.reference,
            self.compute,
            tuple(dict.fromkeys(name for each in self.criteria for name in each.rises_with)),
            tuple(dict.fromkeys(name for each in self.criteria for name in each.falls_with)),
            self.medcalc_id,
        )

    def compute(self, given: Given, work: Work) -> float:
        points = [each.add(given, work) for each in self.criteria]
        how = " + ".join(f"{each:g}" if each > 0 else f"({each:g})" for each in points if each)
        total = sum(points)
        work.append(Working(f"total = {how} = {total:g}" if "+" in how else f"total = {total:g}", total))
        if self.says:
            work.append(Working(self.says(total, given)))
        return total


@lru_cache(maxsize=256)
def _read(rows: tuple[Row, ...]) -> Table:
    return tuple((text, _TESTS[text[0]], float(text[1:]), points) for text, points in rows)
