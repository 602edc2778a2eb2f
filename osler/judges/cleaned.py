"""A text as it is read: what is struck through or crossed off is blanked, and escapes are undone, each character staying in its place."""

import re

from osler.judges.plain import lower_case

_MARKS = ("\\", "~~", "<s", "<S", "<d", "<D", "&", "[ ]", "[x]", "[X]")
_STRIKES = ("~~", "<s", "<S", "<d", "<D", "❌", "✗", "✘", "☐", "⬜", "☒", "[ ]")
_TICKS = ("✅", "✔", "☑", "[x]", "[X]")
_MAX_STRUCK = 300
_TAG = re.compile(r"<(s|del|strike)>", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]{1,300}~~|(?:[❌✗✘☐⬜☒]|(?<=[-*+] )\[ \]|^\s?\[ \])[^\n]{0,300}", re.IGNORECASE | re.MULTILINE)
_TICKED = re.compile(r"[✅✔☑]\ufe0f?|\[[xX]\](?=\s)")
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
    if any(mark in text for mark in _TICKS):
        text = _TICKED.sub(_blank, text)
    return _ESCAPED.sub(lambda match: _MEANT.get(match[0], " ").rjust(len(match[0])), text) if "&" in text else text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _without_tagged(text: str) -> str:
    """`text` without what stands on one line between tags that strike it through."""
    lower, reached, pieces = lower_case(text), 0, list[str]()
    ends: dict[str, int] = {}
    for tag in _TAG.finditer(text):
        close = f"</{tag[1].lower()}>"
        if tag.start() < reached:
            continue
        if ends.get(close, tag.end()) >= 0 and ends.get(close, 0) < tag.end():
            ends[close] = lower.find(close, tag.end())
        end = ends[close]
        if 0 <= end <= tag.end() + _MAX_STRUCK and "\n" not in text[tag.end() : end]:
            pieces += [text[reached : tag.start()], " " * (end + len(close) - tag.start())]
            reached = end + len(close)
    return "".join([*pieces, text[reached:]])
