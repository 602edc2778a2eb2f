"""Questions and steps about paths: written as by hand, and read back."""

import pytest

from osler.clinic.paths.atlas import Leg
from osler.clinic.paths.language import Asked, Choice, Link, question_text, read_question, read_step, write_choice, write_link
from osler.clinic.paths.phrases import Move, phrases_for

PHRASES = phrases_for(["indicated_for", "located_in", "targets", "disease_is_a"], ["drug", "disease", "anatomy", "gene"])
LEGS = (Leg("targets", "drug"), Leg("is an indication of", "disease"), Leg("is the location of", "anatomy"))
TEXTS = [
    "According to the graph, which of these drugs targets the gene ITGA2B?",
    "According to the graph, which of these diseases is an indication of a drug that targets the gene ITGA2B?",
    "According to the graph, which of these anatomical structures is the location of a disease that is an indication of a drug that "
    "targets the gene ITGA2B?",
]


def known(kind: str, name: str) -> bool:
    return (kind, name) == ("gene", "ITGA2B")


@pytest.mark.parametrize("n_legs", [1, 2, 3])
def test_a_question_says_its_legs_from_the_last_to_the_first(n_legs: int) -> None:
    text = question_text(PHRASES, "gene", "ITGA2B", LEGS[:n_legs])
    assert text == TEXTS[n_legs - 1]
    assert read_question(PHRASES, text, known) == [Asked("gene", "ITGA2B", LEGS[:n_legs])]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Which of these drugs targets the gene ITGA2B?",
        "According to the graph, which of these drugs targets the gene ITGA2B",
        "According to the graph, which of these drugs targets the gene ITGA2C?",
        "According to the graph, which of these drugs targets ITGA2B?",
        "According to the graph, which of these planets targets the gene ITGA2B?",
        "According to the graph, which of these drugs likes the gene ITGA2B?",
        "According to the graph, which of these drugs targets a gene that targets the drug ITGA2B?",
    ],
)
def test_another_text_is_not_read(text: str) -> None:
    assert read_question(PHRASES, text, known) == []


def test_a_name_may_hold_the_words_of_a_phrase() -> None:
    name = "a drug that targets the gene X"
    text = question_text(PHRASES, "disease", name, LEGS[2:])
    assert read_question(PHRASES, text, lambda kind, given: given == name) == [Asked("disease", name, LEGS[2:])]


def test_an_edge_is_written_from_its_head_and_read_in_either_voice() -> None:
    forward, back = (write_link(PHRASES, Move("indicated_for", is_forward), *ends) for is_forward, ends in ((True, "XY"), (False, "YX")))
    assert forward == back == "According to the graph, X is indicated for Y."
    assert read_step(PHRASES, forward) == [[Link(near="Y", said="is indicated for", far="X")]]
    passive = "According to the graph, Y is an indication of X."
    assert read_step(PHRASES, passive) == [[Link(near="X", said="is an indication of", far="Y")]]


def test_a_step_may_make_several_claims_and_names_may_have_full_stops() -> None:
    step = "According to the graph, St. John's wort is indicated for low mood (sp. nov.). The answer is B."
    assert read_step(PHRASES, step) == [
        [Link(near="low mood (sp. nov.)", said="is indicated for", far="St. John's wort")],
        Choice("B"),
    ]
    assert write_choice("B") == "The answer is B."


@pytest.mark.parametrize(
    "step",
    [
        "",
        " ",
        "X is indicated for Y.",
        "According to the graph, X is fond of Y.",
        "According to the graph, X is indicated for Y",
        "According to the graph, is indicated for Y.",
        "The answer is B",
        "Perhaps. The answer is B.",
    ],
)
def test_what_is_outside_the_grammar_is_not_read(step: str) -> None:
    assert read_step(PHRASES, step) is None
