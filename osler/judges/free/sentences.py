"""Sentences of a free answer, without a language model: by punctuation and lines, list and heading marks left out."""

import re
from collections.abc import Iterator

_LIST_MARK = re.compile(r"\s*(?:[-*•–—+]\s+|\(?\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)*")
_END = re.compile(r"[.!?]+[\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*[A-Z0-9À-Þ])|[。！？]+")
_SHORT_FORM = re.compile(r"(?:^|[\s(*])(?:[A-Z]|St|Dr|Mr|Mrs|Ms|Prof|vs|var|spp?|approx|e\.g|i\.e|cf|al|Fig|No|resp)\.$")


def sentences(text: str) -> Iterator[str]:
    """Lines are sentences of their own; what holds no letter or digit is none. "Dr. Hall", "E. Coli" and "2.5 mg" hold no end."""
    for line in text.splitlines():
        mark = _LIST_MARK.match(line)
        start = mark.end() if mark else 0
        for end in _END.finditer(line, start):
            if end[0].startswith(".") and _SHORT_FORM.search(line[start : end.start() + 1]):
                continue
            yield from _kept(line[start : end.end()])
            start = end.end()
        yield from _kept(line[start:])


def _kept(piece: str) -> Iterator[str]:
    if any(character.isalnum() for character in piece):
        yield piece.strip()
