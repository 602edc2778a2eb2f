"""Lists of options."""

import pytest

from osler.judges.choice.listed import listed

OPTIONS = {"A": "Aspirin", "B": "Beta blocker", "C": "Clopidogrel", "D": "Salt, sugar and water"}


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("A", "A"),
        ("A, C and B", "ABC"),
        ("Aspirin and clopidogrel", "AC"),
        ("aspirin, a beta blocker", "AB"),
        ("A. Aspirin\nC. Clopidogrel", "AC"),
        ("1. Aspirin\n2. Clopidogrel", "AC"),
        ("Salt, sugar and water", "D"),
        ("Salt, sugar and water; aspirin", "AD"),
        ("options A and B.", "AB"),
        ("**A**, **C**", "AC"),
        ("Aspirin and heparin", ""),
        ("A fits best", ""),
        ("heparin", ""),
        ("", ""),
    ],
)
def test_by_hand(text, letters):
    assert listed(OPTIONS, text) == tuple(letters)
