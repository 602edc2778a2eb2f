"""BM25 with every score computed when the index is built (bm25s): a query adds up the columns of its words.

X. H. Lù, "BM25S: Orders of magnitude faster lexical search via eager sparse scoring", arXiv 2407.03618. The score is Lucene's: idf
ln(1 + (N - df + 0.5) / (df + 0.5)), and no factor (k1 + 1).
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from osler.core.errors import UserError
from osler.knowledge.retrieval.folders import damaged, finish, listed, mapped, opened, unfinished
from osler.knowledge.retrieval.ranked import NOTHING, Numbers, Ranked, Ranking, leading
from osler.knowledge.retrieval.shelf import Shelf
from osler.knowledge.retrieval.words import Words

if TYPE_CHECKING:
    from osler.knowledge.retrieval.settings import BM25

_MANY_PASSAGES = 20_000
"""From here on it is worth compiling for a second or two."""
_BLOCK = 256
_MAX_WORDS_KNOWN = 1_000_000


class BM25Retriever(Ranked):
    """The passages that share words with a query. The same query finds the same, whichever backend adds up."""

    def __init__(self, settings: "BM25", shelf: Shelf) -> None:
        super().__init__(shelf, f"bm25 ({settings.stated}, bm25s {version('bm25s')}, PyStemmer {version('PyStemmer')})")
        folder = shelf.folder / f"bm25-{settings.key(version('bm25s'), version('PyStemmer'))}"
        if not folder.exists():
            _build(settings, shelf, folder)
        about = opened(folder, "bm25", "n_scores")
        self._folder = folder
        self._words = Words(listed(folder, "stop_words.json"), settings.stemmer)
        self._numbers = {word: number for number, word in enumerate(listed(folder, "words.json"))}
        n_scores = int(about["n_scores"])
        self._starts = mapped(folder, "starts.npy", "<i8", (len(self._numbers) + 1,))
        self._passages = mapped(folder, "passages.npy", "<i4", (n_scores,))
        self._scores = mapped(folder, "scores.npy", "<f4", (n_scores,))
        self._backend = settings.backend

    def ranked(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[Ranking]:
        mask = self.shelf.mask(where)
        return [self._ranking(query, n, mask) for query in queries]

    def _ranking(self, query: str, n: int, mask: NDArray[np.bool_] | None) -> Ranking:
        counts = Counter(self._numbers[word] for word in self._words.of(query) if word in self._numbers)
        if not counts or not n:
            return NOTHING
        scores = np.zeros(len(self.shelf), dtype=np.float32)
        asked = np.array(sorted(counts.items()), dtype=np.int64)
        add, promising = self._compiled or (_add, _promising)
        try:
            add(scores, asked, self._starts, self._passages, self._scores)
        except (IndexError, ValueError):
            raise damaged(self._folder, "passages.npy") from None
        if mask is not None:
            scores[~mask] = 0
        numbers = promising(scores, min(n, len(scores)))
        return leading(scores[numbers], numbers, n)

    @cached_property
    def _compiled(self) -> tuple[Callable[..., None], Callable[..., Numbers]] | None:
        """The two loops as machine code, which looks at no bounds: the numbers in the folder are looked at once instead."""
        has_numba = find_spec("numba") is not None
        if self._backend == "numba" and not has_numba:
            raise UserError("bm25: backend 'numba' was asked for, and numba is not installed; install it, or set backend: auto")
        if self._backend == "numpy" or (self._backend == "auto" and not (has_numba and len(self.shelf) >= _MANY_PASSAGES)):
            return None
        is_within = not len(self._passages) or (self._passages.min() >= 0 and self._passages.max() < len(self.shelf))
        is_ordered = self._starts[0] == 0 and self._starts[-1] == len(self._passages) and bool((np.diff(self._starts) >= 0).all())
        if not (is_within and is_ordered):
            raise damaged(self._folder, "passages.npy")
        return _compiled()


def _add(
    scores: NDArray[np.float32], asked: NDArray[np.int64], starts: NDArray[Any], passages: NDArray[Any], columns: NDArray[Any]
) -> None:
    """Add to the scores of the passages (n_passages,) those of each word asked for: `asked` has rows of its number and how often."""
    for word, count in asked:
        here = slice(starts[word], starts[word + 1])
        scores[passages[here]] += columns[here] * np.float32(count)  # no passage stands twice in a column


def _promising(scores: NDArray[np.float32], n: int) -> Numbers:
    """Numbers, ascending, of passages with a score above 0, the `n` best of them included; among equals the first are better."""
    return np.flatnonzero(scores > 0)


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., Numbers]]:
    """`_add` and `_promising` as machine code."""
    from numba import njit

    return njit(_add_in_loops, nogil=True), njit(_promising_in_blocks, nogil=True)


def _add_in_loops(scores: Any, asked: Any, starts: Any, passages: Any, columns: Any) -> None:
    """`_add`, to be compiled."""
    for row in range(len(asked)):
        word, count = asked[row, 0], np.float32(asked[row, 1])
        for at in range(starts[word], starts[word + 1]):
            scores[passages[at]] += columns[at] * count


def _promising_in_blocks(scores: Any, n: int) -> Any:
    """`_promising`, to be compiled: it keeps no more than what is above the `n` best so far, which are in a heap.

    What is among the `n` best at the end, the first among equals, was among them when it came: nothing of it is left out.
    """
    heap = np.zeros(n, np.float32)
    least, n_kept = np.float32(0), 0
    kept = np.empty(len(scores), np.int64)
    for start in range(0, len(scores), _BLOCK):
        stop, is_any = min(start + _BLOCK, len(scores)), 0
        for at in range(start, stop):
            is_any |= scores[at] > least
        if not is_any:
            continue
        for at in range(start, stop):
            score = scores[at]
            if score > least:
                kept[n_kept] = at
                n_kept += 1
                hole, below = 0, 1
                while below < n:
                    if below + 1 < n and heap[below + 1] < heap[below]:
                        below += 1
                    if heap[below] >= score:
                        break
                    heap[hole] = heap[below]
                    hole, below = below, 2 * below + 1
                heap[hole] = score
                least = heap[0]
    return kept[:n_kept].copy()


# building


class _Texts(Sequence[list[int]]):
    """The numbers of the words of each text, held in 4 bytes a word."""

    def __init__(self) -> None:
        self.words = array("i")
        self.ends = array("q", [0])

    def append(self, numbers: list[int]) -> None:
        self.words.extend(numbers)
        self.ends.append(len(self.words))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, at: Any) -> Any:
        return self.words[self.ends[at] : self.ends[at + 1]].tolist()

    def __iter__(self) -> Iterator[list[int]]:
        return (self[at] for at in range(len(self)))


class _Numbers(dict[str, int]):
    """The number of each word as it is written, -1 for a stop word: a word is stemmed once, or once more after very many others."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.of_stemmed = dict[str, int]()
        self._words = words

    def __missing__(self, word: str) -> int:
        stemmed = self._words.stemmed([word])
        if len(self) >= _MAX_WORDS_KNOWN:
            self.clear()
        self[word] = number = self.of_stemmed.setdefault(stemmed[0], len(self.of_stemmed)) if stemmed else -1
        return number


def _build(settings: "BM25", shelf: Shelf, folder: Path) -> None:
    from bm25s.stopwords import STOPWORDS_EN

    stop_words = sorted(STOPWORDS_EN) if settings.stop_words == "en" else []
    words, texts = Words(stop_words, settings.stemmer), _Texts()
    numbers = _Numbers(words)
    for text in shelf.texts():
        texts.append([number for word in words.cut(text) if (number := numbers[word]) >= 0])
    scores, passages, starts = _scored(settings, texts, len(numbers.of_stemmed))
    with unfinished(shelf.folder) as place:
        for name, values in (("scores", scores), ("passages", passages), ("starts", starts)):
            np.save(place / f"{name}.npy", values)
        (place / "words.json").write_text(json.dumps(list(numbers.of_stemmed)), encoding="utf-8")
        (place / "stop_words.json").write_text(json.dumps(stop_words), encoding="utf-8")
        finish(place, folder, "bm25", n_scores=len(scores), settings=settings.stated)


def _scored(settings: "BM25", texts: _Texts, n_words: int) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
    """Column by column: scores, numbers of passages (ascending in each column), and where each word's column starts."""
    if not texts.words:
        return np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(n_words + 1, np.int64)
    import bm25s

    index = bm25s.BM25(k1=settings.k1, b=settings.b, method="lucene", csc_backend="scipy")
    made = index.build_index_from_ids(range(n_words), texts, show_progress=False)
    return made["data"], made["indices"].astype(np.int32, copy=False), made["indptr"].astype(np.int64)
