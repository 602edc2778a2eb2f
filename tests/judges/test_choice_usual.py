"""The short cut for "… The answer is B." reads what the long way reads, or leaves the text to it."""

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import Question
from osler.core.reading import Reading
from osler.judges.choice import reader as choice
from osler.judges.choice.reader import ChoiceReader

BEFORE = [
    *("", "Fever and a rash. ", "So it is gout.\n", "I doubt. ", "I doubt ", "If ", "It is not true that. ", "B! ", "Option A. ", "gout. "),
    *("A. ", "B\n", "**Answer:** A. ", "\\boxed{A}. ", "the answer is A. ", "No. ", "his. ", "Dr. ", "x? ", "Wait, ", ". ", "..  ", "'s. "),
    *("The answer is A. ", "A or. ", "the correct answer is that. ", "\t. ", "* ", "(", "Not ", "I do not think. ", ".", "answer: "),
]
CLOSINGS = [
    "The answer is B.",
    "The answer is A.",
    "The answer is E.",
    "the answer is B.",
    "The answer is B",
    "The answer is B. ",
    "The answer is b.",
]
OPTIONS = [
    {"A": "gout", "B": "pneumonia", "C": "sepsis"},
    {"A": "B", "B": "A", "C": "C"},
    {"A": "b.", "B": "vitamin A", "C": "vitamin B"},
    {"A": "The answer is B", "B": "none of these. The answer is B", "C": "the answer"},
    {"A": "yes", "B": "no", "C": "maybe. The answer is B."},
    {"B": "both A and C", "A": "A.", "C": "(B)"},
]


def read(text: str, options: dict[str, str]) -> tuple[Reading, Reading]:
    """By the short cut where it is taken, and the long way."""
    question = Question("q", "Which?", options)
    with patch.object(choice, "_usual", lambda text, options: None):
        long_way = ChoiceReader().read(text, question)
    return ChoiceReader().read(text, question), long_way


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("closing", CLOSINGS)
def test_the_short_cut_reads_what_the_long_way_reads(closing, options):
    for before in BEFORE:
        for first in BEFORE[::5]:
            text = first + before + closing
            short, long_way = read(text, options)
            assert short == long_way, text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*BEFORE, *CLOSINGS, "gout", "pneumonia"]) | st.text(max_size=8), max_size=5), st.sampled_from(OPTIONS))
def test_and_so_it_does_after_anything(pieces, options):
    for closing in CLOSINGS[:3]:
        short, long_way = read("".join(pieces) + closing, options)
        assert short == long_way


def test_the_short_cut_is_taken_where_it_may_be():
    taken = {before for before in BEFORE if choice._usual(before + CLOSINGS[0], OPTIONS[0])}
    assert {"", "Fever and a rash. ", "So it is gout.\n", "B! ", "x? "} <= taken
    assert {"I doubt ", "If ", "Wait, ", "(", ".", "answer: "} & taken == set()
    assert [options for options in OPTIONS if choice._usual(CLOSINGS[0], options)] == [OPTIONS[0]]
