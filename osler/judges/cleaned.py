"""A text as it is read: what is struck through or crossed off is blanked, and escapes are undone, each character staying in its place."""

import re

from osler.judges.plain import lower_case

_MARKS = ("\\", "~~", "<s", "<S", "<d", "<D", "&", "[ ]", "[x]", "[X]")
_STRIKES = ("~~", "<s", "<S", "<d", "<D", "❌", "✗", "✘", "☐", "⬜", "☒", "[ ]")
_CHECKED = ("✅", "✔", "☑", "[x]", "[X]")
_MAX_STRUCK = 300
_STRUCK_END = re.compile("</(s|del|strike)>")
_STRUCK = re.compile(r"~~[^~\n]{1,300}~~|(?:[❌✗✘☐⬜☒]|(?<=[-*+] )\[ \]|^\s?\[ \])[^\n]{0,300}", re.IGNORECASE | re.MULTILINE)
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
        for sign in _CHECKED[:3]:
            text = text.replace(f"{sign}\ufe0f", "  ").replace(sign, " ")
        text = _TICKED.sub("   ", text)
    return _ESCAPED.sub(lambda match: _MEANT.get(match[0], " ").rjust(len(match[0])), text) if "&" in text else text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _without_tagged(text: str) -> str:
    """`text` without what stands on one line between tags that strike it through."""
    lower, reached, pieces = lower_case(text), 0, list[str]()
    last: dict[str, int] = {}
    for close in _STRUCK_END.finditer(lower):
        tag = f"<{close[1]}>"
        first = max(reached, last.get(tag, 0), close.start() - _MAX_STRUCK - len(tag))
        start = lower.find(tag, max(first, lower.rfind("\n", first, close.start())), close.start())
        if start >= 0:
            pieces += [text[reached:start], " " * (close.end() - start)]
            reached = close.end()
        last[tag] = close.end()
    return "".join([*pieces, text[reached:]])
