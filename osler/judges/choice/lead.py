"""The answer that a text opens with, before it gives its reasons: "B. Insulin", a blank line, "The patient …"."""

import re
from collections.abc import Mapping

from osler.core.reading import Abstention
from osler.judges.choice.statement import Stated, Statement
from osler.judges.stated.around import SHORT_ANSWERS
from osler.judges.stated.plain import Plain, plain

_OPENS = re.compile(
    r"[\s*_#>(\[\"'`$\\{-]{0,12}(?:(?:the\s)?(?:option|choice|letter)\s?)?[(\[*\"'`]{0,4}[A-Z](?![A-Za-z0-9])", re.IGNORECASE
)
_ENDS = re.compile(
    r"\s?[)\]]?\s?(?:$|\n|[.)](?:\s|$)|[:–—-]\s|,?\s(?:because|since)\b|\s(?:The|This|These|In|Based|It|As|Given|Because|Since|To|Here|\d{1,3}\s?%)(?=[\s(]|$))"
)
_TEXT_ENDS = re.compile(r"[)\]]?[.,:;]?\s?(?:$|\n)|[.]\s(?=[A-Z])")
_SHORT_ENDS = re.compile(r"[.,:;]\s|\s?[—–-]\s")
_LINE_OF_ONE = re.compile(r"\n\W{0,4}[A-Z]\W{0,4}(?:\n|$)")
_LISTED = re.compile(r"\n\W{0,4}([A-Z])\s?[.):]\s")


def lead(options: Mapping[str, str], text: str, start: int, end: int) -> tuple[Stated, tuple[int, int]] | None:
    """The option that the text opens with, with its place; None where it opens otherwise, or with a list of the options."""
    if not text[start : start + 1].strip():
        start += len(text[start:end]) - len(text[start:end].lstrip()) if start < end else 0
    line_end = text.find("\n", start, end)
    line_end = end if line_end < 0 else line_end
    longest = max(map(len, options.values()), default=0)
    if not _OPENS.match(text, start, end) and line_end - start > longest + 24 and not _may_name(options, text[start : start + 16].lower()):
        return None
    window = plain(text[start : min(end, start + 2 * longest + 300)])
    statement = Statement(options, window, is_whole=False)
    stated = (statement.read() or statement.opening()) if window.text else None
    if stated is None or stated.form == "conflict":
        return (stated, window.span(stated.start, stated.end, offset=start)) if stated else None
    if (
        isinstance(stated.value, Abstention)
        or not _is_lead(stated, window)
        or _is_list(stated.value, options, window, text[start : min(end, start + 2 * longest + 1200)])
    ):
        return None
    return stated, window.span(stated.start, stated.end, offset=start)


def _may_name(options: Mapping[str, str], beginning: str) -> bool:
    """Whether a text that begins so may open with the name of an option. Cheap."""
    return any(beginning.startswith(text[:6].lower()) for text in options.values())


def _is_lead(stated: Stated, window: Plain) -> bool:
    text = window.text
    if stated.form == "letter":
        letter = text[stated.start : stated.end].strip("()[] ")
        is_label = letter == "A" and text.startswith(":", stated.end)  # "Q: … A: …"
        return letter[-1:].isupper() and not is_label and _ENDS.match(text, stated.end) is not None
    if stated.form == "text" and window.folded[stated.start : stated.end] in SHORT_ANSWERS and _SHORT_ENDS.match(text, stated.end):
        return True
    return stated.form != "text" or _TEXT_ENDS.match(text, stated.end) is not None


def _is_list(letter: str, options: Mapping[str, str], window: Plain, text: str) -> bool:
    """Whether what looks like an answer is the first of a list: "A. Aspirin", then "B. Clopidogrel"; or a letter a line."""
    first, *others = options
    listed = _LISTED.search(text)
    is_enumerated = listed is not None and letter == first and listed[1] == others[0] if others else False
    return is_enumerated or _LINE_OF_ONE.match(window.text, window.text.find("\n")) is not None
