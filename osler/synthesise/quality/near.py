"""Near-duplicates among many texts: `rapidfuzz.fuzz.ratio` of at least so much, none missed, without comparing all with all.

The ratio is 100 · (1 − d / (|a| + |b|)), where d counts the characters put in or taken out. Each of them breaks at most one of several
pieces of a text that do not overlap; so of any d + k pieces of one text at least k stand unbroken in a near-duplicate of it (the
pigeonhole of partition-based joins: Li, Deng, Wang & Feng, "Pass-Join", VLDB 2012). Of every text only the rarest pieces that suffice are
kept in an index, as sorted numbers; texts with enough of them in common are compared in full.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

Numbers = npt.NDArray[Any]

_PIECE = 5
"""Characters: with 5 a text of any length has pieces enough at a ratio of 95."""
_SPARE = 3
"""So many pieces beyond those that could be broken, where there are."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_COUNTERS = 1 << 20
_HITS = 1 << 22


class NearIndex:
    """Texts, numbered as they are added. `least` is the lowest ratio, from 0 to 100, at which two of them are near-duplicates."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._share = (100 - least) / 100
        self._texts: list[str] = []
        self._lengths = np.zeros(1024, dtype=np.int64)
        self._n_pieces = np.zeros(1024, dtype=np.int64)
        self._same: dict[str, int] = {}
        self._loose: list[int] = []  # too monotonous for pieces: compared with every text
        self._runs: list[tuple[Numbers, Numbers]] = []
        self._seen = np.zeros(_COUNTERS, dtype=np.uint32)

    def add(self, texts: Sequence[str]) -> None:
        """Add all of them, near-duplicates or not."""
        self._index(texts, *_pieces(texts))

    def find(self, texts: Sequence[str]) -> list[int | None]:
        """For each the number of the first text of the index that it is a near-duplicate of. Nothing is added."""
        pieces, owners, _ = _pieces(texts)
        candidates = self._candidates(texts, pieces, owners, len(self._texts))
        return [self._first(text, self._same.get(text), some, len(self._texts)) for text, some in zip(texts, candidates, strict=True)]

    def keep(self, texts: Sequence[str]) -> list[int | None]:
        """The same against what was kept so far, these texts in their order included: None where a text is kept, and then it is part of the
        index. Every text has a number, kept or not."""
        start = len(self._texts)
        pieces, owners, places = _pieces(texts)
        self._index(texts, pieces, owners, places)
        found: list[int | None] = []
        for at, (text, some) in enumerate(zip(texts, self._candidates(texts, pieces, owners, start), strict=True)):
            same = self._same.get(text)
            first = self._first(text, same if same is not None and same < start + at else None, some, start + at)
            if first is not None:
                self._forget(start + at, text)
            found.append(first)
        return found

    def text(self, number: int) -> str:
        return self._texts[number]

    def _forget(self, number: int, text: str) -> None:
        self._texts[number] = ""
        if self._same.get(text) == number:
            del self._same[text]

    def _first(self, text: str, same: int | None, candidates: Iterable[int], before: int) -> int | None:
        for number in sorted({*candidates, *self._loose}):
            if number >= (before if same is None else same):
                break
            other = self._texts[number]
            if other and other != text and fuzz.ratio(other, text, score_cutoff=self._least) >= self._least:
                return number
        return same

    def _index(self, texts: Sequence[str], pieces: Numbers, owners: Numbers, places: Numbers) -> None:
        start = len(self._texts)
        self._texts += texts
        for number, text in enumerate(texts, start):
            self._same.setdefault(text, number)
        self._lengths, self._n_pieces = (_grown(each, len(self._texts)) for each in (self._lengths, self._n_pieces))
        self._seen += np.bincount(_counter(pieces), minlength=_COUNTERS).astype(np.uint32)
        hashes, numbers = [], []
        bounds = np.searchsorted(owners, np.arange(len(texts) + 1))
        for at, text in enumerate(texts):
            own = pieces[bounds[at] : bounds[at + 1]][places[bounds[at] : bounds[at + 1]] % _PIECE == 0]
            chosen = self._rarest(own, _most_edits(len(text), self._share))
            self._lengths[start + at], self._n_pieces[start + at] = len(text), len(chosen)
            if len(chosen):
                hashes.append(chosen)
                numbers.append(np.full(len(chosen), start + at, dtype=np.uint32))
            elif len(text) >= _PIECE:
                self._loose.append(start + at)
        if hashes:
            self._merge(np.concatenate(hashes), np.concatenate(numbers))

    def _rarest(self, pieces: Numbers, edits: int) -> Numbers:
        """Of a text's pieces side by side the rarest that suffice; none where they do not."""
        distinct, _ = _counted(pieces)
        if len(distinct) <= edits:
            return distinct[:0]
        order = np.argsort(self._seen[_counter(distinct)], kind="stable")
        return distinct[order[: edits + _SPARE]]

    def _merge(self, hashes: Numbers, numbers: Numbers) -> None:
        """Runs double in length, so that there are few of them and each number is sorted again few times."""
        while self._runs and len(self._runs[-1][0]) <= 2 * len(hashes):
            older = self._runs.pop()
            hashes, numbers = np.concatenate([older[0], hashes]), np.concatenate([older[1], numbers])
        order = np.argsort(hashes, kind="stable")
        self._runs.append((hashes[order], numbers[order]))

    def _candidates(self, texts: Sequence[str], pieces: Numbers, owners: Numbers, start: int) -> list[list[int]]:
        """For each text the numbers of those with enough pieces in common; `start` is the number of the first where they are added."""
        distinct, _ = _counted((owners.astype(np.uint64) << np.uint64(32)) | pieces.astype(np.uint64))
        asked, owners = (distinct & np.uint64(0xFFFFFFFF)).astype(np.uint32), (distinct >> np.uint64(32)).astype(np.int64)
        lefts = [np.searchsorted(hashes, asked, "left") for hashes, _ in self._runs]
        rights = [np.searchsorted(hashes, asked, "right") for hashes, _ in self._runs]
        hits = np.zeros(len(asked), dtype=np.int64)
        for left, right in zip(lefts, rights, strict=True):
            hits += right - left
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        candidates: list[list[int]] = [[] for _ in texts]
        for low, high in _portions(hits, owners):
            pairs = [
                _expanded(left[low:high], right[low:high], owners[low:high], numbers)
                for left, right, (_, numbers) in zip(lefts, rights, self._runs, strict=True)
            ]
            for at, number in self._enough(pairs, lengths, start):
                candidates[at].append(number)
        return candidates

    def _enough(self, pairs: Sequence[Numbers], lengths: Numbers, start: int) -> Iterable[tuple[int, int]]:
        """The pairs of text and number that share so many pieces that they may be near-duplicates; of two texts the later one has them."""
        if not pairs:
            return []
        packed = np.concatenate(pairs)
        at, number, edits = self._parted(packed, lengths)
        may_be = (number < start + at) & (np.abs(lengths[at] - self._lengths[number]) <= edits)
        packed, counts = _counted(packed[may_be])
        at, number, edits = self._parted(packed, lengths)
        is_enough = counts >= self._n_pieces[number] - edits
        return zip(at[is_enough].tolist(), number[is_enough].tolist(), strict=True)

    def _parted(self, packed: Numbers, lengths: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Of each pair the text, the number, and the most characters that can be in or out between them."""
        at, number = (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
        return at, number, np.floor(self._share * (lengths[at] + self._lengths[number]) + 1e-6).astype(np.int64)


def _most_edits(length: int, share: float) -> int:
    """The most characters that a near-duplicate of any length can have in or out."""
    longest = length * (1 + share) / (1 - share)
    return int(share * (length + longest) + 1e-6)


def _pieces(texts: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    """Every run of 5 characters, as a number: of which text it is, and where in it."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    owners = np.repeat(np.arange(len(texts)), lengths)
    places = np.arange(len(letters)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    is_whole = places + _PIECE <= np.repeat(lengths, lengths)
    hashed = np.zeros(max(0, len(letters) - _PIECE + 1), dtype=np.uint64)
    for offset in range(_PIECE):
        hashed = (hashed + letters[offset : offset + len(hashed)]) * _MULTIPLIER
    starts = np.flatnonzero(is_whole)
    return (hashed[starts] >> np.uint64(32)).astype(np.uint32), owners[starts], places[starts]


def _counted(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """Each of them once, in order, and how often it comes."""
    ordered = np.sort(numbers)
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(ordered)), dtype=bool), ordered[1:] != ordered[:-1]]))
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def _counter(hashes: Numbers) -> Numbers:
    return hashes & np.uint32(_COUNTERS - 1)


def _portions(hits: Numbers, owners: Numbers) -> Iterable[tuple[int, int]]:
    """From where to where, so that no portion has many more hits than fit and no text is in two."""
    if not len(owners):
        return
    bounds = np.append(np.flatnonzero(np.diff(owners, prepend=-1)), len(owners))
    totals = np.append(0, np.cumsum(hits))[bounds]
    low = 0
    for at in range(1, len(bounds)):
        if at == len(bounds) - 1 or totals[at + 1] - totals[low] > _HITS:
            yield int(bounds[low]), int(bounds[at])
            low = at


def _expanded(left: Numbers, right: Numbers, owners: Numbers, numbers: Numbers) -> Numbers:
    """A pair of text and number, in one word, for every place from left to right."""
    widths = right - left
    places = np.repeat(left - (np.cumsum(widths) - widths), widths) + np.arange(int(widths.sum()))
    packed: Numbers = (np.repeat(owners, widths).astype(np.uint64) << np.uint64(32)) | numbers[places].astype(np.uint64)
    return packed


def _grown(numbers: Numbers, n: int) -> Numbers:
    while len(numbers) < n:
        numbers = np.concatenate([numbers, np.zeros_like(numbers)])
    return numbers
