"""The text of a calculation task: who it is about, what was found, when, and what is asked.

    A 48-year-old woman: height 162 cm. On admission: creatinine 320 µmol/L. On day 3: creatinine 2.5 mg/dL. Present: diabetes.
    Calculate the following on admission, in mL/min: Creatinine clearance (Cockcroft–Gault).

One line for the note and one for the question. Clauses are joined by semicolons, so that the text can be read back (`reading.py`).
"""

from collections.abc import Container, Iterable, Sequence
from functools import cache

from osler.clinic.calculation.deck import Deck
from osler.clinic.calculation.shown import Shown

TIMES = (
    ("On admission", "On day 3"),
    ("Yesterday", "Today"),
    ("Before treatment", "After treatment"),
    ("In the morning", "In the evening"),
)
"""Two points in time, the earlier one first, as they begin a sentence."""


@cache
def opening(age: str, sex: str) -> str:
    """`A 48-year-old woman`, as far as it is known."""
    if not age:
        return f"A {sex or 'patient'}"
    article = "An" if age[0] == "8" or age in ("11", "18") else "A"
    return f"{article} {age}-year-old {sex or 'patient'}"


def note(deck: Deck, shown: Sequence[Shown], asides: Iterable[str] = (), times: Sequence[str] = (), but: Container[int] = ()) -> str:
    """The note. `times` are whole sentences about what changed: the inputs at `but`, which stand nowhere else."""
    age = shown[deck.age].clause if deck.age >= 0 else ""
    sex = shown[deck.sex].clause if deck.sex >= 0 else ""
    clauses = [shown[at].clause for at in deck.clauses if at not in but]
    clauses += asides
    if "" in clauses:
        clauses = [clause for clause in clauses if clause]
    text = f"{opening(age, sex)}: {'; '.join(clauses)}." if clauses else f"{opening(age, sex)}."
    if times:
        text = f"{text} {' '.join(times)}"
    if deck.flags:
        told = [shown[at] for at in deck.flags]
        present = "; ".join([each.clause for each in told if each.known])
        absent = "; ".join([each.clause for each in told if each.known is False])
        text += f"{f' Present: {present}.' if present else ''}{f' Absent: {absent}.' if absent else ''}"
    return text
