"""Where a quote stands in a text: letter for letter but for case, white space, dashes and quotation marks, which models set at will."""

import re
import unicodedata

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
    }
)
_GAP = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|…|\.{3,})\s*")
_SPACE = re.compile(r"\s+")


def folded(text: str) -> str:
    """A text as it is compared: compatible characters as one, small letters, one space for any, plain dashes and quotation marks."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)).strip()


def quoted_span(quote: str, text: str) -> tuple[int, int] | None:
    """Characters of `text` that hold the quote; the first place where it stands in it more than once. Where words are left out ("…"), the
    parts have to follow one another, and what lies between is within the span. None where the text does not say so."""
    shown, places = _folded_with_places(text)
    parts = [part.strip(" \"'") for part in map(folded, _GAP.split(quote))]
    parts = [part for part in parts if part]
    start, at = None, 0
    for part in parts:
        found = _place(part, shown, at)
        if found is None:
            return None
        start, at = (found if start is None else start), found + len(part)
    return (places[start], places[at - 1] + 1) if start is not None else None


def _place(part: str, shown: str, at: int) -> int | None:
    """Where whole words of `shown`, from `at` on, are these: "tension" is no quote from "hypertension"."""
    left = r"(?<!\w)" if part[0].isalnum() and part[0].isascii() else ""
    right = r"(?!\w)" if part[-1].isalnum() and part[-1].isascii() else ""
    found = re.compile(left + re.escape(part) + right).search(shown, at)
    return found.start() if found else None


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """`folded`, and for each of its characters the place in `text` that it comes from. Characters that combine are taken together with what
    they stand on."""
    letters: list[str] = []
    places: list[int] = []
    for piece in re.finditer(r"\s+|\S[\u0300-\u036f]*", text):
        for letter in _folded_piece(piece[0]):
            letters.append(letter)
            places.append(piece.start() if piece[0].isspace() else piece.end() - 1)
    return "".join(letters), places


def _folded_piece(piece: str) -> str:
    return " " if piece.isspace() else unicodedata.normalize("NFKC", piece).casefold().translate(_PLAIN)
