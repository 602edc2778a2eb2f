"""Numbers: reads the number that a text states as its answer, and compares it with the key in the key's unit.

MedCalc-Bench's published rule (Khandekar et al. 2024, arXiv 2406.12036; its `evaluate.py`) in terms of `NumberKey` and `DateKey`:

- output type decimal: `low` and `high` are the row's lower and upper limit, both included. They are ± 5 % of the answer, already in
  order where it is negative; where it is 0 they are both 0.
- output type integer: `value` is the answer and `is_rounded`; Python's `round` takes the nearest even number at .5, so that 2.5 is 2.
- weeks and days, "('3 weeks', '2 days')": `value` is 7 × 3 + 2 = 23 and `unit` "days".
- output type date: a `DateKey`, month first.
- "N/A" in the corrected labels: `value` None.
- "53.1 %" is divided by 100 against a key without a unit, "12 out of 20" is 12, and no text is ever evaluated.

The patterns are made when the first text is read, so that importing the judges stays instant.
"""

from dataclasses import dataclass
from math import isfinite

from osler.core.question import Key, NumberKey, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.number.amount import NOT_COMPUTABLE, parted

_EQUAL = 1e-9
"""Relative room for the rounding of binary numbers: 5.2 ± 0.1 includes 5.3, and 95 mg/dL converted and back is 95."""
_PER_SURFACE = "/1.73m²"


@dataclass(frozen=True)
class NumberReader:
    """Reads a number with its unit: after the last closing statement, as all of a text, or in the sentence that concludes it.

    A range, a bound ("> 60") and several numbers are SEVERAL. Of "12 out of 20", "12/20" and "12 of 20 points" the number is 12; a fraction
    in LaTeX is not read. "29 weeks and 3 days" is 206 days, and where the question asks for weeks and days so is "(29, 3)".
    """

    def read(self, text: str, question: Question) -> Reading:
        from osler.judges.number.quantity import Quantities
        from osler.judges.stated.conclusion import read_stated

        asked = question.text.lower()
        return read_stated(text, Quantities(has_weeks="week" in asked and "day" in asked))


@dataclass(frozen=True)
class NumberJudge:
    """Right where the number, in the key's unit, is within the key's tolerance or limits, both ends included.

    Reasons for right: `key`; `converted` from another unit; `unit_assumed` where the reading has no unit, or leaves out the body surface
    of a clearance; `unit_unchecked` where the key has none. A percentage against a key without a unit is divided by 100. For wrong:
    `other_number`, `wrong_unit`, `not_computed` and `computed` where only one of the two says that it cannot be computed. A unit that we do
    not know, or mass against molecules of an analyte that is not named, is UNJUDGED: `unknown_unit`, `unknown_analyte`.
    """

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, NumberKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        is_none = key.value is None and key.low is None
        if reading.value == NOT_COMPUTABLE:
            return Verdict(Outcome.RIGHT, reading, "key") if is_none else Verdict(Outcome.WRONG, reading, "not_computed")
        stated = parted(reading.value)
        if stated is None:
            return Verdict(Outcome.WRONG, reading, "no_number")
        if is_none:
            return Verdict(Outcome.WRONG, reading, "computed")
        number, reason, outcome = _in_unit_of(key, *stated)
        if number is None:
            return Verdict(outcome, reading, reason)
        return Verdict(Outcome.RIGHT, reading, reason) if _is_accepted(number, key) else Verdict(Outcome.WRONG, reading, "other_number")


def _in_unit_of(key: NumberKey, number: float, unit: str) -> tuple[float | None, str, Outcome]:
    """The number in the key's unit and how it came there, or None with the reason and the outcome."""
    from osler.units.conversion import convert, needs_analyte
    from osler.units.spelling import unit_named

    wanted = unit_named(key.unit)
    if wanted is None:
        is_same = not unit or unit == key.unit
        return (number, "key" if unit else "unit_assumed", Outcome.RIGHT) if is_same else (None, "unknown_unit", Outcome.UNJUDGED)
    if unit == wanted:
        return number, "key", Outcome.RIGHT
    if not wanted:
        return (number / 100, "converted", Outcome.RIGHT) if unit == "%" else (number, "unit_unchecked", Outcome.RIGHT)
    if not unit:
        return number, "unit_assumed", Outcome.RIGHT
    if wanted == unit + _PER_SURFACE:
        return number, "unit_assumed", Outcome.RIGHT
    if unit_named(unit) is None:
        return None, "unknown_unit", Outcome.UNJUDGED
    converted = convert(number, unit, wanted, key.analyte)
    if converted is not None:
        return converted, "converted", Outcome.RIGHT
    if needs_analyte(unit, wanted):
        return None, "unknown_analyte", Outcome.UNJUDGED
    return None, "wrong_unit", Outcome.WRONG


def _is_accepted(number: float, key: NumberKey) -> bool:
    if not isfinite(number):
        return False
    number = round(number) if key.is_rounded else number
    if key.low is not None and key.high is not None:
        low, high = key.low, key.high
    else:
        value = key.value or 0.0
        low, high = value - key.tolerance, value + key.tolerance
    room = _EQUAL * max(abs(low), abs(high))
    return low - room <= number <= high + room
