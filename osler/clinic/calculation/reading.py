"""Solving a calculation task from its text: the note and the question are read back into inputs with units, and worked out again.

Nothing is taken from the facts or the steps. Units are converted by pint within `Calculator.calculate`; where a level-5 task asks
backwards, every round number that a note may have is tried.
"""

import re
from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any, NamedTuple

from osler.clinic.calculation.note import TIMES
from osler.clinic.calculation.shown import SEXES, label_of, values_of
from osler.clinic.calculators.calculator import Calculator
from osler.clinic.calculators.inputs import DayInput, FlagInput, Input, NumberInput, WordInput
from osler.clinic.task import Task
from osler.core.calculation import Amount
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, DateKey, Key, NumberKey

_OPENING = re.compile(r"An? (?:(\d+)-year-old )?(woman|man|patient)")
_FIGURES = re.compile(r"(-?\d+(?:\.\d+)?) ?(.*)")
_DIRECT = re.compile(r"Calculate the following(?: (?P<when>[a-z][a-z0-9 ]*?))?(?:, in [^:]+)?: (?P<title>.+)\.")
_BACKWARDS = re.compile(
    r"At which (?P<label>[^,]+?)(?:, in (?P<unit>[^,]+),)? does the following come to (?P<value>-?[\d.]+)[^:]*: (?P<title>.+)\?"
)
_OTHERWISE = re.compile(
    r"By how much(?:, in [^,]+,)? would the following rise \(or fall, below zero\) with (?P<said>[^:]+): (?P<title>.+)\?"
)
TOLERANCE = 0.05


class Asked(NamedTuple):
    """What a text asks for: the calculator, what the note gives of it, and the rest of the question."""

    calculator: Calculator
    amounts: dict[str, Amount]
    fields: Mapping[str, str | None]


def solved(task: Task, calculators: Mapping[str, Calculator]) -> Key:
    """Raises UserError where the text is not one that `Calculations` writes."""
    asked = read_text(task.text, calculators)
    calculator = asked.calculator
    if asked.fields.get("label"):
        return _backwards(asked)
    try:
        value = calculator.calculate(asked.amounts).value
    except UserError as error:
        if " is missing" in str(error) or " are missing" in str(error):
            return NumberKey(None, calculator.unit)
        raise
    if asked.fields.get("said") and not isinstance(value, date) and value is not None:
        name, amount = _read_clause(str(asked.fields["said"]), calculator)
        new = calculator.calculate({**asked.amounts, name: amount}).value
        value = new - value if not isinstance(new, date) and new is not None else None
    return _choice(task, value) if task.options else _as_key(value, calculator)


def read_text(text: str, calculators: Mapping[str, Calculator]) -> Asked:
    """The note and the question as they were written."""
    told, question, *_ = [*text.split("\n"), ""]
    found = _DIRECT.fullmatch(question) or _BACKWARDS.fullmatch(question) or _OTHERWISE.fullmatch(question)
    by_title = {each.title: each for each in calculators.values()}
    if found is None or found["title"] not in by_title:
        raise UserError(f"calculation: the question {question!r} is not one that can be read; leave it as it was made")
    calculator = by_title[found["title"]]
    return Asked(calculator, _read_note(told, found.groupdict().get("when"), calculator), found.groupdict())


def _read_note(told: str, when: str | None, calculator: Calculator) -> dict[str, Amount]:
    labels = {label_of(entry): entry for entry in calculator.inputs}
    amounts: dict[str, Amount] = {}
    times = {time.lower(): time for pair in TIMES for time in pair}
    for sentence in re.split(r"\.(?: |$)", told):
        head, _, rest = sentence.partition(": ")
        if opening := _OPENING.fullmatch(head):
            amounts |= _opened(opening, calculator)
        elif head in ("Present", "Absent"):
            amounts |= {labels[clause].name: head == "Present" for clause in rest.split("; ") if clause in labels}
            continue
        elif head.lower() in times and head.lower() != when:
            continue
        for clause in filter(None, rest.split("; ")):
            if any(clause.startswith(f"{label} ") for label in labels):
                name, amount = _read_clause(clause, calculator)
                amounts[name] = amount
    return amounts


def _opened(opening: "re.Match[str]", calculator: Calculator) -> dict[str, Amount]:
    names = {entry.name for entry in calculator.inputs}
    sexes = {word: sex for sex, word in SEXES.items()}
    found: dict[str, Amount] = {}
    if opening[1] and "age" in names:
        found["age"] = float(opening[1])
    if opening[2] in sexes and "sex" in names:
        found["sex"] = sexes[opening[2]]
    return found


def _read_clause(clause: str, calculator: Calculator) -> tuple[str, Amount]:
    """The input that a clause begins with, the longest name first, and what it says of it."""
    for entry in sorted(calculator.inputs, key=lambda entry: -len(label_of(entry))):
        label = label_of(entry)
        if clause.startswith(f"{label} "):
            return entry.name, _amount(entry, clause.removeprefix(f"{label} "))
        if isinstance(entry, FlagInput) and clause in (label, f"no {label}"):
            return entry.name, clause == label
    raise UserError(f"calculation: {clause!r} is about no input of {calculator.name}; leave the text as it was made")


def _amount(entry: Input, written: str) -> Amount:
    match entry:
        case NumberInput():
            figures = _FIGURES.fullmatch(written)
            if figures is None:
                raise UserError(f"calculation: {written!r} is no number with a unit; leave the text as it was made")
            return float(figures[1]), figures[2]
        case DayInput():
            return date.fromisoformat(written)
        case WordInput():
            return next((sex for sex, word in SEXES.items() if word == written and entry.name == "sex"), written)
    return written


def _backwards(asked: Asked) -> NumberKey:
    """Every round number that a note may have is tried; the nearest to what it is to come to is the one."""
    calculator, wanted = asked.calculator, float(asked.fields["value"] or 0)
    entry = next(each for each in calculator.inputs if label_of(each) == asked.fields["label"])
    if not isinstance(entry, NumberInput):
        raise UserError(f"calculation: {entry.name} is no number; leave the text as it was made")
    nearest = min(values_of(entry), key=lambda number: abs(_value_at(asked, entry.name, number) - wanted))
    return NumberKey(nearest, entry.unit, abs(nearest) * TOLERANCE, analyte=entry.analyte)


def _value_at(asked: Asked, name: str, number: float) -> float:
    """Infinite where there is no value."""
    try:
        value: Any = asked.calculator.calculate({**asked.amounts, name: number}).value
    except (UserError, ArithmeticError):
        return inf
    return float(value)


def _choice(task: Task, value: float | date | None) -> ChoiceKey:
    if isinstance(value, date):
        return ChoiceKey(tuple(letter for letter, text in task.options.items() if text == value.isoformat()))
    distances = {letter: abs(float((_FIGURES.fullmatch(text) or ("", "inf"))[1]) - (value or 0)) for letter, text in task.options.items()}
    return ChoiceKey((min(distances, key=lambda letter: distances[letter]),))


def _as_key(value: float | date | None, calculator: Calculator) -> Key:
    if isinstance(value, date):
        return DateKey(value)
    if value is None:
        raise UserError(f"calculation: {calculator.name} has no value here; leave the text as it was made")
    rounded = float(f"{value:.6g}")
    if calculator.kind != "equation":
        return NumberKey(rounded, calculator.unit, is_rounded=rounded.is_integer())
    return NumberKey(rounded, calculator.unit, abs(rounded) * TOLERANCE)
