"""Texts that are nothing but letters of options, or lines that each name one: "A, C and E", "ACE", "1) A", "A. Aspirin" line by line."""

import re
from collections.abc import Collection

_WORDS = (
    "(?:and|or|both|also|only|just|alone|options?|choices?|answers?|letters?|y|et|und|e|plus|with|are|is|true|correct|right|all|of|them"
    "|和|与|及|と)"
)
_ONLY = re.compile(
    rf"(?:[A-Z](?![A-Za-z0-9_])|\b{_WORDS}\b|\d{{1,2}}\s?[.):]|[\s,;/&|.:()\[\]•–-]|(?<=[A-Z])\s?\+\s?(?=[A-Z])|[和与及と])+"
)
_LETTER = re.compile(r"(?<![A-Za-z0-9])([A-Z])(?![A-Za-z0-9])")
_GLUED = re.compile(r"\W{0,6}([A-Z]{2,26})\W{0,6}")


def letters_only(text: str, letters: Collection[str], *, is_glued: bool) -> tuple[str, ...]:
    """The letters of options that `text` is made of, each once and sorted; none where it is made of anything else. `is_glued`: letters that
    are written together are taken apart."""
    if is_glued and (glued := _GLUED.fullmatch(text)):
        found = set(glued[1])
        return tuple(sorted(found)) if len(found) == len(glued[1]) and found <= set(letters) else ()
    if not _ONLY.fullmatch(text):
        return ()
    found = set(_LETTER.findall(text))
    return tuple(sorted(found)) if found and found <= set(letters) else ()
