"""No giveaway: crafted questions and traces that state what they should not, and ones that only look as if they did."""

from dataclasses import replace

import pytest

from osler.core.question import Item, Question, TextKey
from osler.synthesise.check.giveaway import NoGiveaway
from osler.synthesise.draft import Authored, Draft, DroppedDraft, Origin
from tests.synthesise.makings import item_draft, through

STEPS = ("Bleeding gums and loose teeth in a sailor who eats no fruit are scurvy.", "Scurvy is a lack of vitamin C.")


def verdict(draft: Draft, **settings: object) -> str:
    """Why it was dropped; empty where it was not."""
    [made] = through([NoGiveaway(**settings)], [draft], {"teacher": lambda _: ""})  # type: ignore[arg-type]
    return made.reason if isinstance(made, DroppedDraft) else ""


def traced(*steps: str, response: str = "The answer is A.", answer: str = "A", **question: str) -> Draft:
    return replace(item_draft(**question), authored=(Authored("teacher", steps or STEPS, response, answer=answer),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Which vitamin prevents scurvy? Answer: A",
        "Which vitamin prevents scurvy? (The correct answer is A.)",
        "Which vitamin prevents scurvy?\nKey = (A)",
        "Which vitamin prevents scurvy? correct option: **A**",
    ],
)
def test_a_question_that_states_its_key_is_dropped(text: str) -> None:
    assert verdict(traced(text=text)) == "key_in_question"


def test_a_mark_beside_the_right_option_is_the_key_and_one_beside_another_is_not() -> None:
    assert verdict(traced(A="vitamin C (correct)", B="vitamin D")) == "key_in_question"
    assert verdict(traced(A="vitamin C ✓", B="vitamin D")) == "key_in_question"
    assert verdict(traced(A="vitamin C", B="vitamin D (correct)")) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Which vitamin prevents scurvy? Answer: B",
        "Which answer is correct?",
        "Hepatitis A is treated. Which option is best?",
        "The patient wants an answer: A friend told her of fruit. Which vitamin?",
    ],
)
def test_another_letter_or_none_is_no_key(text: str) -> None:
    expected = "key_in_question" if "A friend" in text else ""  # a letter behind "answer:" is read as one: the surer side
    assert verdict(traced(text=text)) == expected


def test_a_name_that_is_asked_for_must_not_stand_in_the_question() -> None:
    def named(text: str) -> Draft:
        trace = Authored("teacher", STEPS, "The answer is scurvy.", answer="scurvy")
        return Draft("q", Origin("test", "q"), item=Item(Question("q", text), TextKey("scurvy", ("Barlow's disease",))), authored=(trace,))

    assert verdict(named("A sailor with scurvy bleeds. What does he have?")) == "key_in_question"
    assert verdict(named("A sailor has BARLOW'S DISEASE. What is it?")) == "key_in_question"
    assert verdict(named("A sailor with scurvylike gums bleeds. What does he have?")) == ""


@pytest.mark.parametrize("first", ["The answer is A. Here is why.", "A. It is known.", "Answer: A\nScurvy is a lack.", "**(A)**\nBecause."])
def test_a_trace_that_begins_with_its_answer_is_left_out(first: str) -> None:
    assert verdict(traced(first, *STEPS)) == "answer_first"


@pytest.mark.parametrize(
    "first",
    [
        "A sailor bleeds. What now?",
        "We are asked whether the answer is A or B. Let us see.",
        "Some would say that the answer is B. They forget the gums.",
        "Option D is a lack of vitamin A. It is not that.",
    ],
)
def test_a_trace_that_only_speaks_of_answers_stays(first: str) -> None:
    assert verdict(traced(first, *STEPS)) == ""


def test_a_trace_that_is_nothing_but_its_answer_does_not_begin_with_it() -> None:
    assert verdict(traced("So the answer is A.", response="")) == ""


def test_what_is_left_holds_the_answer() -> None:
    assert verdict(traced(response="It is a matter of fruit.")) == "no_answer_left"
    assert verdict(traced(response="The answer is B.")) == "no_answer_left"


def test_what_is_left_holds_no_run_of_the_reasoning() -> None:
    """Runs of 8 words: "bleeding gums and loose teeth in a sailor" is one, seven of its words are none."""
    eight = "Bleeding gums and loose teeth in a sailor"
    assert verdict(traced(response=f"{eight}: the answer is A.")) == "reasoning_left"
    assert verdict(traced(response=f"{eight.removesuffix(' sailor')}: the answer is A.")) == ""
    assert verdict(traced(response=f"{eight}: the answer is A."), n_words=9) == ""
    assert verdict(traced(response=f"{eight}: the answer is A."), n_words=None) == ""
    assert verdict(traced(response=f"{eight}: the answer is A.", text=f"{eight}. Which vitamin?")) == ""


def test_some_traces_are_left_out_and_counted() -> None:
    good = traced().authored[0]
    bad = replace(good, response="The answer is B.")
    [made] = through([NoGiveaway()], [replace(item_draft(), authored=(bad, good, bad))], {"teacher": lambda _: ""})
    assert isinstance(made, Draft)
    assert made.authored == (good,)
    assert made.notes["giveaways"] == {"no_answer_left": 2}
