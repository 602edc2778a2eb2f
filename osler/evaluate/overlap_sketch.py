"""Near-duplicates whatever the order of their parts: Jaccard's share of runs of 3 words, by MinHash and locality-sensitive hashing
(Broder 1997; Indyk & Motwani 1998) and then counted exactly, so that a sketch never flags by itself."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from datasketch import MinHash, MinHashLSH

from osler.evaluate.overlap_words import Ids, Mask, Masks, RunIndex

_RUN = 3
_SHORTEST = 8
_PERMUTATIONS = 128


class Sketches:
    """For each item of at least 8 words, the texts that are near-duplicates of it as wholes."""

    def __init__(self, items: Sequence[Ids], n_words: int, least: float) -> None:
        self._items, self._least = items, least
        self._index = RunIndex(items, _RUN, n_words)
        self._runs = {at: self._distinct(item) for at, item in enumerate(items) if len(item) >= _SHORTEST}
        sizes = [len(runs) for runs in self._runs.values()]
        self._sizes = (min(sizes, default=0) * least, max(sizes, default=0) / least)
        self._lsh = MinHashLSH(num_perm=_PERMUTATIONS, params=_bands(least))
        for at, runs in self._runs.items():
            self._lsh.insert(at, _sketch(runs))
        self.masks = Masks()

    def look(self, at: int, numbered: Ids, after: int) -> None:
        """Look at one text, number `at`, for the items after position `after`."""
        runs = self._distinct(numbered)
        if len(numbered) < _SHORTEST or not self._sizes[0] <= len(runs) <= self._sizes[1]:
            return
        for item in self._lsh.query(_sketch(runs)):
            share = len(self._runs[item] & runs) / len(self._runs[item] | runs)
            if item > after and share >= self._least:
                self.masks.keep(item, self._mask(self._items[item], runs), share, at)

    def _distinct(self, numbered: Ids) -> set[int]:
        return set(self._index.hashes(numbered).tolist())

    def _mask(self, item: Ids, runs: set[int]) -> Mask:
        shared = np.zeros(len(item), dtype=np.uint8)
        for place, run in enumerate(self._index.hashes(item).tolist()):
            if run in runs:
                shared[place : place + _RUN] = 1
        return shared.tobytes()


def _sketch(runs: set[int]) -> MinHash:
    sketch = _empty().copy()  # a copy shares the permutations, which are slow to draw
    sketch.update_batch(list(runs))
    return sketch


@cache
def _bands(least: float) -> tuple[int, int]:
    """How many bands of how many numbers, for a threshold a little lower than ours: a candidate too many is counted, one too few is lost.
    Kept, because they are found by integration."""
    lsh = MinHashLSH(threshold=max(0.05, least - 0.1), num_perm=_PERMUTATIONS)
    return lsh.b, lsh.r


@cache
def _empty() -> MinHash:
    return MinHash(num_perm=_PERMUTATIONS, hashfunc=_high_bits)


def _high_bits(run: int) -> int:
    return run >> 32
