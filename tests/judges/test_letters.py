"""Texts that are nothing but letters of options."""

import pytest

from osler.judges.choice.letters import letters_only


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("A", "A"),
        ("A, C and E", "ACE"),
        ("both B and D", "BD"),
        ("E / A", "AE"),
        ("(A) (B)", "AB"),
        ("C, C", "C"),
        ("1) A 2) D", "AD"),
        ("B y C", "BC"),
        ("A和C", "AC"),
        ("A, F", ""),  # F is no option
        ("A because it fits", ""),
        ("a", ""),
        ("", ""),
        ("and", ""),
        ("ACE", ""),
    ],
)
def test_letters_apart(text, letters):
    assert letters_only(text, "ABCDE", is_glued=False) == tuple(letters)


@pytest.mark.parametrize(("text", "letters"), [("ACE", "ACE"), ("ECA.", "ACE"), ("AA", ""), ("ACT", ""), ("ace", ""), ("A", "A")])
def test_letters_together(text, letters):
    assert letters_only(text, "ABCDE", is_glued=True) == tuple(letters)
