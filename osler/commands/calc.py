"""`osler calc`: what a calculator makes of values as people write them, with its working; which there are, and what they take."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from osler.clinic.calculators import CALCULATORS, TOPICS
from osler.clinic.calculators.calculator import Calculator
from osler.clinic.calculators.collection import Calculators
from osler.clinic.calculators.inputs import DayInput, FlagInput, Input, NumberInput, WordInput, quoted
from osler.core.calculation import Amount, Calculation
from osler.core.errors import UserError

NOTICE = "For research and teaching: no medical device."
MAX_WRITTEN = 200
"""Characters of one value."""

_NUMBER = re.compile(r"([-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)
_ALSO = {"in": "inch", '"': "inch", "ins": "inch"}
"""Units that are words or marks elsewhere, so that they are not read in a text."""

Shown = list[tuple[str, str]]
"""A name and what there is to say of it, line by line."""


@dataclass(frozen=True)
class Answer:
    """A calculation with the calculator that made it, and the inputs in its units."""

    calculator: Calculator
    calculation: Calculation
    given: Mapping[str, str]

    def as_content(self) -> dict[str, Any]:
        value = self.calculation.value
        return {
            "name": self.calculator.name,
            "title": self.calculator.title,
            "value": value.isoformat() if isinstance(value, date) else value,
            "unit": self.calculation.unit,
            "given": dict(self.given),
            "assumed": list(self.calculation.assumed),
            "working": [{"text": line.text, "value": line.value} for line in self.calculation.working],
            "reference": self.calculator.reference,
            "notice": NOTICE,
        }

    def rows(self) -> Shown:
        return [
            ("calculator", self.calculator.title),
            ("value", f"{said(self.calculation.value)} {self.calculation.unit}".rstrip()),
            *_labelled("given", [f"{name}: {text}" for name, text in self.given.items()]),
            *_labelled("assumed", self.calculation.assumed),
            *_labelled("working", [line.text for line in self.calculation.working]),
            ("reference", self.calculator.reference),
            ("", NOTICE),
        ]


def answer(name: str, written: Sequence[str]) -> Answer:
    """Raises UserError where the calculator or an input is not known, or the values do not do."""
    calculator = Calculators(CALCULATORS).named(name)
    amounts = amounts_of(calculator, written)
    calculation = calculator.calculate(amounts)
    given = {each.name: _given(each, amounts[each.name]) for each in calculator.inputs if each.name in amounts}
    return Answer(calculator, calculation, given)


def amounts_of(calculator: Calculator, written: Sequence[str]) -> dict[str, Amount]:
    """`name=value` as people write it: "creatinine=120 µmol/L", "sex=female", "dialysis=yes", "last_period=2026-03-31"."""
    inputs = {each.name: each for each in calculator.inputs}
    amounts: dict[str, Amount] = {}
    for part in written:
        name, is_pair, value = (each.strip() for each in part.partition("="))
        name = name.lower().replace("-", "_")
        if not is_pair or not name or not value:
            raise UserError(f"{calculator.name}: {quoted(part)} is not NAME=VALUE; write for instance {_call(calculator)}")
        if name in amounts:
            raise UserError(f"{calculator.name}: {quoted(name)} is given twice; give it once")
        if len(value) > MAX_WRITTEN:
            raise UserError(f"{calculator.name}: {quoted(name)} has {len(value)} characters; {MAX_WRITTEN} are the most")
        amounts[name] = _measured(value) if isinstance(inputs.get(name), NumberInput) else value
    return amounts


def _measured(value: str) -> Amount:
    found = _NUMBER.fullmatch(value)
    if found is None:
        return value
    number, unit = float(found[1].replace("−", "-")), found[2].strip()
    return (number, _ALSO.get(unit, unit)) if unit else number


def _given(each: Input, amount: Amount) -> str:
    """As it was given, and in the calculator's unit where that is another."""
    known = each.known(amount)
    if not isinstance(each, NumberInput):
        return said(known)
    ours = f"{known:.5g} {each.unit}".rstrip()
    if not isinstance(amount, tuple) or amount[1] == each.unit:
        return ours
    return f"{amount[0]:.5g} {amount[1]} = {ours}"


def listed() -> Shown:
    """Every calculator by topic."""
    rows: Shown = []
    for topic, calculators in TOPICS.items():
        rows += [("", ""), (topic.upper(), ""), *((each.name, each.title) for each in calculators)]
    return [*rows[1:], ("", ""), ("", "osler calc NAME shows what one takes"), ("", NOTICE)]


def described(name: str) -> Shown:
    """What one calculator takes, with units and limits."""
    calculator = Calculators(CALCULATORS).named(name)
    return [
        ("calculator", calculator.title),
        *((each.name, taken(each)) for each in calculator.inputs),
        ("gives", calculator.unit or ("a day" if calculator.kind == "date" else "a number without unit")),
        ("reference", calculator.reference),
        ("write", f"osler calc {calculator.name} {_call(calculator)}"),
        ("", NOTICE),
    ]


def taken(each: Input) -> str:
    """What an input takes, in words."""
    match each:
        case NumberInput():
            text = f"{each.low:g} to {each.high:g} {each.unit}".rstrip() + ", or in any unit that fits" * bool(each.unit)
        case WordInput():
            text = ", ".join(each.options)
        case FlagInput():
            text = "yes or no"
        case DayInput():
            text = "a day, as 2026-03-31"
    if each.default is not None:
        return f"{text}; {said(each.default)} where not given"
    return f"{text}; may be left out" if each.is_optional else text


def listed_content() -> list[dict[str, Any]]:
    return [{"topic": topic, **_content(each)} for topic, calculators in TOPICS.items() for each in calculators]


def described_content(name: str) -> dict[str, Any]:
    calculator = Calculators(CALCULATORS).named(name)
    return {**_content(calculator), "inputs": {each.name: taken(each) for each in calculator.inputs}, "notice": NOTICE}


def _content(each: Calculator) -> dict[str, Any]:
    return {"name": each.name, "title": each.title, "kind": each.kind, "unit": each.unit, "reference": each.reference}


def _call(calculator: Calculator) -> str:
    needed = [each for each in calculator.inputs if each.default is None and not each.is_optional] or calculator.inputs[:2]
    return " ".join(shlex.quote(_written(each)) for each in needed)


def _written(each: Input) -> str:
    match each:
        case NumberInput():
            return f"{each.name}={sum(each.usual) / 2:.3g}" + each.unit * (not each.unit[:1].isdigit())
        case WordInput():
            return f"{each.name}={each.options[0]}"
        case FlagInput():
            return f"{each.name}=yes"
        case DayInput():
            return f"{each.name}=2026-03-31"


def said(value: object) -> str:
    """A value for people: five digits, yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _labelled(name: str, lines: Sequence[str]) -> Shown:
    return [(name if at == 0 else "", line) for at, line in enumerate(lines)]
