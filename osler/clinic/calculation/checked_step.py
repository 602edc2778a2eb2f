"""Whether a step of a calculation is true: what it says is worked out again from what the note gives.

A step is one statement, or several joined by semicolons. Each is read as one of

- `name = how = value unit`: the name is an input or a line of the working, the value is the one it has, every number in between follows
  from the note or belongs to the formula, and where both sides can be worked out they agree;
- `criterion: +points`;
- `The answer is …`; `… is not given`;
- a sentence that names an input or a line, whose last number is a value that it has.

A number that neither stands in the note nor follows from it (within half a per cent) makes a step false. What is read as none of these is
unreadable.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from osler.clinic.calculation.arithmetic import worked_out
from osler.clinic.calculation.shown import SEXES, label_of, plain, quantity
from osler.clinic.calculators.calculator import Calculator
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.calculation import Amount, Working
from osler.core.question import ChoiceKey, DateKey, NumberKey

NEAR = 0.005
MAX_CHARACTERS = 20_000
ROUNDED = 1e-4
"""Of the largest number in a line: what five figures may be off by when they are added or subtracted."""
NUMBER = re.compile(r"(?<![\w.^])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|(?<=\^)-?\d+(?:\.\d+)?")
_POWER_OF_UNIT = re.compile(r"(?:× )?10\^\d+(?=/)")
_FIGURES = re.compile(r"([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)( ?.*)")
_ANSWER = re.compile(r"The answer is (.+?)\.?")
_MISSING = re.compile(r"(.+) is not given\.?")
_POINTS = re.compile(r"(?P<why>.+): (?P<points>[+-]?\d+(?:\.\d+)?)")


@dataclass
class Known:
    """What a step may say: the values that each name has, and every number that may stand in a formula."""

    values: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    hows: dict[str, list[tuple[str, list[float], float]]] = field(default_factory=lambda: defaultdict(list))
    points: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    numbers: list[float] = field(default_factory=list)
    lines: set[str] = field(default_factory=set)
    worked: list[float] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def truth_of(task: Task, step: str, calculators: Mapping[str, Calculator]) -> Truth:
    """The truth of one step's text about a task. A step that no one would write, for its length, is unreadable."""
    if len(step) > MAX_CHARACTERS:
        return Truth.UNREADABLE
    known = known_of(task, calculators)
    truths = [_truth(task, each, known) for each in _statements(step, known)]
    if Truth.FALSE in truths:
        return Truth.FALSE
    return Truth.TRUE if truths and all(truth is Truth.TRUE for truth in truths) else Truth.UNREADABLE


def _statements(step: str, known: Known) -> Iterator[str]:
    """A criterion may have semicolons of its own."""
    for line in re.split(r"\n|(?<=: 0); ", step):
        yield from [line.strip()] if line.strip() in known.lines else filter(None, map(str.strip, line.split(";")))


def process_score(task: Task, text: str, calculators: Mapping[str, Calculator]) -> float | None:
    """The share of the numbers that the true working comes to, conversions among them, that occur in a text, within half a per cent; None
    where it comes to none. No order and no name is asked for."""
    known = known_of(task, calculators)
    wanted = list(dict.fromkeys(known.worked))
    found = numbers_in(text)
    return sum(any(is_near(each, value) for each in found) for value in wanted) / len(wanted) if wanted else None


def numbers_in(text: str) -> list[float]:
    """The numbers of a text, without the powers of ten that belong to a unit."""
    return [float(number) for number in NUMBER.findall(_POWER_OF_UNIT.sub(" ", text))]


def is_near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * abs(other) + 1e-9


def known_of(task: Task, calculators: Mapping[str, Calculator]) -> Known:
    """Worked out again from the facts."""
    calculator = calculators[task.facts["calculator"]]
    amounts: dict[str, Amount] = {name: _amount(each) for name, each in task.facts["amounts"].items()}
    known = Known()
    entries = {entry.name: entry for entry in calculator.inputs}
    if task.facts["asks"] == "input":
        amounts[task.facts["input"]] = float(task.facts["answer"])
    cases = [amounts]
    if task.facts["asks"] == "change":
        cases.append({**amounts, task.facts["input"]: _amount(task.facts["instead"])})
    for case in cases:
        _take_inputs(known, calculator, case)
    known.missing = {
        label_of(entry) for entry in entries.values() if entry.default is None and not entry.is_optional and entry.name not in amounts
    }
    if not known.missing:
        values = [_take_working(known, calculator, case) for case in cases]
        if len(values) == 2:
            _own(known, "change", values[1] - values[0], calculator.unit)
            known.numbers += values
            entry = entries[task.facts["input"]]
            instead = task.facts["instead"]
            known.lines.add(
                f"with {'' if instead else 'no '}{label_of(entry)}"
                if isinstance(entry, FlagInput)
                else f"with {_written(label_of(entry), instead)}"
            )
    return known


def _amount(written: object) -> Amount:
    if isinstance(written, list | tuple):
        return float(written[0]), str(written[1])
    return written if isinstance(written, bool | float | int | date) else str(written)


def _written(label: str, amount: object) -> str:
    if isinstance(amount, list | tuple):
        return f"{label} {quantity(plain(amount[0]), amount[1])}"
    return f"{label} {SEXES.get(str(amount), str(amount)) if label == 'sex' else amount}"


def _own(known: Known, name: str, value: float, unit: str) -> None:
    known.values[name].append((value, unit))
    known.numbers.append(value)


def _take_inputs(known: Known, calculator: Calculator, amounts: Mapping[str, Amount]) -> None:
    for entry in calculator.inputs:
        amount = amounts.get(entry.name)
        if isinstance(entry, NumberInput) and amount is not None:
            figures, unit = amount if isinstance(amount, tuple) else (float(str(amount)), entry.unit)
            _own(known, label_of(entry), figures, unit)
            if unit != entry.unit:
                converted = entry.known(amount)
                _own(known, label_of(entry), converted, entry.unit)
                known.worked.append(converted)
                written = quantity(plain(figures), unit)
                known.hows[label_of(entry)].append((_words(written), [figures], converted))


def _take_working(known: Known, calculator: Calculator, amounts: Mapping[str, Amount]) -> float:
    calculation = calculator.calculate(amounts)
    for working in calculation.working:
        _take_line(known, working)
    return calculation.value if isinstance(calculation.value, float | int) else 0.0


def _take_line(known: Known, working: Working) -> None:
    known.lines.add(working.text)
    known.numbers += numbers_in(working.text)
    if working.value is None:
        return
    if points := _POINTS.fullmatch(working.text):
        known.points[points["why"]].append(working.value)
        return
    name, *middle, last = working.text.split(" = ")
    known.hows[name] += [(_words(how), numbers_in(how), working.value) for how in middle]
    known.worked.append(working.value)
    stated = _FIGURES.fullmatch(last)
    _own(known, name, working.value, stated[2].strip().removeprefix("× ") if stated else "")


def _truth(task: Task, statement: str, known: Known) -> Truth:
    if statement in known.lines:
        return Truth.TRUE
    if answer := _ANSWER.fullmatch(statement):
        return _answer(task, answer[1])
    if missing := _MISSING.fullmatch(statement):
        return Truth.TRUE if missing[1] in known.missing else Truth.FALSE if missing[1] in known.values else Truth.UNREADABLE
    if points := _POINTS.fullmatch(statement):
        owned = known.points.get(points["why"])
        if owned is None:
            return Truth.UNREADABLE
        return Truth.TRUE if float(points["points"]) in owned else Truth.FALSE
    if statement.startswith("with "):
        return Truth.UNREADABLE
    if " = " in statement:
        return _equation(statement.removesuffix("."), known)
    return _sentence(statement, known)


def _answer(task: Task, answer: str) -> Truth:
    key = task.key
    if isinstance(key, ChoiceKey):
        return Truth.TRUE if answer in key.letters else Truth.FALSE if answer in task.options else Truth.UNREADABLE
    if isinstance(key, DateKey):
        return Truth.TRUE if answer == key.day.isoformat() else Truth.FALSE
    if isinstance(key, NumberKey):
        number = NUMBER.match(answer)
        if key.value is None or number is None:
            return Truth.TRUE if key.value is None and answer == "N/A" else Truth.FALSE
        near = round(float(number[0])) == round(key.value) if key.is_rounded else abs(float(number[0]) - key.value) <= key.tolerance + 1e-9
        fits = answer[number.end() :].strip().removeprefix("× ") in ("", key.unit)
        return Truth.TRUE if near and fits else Truth.FALSE
    return Truth.UNREADABLE


def _equation(statement: str, known: Known) -> Truth:
    name, *middle, last = statement.split(" = ")
    stated = _FIGURES.fullmatch(last)
    if name not in known.values or stated is None:
        return _numbers(statement, known, Truth.UNREADABLE)
    value, unit = float(stated[1]), stated[2].strip().removeprefix("× ")
    if not any(is_near(value, each) and unit in ("", own_unit) for each, own_unit in known.values[name]):
        return Truth.FALSE
    truths = [_how(name, how, value, known) for how in middle]
    return next((truth for truth in (Truth.FALSE, Truth.UNREADABLE) if truth in truths), Truth.TRUE)


def _how(name: str, how: str, value: float, known: Known) -> Truth:
    """Whether this is how a name comes to a value: in the words of the working with its numbers, as an amount of the note, or by any other
    arithmetic with numbers that follow."""
    found = numbers_in(how)
    alike = [(numbers, comes_to) for words, numbers, comes_to in known.hows[name] if words == _words(how)]
    if alike:
        is_so = any(
            is_near(value, comes_to) and len(found) == len(numbers) and all(map(is_near, found, numbers)) for numbers, comes_to in alike
        )
        return Truth.TRUE if is_so else Truth.FALSE
    came_to = worked_out(how)
    if came_to is None:
        return _numbers(how, known, Truth.UNREADABLE)
    slack = NEAR * abs(value) + ROUNDED * max(map(abs, found), default=0.0)
    return _numbers(how, known, Truth.TRUE) if abs(came_to - value) <= slack else Truth.FALSE


def _words(how: str) -> str:
    """What is left without the numbers."""
    return NUMBER.sub("#", _POWER_OF_UNIT.sub(" ", how))


def _numbers(text: str, known: Known, otherwise: Truth) -> Truth:
    """False where a number does not follow."""
    found = numbers_in(text)
    strange = [each for each in found if not any(is_near(abs(each), abs(other)) for other in known.numbers)]
    return Truth.FALSE if strange else otherwise


def _sentence(statement: str, known: Known) -> Truth:
    found = numbers_in(statement)
    if not found:
        return Truth.UNREADABLE
    named = [value for name, values in known.values.items() if name in statement for value, _ in values]
    is_own = any(is_near(found[-1], value) for value in named)
    return _numbers(statement, known, Truth.TRUE if is_own else Truth.UNREADABLE)
