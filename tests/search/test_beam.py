from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.core.errors import BudgetSpent
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.search import DVTS, Beam
from osler.search.asks import Ask, Propose, Score

QUESTION = Question("q", "Which?", {"A": "one", "B": "two", "C": "three"})
ROOT = Trace(QUESTION)
SMALL = Beam(n_beams=4, width=2)


def going(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


def ended(*texts: str, answer: str | None, ending: Ending = Ending.FINISHED) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return replace(going(*texts), ending=ending, reading=reading)


def played(strategy: Beam, replies: Iterable[Any]) -> tuple[list[Ask], Solution | None]:
    """What the search asks when it is sent these replies in turn (an error is thrown), and its solution where it comes to an end."""
    searching = strategy.search(QUESTION)
    asks = [next(searching)]
    for reply in replies:
        try:
            asks.append(searching.throw(reply) if isinstance(reply, Exception) else searching.send(reply))
        except StopIteration as finished:
            return asks, finished.value
    return asks, None


A, B, C, D = going("a"), going("b"), going("c"), going("d")


def test_the_best_n_over_m_steps_are_kept_best_first():
    """Four first steps worth .1, .9, .3, .5: 4 / 2 = 2 go on, b before d, and each is continued twice."""
    asks, _ = played(SMALL, [[[A, B, C, D]], [(0.1,), (0.9,), (0.3,), (0.5,)]])
    assert asks == [Propose((ROOT,), 4, is_whole=False), Score((A, B, C, D)), Propose((B, D), 2, is_whole=False)]


def test_of_equals_the_first_are_kept():
    asks, _ = played(SMALL, [[[A, B, C, D]], [(0.5,), (0.2,), (0.5,), (0.5,)]])
    assert asks[-1] == Propose((A, C), 2, is_whole=False)


def test_a_beam_is_never_copies_of_one_trace():
    """Three of four first steps are the same: two are scored, and both are kept, though the copies would have been the better pair. What
    a copy cost does not make it another trace."""
    asks, _ = played(SMALL, [[[A, B, A, replace(A, n_tokens=7)]], [(0.9,), (0.1,)]])
    assert asks[1:] == [Score((A, B)), Propose((A, B), 2, is_whole=False)]
    asks, _ = played(SMALL, [[[A, A, A, A]], [(0.9,)]])
    assert asks[1:] == [Score((A,)), Propose((A,), 2, is_whole=False)]


@pytest.mark.parametrize(
    ("aggregate", "kept"),
    # (.9, .2) and (.4, .6): last .2 < .6; least .2 < .4; product .18 < .24; mean .55 > .5; geometric mean √.18 < √.24
    [("last", "b"), ("least", "b"), ("product", "b"), ("mean", "a"), ("geometric_mean", "b")],
)
def test_the_aggregate_ranks(aggregate, kept):
    strategy = Beam(n_beams=2, width=2, aggregate=aggregate)
    asks, _ = played(strategy, [[[going("a", "x"), going("b", "y")]], [(0.9, 0.2), (0.4, 0.6)]])
    assert asks[-1] == Propose((going(kept, "x" if kept == "a" else "y"),), 2, is_whole=False)


def test_what_ends_leaves_the_beam_and_stays_a_candidate():
    """d ends first, and gets no more steps; of a, b and c the best two go on. Then B has .4 + .7 against .8 for A."""
    first = ended("d", answer="B")
    second, third = ended("a", "x", answer="A"), ended("b", "y", answer="B")
    replies = [[[A, B, C, first]], [(0.6,), (0.5,), (0.1,), (0.4,)], [[second, second], [third, third]], [(0.6, 0.8), (0.5, 0.7)]]
    asks, solution = played(SMALL, replies)
    assert asks[2] == Propose((A, B), 2, is_whole=False)
    assert solution is not None
    assert solution.candidates == (first, second, third)
    assert solution.scores == ((0.4,), (0.6, 0.8), (0.5, 0.7))
    assert (solution.answer, solution.chosen, solution.is_cut) == ("B", 2, False)
    _, solution = played(replace(SMALL, is_vote=False), replies)
    assert solution is not None
    assert (solution.answer, solution.chosen) == ("A", 1)


@pytest.mark.parametrize("third", ["C", None])
def test_n_candidates_with_an_answer_are_enough(third):
    """Three of four first steps end, then one of two: with four answers the open one is left. An unread end is no answer."""
    first = [A, ended("b", answer="A"), ended("c", answer="B"), ended("d", answer=third)]
    second = [ended("a", "x", answer="C"), going("a", "y")]
    asks, solution = played(SMALL, [[first], [(0.5,)] * 4, [second], [(0.5, 0.5)] * 2])
    assert asks[2] == Propose((A,), 2, is_whole=False)
    if third:
        assert solution is not None
        assert solution.candidates == (*first[1:], second[0])
    else:
        assert asks[4] == Propose((second[1],), 2, is_whole=False)


@pytest.mark.parametrize("ending", [Ending.LENGTH, Ending.EMPTY, Ending.ERROR, Ending.MALFORMED])
def test_a_bad_end_costs_nothing_but_itself(ending):
    """Its steps are its parent's, and so is its score: the best. It is not continued and not chosen, but it is there to be counted."""
    bad = ended("a", answer=None, ending=ending)
    asks, solution = played(
        Beam(n_beams=2, width=2),
        [[[A, B]], [(0.9,), (0.1,)], [[bad, going("a", "x")]], [(0.9,), (0.9, 0.2)], [[ended("a", "x", answer="C")]], [(0.1, 0.1)]],
    )
    assert asks[4] == Propose((going("a", "x"),), 2, is_whole=False)
    assert solution is not None
    assert (solution.candidates[0], solution.answer) == (bad, "C")


def test_after_max_steps_what_is_open_is_driven_to_an_answer_in_one_ask():
    strategy = replace(SMALL, max_steps=1)
    ends = [[ended("b", "x", answer="B")], [ended("a", "y", answer="A")]]
    asks, solution = played(strategy, [[[A, B, C]], [(0.5,), (0.9,), (0.1,)], ends, [(0.9, 0.3), (0.5, 0.4)]])
    assert asks[2:] == [Propose((B, A), 1, is_whole=True), Score((ends[0][0], ends[1][0]))]
    assert solution is not None
    assert (solution.answer, solution.is_cut) == ("A", False)


def test_a_spent_budget_leaves_what_was_paid_for():
    first = ended("d", answer="B")
    _, solution = played(SMALL, [[[A, B, C, first]], [(0.6,), (0.5,), (0.1,), (0.4,)], BudgetSpent()])
    assert solution is not None
    assert (solution.candidates, solution.answer, solution.is_cut) == ((first,), "B", True)
    _, solution = played(SMALL, [BudgetSpent()])
    assert solution == Solution(QUESTION, (), None, is_cut=True)


@pytest.mark.parametrize("strategy", [Beam, DVTS])
@pytest.mark.parametrize(
    ("n_beams", "width", "advice"),
    [(10, 4, "make it 8 or 12, or change width"), (3, 4, "make it 4, or change width"), (1, 2, "make it 2, or change width")],
)
def test_n_is_a_multiple_of_m(strategy, n_beams, width, advice):
    with pytest.raises(ValueError, match=f"n_beams is {n_beams}, which is not a multiple of width {width}; {advice}"):
        TypeAdapter(strategy).validate_python({"n_beams": n_beams, "width": width})
    assert strategy(n_beams=12, width=4).n_beams == 12


@pytest.mark.parametrize("strategy", [Beam, DVTS])
def test_defaults_are_the_published_ones(strategy):
    """Snell et al., §5.2: M = 4, at most 40 rounds, a weighted choice; search-and-learn: aggregation by the last step."""
    default = strategy()
    assert (default.n_beams, default.width, default.max_steps, default.aggregate, default.is_vote) == (16, 4, 40, "last", True)
    assert default.max_requests == 16 * 40 + 4
