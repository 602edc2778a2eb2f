"""Names that are nearly the same: other spacing, hyphens, plural or spelling, or one slip of the pen in a long word.

Medicine has words one letter apart that mean the opposite (ab-/adduction, micro-/macrocytic, nitrate and nitrite, ileum and ilium), so a
slip is forgiven in the middle of a long word only, and only where no other option is as near.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA

from osler.judges.stated.plain import bare_name

_MIN_WORD, _MIN_SUBSTITUTED = 7, 11
_SAFE_START, _SAFE_END = 3, 3
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ALIKE = {"a": "aeo&", "e": "aeo", "o": "aeo"}
_SPELLINGS = str.maketrans({"'": "", "’": ""})


def near_option(options: Mapping[str, str], written: str) -> str | None:
    """The letter of the one option whose name is nearly `written`, or None."""
    if not 3 < len(written) <= 300:
        return None
    names = _names(tuple(options.items()))
    form, words = _form(bare_name(written)), _words(bare_name(written))
    alike = {letter for letter, (other, _) in names.items() if other == form}
    near = alike or {letter for letter, (_, others) in names.items() if _is_slip(words, others)}
    return near.pop() if len(near) == 1 else None


@lru_cache(maxsize=4096)
def _names(options: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {letter: (_form(bare_name(text)), _words(bare_name(text))) for letter, text in options if len(bare_name(text)) > 3}


@lru_cache(maxsize=4096)
def firsts(options: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The characters with which a name can begin that is nearly one of the options' ("estrogen", "oestrogen"); none where it may be any."""
    starts = {bare_name(text)[0] for _, text in options if len(bare_name(text)) > 3}
    return frozenset("".join(_ALIKE.get(start, start) for start in starts)) if all(map(str.isalnum, starts)) else frozenset()


def _form(name: str) -> str:
    """A name without spaces, hyphens and marks of thousands, with American spelling and in the singular."""
    if "," in name:
        name = _THOUSANDS.sub("", name)
    name = name.replace("&", "and")
    return "".join(_words(name))


def _words(name: str) -> tuple[str, ...]:
    return tuple(_word(word) for word in re.split(r"[\s-]+", name.replace("&", " and ").translate(_SPELLINGS)) if word)


def _word(word: str) -> str:
    if not word.isalpha() or len(word) < 5:
        return word
    word = word.replace("oe", "e").replace("ae", "e")
    return word[:-3] + "y" if word.endswith("ies") else word[:-1] if word.endswith("s") and not word.endswith(("ss", "is", "us")) else word


def _is_slip(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether the same words stand in the same order but for one slip in one long word."""
    if len(words) != len(others):
        return False
    pairs = [(one, other) for one, other in zip(words, others, strict=True) if one != other]
    return len(pairs) == 1 and _is_slip_of_word(*pairs[0])


def _is_slip_of_word(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    if (
        shorter < (_MIN_WORD if len(one) == len(other) else _MIN_WORD - 1)
        or not (one.isalpha() and other.isalpha())
        or OSA.distance(one, other, score_cutoff=1) != 1
    ):
        return False
    if len(one) != len(other) and one[:shorter] == other[:shorter]:
        return max(one, other, key=len).endswith("e")  # thiamin, thiamine
    place = next(at for at in range(shorter) if one[at] != other[at])
    is_substituted = len(one) == len(other) and one[place + 1 :] == other[place + 1 :]
    if is_substituted and (shorter < _MIN_SUBSTITUTED or place < 2 * _SAFE_START or place >= shorter - _SAFE_END - 1):
        return False
    return _SAFE_START <= place < shorter - _SAFE_END + (0 if len(one) != len(other) else 1)
