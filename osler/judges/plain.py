"""Plain: text without the marks that models set around an answer (bold, quotes, code, LaTeX, tags), each character with its place."""

import re
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_uppercase
from typing import NamedTuple
from unicodedata import normalize

_COMMAND = r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\],;! ])"
_MARKS = r"[*`$_{}\"'“”„‘’‚«»「」『』【】\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
_MARK = rf"{_COMMAND}|</?[A-Za-z]{{1,12}}>|{_MARKS}"
_MARK_START = re.compile(rf"[\\<{_MARKS[1:]}")
_TOKEN = re.compile(rf"(?P<mark>{_MARK})|\s+")
_KNOT = re.compile(rf"(?:{_MARK}|\s){{2,}}|(?! )(?:{_MARK}|\s)")
"""A run of marks and white space. One space between two characters is none: most of a text is copied as it stands."""
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


def plain(source: str) -> Plain:
    """`source` without marks. Options and statements go through the same function, so dropping a mark never makes them differ."""
    start = 1 if source.startswith(" ") else 0
    flat = " ".join(source.split())
    if source[start : start + len(flat)] == flat and not _MARK_START.search(flat):
        return _plain(flat, range(start, start + len(flat)), frozenset())
    pieces: list[str] = []
    origin: list[int] = []
    breaks: set[int] = set()
    for knot in _KNOT.finditer(source):
        pieces.append(source[start : knot.start()])
        origin.extend(range(start, knot.start()))
        space, n_before = "", len(origin)
        for token in _TOKEN.finditer(source, knot.start(), knot.end()):
            if token["mark"]:
                breaks.add(len(origin))
            elif n_before:
                if not space:
                    origin.append(token.start())
                space = "\n" if "\n" in token[0] or space == "\n" else " "
        pieces.append(space)
        start = knot.end()
    pieces.append(source[start:])
    origin.extend(range(start, len(source)))
    text = "".join(pieces)
    if text[-1:].isspace():
        text = text[:-1]
        origin.pop()
    return _plain(text, tuple(origin), frozenset(breaks))


def _plain(text: str, origin: Sequence[int], breaks: frozenset[int]) -> Plain:
    if text.isascii():
        return Plain(text, text.lower().replace("\n", " "), origin, breaks)
    text = text.translate(_SAME)
    folded = "".join(lower if len(lower := character.lower()) == 1 else character for character in text)
    return Plain(text, folded.replace("\n", " "), origin, breaks)


def article_length(folded: str, start: int = 0) -> int:
    """How many characters a leading "a ", "an " or "the " takes at `start`; 0 where there is none."""
    article = _ARTICLE.match(folded, start) if folded.startswith(ARTICLES, start) else None
    return article.end() - start if article else 0


@lru_cache(maxsize=4096)
def name(source: str) -> str:
    """A name for comparison: lower case, single spaces, without marks and without punctuation around it."""
    return plain(source).folded.strip(" ,;:!").rstrip(" .,;:!")


@lru_cache(maxsize=4096)
def bare_name(source: str) -> str:
    """`name` without a leading article or brackets around it: what two ways of writing the same name have in common."""
    full = name(source)
    bare = full[article_length(full) :]
    is_bracketed = bare.startswith("(") and bare.endswith(")") and bare.count("(") == 1
    return bare[1:-1].strip() if is_bracketed else bare
