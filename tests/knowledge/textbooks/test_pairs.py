"""Question–answer pairs as passages."""

import pytest

from osler.core.errors import RecordError
from osler.knowledge.textbooks.pairs import passages_of_pairs

ROWS = [
    {"id": "a", "question": "What  pumps?", "answer": "The heart.", "topic": "heart", "year": 3},
    {"id": "b", "question": "What filters?", "answer": ""},
    {"id": "c", "question": "What pumps?", "answer": "The heart."},
    {"question": "What breathes?", "answer": "The lung."},
]


def test_a_pair_is_a_passage_with_both() -> None:
    first, second = passages_of_pairs(ROWS, "faq", fields=("topic", "year"))
    assert (first.id, first.text, first.sought) == ("faq/a", "Question: What pumps?\nAnswer: The heart.", "What pumps?\nThe heart.")
    assert first.text[first.start : first.end] == first.text
    assert first.fields == {"kind": "pair", "topic": "heart", "year": "3"}
    assert (second.id, second.source) == ("faq/4", "faq")


def test_the_question_alone_can_be_searched() -> None:
    assert passages_of_pairs(ROWS, "faq", is_answer_sought=False)[0].sought == "What pumps?"


def test_what_makes_no_passages_is_told() -> None:
    with pytest.raises(RecordError, match="none of 4 rows has both 'q' and 'answer'"):
        passages_of_pairs(ROWS, "faq", question="q")


def test_a_name_that_comes_again_is_told_apart() -> None:
    assert [passage.id for passage in passages_of_pairs([ROWS[0], ROWS[3] | {"id": "a"}], "faq")] == ["faq/a", "faq/a~2"]
