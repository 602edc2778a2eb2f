"""MultiReader and MultiJudge: sets of options, what is none, and what the marks of a set are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import MultiKey, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.choice.multi import MultiJudge, MultiReader

OPTIONS = {"A": "Fever", "B": "Stiff neck", "C": "Rash", "D": "Cough", "E": "None of these, so far"}
QUESTION = Question("q-1", "Which belong to it?", OPTIONS, "multi")

READ = [
    ("A, C and D", "A,C,D"),
    ("D and A", "A,D"),
    ("The correct answers are A, C, and D.", "A,C,D"),
    ("Answer: ACD", "A,C,D"),
    ('{"answer": ["A", "C"]}', "A,C"),
    ("\\boxed{A, C}", "A,C"),
    ("Fever and rash", "A,C"),
    ("A. Fever\nC. Rash", "A,C"),
    ("<think>A, B?</think>The answer is A and C.", "A,C"),
    ("The answer is A and C, not B.", "A,C"),
    ("The answer is B.", "B"),
    ("The answer is none.", ""),
    ("B, B and A", "A,B"),
]
NOT_READ = [
    ("", Abstention.EMPTY),
    ("<think>A and C", Abstention.TRUNCATED),
    ("The patient has a fever.", Abstention.NO_ANSWER),
    ("As an AI model, I cannot provide medical advice.", Abstention.REFUSED),
    ("ACE inhibitors are of no use.", Abstention.NO_ANSWER),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_reads(text: str, value: str) -> None:
    reading = MultiReader().read(text, QUESTION)
    assert (reading.value, reading.abstention) == (value, None), reading


@pytest.mark.parametrize(("text", "abstention"), NOT_READ)
def test_abstains(text: str, abstention: Abstention) -> None:
    reading = MultiReader().read(text, QUESTION)
    assert (reading.value, reading.abstention) == (None, abstention), reading


def test_the_marks_of_a_set() -> None:
    verdict = MultiJudge().judge(Reading("A,B,C"), MultiKey(("A", "C", "D", "E")))
    assert (verdict.outcome, verdict.reason) == (Outcome.WRONG, "other_set")
    assert verdict.marks == {"precision": pytest.approx(2 / 3), "recall": 0.5, "jaccard": 0.4}  # 2 of 3, 2 of 4, 2 of 5
    reasons = {value: MultiJudge().judge(Reading(value), MultiKey(("A", "C"))).reason for value in ("A,C", "A", "A,B,C", "B", "")}
    assert reasons == {"A,C": "key", "A": "too_few", "A,B,C": "too_many", "B": "other_set", "": "too_few"}
    assert MultiJudge().judge(Reading(""), MultiKey(())).marks == {"precision": 1.0, "recall": 1.0, "jaccard": 1.0}


PIECES = [
    "A",
    "C, ",
    " and ",
    "Fever",
    "\n",
    "The answer is ",
    "\\boxed{",
    "}",
    '{"answer": [',
    '"B"',
    "not ",
    "none",
    "<think>",
    "(",
    "D.",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=15).map("".join))
def test_never_raises_and_names_only_options(text: str) -> None:
    reading = MultiReader().read(text, QUESTION)
    if reading.value:
        letters = reading.value.split(",")
        assert letters == sorted({*letters} & OPTIONS.keys())
