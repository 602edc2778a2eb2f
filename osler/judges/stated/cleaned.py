"""A text as it is read: what is struck through or crossed off is blanked, and escapes are undone, each character staying in its place."""

import re
from collections.abc import Iterator

from osler.judges.stated.plain import lower_case

_MARKS = ("\\", "~~", "<s", "<S", "<d", "<D", "&", "[ ]", "[x]", "[X]")
_STRIKES = ("~~", "<s", "<S", "<d", "<D", "❌", "✗", "✘", "☐", "⬜", "☒", "[ ]")
_CHECKED = ("✅", "✔", "☑", "[x]", "[X]")
_MAX_STRUCK = 300
_TAGS = tuple((f"<{tag}>", f"</{tag}>") for tag in ("s", "del", "strike"))
_STRUCK = re.compile(
    r"[~❌✗✘☐⬜☒\[](?:(?<=~)~[^~\n]{1,300}~~|(?:(?<![~\[])|(?<=\[) \](?:(?<=^\[ \])|(?<=^[ \t]\[ \])|(?<=[-*+] \[ \])))[^\n]{0,300})",
    re.MULTILINE,
)
"""Begins with a set of characters, so that the search passes over all others in one step."""
_TICKED = re.compile(r"\[[xX]\](?=\s)")
_ESCAPED = re.compile(r"&(?:nbsp|#160|amp|lt|gt|quot|#34|#39|apos|thinsp|ensp|emsp);")
_MEANT = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "'", "&apos;": "'"}


def cleaned(text: str) -> str:
    """`text` without what is struck through and with escaped line breaks, quotes and HTML spaces undone; of the same length."""
    if text.isascii() and not any(mark in text for mark in _MARKS):
        return text
    if "\\" in text:
        text = text.replace("\\n", " \n").replace('\\"', ' "')
    if any(mark in text for mark in _STRIKES):
        text = _STRUCK.sub(_blank, _without_tagged(text))
    if any(mark in text for mark in _CHECKED):
        for glyph in _CHECKED[:3]:
            text = text.replace(f"{glyph}\ufe0f", "  ").replace(glyph, " ")
        text = _TICKED.sub("   ", text)
    return _ESCAPED.sub(lambda match: _MEANT.get(match[0], " ").rjust(len(match[0])), text) if "&" in text else text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _without_tagged(text: str) -> str:
    """`text` without what stands on one line between tags that strike it through."""
    lower = lower_case(text)
    for tag, close in _TAGS:
        if tag in lower:
            pieces, reached = list[str](), 0
            for start, end in _between(lower, tag, close):
                pieces += [text[reached:start], " " * (end - start)]
                reached = end
            text = "".join([*pieces, text[reached:]])
    return text


def _between(lower: str, tag: str, close: str) -> Iterator[tuple[int, int]]:
    """From the first `tag` to the `close` that is next to it, where both stand on one line and not too far apart. In linear time."""
    start, end, last = 0, lower.find(close), lower.rfind(tag)
    while 0 <= end <= last + len(tag) + _MAX_STRUCK:
        first = max(start, end - _MAX_STRUCK - len(tag))
        opening = lower.find(tag, max(first, lower.rfind("\n", first, end)), end)
        start = end + len(close)
        if opening >= 0:
            yield opening, start
        end = lower.find(close, start)
