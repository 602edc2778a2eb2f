"""Items that stand in another text but for a few words: put in, taken out or replaced anywhere.

An item of L words may lack ⌊(1 − share) · L⌋ of them, at least one; or up to 3 that are written as one
("non-small-cell"). A text that has it so has all of its runs of 3 words but those that the edits touch, at most 3 an edit (the
q-gram lemma: Jokinen & Ukkonen 1991), and has them on nearly one diagonal; only texts with as many are aligned, by their longest common
subsequence. An item of 4 to 7 words has too few runs for that: it is compared with short texts alone, by what is left of both when any one
word is taken out. Below 4 words only the same words count.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import LCSseq

from osler.evaluate.overlap_words import Ids, Mask, Masks, RunIndex

_RUN = 3
_LONG = 8
_WHOLE = 5
_SHORT = 4
_GAP = 3


class Alignments:
    """For each item, the first text by which of its words it has."""

    def __init__(self, items: Sequence[Ids], joints: Sequence[Sequence[int]], n_words: int, least: float) -> None:
        """`joints` tells of each word of each item in which blank-separated piece it is written."""
        self._items = [item.tolist() for item in items]
        self._joints = joints
        self._index = RunIndex(items, _RUN, n_words)
        lengths = np.array([len(item) for item in items], dtype=np.int64)
        self._edits = np.where(lengths >= _LONG, np.maximum(1, np.floor((1 - least) * lengths + 1e-9)), 0).astype(np.int64)
        touched = np.where(lengths >= _LONG, np.maximum(_RUN * self._edits, _GAP + _RUN - 1), 0)
        self._needed = np.where(lengths >= _WHOLE, np.maximum(1, lengths - _RUN + 1 - touched), np.iinfo(np.int64).max)
        self._rest = _rests(self._items)
        self.masks = Masks()
        self.wholes = Masks()
        """Items of 5 to 7 words, which have no edits here: the texts that have all of their words, one after the other."""

    def look(self, at: int, numbered: Ids, after: int) -> None:
        """Look at one text, number `at`, for the items after position `after`."""
        if _SHORT - 1 <= len(numbered) <= _LONG:
            self._look_at_rests(at, numbered.tolist(), after)
        items, places, at_text = self._index.hits(numbered)
        if not len(items):
            return
        found, counts = np.unique(items, return_counts=True)
        enough = found[(counts >= self._needed[found]) & (found > after)]
        if len(enough):
            text = numbered.tolist()
            for item in enough.tolist():
                self._align(item, at, text, np.sort((at_text - places)[items == item]))

    def _align(self, item: int, at: int, text: list[int], diagonals: Ids) -> None:
        """Align the item with the stretch of the text that has most of its runs."""
        wanted, edits = self._items[item], int(self._edits[item])
        slack = max(edits, _GAP) if edits else 0
        within = np.searchsorted(diagonals, diagonals + slack, side="right") - np.arange(len(diagonals))
        densest = int(np.argmax(within))
        if within[densest] < self._needed[item]:
            return
        start = int(diagonals[densest])
        stretch = text[max(0, start) : start + len(wanted) + slack]
        mask = bytearray(len(wanted))
        for block in LCSseq.opcodes(wanted, stretch):
            if block.tag == "equal":
                mask[block.src_start : block.src_end] = b"\x01" * (block.src_end - block.src_start)
        if sum(mask) == len(wanted) and not edits:
            self.wholes.keep(item, bytes(mask), 1.0, at)
        elif edits and self._is_edited(item, mask):
            self.masks.keep(item, bytes(mask), sum(mask) / len(mask), at)

    def _is_edited(self, item: int, mask: bytearray) -> bool:
        """Whether no more words are missing than may be."""
        missing = [place for place, is_there in enumerate(mask) if not is_there]
        if len(missing) <= self._edits[item]:
            return True
        return len(missing) <= _GAP and len({self._joints[item][place] for place in missing}) == 1

    def _look_at_rests(self, at: int, text: list[int], after: int) -> None:
        for rest in {tuple(text), *(tuple(text[:out] + text[out + 1 :]) for out in range(len(text)))}:
            for item, mask in self._rest.get(rest, ()):
                if item > after:
                    self.masks.keep(item, mask, sum(mask) / len(mask), at)


def _rests(items: Sequence[list[int]]) -> dict[tuple[int, ...], list[tuple[int, Mask]]]:
    """What is left of every short item when one word of it, or none, is taken out: the item, and which of its words are left."""
    rests: dict[tuple[int, ...], list[tuple[int, Mask]]] = {}
    for at, item in enumerate(items):
        if _SHORT <= len(item) < _LONG:
            rests.setdefault(tuple(item), []).append((at, b"\x01" * len(item)))
            for out in range(len(item)):
                mask = b"\x01" * out + b"\x00" + b"\x01" * (len(item) - out - 1)
                rests.setdefault(tuple(item[:out] + item[out + 1 :]), []).append((at, mask))
    return rests
