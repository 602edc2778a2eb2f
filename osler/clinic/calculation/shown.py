"""How an input of a calculator is told in a note: every value that it may take, in the formula's unit and in others, with the conversion.

Made once for each input and then drawn from: the number is written, converted by pint and checked against its limits before a task is made.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import IntEnum
from functools import cache
from math import ceil, floor, log10
from typing import Any, NamedTuple

from osler.clinic.calculators.criteria import spoken
from osler.clinic.calculators.inputs import DayInput, FlagInput, Input, NumberInput, WordInput
from osler.core.errors import UserError

N_VALUES = 120
"""About how many values a number has."""
FIRST_DAY, N_DAYS = date(2024, 1, 1), 250

OTHER_UNITS = {
    "kg": ("lb",),
    "cm": ("m", "inch"),
    "m": ("cm",),
    "g/dL": ("g/L",),
    "g/L": ("g/dL",),
    "mg/dL": ("µmol/L", "mmol/L", "mg/L"),
    "mmol/L": ("mg/dL", "mEq/L"),
    "µmol/L": ("mg/dL",),
    "mEq/L": ("mmol/L",),
    "mg/L": ("mg/dL",),
    "ng/mL": ("µg/L",),
    "pg/mL": ("ng/L",),
    "°C": ("°F",),
    "mmHg": ("kPa",),
    "ms": ("s",),
    "L": ("mL",),
    "mL": ("L",),
    "L/min": ("mL/min",),
    "h": ("min",),
    "10^9/L": ("10^3/µL",),
    "10^3/µL": ("10^9/L",),
}
"""In what else a value of a unit may be told; of these, those into which the input converts and that give figures one would write."""
INTEGRAL_UNITS = {"years", "months", "weeks", "days", "/min", "mmHg", "ms", "points", "pack-years"}
INTEGRAL_NAMES = ("n_", "number_of_", "age")
FRACTIONAL_NAMES = ("inr", "ph", "ratio", "fio2", "fraction", "factor")
SEXES = {"female": "woman", "male": "man"}
READABLE = (0.3, 3000.0)
OTHER_NAMES = {
    "is_black": "black",
    "is_treated": "treatment of hypertension",
    "is_smoker": "smoking",
    "hdl": "HDL cholesterol",
    "ast": "AST",
    "alt": "ALT",
    "qt": "QT interval",
    "a_a_gradient": "alveolar-arterial gradient",
    "pressure": "barometric pressure",
    "steroid": "steroid given",
    "wanted": "steroid wanted",
    "glasgow_coma_score": "Glasgow coma score",
    "factor_v_leiden": "factor V Leiden",
    "prothrombin_20210a": "prothrombin 20210A",
    "calf_swelling_over_three_cm": "calf swelling over three centimetres",
    "urine_per_day": "urine volume",
}
"""What an input is called in a note, where its own name would not do."""


class Slot(IntEnum):
    """Where a note tells it."""

    CLAUSE = 0
    PRESENT = 1
    ABSENT = 2
    AGE = 3
    SEX = 4
    NOWHERE = 5


class Shown(NamedTuple):
    """One way to tell one value. `known` is what the formula takes and `amount` what the note says, as `Calculator.calculate` takes it.
    `conversion` is the step from the one to the other; empty where they are the same."""

    slot: Slot
    clause: str
    known: Any
    amount: Any
    conversion: str = ""


NOTHING = Shown(Slot.NOWHERE, "", None, None)


def label_of(entry: Input) -> str:
    """What a note calls an input."""
    return OTHER_NAMES.get(entry.name) or spoken(entry.name)


def quantity(figures: str, unit: str) -> str:
    """A number as written with its unit."""
    if unit.startswith("10^"):
        return f"{figures} × {unit}"
    return figures + unit if unit.startswith("/") or unit == "%" else f"{figures} {unit}".rstrip()


@cache
def told(entry: Input) -> tuple[Shown, ...]:
    """Every value of an input in the formula's unit; an optional one may also be left out."""
    ways = tuple(_ways(entry))
    return (*ways, NOTHING) if entry.is_optional and not isinstance(entry, FlagInput) else ways


@cache
def told_otherwise(entry: Input) -> tuple[tuple[Shown, ...], ...]:
    """For each value of `told` the same in other units, near enough to the figures that one would write; empty where there is no such
    unit. The value that the formula takes is that of the figures as written."""
    if not isinstance(entry, NumberInput):
        return ()
    units = [unit for unit in OTHER_UNITS.get(entry.unit, ()) if _converts(entry, unit)]
    ways = tuple(tuple(filter(None, (_converted(entry, shown.known, unit) for unit in units))) for shown in told(entry) if shown.amount)
    return ways if units and all(ways) else ()


def _ways(entry: Input) -> Iterator[Shown]:
    label = label_of(entry)
    match entry:
        case FlagInput():
            yield Shown(Slot.PRESENT, label, True, True)
            yield Shown(Slot.ABSENT, label, False, False)
        case WordInput():
            for word in entry.options:
                is_sex = entry.name == "sex" and word in SEXES
                yield Shown(Slot.SEX if is_sex else Slot.CLAUSE, SEXES[word] if is_sex else f"{label} {word}", word, word)
        case DayInput():
            for at in range(N_DAYS):
                day = FIRST_DAY + timedelta(days=at)
                yield Shown(Slot.CLAUSE, f"{label} {day.isoformat()}", day, day.isoformat())
        case NumberInput():
            is_age = entry.name == "age" and entry.unit == "years"
            for value in values_of(entry):
                figures = plain(value)
                clause = figures if is_age else f"{label} {quantity(figures, entry.unit)}"
                yield Shown(Slot.AGE if is_age else Slot.CLAUSE, clause, float(figures), [float(figures), entry.unit])


def plain(value: float, digits: int = 6) -> str:
    """The number in plain figures, to at most so many significant ones."""
    written = f"{value:.{digits}g}"
    return written if "e" not in written else f"{float(written):f}".rstrip("0").rstrip(".")


def values_of(entry: NumberInput) -> list[float]:
    """Round numbers between the usual limits, about `N_VALUES` of them at most."""
    low, high = entry.usual
    exponent = floor(log10((high - low) / N_VALUES))
    step = next(size for size in (1, 2, 5, 10) if size * 10.0**exponent >= (high - low) / N_VALUES) * 10.0**exponent
    if _is_integral(entry):
        step = max(1.0, round(step))
    first = ceil(low / step - 1e-9)
    return [round(at * step, 9) for at in range(first, floor(high / step + 1e-9) + 1)]


def _is_integral(entry: NumberInput) -> bool:
    if entry.name in FRACTIONAL_NAMES or entry.name.endswith(("_ratio", "_fraction")):
        return False
    is_count = not entry.unit and all(float(limit).is_integer() for limit in entry.usual)
    return entry.unit in INTEGRAL_UNITS or entry.name.startswith(INTEGRAL_NAMES) or is_count


def _converts(entry: NumberInput, unit: str) -> bool:
    try:
        inside = _factor(entry, unit)
    except (UserError, ZeroDivisionError):
        return False
    return inside is not None and READABLE[0] <= inside[0] * entry.usual[0] + inside[1] <= READABLE[1]


@cache
def _factor(entry: NumberInput, unit: str) -> tuple[float, float] | None:
    """(a, b): a value x of the formula's unit is a x + b in the other."""
    free = NumberInput(entry.name, entry.unit, -1e30, 1e30, entry.usual, entry.analyte)
    zero, one = (free.known((at, unit)) for at in (0.0, 1.0))
    return 1 / (one - zero), -zero / (one - zero)


def _converted(entry: NumberInput, value: float, unit: str) -> Shown | None:
    """None where the figures, as written, are outside the limits."""
    factor = _factor(entry, unit)
    if factor is None:
        return None
    figures = plain(factor[0] * value + factor[1], 4)
    try:
        known = entry.known((float(figures), unit))
    except UserError:
        return None
    label = label_of(entry)
    step = f"{label} = {quantity(figures, unit)} = {quantity(plain(known, 5), entry.unit)}"
    return Shown(Slot.CLAUSE, f"{label} {quantity(figures, unit)}", known, [float(figures), unit], step)
