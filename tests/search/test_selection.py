from dataclasses import replace

import pytest

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.search.selection import Finished, choose, distinct, values_of

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})
FIRST = Trace(QUESTION, (Step("a"),), ending=Ending.FINISHED, n_tokens=3, reading=Reading(value="A"))
SECOND = Trace(QUESTION, (Step("b"),), ending=Ending.FINISHED, n_tokens=3, reading=Reading(value="B"))
CUT = Trace(QUESTION, (Step("a"),), ending=Ending.LENGTH, raw="Step 1: a", reading=Reading(abstention=Abstention.TRUNCATED))


def test_what_says_the_same_and_ended_the_same_is_one() -> None:
    """The number of tokens makes no difference; the steps, the response, how it ended, and the raw text where it could not be read do."""
    others = [replace(FIRST, response="A"), replace(FIRST, ending=Ending.OPEN, reading=None), CUT, replace(CUT, raw="Step 1: a b")]
    assert distinct([FIRST, SECOND, replace(FIRST, n_tokens=9), *others, *others, SECOND]) == [FIRST, SECOND, *others]
    assert distinct([]) == []


def test_a_value_for_each_trace_by_the_name_of_the_aggregate() -> None:
    assert values_of([(0.5, 0.4), ()], "product") == [pytest.approx(0.2), 0.0]
    assert values_of([(0.5, 0.4)], "last") == [0.4]


def test_the_choice_is_the_best_or_a_vote() -> None:
    """.6 for B alone, .4 + .5 for A."""
    traces = [FIRST, SECOND, replace(FIRST, steps=(Step("c"),))]
    assert choose(traces, [0.4, 0.6, 0.5], is_vote=False) == 1
    assert choose(traces, [0.4, 0.6, 0.5], is_vote=True) == 2


def test_what_is_finished_stays_as_it_came() -> None:
    finished = Finished()
    for trace, scores_S in ((FIRST, (0.3,)), (CUT, (0.9,)), (SECOND, (0.2,)), (replace(FIRST, n_tokens=9), (0.1,))):
        finished.add(trace, scores_S)
    assert (finished.n_answered, CUT in finished, replace(FIRST, steps=()) in finished) == (2, True, False)
    solution = finished.solution(QUESTION, "last", is_vote=False, is_cut=True)
    assert solution == Solution(QUESTION, (FIRST, CUT, SECOND), 0, ((0.3,), (0.9,), (0.2,)), is_cut=True)
