import pytest

from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item, OpenKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.trace import Ending, Step, Trace
from osler.judges import JUDGES
from osler.synthesise.oracle import Oracle

CHOICE = Item(Question("q-1", "Which?", {"A": "one", "B": "two", "C": "three"}), ChoiceKey(("B", "C")))
NAME = Item(Question("q-2", "What?"), TextKey("gout", ("podagra",)))
ORACLE = Oracle([CHOICE, NAME], JUDGES)


def trace(item: Item, *steps: str, reading: Reading | None = None) -> Trace:
    return Trace(item.question, tuple(map(Step, steps)), ending=Ending.FINISHED if reading else Ending.OPEN, reading=reading)


@pytest.mark.parametrize(
    ("item", "answer", "is_right"),
    [
        (CHOICE, "B", True),
        (CHOICE, "C", True),
        (CHOICE, "A", False),
        (NAME, "gout", True),
        (NAME, "podagra", True),
        (NAME, "sepsis", False),
    ],
)
def test_every_step_is_worth_what_the_answer_is_worth(item, answer, is_right):
    one = trace(item, "first", "second", reading=Reading(value=answer))
    assert ORACLE.is_right(one) is is_right
    assert ORACLE.score([one]) == [(1.0, 1.0) if is_right else (0.0, 0.0)]


@pytest.mark.parametrize("abstention", list(Abstention))
def test_no_answer_is_not_right(abstention):
    assert ORACLE.score([trace(CHOICE, "first", reading=Reading(abstention=abstention))]) == [(0.0,)]


def test_an_open_trace_is_not_right_yet():
    assert ORACLE.score([trace(CHOICE, "first")]) == [(0.0,)]


def test_a_trace_without_steps_has_no_scores():
    """As every reward model: one number per step."""
    assert ORACLE.score([trace(CHOICE), trace(CHOICE, reading=Reading(abstention=Abstention.EMPTY))]) == [(), ()]


def test_each_trace_is_judged_by_the_key_of_its_own_question():
    right, wrong = trace(CHOICE, "a", reading=Reading(value="B")), trace(NAME, "a", "b", reading=Reading(value="B"))
    assert ORACLE.score([right, wrong, right]) == [(1.0,), (0.0, 0.0), (1.0,)]
    assert ORACLE.score([]) == []


def test_neither_the_oracle_s_name_nor_its_scores_tell_the_key():
    """What a search can see of it is its identity and 0 or 1."""
    assert ORACLE.identity == "oracle"
    assert not [name for name in vars(ORACLE) if not name.startswith("_")]


def test_a_key_that_no_judge_reads_is_refused_before_the_search():
    item = Item(Question("why-1", "Why?"), OpenKey("Urate crystals."))
    with pytest.raises(UserError, match="why-1: no judge reads a 'open' key yet"):
        Oracle([item], JUDGES)
