"""Deck: all that the note of a calculator can say, ready to be drawn from; and whose split a draw falls into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import getitem, itemgetter
from typing import Any, NamedTuple
from zlib import crc32

from osler.clinic.calculation.shown import NOTHING, Shown, Slot, label_of, plain, quantity, told, told_otherwise
from osler.clinic.calculators.calculator import Calculator, Work
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.generate import Split
from osler.core.errors import UserError

Random = Callable[[], float]
"""The next number from [0, 1) of a seeded stream."""
N_DRAWS = 40
LIMITS = {Split.TRAIN: (0, 6 << 32), Split.DEV: (6 << 32, 7 << 32), Split.HELDOUT: (7 << 32, 10 << 32)}
LIMITS = {split: (low // 10, high // 10) for split, (low, high) in LIMITS.items()}
"""Of the 32 bits that a draw is hashed to: the shares of `osler.clinic.generate.split_of`, by a faster hash."""
MOST_PRESENT = 0.4
N_PRESENT = 3.0
"""Of many findings about this many are present."""
LEAST_LEFT_OUT = 0.15
CONSTANT = {"age", "height", "sex"}
"""What a few days do not change."""


_KNOWN, _AMOUNT = itemgetter(2), itemgetter(3)
ASIDES = (
    ("potassium", "mmol/L", 3.0, 5.8, 0.1),
    ("white cells", "10^9/L", 3.0, 18.0, 0.1),
    ("C-reactive protein", "mg/L", 1.0, 180.0, 1.0),
    ("magnesium", "mmol/L", 0.6, 1.2, 0.02),
    ("ferritin", "ng/mL", 15.0, 600.0, 5.0),
    ("thyrotropin", "mIU/L", 0.3, 6.0, 0.1),
    ("alkaline phosphatase", "U/L", 35.0, 180.0, 1.0),
    ("mean corpuscular volume", "fL", 72.0, 108.0, 1.0),
    ("lipase", "U/L", 10.0, 150.0, 1.0),
    ("peak flow", "L/min", 200.0, 650.0, 10.0),
    ("waist", "cm", 65.0, 130.0, 1.0),
    ("phosphate", "mg/dL", 2.0, 5.5, 0.1),
)
"""What stands in a note beside what is needed: name, unit, from, to, step."""


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
    changing: tuple[int, ...] = field(init=False)
    convertible: tuple[int, ...] = field(init=False)
    required: tuple[int, ...] = field(init=False)
    monotone: tuple[int, ...] = field(init=False)
    sizes: tuple[int, ...] = field(init=False)
    share_present: float = field(init=False)
    has_intermediates: bool = field(init=False)
    question: str = field(init=False)
    suffix: str = field(init=False)
    needs: str = field(init=False)
    asides: tuple[tuple[str, ...], ...] = field(init=False)
    salt: int = field(init=False)
    is_equation: bool = field(init=False)
    clauses: tuple[int, ...] = field(init=False)
    flags: tuple[int, ...] = field(init=False)
    age: int = field(init=False)
    sex: int = field(init=False)
    optional: tuple[tuple[int, int], ...] = field(init=False)
    chance_left_out: float = field(init=False)

    def __post_init__(self) -> None:
        entries = self.calculator.inputs
        flags = [isinstance(entry, FlagInput) for entry in entries]
        object.__setattr__(self, "names", tuple(entry.name for entry in entries))
        optional = tuple((at, self._leader(at)) for at, faces in enumerate(self.faces) if faces[-1] is NOTHING)
        known = {
            "changing": tuple(at for at, entry in enumerate(entries) if isinstance(entry, NumberInput) and entry.name not in CONSTANT),
            "convertible": tuple(at for at, others in enumerate(self.others) if others),
            "required": tuple(at for at, entry in enumerate(entries) if entry.default is None and not entry.is_optional),
            "monotone": tuple(
                at
                for at, entry in enumerate(entries)
                if isinstance(entry, NumberInput) and entry.name in (*self.calculator.rises_with, *self.calculator.falls_with)
            ),
            "sizes": tuple(0 if is_flag else len(faces) - (faces[-1] is NOTHING) for faces, is_flag in zip(self.faces, flags, strict=True)),
            "share_present": min(MOST_PRESENT, N_PRESENT / max(1, sum(flags))),
            "has_intermediates": self._n_lines() > 1,
            "suffix": quantity("", self.calculator.unit),
            "question": f"{f', in {self.calculator.unit}' if self.calculator.unit else ''}: {self.calculator.title}.",
            "needs": "; ".join(label_of(entry) for entry in entries),
            "asides": asides_of([label_of(entry) for entry in entries]),
            "is_equation": self.calculator.kind == "equation",
            "salt": crc32(self.calculator.name.encode()),
            "clauses": tuple(at for at, faces in enumerate(self.faces) if faces[0].slot is Slot.CLAUSE),
            "flags": tuple(at for at, faces in enumerate(self.faces) if faces[0].slot in (Slot.PRESENT, Slot.ABSENT)),
            "age": next((at for at, faces in enumerate(self.faces) if faces[0].slot is Slot.AGE), -1),
            "sex": next((at for at, faces in enumerate(self.faces) if faces[0].slot is Slot.SEX), -1),
            "optional": optional,
            "chance_left_out": max(LEAST_LEFT_OUT, 1 - N_PRESENT / len(optional)) if optional else 0.0,
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

    def _leader(self, at: int) -> int:
        """What an optional input is left out with: `codeine_per_day` with `codeine`; itself where it stands alone."""
        name = self.names[at]
        return next((other for other in range(at) if name.startswith(self.names[other]) and self.faces[other][-1] is NOTHING), at)

    def draw(self, split: Split, random: Random) -> Drawn | None:
        """A draw of this split; None where there seems to be none."""
        low, high = LIMITS[split]
        sizes, share = self.sizes, self.share_present
        for _ in range(N_DRAWS):
            ats = [int(random() * n) if n else random() >= share for n in sizes]
            for at, leader in self.optional:
                if ats[leader] < 0 if leader != at else random() < self.chance_left_out:
                    ats[at] = -1
            if low <= crc32(bytes(ats) if not self.optional else bytes([at & 255 for at in ats]), self.salt) < high:
                return Drawn(list(map(getitem, self.faces, ats)), ats)
        return None

    def given(self, shown: Sequence[Shown]) -> dict[str, Any]:
        """What the formula takes."""
        return dict(zip(self.names, map(_KNOWN, shown), strict=True))

    def amounts(self, shown: Sequence[Shown]) -> dict[str, Any]:
        """The same as the note says it."""
        amounts = dict(zip(self.names, map(_AMOUNT, shown), strict=True))
        if None not in amounts.values():
            return amounts
        return {name: amount for name, amount in amounts.items() if amount is not None}


def asides_of(labels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Clauses about what a calculator does not take, all that are told of one thing together."""
    return tuple(
        tuple(f"{name} {quantity(plain(low + at * step, 4), unit)}" for at in range(round((high - low) / step) + 1))
        for name, unit, low, high, step in ASIDES
        if not any(name in label or label in name for label in labels)
    )


@cache
def deck_of(calculator: Calculator) -> Deck:
    return Deck(calculator, tuple(map(told, calculator.inputs)), tuple(map(told_otherwise, calculator.inputs)))
