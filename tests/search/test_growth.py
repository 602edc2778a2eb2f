"""MCTS reply by reply: reflection, whole traces in the tree, leaves driven to an answer, leaves in flight, roll-outs that stop early,
scores as values, and a budget that ends in the midst of it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from osler.core.errors import BudgetSpent
from osler.core.model import Sampling
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.search import MCTS
from osler.search.asks import All, Ask, Propose, Score

QUESTION = Question("q", "Which?", {"A": "one", "B": "two", "C": "three"})
ROOT = Trace(QUESTION)
UNREAD = Reading(abstention=Abstention.NO_ANSWER)
SPENT = BudgetSpent()
ONE = MCTS(n_children=1, n_rollouts=4, min_rollouts=1, n_reflections=0, drive_leaves=False)
"""One child a node and ⌊4 / (1 + 1)⌋ = 2 roll-outs at depth 1."""
REFLECTING = replace(ONE, n_reflections=1)
DRIVEN = replace(ONE, drive_leaves=True, max_nodes=1)
SCORED = replace(ONE, value_by="scores", n_children=2)


def going(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


def ended(*texts: str, answer: str | None) -> Trace:
    return replace(going(*texts), ending=Ending.FINISHED, reading=Reading(value=answer) if answer else UNREAD)


def played(strategy: MCTS, replies: Iterable[Any]) -> tuple[list[Ask], Any]:
    """What the search asks when it is sent these replies in turn, or is told that the budget is spent; and its solution where it ends."""
    searching = strategy.search(QUESTION)
    asks = [next(searching)]
    for reply in replies:
        try:
            asks.append(searching.throw(reply) if reply is SPENT else searching.send(reply))
        except StopIteration as finished:
            return asks, finished.value
    return asks, None


def right(*traces: Trace) -> list[tuple[float, ...]]:
    """The oracle's reply to a Score: B is right."""
    return [(float(trace.answer == "B"),) * len(trace.steps) for trace in traces]


def values(solution: Solution) -> list[float]:
    return [node.value for node in solution.tree]


# reflection


def test_a_wrong_answer_is_opened_again_by_hand():
    """a ends wrong: 0. It is asked to go on from "But wait,", and the new step ends right: 1. a: ½·(0 + 1) = .5; the root: ½·(0 + .5)."""
    wrong, mended = ended("a", answer="A"), ended("a", "But wait, b", answer="B")
    asks, solution = played(replace(REFLECTING, max_right=1), [[[wrong]], right(wrong), [[mended]], right(mended)])
    assert asks == [
        Propose((ROOT,), 1, is_whole=False),
        Score((wrong,)),
        Propose((going("a"),), 1, is_whole=False, lead="But wait,"),
        Score((mended,)),
    ]
    assert [node.trace for node in solution.tree] == [ROOT, wrong, mended]
    assert [(node.value, node.n_visits, node.parent) for node in solution.tree] == [(0.25, 3, None), (0.5, 2, 0), (1.0, 1, 1)]
    assert (solution.candidates, solution.answer) == ((wrong, mended), "B")


@pytest.mark.parametrize("n_reflections", [0, 1, 2, 3])
def test_a_branch_is_reflected_on_so_many_times(n_reflections):
    """Every answer is wrong: each is opened again until the branch has been reflected on often enough, and then the tree is closed."""
    replies: list[Any] = []
    texts: tuple[str, ...] = ()
    for _ in range(n_reflections + 1):
        texts = (*texts, "so")
        wrong = ended(*texts, answer="A")
        replies += [[[wrong]], right(wrong)]
    asks, solution = played(replace(REFLECTING, n_reflections=n_reflections), replies)
    assert [ask.lead for ask in asks if isinstance(ask, Propose)] == ["", *["But wait,"] * n_reflections]
    assert [len(node.trace.steps) for node in solution.tree] == list(range(n_reflections + 2))


def test_a_reflection_that_goes_on_is_rolled_out_and_its_branch_reflects_no_more():
    """The new step leaves the trace open: it is valued at its depth, ⌊4 / 3⌋ = 1, and branched from; the answer that comes of it, wrong
    once more, stays."""
    wrong, on, again = ended("a", answer="A"), going("a", "But wait, b"), ended("a", "But wait, b", "c", answer="C")
    rollout = ended("a", "But wait, b", "x", answer="A")
    asks, solution = played(REFLECTING, [[[wrong]], right(wrong), [[on]], [[rollout]], right(rollout), [[again]], right(again)])
    assert asks[3] == Propose((on,), 1, is_whole=True)
    assert asks[5] == Propose((on,), 1, is_whole=False)
    assert len(asks) == 7
    assert solution.tree[-1].trace == again


@pytest.mark.parametrize(
    "trace",
    [
        ended("a", answer=None),
        replace(going("a"), ending=Ending.LENGTH, reading=Reading(abstention=Abstention.TRUNCATED)),
        replace(ROOT, ending=Ending.EMPTY, reading=Reading(abstention=Abstention.EMPTY)),
        replace(ROOT, ending=Ending.MALFORMED, raw="?", reading=UNREAD),
    ],
)
def test_what_cannot_be_read_is_not_reflected_on(trace):
    asks, solution = played(REFLECTING, [[[trace]]])
    assert len(asks) == 1
    assert (len(solution.tree), solution.chosen) == (2, None)


@pytest.mark.parametrize(("score", "is_reflected"), [(0.0, True), (0.49, True), (0.5, False), (0.89, False), (0.9, False)])
def test_an_answer_is_wrong_below_the_low_gate(score, is_reflected):
    """Under a reward model an answer may be neither wrong, below .5, nor right, at .9: it is left alone."""
    answer = ended("a", answer="A")
    asks, _ = played(REFLECTING, [[[answer]], [(score,)]])
    assert len(asks) == 2 + is_reflected


def test_a_wrong_answer_waits_its_turn_by_uct():
    """The root has a wrong answer (0) and b (½), once visited each, so b is first. It gets c (0): ½·(½ + 0) = ¼ with 2 visits. Now N = 3: b
    has ¼ + 2·√(ln 3 / 2) = 1.732, the wrong answer 0 + 2·√(ln 3) = 2.096 and is opened again."""
    wrong, b, c = ended("a", answer="A"), going("b"), going("b", "c")
    rollouts = [ended("b", "x", answer="B"), ended("b", "y", answer="A")]
    none = [[ended("b", "c", "z", answer=None)]]
    asks, _ = played(replace(REFLECTING, n_children=2), [[[wrong, b]], [rollouts], right(wrong, *rollouts), [[c, c]], none])
    assert asks[3:] == [
        Propose((b,), 2, is_whole=False),
        Propose((c,), 1, is_whole=True),
        Propose((going("a"),), 1, is_whole=False, lead="But wait,"),
    ]


# whole traces in the tree


def test_a_roll_out_becomes_a_node_for_each_step_by_hand():
    """Of a's roll-outs one is right: ½, which is enough here. a, x, y come into the tree: x has no roll-outs and is worth what a is, ½; y
    is right, 1. Backed up: x ½·(½ + 1) = .75; a ½·(½ + .75) = .625; the root ½·(¼ + .625) = .4375."""
    rollouts = [ended("a", "w", answer="A"), ended("a", "x", "y", answer="B")]
    asks, solution = played(replace(ONE, finish_at=0.5, max_right=1), [[[going("a")]], [rollouts], right(*rollouts)])
    assert len(asks) == 3
    assert [node.trace for node in solution.tree] == [ROOT, going("a"), going("a", "x"), rollouts[1]]
    assert [node.parent for node in solution.tree] == [None, 0, 1, 2]
    assert values(solution) == [0.4375, 0.625, 0.75, 1.0]
    assert [node.first_value for node in solution.tree] == [0.0, 0.5, 0.5, 1.0]
    assert [node.n_visits for node in solution.tree] == [3, 2, 2, 1]
    assert [(node.n_rollouts, node.rollout_sum) for node in solution.tree] == [(0, 0.0), (2, 1.0), (0, 0.0), (0, 0.0)]


def test_the_nodes_of_a_finish_count():
    """a and the three steps of its roll-out are four nodes: the root's other branch is not gone on with."""
    a, b = going("a"), going("b")
    rollouts = [[ended("a", "x", "y", "z", answer="B")] * 2, [ended("b", "x", answer="A")] * 2]
    replies = [[[a, b]], rollouts, right(rollouts[0][0], rollouts[1][0])]
    asks, solution = played(replace(ONE, n_children=2, max_nodes=5), replies)
    assert len(asks) == 3
    assert len(solution.tree) == 6
    asks, solution = played(replace(ONE, n_children=2, max_nodes=6), replies)
    assert (asks[3:], solution) == ([Propose((b,), 2, is_whole=False)], None)


# leaves driven to an answer


def test_open_leaves_are_brought_to_an_answer_by_hand():
    """a's first roll-out with an answer is its second: put under a at no cost. No roll-out of b has one: one more is drawn, later than the
    two that there were. It ends right: b ½·(0 + 1)."""
    a, b = going("a"), going("b")
    of_a, of_b = [ended("a", "w", answer=None), ended("a", "x", answer="A")], [ended("b", text, answer=None) for text in "yz"]
    whole = ended("b", "c", "d", answer="B")
    asks, solution = played(replace(DRIVEN, n_children=2), [[[a, b]], [of_a, of_b], right(of_a[1]), [[whole]], right(whole)])
    assert asks[3:] == [Propose((b,), 1, is_whole=True, first_sample=2), Score((whole,))]
    assert [node.trace for node in solution.tree] == [ROOT, a, b, of_a[1], going("b", "c"), whole]
    assert [node.parent for node in solution.tree] == [None, 0, 0, 1, 2, 4]
    assert values(solution)[3:] == [0.0, 0.5, 1.0]
    assert solution.tree[2].value == 0.25  # ½·(0 + ½)
    assert solution.candidates == (of_a[1], whole)


def test_all_leaves_without_an_answer_are_asked_for_at_once():
    traces = [going(text) for text in "abc"]
    wholes = [[ended(text, "x", answer="A")] for text in "abc"]
    nothing = [[ended(text, "y", answer=None)] * 2 for text in "abc"]
    asks, solution = played(replace(DRIVEN, n_children=3), [[traces], nothing, wholes, right(*[whole for [whole] in wholes])])
    assert asks[2:] == [Propose(tuple(traces), 1, is_whole=True, first_sample=2), Score(tuple(whole for [whole] in wholes))]
    assert [node.trace for node in solution.tree[4:]] == [whole for [whole] in wholes]


def test_an_answer_that_does_not_come_is_a_node_worth_nothing():
    """b's roll-outs cannot be read, and neither can what it is driven to."""
    silent = [ended("b", "x", answer=None)] * 2
    cut = replace(going("b", "x"), ending=Ending.LENGTH, reading=Reading(abstention=Abstention.TRUNCATED))
    _, solution = played(DRIVEN, [[[going("b")]], [silent], [[cut]]])
    assert [(node.trace, node.value) for node in solution.tree[1:]] == [(going("b"), 0.0), (cut, 0.0)]
    assert (solution.candidates, solution.chosen) == ((), None)


def test_leaves_are_not_driven_where_there_are_enough_right_ones():
    """b ended right, and one is enough. Without the setting nothing is driven either."""
    a, b = going("a"), ended("b", answer="B")
    rollouts = [ended("a", "x", answer="A")] * 2
    replies = [[[a, b]], [rollouts], right(b, rollouts[0])]
    _, solution = played(replace(DRIVEN, n_children=2, max_right=1), replies)
    assert len(solution.tree) == 3
    _, solution = played(replace(DRIVEN, n_children=2, max_right=2), replies)
    assert [node.trace for node in solution.tree[3:]] == rollouts[:1]
    _, solution = played(replace(DRIVEN, n_children=2, max_right=2, drive_leaves=False), replies)
    assert len(solution.tree) == 3


def test_roll_outs_and_answers_may_have_a_sampling_of_their_own():
    cool = Sampling(temperature=0.6, top_p=0.9)
    asks, _ = played(replace(DRIVEN, rollout_sampling=cool), [[[going("a")]], [[ended("a", "x", answer=None)] * 2]])
    assert [ask.sampling for ask in asks if isinstance(ask, Propose)] == [None, cool, cool]


# several leaves at a time


def open_children(n: int) -> list[Any]:
    """Replies up to `n` open children of the root, a, b, …, that are all worth nothing."""
    texts = "abcdefgh"[:n]
    return [[[going(text) for text in texts]], [[ended(text, "-", answer=None)] * 2 for text in texts]]


def test_leaves_in_flight_ask_together():
    """a and b propose at the same time, and so on until one of them has nothing more to ask."""
    strategy = replace(ONE, n_children=2, n_parallel=2)
    steps = [[[going("a", "x")] * 2], [[ended("b", "y", answer="A"), going("b", "z")]]]
    unread, wrong = [[ended("a", "x", "-", answer=None)]], ended("b", "z", "-", answer="A")
    asks, _ = played(strategy, [*open_children(2), steps, [unread, [[wrong]]], right(ended("b", "y", answer="A"), wrong)])
    assert asks[2:5] == [
        All((Propose((going("a"),), 2, is_whole=False), Propose((going("b"),), 2, is_whole=False))),
        All((Propose((going("a", "x"),), 1, is_whole=True), Propose((going("b", "z"),), 1, is_whole=True))),
        Score((ended("b", "y", answer="A"), wrong)),
    ]


@pytest.mark.parametrize(("max_nodes", "n_taken"), [(4, 1), (6, 1), (7, 2), (9, 2), (10, 3), (60, 3)])
def test_what_is_in_flight_counts_as_the_nodes_that_it_may_bring(max_nodes, n_taken):
    """Three leaves are open and three nodes are there. The first to be taken may bring three more, so a second is taken where the limit is
    above six, and a third where it is above nine."""
    asks, _ = played(replace(ONE, n_children=3, n_parallel=8, max_nodes=max_nodes), open_children(3))
    taken = asks[2].asks if isinstance(asks[2], All) else (asks[2],)
    assert taken == tuple(Propose((going(text),), 3, is_whole=False) for text in "abc"[:n_taken])


def test_what_is_in_flight_looks_worse_from_above():
    """a has c and d, b has e and f, all worth nothing: the root was visited 4 times, a and b twice. c is taken first. Now N = 5, and a
    counts 3 visits: b has the higher bound, 2·√(ln 5 / 2), and e is taken. Then both count 3, and the first leads to d."""
    steps = [[[going("a", "c"), going("a", "d")]], [[going("b", "e"), going("b", "f")]]]
    nothing = [[[ended("?", answer=None)]] * 2] * 2
    asks, _ = played(replace(ONE, n_children=2, n_parallel=3), [*open_children(2), steps, nothing])
    taken = [going("a", "c"), going("b", "e"), going("a", "d")]
    assert asks[4] == All(tuple(Propose((trace,), 2, is_whole=False) for trace in taken))


# roll-outs that stop early


@pytest.mark.parametrize(("n", "sizes"), [(20, [11, 9]), (10, [6, 4]), (6, [4, 2]), (5, [3, 2]), (2, [2]), (1, [1])])
def test_the_first_part_is_the_least_that_can_settle(n, sizes):
    """If k of n all ended wrong, the value is at most (n - k) / n, which has to be below ½."""
    parts = MCTS(early_stop=True).parts(n)
    assert [len(part) for part in parts] == sizes
    assert [sample for part in parts for sample in part] == list(range(n))
    assert MCTS().parts(n) == (range(n),)


def test_roll_outs_stop_where_they_have_settled_by_hand():
    """Five roll-outs in parts of three and two. a: none of three is right, so at most 2/5 are: settled. b: one of three, so it may be 3/5:
    two more, both right. c: three of three, so at least 3/5 and at most 1: not settled; two more, both wrong."""
    a, b, c = going("a"), going("b"), going("c")
    of_three = zip("abc", ["AAA", "BAA", "BBB"], strict=True)
    first = [[ended(text, str(at), answer=answer) for at, answer in enumerate(answers)] for text, answers in of_three]
    more = [[ended(text, str(at), answer=answer) for at in (3, 4)] for text, answer in zip("bc", "BA", strict=True)]
    strategy = replace(ONE, n_children=3, n_rollouts=10, early_stop=True, max_nodes=3)
    replies = [[[a, b, c]], first, right(*chain(*first)), more, right(*chain(*more))]
    asks, solution = played(strategy, replies)
    assert asks[1] == Propose((a, b, c), 3, is_whole=True)
    assert asks[3] == Propose((b, c), 2, is_whole=True, first_sample=3)
    assert [(node.n_rollouts, node.rollout_sum, node.value) for node in solution.tree[1:]] == [(3, 0.0, 0.0), (5, 3.0, 0.6), (5, 3.0, 0.6)]


def test_a_value_that_is_sure_to_be_good_stops_too():
    """With `finish_at` ½ three right ones of three settle it: at least 3/5."""
    rollouts = [ended("a", text, answer="B") for text in "xyz"]
    strategy = replace(ONE, n_rollouts=10, early_stop=True, max_right=1, finish_at=0.5)
    asks, solution = played(strategy, [[[going("a")]], [rollouts], right(*rollouts)])
    assert len(asks) == 3
    assert (solution.tree[1].n_rollouts, solution.tree[1].first_value) == (3, 1.0)


# scores as values


def test_scores_are_values_by_hand():
    """a is open and worth .8·.5, once it has two steps; b is an answer, worth .6. The better, a's child, is branched from next."""
    a, b = going("a"), ended("b", answer="A")
    c, d = going("a", "c"), ended("a", "d", answer=None)
    asks, solution = played(replace(SCORED, max_nodes=4), [[[a, b]], [(0.8,), (0.6,)], [[c, d]], [(0.8, 0.5)]])
    assert asks == [
        Propose((ROOT,), 2, is_whole=False),
        Score((a, b)),
        Propose((a,), 2, is_whole=False),
        Score((c,)),
    ]
    assert [node.first_value for node in solution.tree] == [0.0, 0.8, 0.6, pytest.approx(0.4), 0.0]
    assert solution.tree[1].value == pytest.approx(0.5)  # ½·(.8 + (.4 + 0)/2)
    assert (solution.candidates, solution.scores, solution.answer) == ((b,), ((0.6,),), "A")
    assert all(node.n_rollouts == 0 for node in solution.tree)


def test_a_good_leaf_is_given_one_answer_whose_steps_have_their_own_scores():
    """a is worth .95: one whole trace, in two steps. x is worth .95·.8 = .76 and y .95·.8·.5 = .38, by the scores of the whole trace."""
    a, whole = going("a"), ended("a", "x", "y", answer="A")
    replies = [[[a, a]], [(0.95,)], [[whole]], [(0.95, 0.8, 0.5)]]
    asks, solution = played(replace(SCORED, max_nodes=2), replies)
    assert asks[2:] == [Propose((a,), 1, is_whole=True), Score((whole,))]
    assert [node.first_value for node in solution.tree] == [0.0, 0.95, pytest.approx(0.76), pytest.approx(0.38)]
    assert (solution.candidates, solution.tree[1].n_copies) == ((whole,), 2)


@pytest.mark.parametrize(("aggregate", "expected"), [("last", 0.3), ("least", 0.3), ("mean", 0.6), ("product", 0.27)])
def test_the_aggregate_is_a_setting(aggregate, expected):
    a, b = going("a"), ended("a", "b", answer="A")
    _, solution = played(replace(SCORED, aggregate=aggregate, max_nodes=2), [[[a, a]], [(0.8,)], [[b, b]], [(0.9, 0.3)]])
    assert solution.tree[2].first_value == pytest.approx(expected)


@pytest.mark.parametrize(("is_vote", "answer"), [(False, "A"), (True, "B")])
def test_the_choice_is_by_value_or_by_vote(is_vote, answer):
    """A is worth .85 once, B .5 twice."""
    leaves = [ended("a", answer="A"), ended("b", answer="B"), ended("c", answer="B")]
    _, solution = played(replace(SCORED, n_children=3, is_vote=is_vote), [[leaves], [(0.85,), (0.5,), (0.5,)]])
    assert solution.answer == answer


def test_open_leaves_are_driven_under_scores_too():
    a, b = going("a"), going("b")
    wholes = [[ended("a", "x", answer="A")], [ended("b", "y", answer="B")]]
    asks, solution = played(replace(SCORED, drive_leaves=True, max_nodes=1), [[[a, b]], [(0.5,), (0.6,)], wholes, [(0.5, 0.5), (0.6, 0.6)]])
    assert asks[2] == Propose((a, b), 1, is_whole=True)
    assert solution.answer == "B"


# a budget that is spent


def test_answers_among_the_children_are_kept_where_the_budget_does_not_reach_to_roll_outs():
    """a would have to be rolled out; b has ended, right, and is still scored and in the tree. a was never valued and is not."""
    a, b = going("a"), ended("b", answer="B")
    asks, solution = played(replace(ONE, n_children=2), [[[a, b]], SPENT, right(b)])
    assert asks[1:] == [Propose((a,), 2, is_whole=True), Score((b,))]
    assert [node.trace for node in solution.tree] == [ROOT, b]
    assert (solution.is_cut, solution.answer) == (True, "B")


def test_the_first_part_of_the_roll_outs_counts_where_the_budget_does_not_reach_to_the_second():
    rollouts = [ended("a", text, answer=answer) for text, answer in zip("xyz", "BBA", strict=True)]
    asks, solution = played(replace(ONE, n_rollouts=10, early_stop=True), [[[going("a")]], [rollouts], right(*rollouts), SPENT])
    assert len(asks) == 4
    assert (solution.tree[1].n_rollouts, solution.tree[1].value) == (3, pytest.approx(2 / 3))
    assert solution.is_cut


def test_a_spent_budget_reaches_every_leaf_in_flight_and_loses_none_of_what_is_paid():
    """a's child has ended, b's is open: the budget is gone when b wants roll-outs while a waits for its score. The score still comes."""
    strategy = replace(ONE, n_children=2, n_parallel=2)
    answer = ended("a", "x", answer="B")
    asks, solution = played(strategy, [*open_children(2), [[[answer] * 2], [[going("b", "y")] * 2]], SPENT, right(answer)])
    assert asks[3:] == [All((Score((answer,)), Propose((going("b", "y"),), 1, is_whole=True))), Score((answer,))]
    assert [node.trace for node in solution.tree] == [ROOT, going("a"), going("b"), answer]
    assert (solution.is_cut, solution.answer) == (True, "B")


def test_leaves_are_driven_with_what_there_is_when_the_budget_is_spent():
    """Cut before the second expansion: a's roll-out is put under it at no cost, and b, which has none, stays open."""
    a, b = going("a"), going("b")
    rollouts = [[ended("a", "x", answer="A")] * 2, [ended("b", "y", answer=None)] * 2]
    strategy = replace(DRIVEN, n_children=2, max_nodes=9)
    asks, solution = played(strategy, [[[a, b]], rollouts, right(rollouts[0][0]), SPENT])
    assert len(asks) == 4
    assert [node.trace for node in solution.tree] == [ROOT, a, b, rollouts[0][0]]
    assert solution.is_cut


def test_a_budget_that_is_spent_before_the_first_step_leaves_the_root():
    asks, solution = played(MCTS(), [SPENT])
    assert len(asks) == 1
    assert (len(solution.tree), solution.chosen, solution.is_cut) == (1, None, True)
