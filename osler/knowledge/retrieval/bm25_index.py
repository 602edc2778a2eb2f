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
_N_BINS = 1024


class BM25Retriever(Ranked):
    """The passages that share words with a query. The same query finds the same, whichever backend adds up."""

    def __init__(self, settings: "BM25", shelf: Shelf) -> None:
        super().__init__(shelf, f"bm25 ({settings.stated}, bm25s {version('bm25s')}, PyStemmer {version('PyStemmer')})")
        folder = shelf.folder / f"bm25-{settings.key(version('bm25s'), version('PyStemmer'))}"
        if not folder.exists():
            _build(settings, shelf, folder)
        about = opened(folder, "bm25")
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
        add, near_best = _compiled() if self._is_compiled else (_add, _near_best)
        try:
            add(scores, asked, self._starts, self._passages, self._scores)
        except (IndexError, ValueError):
            raise damaged(self._folder, "passages.npy") from None
        if mask is not None:
            scores[~mask] = 0
        near = near_best(scores, n)
        return leading(scores[near], near, n)

    @cached_property
    def _is_compiled(self) -> bool:
        has_numba = find_spec("numba") is not None
        if self._backend == "numba" and not has_numba:
            raise UserError("bm25: backend 'numba' was asked for, and numba is not installed; install osler[fast], or set backend: auto")
        return has_numba and (self._backend == "numba" or (self._backend == "auto" and len(self.shelf) >= _MANY_PASSAGES))


def _add(
    scores: NDArray[np.float32], asked: NDArray[np.int64], starts: NDArray[Any], passages: NDArray[Any], columns: NDArray[Any]
) -> None:
    """Add to the scores of the passages (n_passages,) those of each word asked for: `asked` has rows of its number and how often."""
    for word, count in asked:
        here = slice(starts[word], starts[word + 1])
        scores[passages[here]] += columns[here] * np.float32(count)  # no passage stands twice in a column


def _near_best(scores: NDArray[np.float32], n: int) -> Numbers:
    """Numbers, ascending, of passages that share a word with the query: the best `n` are among them."""
    return np.flatnonzero(scores > 0)


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., Numbers]]:
    """The same two as machine code. `_near_best` leaves out, by a histogram of the scores, what cannot be among the best `n`."""
    from numba import njit

    def add(scores, asked, starts, passages, columns):  # type: ignore[no-untyped-def]  # numba finds the types
        for row in range(len(asked)):
            word, count = asked[row, 0], np.float32(asked[row, 1])
            for at in range(starts[word], starts[word + 1]):
                scores[passages[at]] += columns[at] * count

    def near_best(scores, n):  # type: ignore[no-untyped-def]
        best = np.float32(0)
        for score in scores:
            best = max(best, score)
        scale = np.float32(_N_BINS - 1) / best if best > 0 else np.float32(0)
        counts = np.zeros(_N_BINS, np.int64)
        for score in scores:
            if score > 0:
                counts[int(score * scale)] += 1
        lowest, n_kept = _N_BINS, 0
        while lowest > 0 and n_kept < n:
            lowest -= 1
            n_kept += counts[lowest]
        near = np.empty(n_kept, np.int64)
        n_kept = 0
        for at in range(len(scores)):
            if scores[at] > 0 and int(scores[at] * scale) >= lowest:
                near[n_kept] = at
                n_kept += 1
        return near

    return njit(add, boundscheck=True, nogil=True), njit(near_best, nogil=True)


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


def _build(settings: "BM25", shelf: Shelf, folder: Path) -> None:
    from bm25s.stopwords import STOPWORDS_EN

    stop_words = sorted(STOPWORDS_EN) if settings.stop_words == "en" else []
    words, texts, numbers = Words(stop_words, settings.stemmer), _Texts(), dict[str, int]()
    for text in shelf.texts():
        texts.append([numbers.setdefault(word, len(numbers)) for word in words.of(text)])
    scores, passages, starts = _scored(settings, texts, len(numbers))
    with unfinished(shelf.folder) as place:
        for name, values in (("scores", scores), ("passages", passages), ("starts", starts)):
            np.save(place / f"{name}.npy", values)
        (place / "words.json").write_text(json.dumps(list(numbers)), encoding="utf-8")
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
