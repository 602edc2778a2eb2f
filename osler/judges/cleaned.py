"""A text as it is read: what is struck through or crossed off is blanked, and escapes are undone, each character staying in its place."""

import re

_MARKS = ("\\", "~~", "<s", "<S", "<d", "&", "[ ]", "[x]", "[X]")
_STRUCK = re.compile(
    r"~~[^~\n]{1,300}~~|<(s|del|strike)>.{0,300}?</\1>|(?:[❌✗✘☐⬜☒]|(?<=[-*+] )\[ \]|^\s?\[ \])[^\n]{0,300}", re.IGNORECASE | re.MULTILINE
)
_TICKED = re.compile(r"[✅✔☑]\ufe0f?|\[[xX]\](?=\s)")
_ESCAPED = re.compile(r"&(?:nbsp|#160|amp|lt|gt|quot|#34|#39|apos|thinsp|ensp|emsp);")
_MEANT = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "'", "&apos;": "'"}


def cleaned(text: str) -> str:
    """`text` without what is struck through and with escaped line breaks, quotes and HTML spaces undone; of the same length."""
    if text.isascii() and not any(mark in text for mark in _MARKS):
        return text
    if "\\" in text:
        text = text.replace("\\n", " \n").replace('\\"', ' "')
    text = _STRUCK.sub(lambda match: " " * len(match[0]), text)
    text = _TICKED.sub(lambda match: " " * len(match[0]), text)
    return _ESCAPED.sub(lambda match: _MEANT.get(match[0], " ").rjust(len(match[0])), text) if "&" in text else text
