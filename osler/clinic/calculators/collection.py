"""Calculators: all of them by name, where an error is an answer as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from osler.clinic.calculators.calculator import Calculator
from osler.clinic.calculators.inputs import quoted
from osler.core.calculation import Amount, Calculation
from osler.core.errors import UserError

N_NEAR = 3


@dataclass(frozen=True)
class Calculators:
    """Implements `Calculates`."""

    by_name: Mapping[str, Calculator]

    def calculate(self, name: str, amounts: Mapping[str, Amount]) -> Calculation:
        """Never raises for what is asked of it: an unknown name or an impossible input is an `error`."""
        try:
            return self.named(name).calculate(amounts)
        except UserError as error:
            return Calculation(name, None, error=str(error))

    def named(self, name: str) -> Calculator:
        """The calculator of this name, whatever its case, hyphens and spaces. Raises UserError with the nearest names."""
        wanted = "_".join(name.lower().replace("-", " ").replace("_", " ").split())
        found = self.by_name.get(wanted)
        if found is None:
            near = near_names(wanted, self.by_name)
            raise UserError(
                f"calculators: there is no {quoted(name)}; " + (f"did you mean {' or '.join(near)}?" if near else "`osler calc` lists all")
            )
        return found


def near_names(wanted: str, calculators: Mapping[str, Calculator]) -> list[str]:
    """Names spelled nearly so, then names and titles with the same word in them."""
    spelled = get_close_matches(wanted, calculators, N_NEAR)
    words = {word for word in wanted.split("_") if len(word) >= 3}
    sharing = [
        name for name, each in calculators.items() if any(word in f"{name} {each.title}".lower() for word in words) and name not in spelled
    ]
    return [*spelled, *sharing][:N_NEAR]
