"""Words of a text as numbers, and an index that finds runs of them: what every way of finding overlap stands on."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"  # scripts without blanks between words: a character is a word
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")

Ids = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Mask = bytes
"""Which words of an item a text has: a byte each, 1 or 0."""


def words(text: str) -> list[str]:
    """The words that are compared: no case, no punctuation, no accents written as signs of their own, full-width letters as plain ones."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def joints(text: str) -> list[int]:
    """For each of the words, which blank-separated piece of the text it is written in: the parts of "non-small-cell" are in one."""
    pieces = unicodedata.normalize("NFKC", text).casefold().split()
    return [at for at, piece in enumerate(pieces) for _ in _WORD.findall(piece)]


@dataclass
class Vocabulary:
    """The words of one side, numbered from 1, and how common they are on both sides. Every other word is 0.

    Commonness is counted in blocks of 100 words, so that a long text counts for no more than many short ones.
    """

    ids: dict[str, int] = field(default_factory=dict)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    n_blocks: int = 0

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Vocabulary":
        vocabulary = cls()
        for text in texts:
            for word in text:
                vocabulary.ids.setdefault(word, len(vocabulary.ids) + 1)
        vocabulary.counts = np.zeros(len(vocabulary.ids) + 1, dtype=np.int64)
        return vocabulary

    def number(self, text: Sequence[str]) -> Ids:
        return np.array([*map(self.ids.get, text, repeat(0))], dtype=np.int64)

    def count(self, numbered: Ids) -> None:
        for start in range(0, len(numbered), _BLOCK):
            self.counts[np.unique(numbered[start : start + _BLOCK])] += 1
            self.n_blocks += 1

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """What each word says: its surprise in nats, by the share of blocks that have it, as inverse document frequency (Spärck Jones
        1972). Ten imagined blocks without the word keep a handful of texts from making every word common. To be asked for when all is
        counted."""
        return np.log((self.n_blocks + _IMAGINED) / (self.counts + 1.0))

    @property
    def evidence(self) -> float:
        """The surprise that shared words must come to, together, before they are more than chance would share among so many blocks."""
        return math.log(self.n_blocks + _IMAGINED)

    def weigh(self, mask: Mask, item: Ids) -> tuple[float, float]:
        """What the shared words weigh: as a share of what all of the item's weigh, and in nats."""
        each = self.weights[item]
        shared, total = float(each[np.frombuffer(mask, dtype=np.uint8).astype(bool)].sum()), float(each.sum())
        return (shared / total if total > 0 else 0.0), shared


_BLOCK = 100
_IMAGINED = 10


class Masks:
    """By item, by which of its words are shared: the largest share, and the number of the first text that has it. Texts of one pattern all
    share the same words of an item, so there are few of these however long the corpus is."""

    def __init__(self) -> None:
        self._found: dict[int, dict[Mask, tuple[float, int]]] = {}

    def keep(self, item: int, mask: Mask, share: float, at: int) -> None:
        seen = self._found.setdefault(item, {})
        if share > seen.get(mask, (0.0, 0))[0]:
            seen[mask] = (share, at)

    def of(self, item: int) -> dict[Mask, tuple[float, int]]:
        return self._found.get(item, {})


class RunIndex:
    """Where each run of `n` words stands in the items: position of the item, and position in it. Runs are compared by a 64-bit hash, so
    that a chance match among 10⁶ runs of the items and 10⁹ of the others has a probability below 10⁻⁴."""

    def __init__(self, items: Sequence[Ids], n: int, n_words: int) -> None:
        self.n = n
        draw = np.random.Generator(np.random.PCG64(n))
        self._codes: Hashes = draw.integers(1, 2**63, size=n_words + 1, dtype=np.uint64)
        hashed = [self.hashes(item) for item in items]
        every = np.concatenate([*hashed, np.zeros(0, dtype=np.uint64)])
        order = np.argsort(every, kind="stable")
        self._keys, self._starts = np.unique(every[order], return_index=True)
        self._ends = np.append(self._starts[1:], len(every))
        self._item = np.repeat(np.arange(len(items)), [len(each) for each in hashed])[order]
        self._place = np.concatenate([*(np.arange(len(each)) for each in hashed), np.zeros(0, dtype=np.int64)])[order]

    def hashes(self, numbered: Ids) -> Hashes:
        """The hash of every run of `n` words, in order; none where there are fewer words."""
        if len(numbered) < self.n:
            return np.zeros(0, dtype=np.uint64)
        codes = self._codes[numbered]
        total = np.zeros(len(numbered) - self.n + 1, dtype=np.uint64)
        for at in range(self.n):
            total = total * _FACTOR + codes[at : at + len(total)]
        return total

    def hits(self, numbered: Ids) -> tuple[Ids, Ids, Ids]:
        """Every run of the text that stands in an item: the item, its place there, and its place in the text."""
        hashes = self.hashes(numbered)
        if not len(hashes) or not len(self._keys):
            return _NONE, _NONE, _NONE
        at = np.minimum(np.searchsorted(self._keys, hashes), len(self._keys) - 1)
        found = np.flatnonzero(self._keys[at] == hashes)
        starts, sizes = self._starts[at[found]], self._ends[at[found]] - self._starts[at[found]]
        total = int(sizes.sum())
        offsets = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        entries = np.repeat(starts, sizes) + offsets
        return self._item[entries], self._place[entries], np.repeat(found, sizes)


_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_NONE: Ids = np.zeros(0, dtype=np.int64)
