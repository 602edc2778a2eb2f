"""Passage, Evidence and Retriever: what can be found, what was found, and whoever finds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Passage:
    """A piece of text that can be found: a part of a textbook, an abstract, a question with its answer.

    `id` is stable: the same source cut in the same way gives the same ids. `heading` is the path of headings above it. `page` is that of a
    book with pages. `start` and `end` are characters in the text of its section. `sought` is what is searched in place of the text where
    the two differ, as for a question–answer pair. `fields` are what can be filtered by.
    """

    id: str
    text: str
    heading: tuple[str, ...] = ()
    source: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    sought: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """A passage that was found for a query, with the score that its retriever gave it: comparable within one reply alone."""

    passage: Passage
    score: float

    @property
    def id(self) -> str:
        return self.passage.id


class Retriever(Protocol):
    """Finds passages. Pure: the same query finds the same evidence, alone or among others."""

    @property
    def identity(self) -> str:
        """What could change its replies: its kind, its settings, and the hash of its passages."""
        ...

    def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
        """For each query at most `n` passages, the best first; only those whose fields (or source) equal what `where` says."""
        ...
