"""What every retriever of a shelf shares: numbers and scores come in, evidence goes out; ties go by the order of the passages."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osler.core.errors import UserError
from osler.core.passage import Evidence
from osler.knowledge.retrieval.shelf import Shelf

Numbers = NDArray[np.int64]
Scores = NDArray[np.floating[Any]]
Ranking = tuple[Numbers, Scores]
"""Numbers of passages, the best first, and their scores."""

NOTHING: Ranking = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def leading(scores: Scores, numbers: Numbers, n: int) -> Ranking:
    """The `n` best of `numbers` by `scores`, both of the same length; among equals the one that comes first in `numbers`, which ascends."""
    if 0 < n < len(scores):
        least = np.partition(scores, len(scores) - n)[len(scores) - n]
        kept = np.flatnonzero(scores >= least)
        scores, numbers = scores[kept], numbers[kept]
    order = np.argsort(-scores, kind="stable")[:n]
    return numbers[order], scores[order]


class Ranked(ABC):
    """A `Retriever` of the passages on one shelf."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self.shelf = shelf
        self._name = name

    @property
    def identity(self) -> str:
        return f"{self._name} of {self.shelf.hash}"

    def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
        """See `Retriever`. A query without anything to search for finds nothing. Raises UserError where `where` names no field."""
        if n < 0:
            raise UserError(f"retrieve: n is {n}; ask for 0 passages or more")
        rankings = self.ranked(queries, n, where)
        return [
            [Evidence(passage, score) for passage, score in zip(self.shelf.take(numbers), scores.tolist(), strict=True)]
            for numbers, scores in rankings
        ]

    @abstractmethod
    def ranked(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[Ranking]:
        """For each query the numbers of at most `n` passages, the best first."""
