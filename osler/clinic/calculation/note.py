"""The text of a calculation task: who it is about, what was found, when, and what is asked.

    A 48-year-old woman: height 162 cm. On admission: creatinine 320 µmol/L. On day 3: creatinine 2.5 mg/dL. Present: diabetes.
    Calculate the following on admission, in mL/min: Creatinine clearance (Cockcroft–Gault).

One line for the note and one for the question. Clauses are joined by semicolons, so that the text can be read back (`reading.py`).
"""

from collections.abc import Iterable, Sequence
from functools import cache

from osler.clinic.calculation.shown import Shown, Slot, plain, quantity

TIMES = (
    ("On admission", "On day 3"),
    ("Yesterday", "Today"),
    ("Before treatment", "After treatment"),
    ("In the morning", "In the evening"),
)
"""Two points in time, the earlier one first, as they begin a sentence."""

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


@cache
def asides_of(labels: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Clauses about what a calculator does not take, all that are told of one thing together."""
    return tuple(
        tuple(f"{name} {quantity(plain(low + at * step, 4), unit)}" for at in range(round((high - low) / step) + 1))
        for name, unit, low, high, step in ASIDES
        if not any(name in label or label in name for label in labels)
    )


def opening(age: str, sex: str) -> str:
    """`A 48-year-old woman`, as far as it is known."""
    if not age:
        return f"A {sex or 'patient'}"
    article = "An" if age[0] == "8" or age in ("11", "18") else "A"
    return f"{article} {age}-year-old {sex or 'patient'}"


def note(shown: Sequence[Shown], asides: Iterable[str] = (), times: Sequence[str] = ()) -> str:
    """The note. `times` are whole sentences about what changed."""
    age = sex = ""
    clauses: list[str] = []
    present: list[str] = []
    absent: list[str] = []
    for slot, clause, *_ in shown:
        if slot is Slot.CLAUSE:
            clauses.append(clause)
        elif slot is Slot.ABSENT:
            absent.append(clause)
        elif slot is Slot.PRESENT:
            present.append(clause)
        elif slot is Slot.AGE:
            age = clause
        elif slot is Slot.SEX:
            sex = clause
    clauses.extend(asides)
    text = f"{opening(age, sex)}: {'; '.join(clauses)}." if clauses else f"{opening(age, sex)}."
    for time in times:
        text += f" {time}"
    if present:
        text += f" Present: {'; '.join(present)}."
    if absent:
        text += f" Absent: {'; '.join(absent)}."
    return text
