"""Which option the sentences of a text name and do not deny."""

import pytest

from osler.core.reading import Abstention
from osler.judges.choice.mention import in_sentence, mentioned

OPTIONS = {"A": "Aspirin", "B": "Metoprolol", "C": "Morphine", "D": "Alteplase"}


def read(text: str, *, is_last_first: bool = True) -> str | Abstention | None:
    found = mentioned(OPTIONS, text, 0, len(text), is_last_first=is_last_first)
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The most likely choice is **D**: 'alteplase'.", "D"),
        ("Pain was relieved. This points to option B.", "B"),
        ("The best drug is metoprolol.", "B"),
        ("The best drug is metprolol.", "B"),  # a slip of the pen
        ("Unlike (A), which thins the blood of most patients with pain, (C) eases it.", "C"),
        ("Rule out A. Aspirin. What fits is C. Morphine.", "C"),
        ("Could it be (A)? It is (D).", "D"),
        ("A is wrong, and so the best drug is morphine.", "C"),
        ("Aspirin is given at home. Therefore, option D is best.", "D"),
    ],
)
def test_names_one(text, letter):
    assert read(text) == letter


@pytest.mark.parametrize(
    "text",
    [
        "Aspirin thins the blood.",
        "It is not (A).",
        "Is it (A)?",
        "Her vitamin D is low.",
        "If it were due to this, the best would be morphine.",
        "(A) thins the blood. (B) slows the heart. (C) eases pain.",
        "A B C D " * 300,  # one letter after the other
        "",
    ],
)
def test_names_none(text):
    assert read(text) is None


def test_a_conclusion_that_names_two_is_several():
    assert read("Thus, the best are (A) and then (D).") is Abstention.SEVERAL


@pytest.mark.parametrize(("is_last_first", "letter"), [(True, "D"), (False, "A")])
def test_of_two_conclusions_the_setting_decides(is_last_first, letter):
    text = "Therefore, the best is (A).\nThe pain came back.\nTherefore, the best is (D)."
    assert read(text, is_last_first=is_last_first) == letter


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is to give morphine.", "C"),
        ("The answer is aspirin allergy.", None),
        ("The answer is to wait.", None),
    ],
)
def test_the_sentence_of_a_closing_statement(text, letter):
    found = in_sentence(OPTIONS, text, len("The answer is"), len(text))
    assert (found[0].value if found else None) == letter
