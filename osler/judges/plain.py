"""Plain: text without the marks that models set around an answer (bold, quotes, code, LaTeX, tags), each character with its place."""

import re
from dataclasses import dataclass
from functools import lru_cache

_COMMAND = r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\],;! ])"
_MARKS = r"[*`$_{}\"'“”„‘’‚«»\u200b\u200c\u200d\u2060\ufeff]"
_TOKEN = re.compile(rf"(?P<mark>{_COMMAND}|</?[A-Za-z]{{1,12}}>|{_MARKS})|(?P<space>\s+)|.", re.DOTALL)
_SAME = str.maketrans({"‐": "-", "‑": "-", "–": "-", "−": "-", "µ": "μ"})
_ARTICLE = re.compile(r"(?:the|an?) (?=\S)")


@dataclass(frozen=True)
class Plain:
    """`text` has every run of white space as one space, or as one line break where it holds one; `folded` is the same in lower case and
    without line breaks, of the same length. `origin` gives each character's index in the source; `breaks` the places before which a
    mark was dropped."""

    text: str
    folded: str
    origin: tuple[int, ...]
    breaks: frozenset[int]

    def span(self, start: int, end: int, *, offset: int = 0) -> tuple[int, int]:
        """The half-open range of the source behind characters `start` to `end`, moved by `offset`. An empty range has no place."""
        return offset + self.origin[start], offset + self.origin[end - 1] + 1


def plain(source: str) -> Plain:
    """`source` without marks. Options and statements go through the same function, so dropping a mark never makes them differ."""
    characters: list[str] = []
    origin: list[int] = []
    breaks: set[int] = set()
    for token in _TOKEN.finditer(source):
        if token["mark"]:
            breaks.add(len(characters))
        elif not token["space"]:
            characters.append(token[0])
            origin.append(token.start())
        elif characters:
            space = "\n" if "\n" in token[0] else " "
            if not characters[-1].isspace():
                characters.append(space)
                origin.append(token.start())
            elif space == "\n":
                characters[-1] = space
    while characters and characters[-1].isspace():
        characters.pop()
        origin.pop()
    text = "".join(characters).translate(_SAME)
    folded = "".join(lower if len(lower := character.lower()) == 1 else character for character in text)
    return Plain(text, folded.replace("\n", " "), tuple(origin), frozenset(breaks))


def article_length(folded: str, start: int = 0) -> int:
    """How many characters a leading "a ", "an " or "the " takes at `start`; 0 where there is none."""
    article = _ARTICLE.match(folded, start)
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
