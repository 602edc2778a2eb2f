"""Calculation: a number worked out step by step, by a calculator that says where its formula comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

Amount = float | int | bool | str | date | tuple[float, str]
"""One input as it is given: a number in the calculator's own unit, (number, unit), a word, yes or no, or a day."""


class Working(NamedTuple):
    """One line of the working. `value` is the number that it comes to; None where it comes to none."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a calculator made of its inputs. `value` is in `unit` (empty: none, or points). `assumed` are inputs that were not
    given and what was taken for them. Where nothing could be computed, `value` is None and `error` says why."""

    name: str
    value: float | date | None
    unit: str = ""
    working: tuple[Working, ...] = ()
    assumed: tuple[str, ...] = ()
    error: str = ""


class Calculates(Protocol):
    """Whoever answers the ask `Calculate`."""

    def calculate(self, name: str, amounts: Mapping[str, Amount]) -> Calculation:
        """Never raises for what is asked of it: an unknown name or an impossible input is an `error`."""
        ...
