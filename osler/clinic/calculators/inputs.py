"""What a calculator takes: measures with a unit and valid limits, words, yes or no, and days."""

from dataclasses import dataclass
from datetime import date

from osler.core.calculation import Amount
from osler.core.errors import UserError
from osler.units.conversion import convert, needs_analyte
from osler.units.spelling import unit_named

Known = float | str | bool | date
"""An input as a formula takes it: a number in the unit of its measure, a word, yes or no, a day."""


MAX_QUOTED = 60


def quoted(value: object) -> str:
    """What was given, as a message quotes it: no character that a terminal obeys, and not too much of it."""
    text = repr(value)
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"


@dataclass(frozen=True)
class NumberInput:
    """A number in `unit`, possible from `low` to `high`. `analyte` names what is measured, so that mmol/L and mg/dL compare. Values are
    commonly between `usual`; items are made from there. `default` stands in where none is given."""

    name: str
    unit: str
    low: float
    high: float
    usual: tuple[float, float]
    analyte: str = ""
    default: float | None = None
    is_optional: bool = False

    def known(self, amount: Amount) -> float:
        """The number in `unit`. Raises UserError where it is none, its unit does not fit, or it is impossible."""
        value, unit = amount if isinstance(amount, tuple) else (amount, self.unit)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(f"{self.name}: {quoted(value)} is not a number; give one in {self.unit or 'plain figures'}")
        number = self._converted(float(value), unit)
        if not self.low <= number <= self.high:
            raise UserError(
                f"{self.name}: {number:g} {self.unit} is outside {self.low:g} to {self.high:g} {self.unit}; correct the value or its unit"
            )
        return number

    def _converted(self, value: float, unit: str) -> float:
        if unit == self.unit:
            return value
        ours, wanted = unit_named(unit), unit_named(self.unit)
        number = convert(value, ours, wanted or "", self.analyte) if ours is not None else None
        if number is None:
            known = ours is not None and not needs_analyte(ours, wanted or "")
            why = "is not a measure of the same" if known else "cannot be converted" if ours is not None else "is not a unit that is known"
            said = unit or "a plain number" if ours is not None else quoted(unit)
            raise UserError(f"{self.name}: {said} {why}; give it in {self.unit or 'plain figures'}")
        return float(f"{number:.12g}")  # 36 months are 3 years, not a hair less


@dataclass(frozen=True)
class WordInput:
    """One of some words."""

    name: str
    options: tuple[str, ...]
    default: str | None = None
    is_optional: bool = False

    def known(self, amount: Amount) -> str:
        """Raises UserError where it is none of the words."""
        word = str(amount).strip().lower()
        if word not in self.options:
            raise UserError(f"{self.name}: there is no {quoted(amount)}; choose among {', '.join(self.options)}")
        return word


@dataclass(frozen=True)
class FlagInput:
    """Yes or no. What is not mentioned is taken as not there, and the calculation says so."""

    name: str
    default: bool | None = False
    is_optional: bool = False

    def known(self, amount: Amount) -> bool:
        """Raises UserError where it is neither."""
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if isinstance(amount, bool):
            return amount
        if str(amount).strip().lower() not in words:
            raise UserError(f"{self.name}: {quoted(amount)} is neither yes nor no; say which")
        return words[str(amount).strip().lower()]


@dataclass(frozen=True)
class DayInput:
    """A day of the calendar."""

    name: str
    default: date | None = None
    is_optional: bool = False

    def known(self, amount: Amount) -> date:
        """Raises UserError where it is no day."""
        if isinstance(amount, date):
            return amount
        try:
            return date.fromisoformat(str(amount).strip())
        except ValueError as error:
            raise UserError(f"{self.name}: {quoted(amount)} is no day; write it as 2026-03-31") from error


Input = NumberInput | WordInput | FlagInput | DayInput
