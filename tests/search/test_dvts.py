from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from osler.core.errors import BudgetSpent
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.search import DVTS
from osler.search.asks import All, Ask, Propose, Score

QUESTION = Question("q", "Which?", {"A": "one", "B": "two", "C": "three"})
ROOT = Trace(QUESTION)
SMALL = DVTS(n_beams=4, width=2)


def going(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


def ended(*texts: str, answer: str | None, ending: Ending = Ending.FINISHED) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return replace(going(*texts), ending=ending, reading=reading)


def played(strategy: DVTS, replies: Iterable[Any]) -> tuple[list[Ask], Solution | None]:
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


def step(trace: Trace, subtree: int) -> Propose:
    return Propose((trace,), 2, is_whole=False, first_sample=2 * subtree)


def test_each_subtree_goes_on_with_the_best_of_its_own():
    """c and d are both better than a, but the first subtree has a and b only: 4 / 2 = 2 subtrees, and all of them in the same asks."""
    asks, _ = played(SMALL, [[[[A, B]], [[C, D]]], [[(0.2,), (0.1,)], [(0.8,), (0.9,)]]])
    assert asks == [All((step(ROOT, 0), step(ROOT, 1))), All((Score((A, B)), Score((C, D)))), All((step(A, 0), step(D, 1)))]


def test_subtrees_that_meet_draw_different_samples():
    """Both take a: what they ask next differs by the samples' numbers, or the two would be one for ever."""
    asks, _ = played(SMALL, [[[[A, A]], [[B, A]]], [[(0.2,)], [(0.1,), (0.2,)]]])
    assert asks[1:] == [All((Score((A,)), Score((B, A)))), All((step(A, 0), step(A, 1)))]


def test_of_equals_the_first_is_taken():
    asks, _ = played(DVTS(n_beams=2, width=2), [[[A, B]], [(0.5,), (0.5,)]])
    assert asks[-1] == step(A, 0)


@pytest.mark.parametrize(("aggregate", "taken"), [("last", "b"), ("least", "b"), ("mean", "a")])
def test_the_aggregate_ranks(aggregate, taken):
    """(.9, .2) against (.4, .6): the last .2 < .6, the least .2 < .4, the mean .55 > .5."""
    strategy = DVTS(n_beams=2, width=2, aggregate=aggregate)
    asks, _ = played(strategy, [[[going("a", "x"), going("b", "x")]], [(0.9, 0.2), (0.4, 0.6)]])
    assert asks[-1] == step(going(taken, "x"), 0)


def test_a_subtree_ends_when_its_best_step_ends_it():
    """The first subtree's best has ended; the second goes on alone, as its best is open, and its ended one stays a candidate. Of B there
    is .9, of A .2 + .6."""
    first, second, third = ended("a", answer="B"), ended("c", answer="A"), ended("d", "x", answer="A")
    replies = [[[[first, B]], [[second, D]]], [[(0.9,), (0.1,)], [(0.2,), (0.3,)]], [[third, third]], [(0.3, 0.6)]]
    asks, solution = played(SMALL, replies)
    assert asks[2:] == [step(D, 1), Score((third,))]
    assert solution is not None
    assert (solution.candidates, solution.scores) == ((first, second, third), ((0.9,), (0.2,), (0.3, 0.6)))
    assert (solution.answer, solution.is_cut) == ("B", False)


@pytest.mark.parametrize(("is_vote", "answer"), [(True, "A"), (False, "B")])
def test_the_choice_is_a_vote_or_the_best(is_vote, answer):
    """.7 for B alone, .4 + .5 for A."""
    ends = [ended(text, answer=letter) for text, letter in (("a", "B"), ("b", "A"), ("c", "A"))]
    strategy = replace(SMALL, is_vote=is_vote)
    _, solution = played(strategy, [[[[ends[0], ends[1]]], [[ends[2], ends[0]]]], [[(0.7,), (0.4,)], [(0.5,), (0.7,)]]])
    assert solution is not None
    assert solution.candidates == tuple(ends)  # the second a came from another subtree and is the same
    assert solution.answer == answer


@pytest.mark.parametrize("ending", [Ending.LENGTH, Ending.EMPTY, Ending.ERROR, Ending.MALFORMED])
def test_a_bad_end_is_never_the_best(ending):
    """Its steps are its parent's, and so is its score. Where no step is left the subtree ends."""
    bad = ended("a", answer=None, ending=ending)
    strategy = DVTS(n_beams=2, width=2)
    asks, solution = played(strategy, [[[A, B]], [(0.9,), (0.1,)], [[bad, going("a", "x")]], [(0.9,), (0.9, 0.2)]])
    assert (asks[4], solution) == (step(going("a", "x"), 0), None)
    _, solution = played(strategy, [[[A, B]], [(0.9,), (0.1,)], [[bad, bad]], [(0.9,)]])
    assert solution is not None
    assert (solution.candidates, solution.chosen) == ((bad,), None)


def test_after_max_steps_the_subtrees_are_driven_to_an_answer_in_one_ask():
    strategy = replace(SMALL, max_steps=1)
    ends = [ended("a", "x", answer="B"), ended("d", "y", answer="A")]
    replies = [[[[A, B]], [[C, D]]], [[(0.2,), (0.1,)], [(0.8,), (0.9,)]], [[[ends[0]]], [[ends[1]]]], [[(0.2, 0.4)], [(0.9, 0.3)]]]
    asks, solution = played(strategy, replies)
    assert asks[2] == All((Propose((A,), 1, is_whole=True), Propose((D,), 1, is_whole=True, first_sample=2)))
    assert solution is not None
    assert solution.answer == "B"


def test_a_spent_budget_leaves_what_was_paid_for():
    first = ended("a", answer="B")
    _, solution = played(SMALL, [[[[first, B]], [[C, D]]], [[(0.1,), (0.9,)], [(0.3,), (0.2,)]], BudgetSpent()])
    assert solution is not None
    assert (solution.candidates, solution.answer, solution.is_cut) == ((first,), "B", True)
    _, solution = played(SMALL, [BudgetSpent()])
    assert solution == Solution(QUESTION, (), None, is_cut=True)
