"""Text made even: bytes to characters, white space, what cannot be seen, and what is left of references that had no text."""

import codecs
import html
import re
import unicodedata
from collections import Counter

from osler.core.errors import UserError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff\ufffe\uffff]")
_UNEVEN = re.compile(r"\s{2,}|[^\S ]")
_PIECE = 1 << 20
REFERENCE = "\x02"
"""Stands on both sides of what a reference without text goes to ("figure"), until `tidy` has seen what is around it."""
_ONLY_REFERENCES = re.compile(rf"\s?[(\[](?:\s|[Ss]ee|also|and|or|to|through|[,;–—-]|{REFERENCE}[a-z]+{REFERENCE})*[)\]]")
_ONE_REFERENCE = re.compile(rf"(?:\b[Tt]he\s+)?{REFERENCE}([a-z]+){REFERENCE}")


def decoded(data: bytes, where: str, faults: Counter[str]) -> str:
    """Text of a file: by its byte order mark, else UTF-8, else, counted, Windows-1252. Raises UserError where it is empty or no text."""
    if not data.strip():
        raise UserError(f"{where}: the file is empty; give one with text")
    for mark, name in _BOMS:
        if data.startswith(mark):
            text = data.decode(name, errors="replace").removeprefix("\ufeff")
            break
    else:
        if b"\x00" in data[:65536]:
            raise UserError(f"{where}: this is no text, it has zero bytes; give a CNXML, EPUB, PDF, HTML, Markdown or text file")
        text = _without_mark(data, faults)
    n_lost = text.count("\ufffd")
    if n_lost:
        faults["characters that could not be decoded"] += n_lost
    return text


def _without_mark(data: bytes, faults: Counter[str]) -> str:
    """UTF-8 where most of what is beyond ASCII is valid UTF-8, else Windows-1252."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    n_lost = text.count("\ufffd")
    if sum(not char.isascii() for char in text[:_PIECE]) > 2 * n_lost:
        return text
    faults["files that are not UTF-8, read as Windows-1252"] += 1
    return data.decode("cp1252", errors="replace")


def tidy(text: str, faults: Counter[str] | None = None) -> str:
    """One line of text: white space made even, unseen characters out, entities resolved by the reader; linear in time and memory."""
    text = unicodedata.normalize("NFC", text) if not text.isascii() else text
    if REFERENCE in text:
        text = _without_references(text, faults)
    text, n_unseen = _UNSEEN.subn("", text)
    if n_unseen and faults is not None:
        faults["characters that cannot be seen"] += n_unseen
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    even = "".join(_UNEVEN.sub(" ", piece) for piece in pieces)
    return (_UNEVEN.sub(" ", even) if len(text) > _PIECE else even).strip()


def _without_references(text: str, faults: Counter[str] | None) -> str:
    """Brackets that held nothing but references go; any other reference becomes a word: "the figure"."""
    if faults is not None:
        faults["cross references without text"] += text.count(REFERENCE) // 2
    text = _ONLY_REFERENCES.sub(lambda found: "" if REFERENCE in found[0] else found[0], text)
    return _ONE_REFERENCE.sub(r"the \1", text)


def named_entity(name: str) -> str:
    """The character of an entity that HTML knows by name; empty for any other."""
    text = html.unescape(f"&{name};")
    return "" if text == f"&{name};" else text
