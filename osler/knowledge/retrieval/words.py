"""The words that BM25 counts: lower case, two letters or more, without stop words, stemmed. As `bm25s.tokenize` makes them."""

import re
from collections.abc import Iterable
from threading import Lock
from typing import Any

from osler.core.errors import UserError

_WORD = re.compile(r"(?u)\b\w\w+\b")


class Words:
    """Cuts texts into words. `stemmer` is a language of Snowball's, or "" for none; a stemmer serves one thread at a time."""

    def __init__(self, stop_words: Iterable[str], stemmer: str) -> None:
        self._stop_words = frozenset(stop_words)
        self._stemmer = _stemmer(stemmer) if stemmer else None
        self._lock = Lock()

    def of(self, text: str) -> list[str]:
        return self.stemmed(self.cut(text))

    def cut(self, text: str) -> list[str]:
        """All words of a text, stop words too, as they are written but for capitals."""
        return _WORD.findall(text.lower())

    def stemmed(self, words: Iterable[str]) -> list[str]:
        kept = [word for word in words if word not in self._stop_words]
        if self._stemmer is None:
            return kept
        with self._lock:
            return [self._stemmer.stemWord(word) for word in kept]


def _stemmer(name: str) -> Any:
    import Stemmer

    try:
        return Stemmer.Stemmer(name)
    except KeyError:
        known = ", ".join(Stemmer.algorithms())
        raise UserError(f"bm25: there is no stemmer {name!r}; choose one of {known}, or none") from None
