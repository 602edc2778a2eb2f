"""Outcome, Verdict and Judge. Wrong, no answer and could-not-be-judged are three outcomes, never one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from osler.core.question import Key
from osler.core.reading import Reading


class Outcome(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Verdict:
    """What a reading is worth against a key. `reason` is a short snake_case word: it becomes a column.

    `marks` are further numbers by name where right or wrong is not all that is asked: "reciprocal_rank", "completeness", …
    """

    outcome: Outcome
    reading: Reading
    reason: str
    marks: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        return self.outcome is Outcome.RIGHT


class Judge(Protocol):
    """Compares a Reading with a Key, nothing else. Never raises on any reading."""

    def judge(self, reading: Reading, key: Key) -> Verdict: ...


CheckStep = Callable[[str, str], str]
"""The truth of a step's text about the question with this id: "true", "false" or "unreadable"."""
