"""Calculator: a formula with its inputs, its unit and its reference; and the working that it writes down as it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

from osler.clinic.calculators.inputs import Input, quoted
from osler.clinic.language import enumerate_words
from osler.core.calculation import Amount, Calculation, Working
from osler.core.errors import UserError

Given = Mapping[str, Any]
"""Every input by name, as a formula takes it; an optional one that is not given is None."""


class Work(list[Working]):
    """The lines of a calculation as they are written."""

    def __call__(self, name: str, how: str, value: float, unit: str = "") -> float:
        """Write `name = how = value unit`, and hand the value on, unrounded."""
        self.append(Working(f"{name} = {how} = {value:.5g} {unit}" if unit else f"{name} = {how} = {value:.5g}", value))
        return value

    def score(self, why: str, points: float) -> float:
        """Write what one criterion adds, and hand it on."""
        self.append(Working(f"{why}: {points:+g}" if points else f"{why}: 0", points))
        return points


Compute = Callable[[Given, Work], float | date]


@dataclass(frozen=True)
class Calculator:
    """`compute` is pure. `reference` is where its formula was published. `rises_with` and `falls_with` name the inputs with which the
    value never falls, or never rises, all else being equal. `medcalc_id` is its number in MedCalc-Bench (arXiv 2406.12036)."""

    name: str
    title: str
    kind: Literal["equation", "rule", "date"]
    inputs: tuple[Input, ...]
    unit: str
    reference: str
    compute: Compute
    rises_with: tuple[str, ...] = ()
    falls_with: tuple[str, ...] = ()
    medcalc_id: int | None = None

    def calculate(self, amounts: Mapping[str, Amount]) -> Calculation:
        """Raises UserError, naming the input, where one is missing, unknown, impossible, or in a unit that does not fit, or where the
        formula does not hold for it."""
        given, assumed = self._known(amounts)
        work = Work()
        try:
            value = self.compute(given, work)
        except UserError as error:
            raise UserError(f"{self.name}: {error}") from error
        return Calculation(self.name, value, self.unit, tuple(work), assumed)

    def _known(self, amounts: Mapping[str, Amount]) -> tuple[Given, tuple[str, ...]]:
        names = [each.name for each in self.inputs]
        for name in amounts:
            if name not in names:
                near = get_close_matches(name, names, 1)
                raise UserError(
                    f"{self.name}: there is no input {quoted(name)}; {f'did you mean {near[0]!r}?' if near else ', '.join(names)}"
                )
        missing = [each.name for each in self.inputs if each.name not in amounts and each.default is None and not each.is_optional]
        if missing:
            are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            raise UserError(f"{self.name}: {enumerate_words(missing, 'and')} {are} missing; give {them}")
        given: dict[str, Any] = {}
        assumed: list[str] = []
        for each in self.inputs:
            if each.name in amounts:
                try:
                    given[each.name] = each.known(amounts[each.name])
                except UserError as error:
                    raise UserError(f"{self.name}: {error}") from error
            else:
                given[each.name] = each.default
                assumed += [f"{each.name}: {_said(each.default)}"] if each.default is not None else []
        return given, tuple(assumed)


def _said(default: object) -> str:
    return {True: "yes", False: "no"}.get(default, str(default)) if isinstance(default, bool) else str(default)
