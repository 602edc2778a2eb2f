"""`plain` copies whole stretches of text; here the same is said character by character."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from osler.judges.stated.plain import Plain, plain

MARK = re.compile(
    r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\],;! ])|</?[A-Za-z]{1,12}>|"
    r"[*`$_{}\"'“”„‘’‚«»「」『』【】\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
SAME = {"‐": "-", "‑": "-", "–": "-", "−": "-", "µ": "μ", "。": ".", "，": ",", "、": ",", "；": ";", "：": ":", "！": "!", "？": "?"} | {
    "（": "(",
    "）": ")",
    "［": "[",
    "］": "]",
    "．": ".",
    **dict(zip("ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=True)),
    "Ⓑ": "B",
    "⒝": "B",
    "𝐁": "B",
    "𝖻": "b",
}
PIECES = [
    *("a", "B", "The", ".", "it", "\\box", "Σ", "İ", "µ", "–", "<", "> ", "\\"),
    *(" ", "  ", "\n", "\t", "\xa0", "\x1c", "\u2028"),
    *("。", "（", "Ｂ", "Ⓑ", "⒝", "𝐁", "𝖻", "\u200f", "「", "】", "答"),
    *("*", "**", "$", "_", "{", '"', "'", "“", "\u200b", "\\boxed{", "\\text", "\\textbf", "\\ ", "\\(", "<b>", "</answer>"),
]


def character_by_character(source: str) -> Plain:
    kept: list[tuple[str, int]] = []
    breaks: set[int] = set()
    at = 0
    while at < len(source):
        mark = MARK.match(source, at)
        if mark:
            breaks.add(len(kept))
            at = mark.end()
            continue
        is_after_space = bool(kept) and kept[-1][0] in " \n"
        if not source[at].isspace():
            kept.append((SAME.get(source[at], source[at]), at))
        elif kept and not is_after_space:
            kept.append(("\n" if source[at] == "\n" else " ", at))
        elif kept and source[at] == "\n":
            kept[-1] = ("\n", kept[-1][1])
        at += 1
    if kept and kept[-1][0] in " \n":
        kept.pop()
    text = "".join(character for character, _ in kept)
    folded = "".join(character.lower() if len(character.lower()) == 1 else character for character in text)
    return Plain(text, folded.replace("\n", " "), tuple(at for _, at in kept), frozenset(breaks))


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=40))
@example("")
@example(" ")
@example("The answer is B.")
@example(" so **the answer is** B. \n")
def test_the_same_as_character_by_character(source):
    ours, expected = plain(source), character_by_character(source)
    assert (ours.text, ours.folded, ours.breaks) == (expected.text, expected.folded, expected.breaks)
    assert tuple(ours.origin) == expected.origin
    for start in range(len(ours.text)):
        assert ours.span(start, len(ours.text)) == expected.span(start, len(expected.text))
