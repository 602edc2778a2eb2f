"""How much of each item is covered by runs of n words that stand in one other text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osler.evaluate.overlap_words import Ids, Masks, RunIndex


class Coverages:
    """For each item, the texts that cover enough of it. Items shorter than `n` have no runs: they are compared whole, elsewhere."""

    def __init__(self, items: Sequence[Ids], n_words: int, n: int, least: float) -> None:
        self._index = RunIndex(items, n, n_words)
        self._lengths = np.array([len(item) for item in items], dtype=np.int64)
        self._least = least
        self.masks = Masks()

    def look(self, at: int, numbered: Ids, after: int) -> None:
        """Look at one text, number `at`, for the items after position `after`."""
        items, places, _ = self._index.hits(numbered)
        if not len(items):
            return
        found, counts = np.unique(items, return_counts=True)
        could = counts * self._index.n >= self._least * self._lengths[found] - 1e-9  # as if no two runs touched
        for item in found[could & (found > after)].tolist():
            mask = self._covered(places[items == item], int(self._lengths[item]))
            share = float(mask.mean())
            if share >= self._least - 1e-9:
                self.masks.keep(item, mask.tobytes(), share, at)

    def _covered(self, places: Ids, length: int) -> NDArray[np.uint8]:
        """The words of an item under runs that begin at these places."""
        ends = np.zeros(length + 1, dtype=np.int64)
        np.add.at(ends, places, 1)
        np.add.at(ends, places + self._index.n, -1)
        return (np.cumsum(ends[:-1]) > 0).astype(np.uint8)
