"""The text of a task: what is there and what is not, each finding numbered; the candidates, where they are no options; what is asked.

Names stand as the profiles have them. No name has a semicolon, so semicolons part them.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple


class _Telling(NamedTuple):
    present: str
    absent: str


TOLD = (
    _Telling("A patient has {}.", "Looked for and not found: {}."),
    _Telling("Someone comes to the clinic with {}.", "There is no {}."),
    _Telling("On examination there is {}.", "Absent: {}."),
    _Telling("A case was reported with {}.", "The report denies {}."),
)
ANSWERED = (
    _Telling("Asked by a clinician, a patient says yes to: {}", "and no to: {}"),
    _Telling("A patient answers yes to these questions: {}", "The patient answers no to these: {}"),
)
"""Where findings are questions that a patient answers."""

CANDIDATES = "The candidates, equally likely beforehand, are {}."
QUESTIONS = {
    "likeliest": "By the table of frequencies, and all of these conditions being equally likely beforehand, which is the likeliest?",
    "ruled_out": "By the table of frequencies, which of these conditions is ruled out, always showing a finding that is absent here?",
    "next_finding": "By the table of frequencies, which finding should be looked for next, to leave the least entropy on average?",
    "next_question": "By the table of frequencies, which question should be asked next, to leave the least entropy on average?",
    "ranked": "Rank the candidates by the table of frequencies, the likeliest first.",
}
LETTERS = "ABCDEF"
NUMERALS = ("I", "II", "III", "IV", "V", "VI")
"""Candidates are lettered, but numbered in Roman where the letters are those of findings to choose from."""


def write_text(rng: Random, asked: str, present: Sequence[str], absent: Sequence[str], candidates: Sequence[str], *, is_asked: bool) -> str:
    telling = rng.choice(ANSWERED if is_asked else TOLD)
    numbered = [f"({number}) {name}" for number, name in enumerate((*present, *absent), 1)]
    parts = [telling.present.format("; ".join(numbered[: len(present)]))]
    if absent:
        parts.append(telling.absent.format("; ".join(numbered[len(present) :])))
    if asked in ("next_finding", "ranked"):
        marks = NUMERALS if asked == "next_finding" else LETTERS
        parts.append(CANDIDATES.format("; ".join(f"({mark}) {name}" for mark, name in zip(marks, candidates, strict=False))))
    return " ".join([*parts, QUESTIONS["next_question" if is_asked and asked == "next_finding" else asked]])
