from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.errors import BudgetSpent
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.judges import QuestionReader
from osler.models.scripted import ScriptedModel
from osler.search import MCTS, BestOfN, RejectionSampling
from osler.search.asks import Ask, Propose, Score
from osler.search.drive import drive

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})
ROOT = Trace(QUESTION)


class RightIsB:
    identity = "right-is-b"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [(float(trace.answer == "B"),) * len(trace.steps) for trace in traces]


def ended(text: str, answer: str | None) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return Trace(QUESTION, (Step(text),), ending=Ending.FINISHED, reading=reading)


def drawn(n_per_ask: int, first_sample: int) -> Propose:
    return Propose((ROOT,), n_per_ask, is_whole=True, first_sample=first_sample)


def played(strategy: RejectionSampling, replies: Iterable[Any]) -> tuple[list[Ask], Solution | None]:
    searching = strategy.search(QUESTION)
    asks = [next(searching)]
    for reply in replies:
        try:
            asks.append(searching.throw(reply) if isinstance(reply, Exception) else searching.send(reply))
        except StopIteration as finished:
            return asks, finished.value
    return asks, None


RIGHT, RIGHT_TOO, WRONG, UNREAD = ended("a", "B"), ended("b", "B"), ended("c", "A"), ended("d", None)


def test_it_draws_new_samples_until_enough_distinct_ones_are_right():
    """The right trace of the first ask comes again in the second and counts once. The oracle is not shown what cannot be read."""
    strategy = RejectionSampling(n=9, n_per_ask=3, max_right=2)
    replies = [[[RIGHT, UNREAD, RIGHT]], [(1.0,)], [[RIGHT, WRONG, WRONG]], [(0.0,)], [[UNREAD, RIGHT_TOO, RIGHT]], [(1.0,)]]
    asks, solution = played(strategy, replies)
    assert asks == [drawn(3, 0), Score((RIGHT,)), drawn(3, 3), Score((WRONG,)), drawn(3, 6), Score((RIGHT_TOO,))]
    assert solution == Solution(QUESTION, (RIGHT, WRONG, RIGHT_TOO), 0, ((1.0,), (0.0,), (1.0,)))


def test_it_draws_n_in_all():
    """Seven, three at a time: three, three and one."""
    strategy = RejectionSampling(n=7, n_per_ask=3)
    asks, solution = played(strategy, [[[WRONG] * 3], [(0.0,)], [[WRONG] * 3], [], [[UNREAD]], []])
    assert [ask for ask in asks if isinstance(ask, Propose)] == [drawn(3, 0), drawn(3, 3), drawn(1, 6)]
    assert solution == Solution(QUESTION, (WRONG,), 0, ((0.0,),))


def test_a_right_one_is_chosen():
    _, solution = played(RejectionSampling(n=2, n_per_ask=2), [[[WRONG, RIGHT]], [(0.0,), (1.0,)]])
    assert solution is not None
    assert solution.answer == "B"


def test_a_spent_budget_leaves_what_was_paid_for():
    _, solution = played(RejectionSampling(), [[[RIGHT, WRONG, UNREAD, UNREAD]], [(1.0,), (0.0,)], BudgetSpent()])
    assert solution == Solution(QUESTION, (RIGHT, WRONG), 0, ((1.0,), (0.0,)), is_cut=True)


def policy_of(model: ScriptedModel) -> Policy:
    return Policy(model, Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed=3)


def always_wrong() -> ScriptedModel:
    """Seven tokens a trace, never twice the same."""
    return ScriptedModel(lambda request, rng: f"Step 1: {rng.random()}. The answer is A.")


@pytest.mark.parametrize("max_tokens", [1, 27, 28, 29, 56, 400])
def test_a_budget_is_overshot_by_less_than_one_ask(max_tokens):
    """Four traces of seven tokens an ask: 28 tokens an ask, and no ask once the budget is reached."""
    model = always_wrong()
    [solution] = drive(RejectionSampling(n=1000, budget=Budget(max_tokens=max_tokens)), [QUESTION], policy_of(model), RightIsB())
    n_asks = -(-max_tokens // 28)
    assert solution.usage.completion_tokens == 28 * n_asks
    assert solution.usage.completion_tokens - max_tokens < 28
    assert (len(solution.candidates), solution.is_cut) == (4 * n_asks, True)


def test_the_samples_are_those_of_best_of_n():
    """Asked in fours or all at once, the first sixteen samples are the same."""
    many = drive(BestOfN(n=16), [QUESTION], policy_of(always_wrong()), RightIsB())
    few = drive(RejectionSampling(n=16), [QUESTION], policy_of(always_wrong()), RightIsB())
    assert few[0].candidates == many[0].candidates
    assert few[0].usage == many[0].usage


def test_it_is_right_where_the_tree_is_right():
    tree, own = MCTS(), RejectionSampling()
    assert (own.max_right, own.right_at) == (tree.max_right, tree.finish_at)
    for least, is_enough in ((0.9, True), (0.89, False)):
        _, solution = played(replace(own, n=8, max_right=1), [[[WRONG] * 4], [(least,)]])
        assert (solution is not None) == is_enough
