"""Task: a made question with its key, the true steps to its answer, and the facts that they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from osler.clinic.generate import Split
from osler.clinic.truth import Truth
from osler.core.question import Item, Key, Question


@dataclass(frozen=True, slots=True)
class Task:
    """`kind` says what is asked ("calculation", "path", "ruled_out" …) and `level` how hard it is, from 1. `facts` are all that is needed
    to solve it again and to check a step, in plain values that JSON can hold."""

    id: str
    kind: str
    level: int
    text: str
    options: Mapping[str, str]
    key: Key
    steps: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def item(self) -> Item:
        return Item(Question(self.id, self.text, self.options), self.key, group=f"{self.kind} {self.level}")


class Maker(Protocol):
    """Makes tasks of one kind; its settings are itself. The same settings, split and seed always make the same tasks, a longer list begins
    with the shorter one, and no task of one split stands in another."""

    @property
    def kind(self) -> str: ...

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        """Raises UserError where the source cannot supply so many."""
        ...

    def check_step(self, task: Task, step: str) -> Truth:
        """Whether a step's text about a task is true, by the facts, not by comparing it with the steps that were written."""
        ...

    def solve(self, task: Task) -> Key:
        """The key again, worked out by other code than that which made the task."""
        ...

    def card(self) -> str:
        """Where the facts come from, under which licence, and what the tasks must not be used for. Markdown."""
        ...
