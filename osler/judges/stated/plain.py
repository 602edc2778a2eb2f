"""Plain: text without the marks that models set around an answer (bold, quotes, code, LaTeX, tags), each character with its place."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_uppercase
from typing import NamedTuple
from unicodedata import normalize

_COMMAND = r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\],;! ])"
_MARKS = r"[*`$_{}\"'“”„‘’‚«»「」『』【】\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
_MARK = rf"{_COMMAND}|</?[A-Za-z]{{1,12}}>|{_MARKS}"
_MARK_START = re.compile(rf"[\\<{_MARKS[1:]}")
_SPACES = r"\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_IN_KNOT = re.compile(rf"[\\<{_SPACES}{_MARKS[1:]}")
_WIDE = re.compile("  ")
"""Every knot begins with one of these, or with a space before it. They are found at a tenth of the cost."""
_TOKEN = re.compile(rf"(?P<mark>{_MARK})|\s+")
_KNOT = re.compile(rf"(?:{_MARK}|\s){{2,}}|(?! )(?:{_MARK}|\s)")
"""A run of marks and white space. One space between two characters is none: most of a text is copied as it stands."""
_MAX_KNOT = 8
_SAME = str.maketrans(
    {"‐": "-", "‑": "-", "–": "-", "−": "-", "µ": "μ", "。": ".", "，": ",", "、": ",", "；": ";", "：": ":", "！": "!", "？": "?"}
    | {"（": "(", "）": ")", "［": "[", "］": "]", "．": "."}
    | {
        chr(first + at): letter
        for first in (0xFF21, 0x24B6, 0x249C, 0x1F130, 0x1F150, 0x1F170)
        for at, letter in enumerate(ascii_uppercase)
    }
    | {chr(code): letter for code in range(0x1D400, 0x1D6A4) if (letter := normalize("NFKC", chr(code))).isascii()}
)
"""Characters that are written in two ways: dashes, the micro sign, the wide marks and letters of Chinese and Japanese, letters in circles,
squares or brackets, and the bold and other letters of mathematics."""
_DOTS = re.compile(r"^(?:…|(?:\. ?){2,})\s?")
ARTICLES = ("the ", "a ", "an ")
_ARTICLE = re.compile(r"(?:the|an?) (?=\S)")


class Plain(NamedTuple):
    """`text` has every run of white space as one space, or as one line break where it holds one; `folded` is the same in lower case and
    without line breaks, of the same length. `origin` gives each character's index in the source; `breaks` the places before which a
    mark was dropped."""

    text: str
    folded: str
    origin: Sequence[int]
    breaks: frozenset[int]

    def span(self, start: int, end: int, *, offset: int = 0) -> tuple[int, int]:
        """The half-open range of the source behind characters `start` to `end`, moved by `offset`. An empty range has no place."""
        return offset + self.origin[start], offset + self.origin[end - 1] + 1

    @property
    def marked(self) -> list[int]:
        """Where a capital letter stands alone between marks: in bold, or in quotes."""
        text, breaks = self.text, self.breaks
        return [at for at in breaks if at + 1 in breaks and text[at : at + 1].isupper() and not text[at + 1 : at + 2].isalnum()]


class _Origin(Sequence[int]):
    """Where each character of a plain text stands in its source, by the stretches that were copied as they stand."""

    def __init__(self, starts: list[int], sources: list[int], length: int) -> None:
        self._starts, self._sources, self._length = starts, sources, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: int) -> int:  # type: ignore[override]
        if not 0 <= at < self._length:
            raise IndexError(at)
        stretch = bisect_right(self._starts, at) - 1
        return self._sources[stretch] + at - self._starts[stretch]


def plain(source: str) -> Plain:
    """`source` without marks. Options and statements go through the same function, so dropping a mark never makes them differ."""
    start = 1 if source.startswith(" ") else 0
    flat = " ".join(source.split())
    if source[start : start + len(flat)] == flat and not _MARK_START.search(flat):
        return _plain(flat, range(start, start + len(flat)), frozenset())
    pieces: list[str] = []
    starts: list[int] = []
    sources: list[int] = []
    breaks: set[int] = set()
    length = 0
    for knot in _knots(source):
        first = knot.start()
        if first > start:
            pieces.append(source[start:first])
            starts.append(length)
            sources.append(start)
            length += first - start
        space, place, is_after_mark, is_before_mark = _untied(knot[0]) if knot.end() - first <= _MAX_KNOT else _untie(knot[0])
        if is_after_mark or (is_before_mark and not length):
            breaks.add(length)
        if space and length:
            pieces.append(space)
            starts.append(length)
            sources.append(first + place)
            length += 1
        if is_before_mark:
            breaks.add(length)
        start = knot.end()
    pieces.append(source[start:])
    starts.append(length)
    sources.append(start)
    length += len(source) - start
    text = "".join(pieces)
    if text[-1:].isspace():
        text = text[:-1]
    return _plain(text, _Origin(starts, sources, len(text)), frozenset(breaks))


def _knots(source: str) -> Iterator[re.Match[str]]:
    places = [inside.start() for inside in _IN_KNOT.finditer(source)]
    if "  " in source:
        places = sorted([*places, *(space.start() for space in _WIDE.finditer(source))])
    end = 0
    for at in places:
        if at >= end and (knot := _KNOT.match(source, at - 1 if at > end and source[at - 1] == " " else at)):
            end = knot.end()
            yield knot


def _untie(knot: str) -> tuple[str, int, bool, bool]:
    """What is left of a knot: the space for its white space, and where that stands first; whether marks stand before it, and after it."""
    space, place, is_after_mark, is_before_mark = "", 0, False, False
    for token in _TOKEN.finditer(knot):
        if not token["mark"]:
            place = place if space else token.start()
            space = "\n" if "\n" in token[0] or space == "\n" else " "
        elif space:
            is_before_mark = True
        else:
            is_after_mark = True
    return space, place, is_after_mark, is_before_mark


_untied = lru_cache(maxsize=4096)(_untie)


def _plain(text: str, origin: Sequence[int], breaks: frozenset[int]) -> Plain:
    if text.isascii():
        return Plain(text, text.lower().replace("\n", " "), origin, breaks)
    text = text.translate(_SAME)
    return Plain(text, lower_case(text).replace("\n", " "), origin, breaks)


_READ_AS_ESCAPES = re.compile("[\b\f]|\t(?=ext)|\r(?=m\\b)")


def with_latex(text: str) -> str:
    """A string out of JSON, with the LaTeX that was written with one backslash: JSON takes `\\boxed`, `\\frac` and `\\text` for control
    characters."""
    return _READ_AS_ESCAPES.sub(lambda match: {"\b": r"\b", "\f": r"\f", "\t": r"\t", "\r": r"\r"}[match[0]], text)


def lower_case(text: str) -> str:
    """`text` in lower case, of the same length."""
    text = text.replace("Σ", "σ")  # whose small letter would depend on its place in a word
    if "İ" in text:  # the one capital whose small letter is two characters
        return "İ".join(map(str.lower, text.split("İ")))
    return text.lower()


def article_length(folded: str, start: int = 0) -> int:
    """How many characters a leading "a ", "an " or "the " takes at `start`; 0 where there is none."""
    article = _ARTICLE.match(folded, start) if folded.startswith(ARTICLES, start) else None
    return article.end() - start if article else 0


@lru_cache(maxsize=4096)
def name(source: str) -> str:
    """A name for comparison: lower case, single spaces, without marks and without punctuation around it."""
    return named(plain(source).folded)


@lru_cache(maxsize=4096)
def bare_name(source: str) -> str:
    """`name` without a leading article or brackets around it: what two ways of writing the same name have in common."""
    return without_article(name(source))


def named(folded: str) -> str:
    """The name that a folded plain text is: without punctuation around it, and without the dots of a sentence that it ends."""
    if folded.startswith((".", "…")):
        folded = _DOTS.sub("", folded, count=1)
    return folded.strip(" ,;:!").rstrip(" .,;:!")


def without_article(full: str) -> str:
    """A name without a leading article or brackets around it."""
    bare = full[article_length(full) :]
    is_bracketed = bare.startswith("(") and bare.endswith(")") and bare.count("(") == 1
    return bare[1:-1].strip() if is_bracketed else bare
