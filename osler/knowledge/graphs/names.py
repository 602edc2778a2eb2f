"""When two names are written alike, and when two ids are."""

import re
import unicodedata

_PLUS = re.compile(r"(?<=\w)\+(?!\w)")
_MINUS = re.compile(r"(?<=[A-Z0-9])-(?=$|[\s,;)])")
_PLURAL = re.compile(r"(?<=\w\w[^\Ws])s\b")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_PURL = re.compile(r"^(?:https?://purl\.obolibrary\.org/obo/|obo:)(?=[A-Za-z]+_)")
_UNDERLINED = re.compile(r"^([A-Z][A-Za-z]*)_(\w+)$")
_LOCAL = re.compile(r"^([A-Z]{2,10})_(\d{7})$")


def normalised(name: str) -> str:
    """Lower case, compatible characters made one, everything but letters and digits a space: "Crohn's Disease" → "crohn s disease". The
    sign of a marker stays a word: "MYC+" → "myc plus"."""
    name = _MINUS.sub(" minus ", _PLUS.sub(" plus ", unicodedata.normalize("NFKC", name)))
    return _NOT_WORD.sub(" ", name.lower()).strip()


def singular(name: str) -> str:
    """Normalised, and without the s at the end of longer words; crude, and no word of any language: for comparison alone."""
    return _PLURAL.sub("", normalised(name))


def curie(id: str) -> str:
    """An id of the OBO Foundry in its short form, from whichever it has: `http://purl.obolibrary.org/obo/HP_0000001` or
    `HP_0000001` → `HP:0000001`. Any other id stays as it is."""
    id = id.strip()
    if "_" not in id:
        return id
    short = _PURL.sub("", id)
    return (_UNDERLINED if short != id else _LOCAL).sub(r"\1:\2", short)
