"""What `solutions.jsonl` holds, line by line: what was thought about each item. As in `rows.py`, None is "not known"."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Literal, NamedTuple

from pydantic import model_validator
from pydantic.dataclasses import dataclass

from osler.core.verdict import Outcome

Truth = Literal["true", "false", "unreadable"]


class MarkedStep(NamedTuple):
    """A step with what is known about it."""

    text: str
    truth: Truth | None
    score: float | None


@dataclass(frozen=True)
class SolutionRow:
    """A line of `solutions.jsonl`: one system's chosen trace for one item. Truths and scores are empty where they are not known."""

    system: str
    id: str
    question: str
    options: Mapping[str, str]
    key: str
    outcome: Outcome
    answer: str | None
    steps: tuple[str, ...]
    step_truths: tuple[Truth, ...] = ()
    step_scores: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _one_mark_per_step(self) -> "SolutionRow":
        for name, marks in (("step_truths", self.step_truths), ("step_scores", self.step_scores)):
            if marks and len(marks) != len(self.steps):
                raise ValueError(f"{self.id}: {len(self.steps)} steps but {len(marks)} {name}")
        return self

    @property
    def marked_steps(self) -> list[MarkedStep]:
        return [MarkedStep(*marks) for marks in zip_longest(self.steps, self.step_truths, self.step_scores)]

    def spelt(self, answer: str) -> str:
        """An answer with the text of its option where it names one."""
        return f"{answer}. {self.options[answer]}" if answer in self.options else answer
