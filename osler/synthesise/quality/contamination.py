"""Published rules by which a text counts as contaminated with an item of a test set, each exact, over all items at once.

- `characters`: 64 consecutive characters in common (HuatuoGPT-o1, arXiv 2412.18925).
- `ngram`: 13 consecutive words in common (as s1 does, arXiv 2501.19393; GPT-3 before it).
- `blocks`: runs of 5 words or more in common, by difflib, that make up a share of the test item (Fully Open Meditron, arXiv 2605.16215,
  code).
- `ratio`: `rapidfuzz.fuzz.ratio` of at least 95 (m1, arXiv 2504.00869, code).

Case and spacing do not count, which is ours; words are runs of letters and digits. As published, no rule but `ratio` finds a test item that
is shorter than the run it asks for.
"""

import re
import zlib
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from osler.core.question import Item
from osler.synthesise.quality.near import NearIndex

Numbers = npt.NDArray[Any]
Text = tuple[str, str]
"""An id and a text."""

RuleName = Literal["characters", "ngram", "blocks", "ratio"]
CUTS: dict[RuleName, float] = {"characters": 64, "ngram": 13, "blocks": 0.5, "ratio": 95}
"""Where each rule cuts: characters, words, a share, a ratio. The share is ours: Fully Open Meditron's is a setting of its script."""

_RUN = 5
_TELLING = 8
_WORD = re.compile(r"\w+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Rule(Protocol):
    """Made of the test items; `find` gives for each text the number of one that it is contaminated with."""

    def find(self, texts: Sequence[str]) -> list[int | None]: ...


def rule_of(name: RuleName, tests: Sequence[str], cut: float) -> Rule:
    if name == "ratio":
        return _ByRatio(tests, cut)
    if name == "blocks":
        return _ByBlocks(tests, cut)
    return _ByRun(tests, int(cut), _letters if name == "characters" else _words)


def compared_text(item: Item) -> str:
    """What of an item is compared, as `osler overlap` has it: the question, with its options where it has fewer than 8 words."""
    question = item.question.text
    return question if len(_tokens(question)) >= _TELLING else "\n".join((question, *sorted(item.question.options.values())))


def block_share(text: str, test: str) -> float:
    """How much of a test item, by its words, stands in a text in runs of 5 or more."""
    said, asked = _tokens(text), _tokens(test)
    blocks = SequenceMatcher(None, said, asked, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= _RUN) / len(asked) if asked else 0.0


class _Runs:
    """Where each run of `n` numbers stands in the test items."""

    def __init__(self, items: Sequence[Numbers], n: int) -> None:
        self._items, self._n = items, n
        hashed = [_hashes(item, n) for item in items]
        owners = np.repeat(np.arange(len(items)), [len(each) for each in hashed])
        places = np.concatenate([np.arange(len(each)) for each in hashed]) if items else owners
        hashes = np.concatenate(hashed) if items else np.zeros(0, dtype=np.uint64)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners, self._places = hashes[order], owners[order], places[order]

    def hits(self, text: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Of each run of the text that stands in an item: the item, where in it, and where in the text."""
        asked = _hashes(text, self._n)
        left, right = np.searchsorted(self._hashes, asked, "left"), np.searchsorted(self._hashes, asked, "right")
        widths = right - left
        places = np.repeat(left - (np.cumsum(widths) - widths), widths) + np.arange(int(widths.sum()))
        return self._owners[places], self._places[places], np.repeat(np.arange(len(asked)), widths)

    def first(self, text: Numbers) -> int | None:
        """The first item of which a run stands in the text, compared number by number."""
        owners, places, starts = self.hits(text)
        for hit in np.argsort(owners, kind="stable").tolist():
            owner, place, start = int(owners[hit]), int(places[hit]), int(starts[hit])
            if np.array_equal(self._items[owner][place : place + self._n], text[start : start + self._n]):
                return owner
        return None

    def covered(self, text: Numbers) -> list[tuple[int, int]]:
        """The items of which runs stand in the text, each with how many of its numbers lie in them."""
        owners, places, _ = self.hits(text)
        each = np.unique((owners << 32)[:, None] + places[:, None] + np.arange(self._n))
        items, counts = np.unique(each >> 32, return_counts=True)
        return list(zip(items.tolist(), counts.tolist(), strict=True))


class _ByRun:
    def __init__(self, tests: Sequence[str], n: int, numbers: Callable[[str], Numbers]) -> None:
        self._numbers = numbers
        self._runs = _Runs([numbers(test) for test in tests], n)

    def find(self, texts: Sequence[str]) -> list[int | None]:
        return [self._runs.first(self._numbers(text)) for text in texts]


class _ByBlocks:
    def __init__(self, tests: Sequence[str], cut: float) -> None:
        self._tests, self._cut = tests, cut
        words = [_words(test) for test in tests]
        self._lengths = [len(each) for each in words]
        self._runs = _Runs(words, _RUN)

    def find(self, texts: Sequence[str]) -> list[int | None]:
        return [next(filter(partial(self._is_in, text), self._likely(text)), None) for text in texts]

    def _likely(self, text: str) -> list[int]:
        """The items that could have so much of them in the text: no block has a word that is in no run of 5."""
        return [number for number, n in self._runs.covered(_words(text)) if n >= self._cut * self._lengths[number] - 1e-9]

    def _is_in(self, text: str, number: int) -> bool:
        return block_share(text, self._tests[number]) >= self._cut


class _ByRatio:
    def __init__(self, tests: Sequence[str], cut: float) -> None:
        self._index = NearIndex(cut)
        self._index.add([_plain(test) for test in tests])

    def find(self, texts: Sequence[str]) -> list[int | None]:
        return self._index.find([_plain(text) for text in texts])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _letters(text: str) -> Numbers:
    return np.frombuffer(_plain(text).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def _words(text: str) -> Numbers:
    return np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in _tokens(text)], dtype=np.uint64)


def _hashes(numbers: Numbers, length: int) -> Numbers:
    """A number for each run of so many."""
    hashed = np.zeros(max(0, len(numbers) - length + 1), dtype=np.uint64)
    for offset in range(length):
        hashed = (hashed + numbers[offset : offset + len(hashed)]) * _MULTIPLIER
    return hashed
