"""Deck: all that the note of a calculator can say, ready to be drawn from; and whose split a draw falls into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from osler.clinic.calculation.shown import NOTHING, Shown, label_of, told, told_otherwise
from osler.clinic.calculators.calculator import Calculator, Work
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.generate import Split, split_of_text
from osler.core.errors import UserError

Random = Callable[[], float]
"""The next number from [0, 1) of a seeded stream."""
N_DRAWS = 40
MOST_PRESENT = 0.4
N_PRESENT = 3.0
"""Of many findings about this many are present."""
CONSTANT = {"age", "height", "sex"}
"""What a few days do not change."""


class Drawn(NamedTuple):
    """One draw: how each input is told, in the order of the inputs, and its number among all draws of the deck."""

    shown: list[Shown]
    ats: list[int]


@dataclass(frozen=True)
class Deck:
    """`faces` are the ways to tell each input in the formula's unit, `others` the same in other units."""

    calculator: Calculator
    faces: tuple[tuple[Shown, ...], ...]
    others: tuple[tuple[tuple[Shown, ...], ...], ...]
    names: tuple[str, ...] = field(init=False)
    positions: dict[str, int] = field(init=False)
    changing: tuple[int, ...] = field(init=False)
    convertible: tuple[int, ...] = field(init=False)
    required: tuple[int, ...] = field(init=False)
    monotone: tuple[int, ...] = field(init=False)
    limits: tuple[tuple[int, float], ...] = field(init=False)
    labels: frozenset[str] = field(init=False)
    has_intermediates: bool = field(init=False)

    def __post_init__(self) -> None:
        entries = self.calculator.inputs
        flags = [isinstance(entry, FlagInput) for entry in entries]
        share = min(MOST_PRESENT, N_PRESENT / max(1, sum(flags)))
        object.__setattr__(self, "names", tuple(entry.name for entry in entries))
        known = {
            "positions": {entry.name: at for at, entry in enumerate(entries)},
            "changing": tuple(at for at, entry in enumerate(entries) if isinstance(entry, NumberInput) and entry.name not in CONSTANT),
            "convertible": tuple(at for at, others in enumerate(self.others) if others),
            "required": tuple(at for at, entry in enumerate(entries) if entry.default is None and not entry.is_optional),
            "monotone": tuple(
                at
                for at, entry in enumerate(entries)
                if isinstance(entry, NumberInput) and entry.name in (*self.calculator.rises_with, *self.calculator.falls_with)
            ),
            "limits": tuple((len(faces), share if is_flag else 0.0) for faces, is_flag in zip(self.faces, flags, strict=True)),
            "has_intermediates": self._n_lines() > 1,
            "labels": frozenset(label_of(entry) for entry in entries),
        }
        for name, value in known.items():
            object.__setattr__(self, name, value)

    def _n_lines(self) -> int:
        """How many numbers an equation works out on the way, where its inputs are in the middle of their usual ranges."""
        work = Work()
        try:
            self.calculator.compute(self.given([faces[len(faces) // 2] for faces in self.faces]), work)
        except UserError:
            return 0
        return sum(line.value is not None for line in work) if self.calculator.kind == "equation" else 0

    def draw(self, split: Split, random: Random) -> Drawn | None:
        """A draw of this split; None where there seems to be none."""
        for _ in range(N_DRAWS):
            ats = [int(random() * n) if not share else random() >= share for n, share in self.limits]
            if split_of_text(f"{self.calculator.name}{ats}") is split:
                return Drawn([faces[at] for faces, at in zip(self.faces, ats, strict=True)], ats)
        return None

    def given(self, shown: Sequence[Shown]) -> dict[str, Any]:
        """What the formula takes."""
        return {name: each.known for name, each in zip(self.names, shown, strict=True)}

    def amounts(self, shown: Sequence[Shown]) -> dict[str, Any]:
        """The same as the note says it."""
        return {name: each.amount for name, each in zip(self.names, shown, strict=True) if each is not NOTHING}


@cache
def deck_of(calculator: Calculator) -> Deck:
    return Deck(calculator, tuple(map(told, calculator.inputs)), tuple(map(told_otherwise, calculator.inputs)))
