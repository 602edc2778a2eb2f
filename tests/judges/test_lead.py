"""The answer that a text opens with."""

import pytest

from osler.core.reading import Abstention
from osler.judges.choice.lead import lead

OPTIONS = {"A": "Aspirin", "B": "Insulin", "C": "Vitamin C", "D": "yes"}


def read(text: str) -> str | Abstention | None:
    found = lead(OPTIONS, text, 0, len(text))
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B. Insulin\n\nThe patient has a high sugar.", "B"),
        ("B\n\nThe patient has a high sugar.", "B"),
        ("(B) Because the sugar is high.", "B"),
        ("**Insulin**\n\nThe sugar is high.", "B"),
        ("Insulin. The sugar is high.", "B"),
        ("Yes, it is known to help in most trials of the last ten years.", "D"),
        ("  \n B. Insulin\nThe sugar is high.", "B"),
    ],
)
def test_opens_with_an_answer(text, letter):
    assert read(text) == letter


@pytest.mark.parametrize(
    "text",
    [
        "A. Aspirin\nB. Insulin\nC. Vitamin C",  # a list of them
        "A 45-year-old man has a high sugar.",
        "Insulin resistance is what the patient has, in all likelihood.",
        "The patient has a high sugar.",
        "A\nB\nC\nD",
        "",
    ],
)
def test_opens_otherwise(text):
    assert read(text) is None


def test_a_letter_beside_another_option_s_text_is_a_conflict():
    assert read("A. Insulin\n\nThe sugar is high.") is Abstention.SEVERAL


def test_the_place_is_in_the_text():
    text = "Question 1. **B**. Insulin\nThe sugar is high."
    found = lead(OPTIONS, text, len("Question 1. "), len(text))
    assert found is not None
    assert text[slice(*found[1])].startswith("B")
