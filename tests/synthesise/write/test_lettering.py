"""Letters of options follow their texts; letters of vitamins do not; loose ones are refused."""

import pytest

from osler.core.errors import Drop
from osler.synthesise.write.lettering import relettered

MOVED = {"A": "C", "B": "A", "C": "D", "D": "B"}


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("Option A is best.", "Option C is best."),
        ("The answer is B.", "The answer is A."),
        ("options A, B and D fail", "options C, A and B fail"),
        ("choices (A) and (B) fail", "choices (C) and (A) fail"),
        ("a thiazide (C) lowers it [D]", "a thiazide (D) lowers it [B]"),
        ("Vitamin C helps; hepatitis B and type A are others.", "Vitamin C helps; hepatitis B and type A are others."),
        ("Hepatitis (A) is acute; vitamin (C) is not.", "Hepatitis (A) is acute; vitamin (C) is not."),
        ("A patient with B symptoms; I can see a D-dimer.", "A patient with B symptoms; I can see a D-dimer."),
        ("Option E is none of these.", "Option E is none of these."),
        ("", ""),
    ],
)
def test_letters_follow(said: str, then: str) -> None:
    assert relettered(said, MOVED) == then


@pytest.mark.parametrize(
    "said", ["B is wrong here.", "It fits; C would not.", "A. Too late for that.", "So D and A are out.", "That leaves it, but B fits."]
)
def test_loose_letters_are_refused(said: str) -> None:
    with pytest.raises(Drop) as drop:
        relettered(said, MOVED)
    assert drop.value.reason == "letters"
