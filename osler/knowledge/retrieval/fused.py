"""Several rankings of the same passages made one, by reciprocal rank fusion."""

from collections.abc import Mapping, Sequence

import numpy as np

from osler.knowledge.retrieval.ranked import Ranked, Ranking, leading


class HybridRetriever(Ranked):
    """What several retrievers of one shelf find, each by its own lights."""

    def __init__(self, k0: float, depth: int, parts: Sequence[Ranked]) -> None:
        super().__init__(parts[0].shelf, f"hybrid (k0 {k0:g}, depth {depth}: {'; '.join(part.identity for part in parts)})")
        self.parts = parts
        self._k0, self._depth = k0, depth

    def ranked(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[Ranking]:
        rankings = [part.ranked(queries, max(n, self._depth), where) for part in self.parts]
        return [self._fused(of_query, n) for of_query in zip(*rankings, strict=True)]

    def _fused(self, rankings: Sequence[Ranking], n: int) -> Ranking:
        numbers, at = np.unique(np.concatenate([found for found, _ in rankings]), return_inverse=True)
        gains = np.concatenate([1 / (self._k0 + np.arange(1, len(found) + 1)) for found, _ in rankings])
        scores = np.zeros(len(numbers))
        np.add.at(scores, at, gains)
        return leading(scores, numbers, n)
