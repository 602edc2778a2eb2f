import random
from collections.abc import Iterable, Sequence
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.errors import BudgetSpent
from osler.core.model import Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.judges import QuestionReader
from osler.models.scripted import Script, ScriptedModel
from osler.search import MCTS
from osler.search.asks import Ask, Propose, Score
from osler.search.drive import drive

QUESTION = Question("q", "Which?", {"A": "one", "B": "two", "C": "three"})
ROOT = Trace(QUESTION)


def bare(**settings: Any) -> MCTS:
    """Without what begins where a leaf has ended wrong, or at the end: the parts that the other tests are about."""
    return MCTS(**{"n_reflections": 0, "drive_leaves": False, **settings})


SMALL = bare(n_children=3, n_rollouts=4, min_rollouts=1)


class RightIsB:
    """The oracle of these tests, written by hand: B is right. A trace that ended without an answer is never shown to it."""

    identity = "right-is-b"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        assert all(trace.answer is not None or not trace.has_ended for trace in traces)
        return [(float(trace.answer == "B"),) * len(trace.steps) for trace in traces]


def going(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


def ended(*texts: str, answer: str | None) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return replace(going(*texts), ending=Ending.FINISHED, reading=reading)


def played(strategy: MCTS, replies: Iterable[Any]) -> tuple[list[Ask], Any]:
    """What the search asks when it is sent these replies in turn, and its solution where it comes to an end."""
    searching = strategy.search(QUESTION)
    asks = [next(searching)]
    for reply in replies:
        try:
            asks.append(searching.send(reply))
        except StopIteration as finished:
            return asks, finished.value
    return asks, None


def solved(strategy: MCTS, script: Script, questions: Sequence[Question] = (QUESTION,)) -> tuple[list[Solution], ScriptedModel]:
    model = ScriptedModel(script)
    policy = Policy(model, Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed=1)
    return drive(strategy, questions, policy, RightIsB()), model


# one expansion, reply by reply


def test_siblings_are_rolled_out_in_one_ask_and_duplicates_once():
    """Of three next steps two are the same and the third has ended: one is rolled out, ⌊4 / (1 + 1)⌋ = 2 times. Three open ones are rolled
    out in one ask. Everything that has an answer is scored together."""
    a, b = going("a"), ended("b", answer="B")
    asks, _ = played(SMALL, [[[a, b, a]], [[ended("a", "x", answer="B"), ended("a", "y", answer="A")]]])
    assert asks == [
        Propose((ROOT,), 3, is_whole=False),
        Propose((a,), 2, is_whole=True),
        Score((b, ended("a", "x", answer="B"), ended("a", "y", answer="A"))),
    ]
    a, b, c = going("a"), going("b"), going("c")
    asks, _ = played(SMALL, [[[a, b, c]]])
    assert asks[1:] == [Propose((a, b, c), 2, is_whole=True)]


def test_values_after_one_expansion_by_hand():
    """a's two roll-outs end right and wrong: ½. b ended right: 1. The root: ½·(0 + (½ + 1)/2) = .375. Distinct finished traces are the
    candidates, leaves and roll-outs alike, and the first right one is chosen."""
    right, wrong = ended("a", "x", answer="B"), ended("a", "y", answer="A")
    a, b = going("a"), ended("b", answer="B")
    _, solution = played(replace(SMALL, max_right=1), [[[a, b, a]], [[right, wrong]], [(1.0,), (1.0, 1.0), (0.0, 0.0)]])
    assert [node.trace for node in solution.tree] == [ROOT, a, b]
    assert [node.value for node in solution.tree] == [0.375, 0.5, 1.0]
    assert [(node.parent, node.n_visits, node.n_copies) for node in solution.tree] == [(None, 2, 1), (0, 1, 2), (0, 1, 1)]
    assert (solution.candidates, solution.scores) == ((b, right, wrong), ((1.0,), (1.0, 1.0), (0.0, 0.0)))
    assert (solution.chosen, solution.answer, solution.is_cut) == (0, "B", False)


def test_a_roll_out_without_an_answer_is_worth_nothing_and_is_not_scored():
    """One right roll-out of two, the other unread: ½, as if it had been wrong."""
    right = ended("a", "x", answer="B")
    asks, _ = played(replace(SMALL, n_children=1), [[[going("a")]], [[right, ended("a", "y", answer=None)]]])
    assert asks[-1] == Score((right,))
    _, solution = played(replace(SMALL, n_children=1, max_nodes=1), [[[going("a")]], [[right, ended("a", "y", answer=None)]], [(1.0, 1.0)]])
    assert (solution.tree[1].value, solution.candidates) == (0.5, (right,))


def test_a_roll_out_that_comes_twice_counts_twice_and_is_one_candidate():
    """Two of three roll-outs are the same right trace, which is scored once: the value is ⅔."""
    right, wrong = ended("a", "x", answer="B"), ended("a", "y", answer="A")
    strategy = bare(n_children=1, n_rollouts=6, min_rollouts=1, max_nodes=1)
    _, solution = played(strategy, [[[going("a")]], [[right, wrong, right]], [(1.0,) * 2, (0.0,) * 2]])
    assert (solution.tree[1].value, solution.candidates) == (pytest.approx(2 / 3), (right, wrong))


def test_a_good_node_is_finished_with_its_own_roll_out_at_no_cost():
    """Both roll-outs from a end right: its value is 1, which is at least .9. Instead of branching the search takes the first of them as a's
    child, asks for nothing, and stops at the first right leaf. a: ½·(1 + 1) = 1; the root: ½·(.5 + 1) = .75, where .5 = ½·(0 + 1)."""
    first, second = ended("a", "x", answer="B"), ended("a", "y", answer="B")
    strategy = bare(n_children=1, n_rollouts=4, min_rollouts=1, max_right=1)
    asks, solution = played(strategy, [[[going("a")]], [[first, second]], [(1.0, 1.0), (1.0, 1.0)]])
    assert len(asks) == 3
    assert [node.trace for node in solution.tree] == [ROOT, going("a"), first]
    assert [(node.value, node.n_visits) for node in solution.tree] == [(0.75, 3), (1.0, 2), (1.0, 1)]
    assert solution.candidates == (first, second)


def test_a_node_that_is_not_good_enough_is_branched_from():
    """Half of the roll-outs end right: ½ is less than .9, and at least .5."""
    rollouts = [ended("a", "x", answer="B"), ended("a", "y", answer="A")]
    replies = [[[going("a")]], [rollouts], [(1.0, 1.0), (0.0, 0.0)]]
    asks, solution = played(bare(n_children=1, n_rollouts=4, min_rollouts=1), replies)
    assert asks[3:] == [Propose((going("a"),), 1, is_whole=False)]
    assert solution is None
    asks, solution = played(bare(n_children=1, n_rollouts=4, min_rollouts=1, finish_at=0.5), replies)
    assert len(asks) == 3
    assert solution is not None


def test_scores_that_are_no_verdicts_are_averaged():
    """Under a reward model a roll-out is worth the aggregate of its step scores. Last: ½·(.9 + .2) = .55. Product: ½·(.1·.9 + .8·.2) =
    .125, by which the second is chosen."""
    rollouts = [ended("a", "x", answer="B"), ended("a", "y", answer="A")]
    strategy = bare(n_children=1, n_rollouts=4, min_rollouts=1, max_nodes=1, aggregate="last")
    replies = [[[going("a")]], [rollouts], [(0.1, 0.9), (0.8, 0.2)]]
    _, solution = played(strategy, replies)
    assert (solution.tree[1].value, solution.answer) == (pytest.approx(0.55), "B")
    _, solution = played(replace(strategy, aggregate="product"), replies)
    assert (solution.tree[1].value, solution.answer) == (pytest.approx(0.125), "A")


# limits


@pytest.mark.parametrize(("n", "least", "expected"), [(20, 5, [20, 10, 6, 5, 5, 5]), (20, 1, [20, 10, 6, 5, 4, 3]), (1, 1, [1] * 6)])
def test_roll_outs_thin_out_with_depth_down_to_a_least_number(n, least, expected):
    """max(⌊n/(d+1)⌋, least), for d = 0 … 5: 20, 10, 6.67, 5, 4, 3.33."""
    assert [bare(n_rollouts=n, min_rollouts=least).rollouts_at(depth) for depth in range(6)] == expected


def test_roll_outs_are_asked_for_by_depth():
    """One child a node: after "a" (depth 1) ⌊20/2⌋ = 10 roll-outs, after "a", "b" (depth 2) ⌊20/3⌋ = 6."""
    unread = [[ended("x", answer=None)] * 10]
    asks, _ = played(bare(n_children=1), [[[going("a")]], unread, [[going("a", "b")]]])
    assert [ask.width for ask in asks if isinstance(ask, Propose)] == [1, 10, 1, 6]


@pytest.mark.parametrize("max_nodes", [1, 2, 3, 7])
@pytest.mark.parametrize("n_children", [1, 3])
def test_the_search_stops_at_its_nodes(max_nodes, n_children):
    """The root is not counted, and the last expansion is not torn apart: never n_children more. All steps differ and none ends right."""
    strategy = bare(n_children=n_children, n_rollouts=1, min_rollouts=1, max_nodes=max_nodes)
    [solution], _ = solved(strategy, lambda request, rng: f" {rng.random()}\n\nStep 9: x")
    assert max_nodes <= len(solution.tree) - 1 < max_nodes + n_children
    assert not solution.is_cut


@pytest.mark.parametrize(("max_right", "n_expansions"), [(1, 1), (2, 2), (3, 3)])
def test_right_leaves_stop_the_search(max_right, n_expansions):
    """Each expansion brings one leaf that ended right and one open node whose only roll-out is wrong: the k-th right leaf comes with the
    k-th expansion."""
    replies: list[Any] = []
    path: tuple[str, ...] = ()
    for depth in range(3):
        path = (*path, f"on {depth}")
        replies += [
            [[ended(*path[:-1], f"right {depth}", answer="B"), going(*path)]],
            [[ended(*path, "wrong", answer="A")]],
            [(1.0,) * (depth + 1), (0.0,) * (depth + 2)],
        ]
    asks, solution = played(bare(n_children=2, n_rollouts=1, min_rollouts=1, max_right=max_right), replies)
    assert len(asks) == 3 * n_expansions
    assert [node.trace.answer for node in solution.tree].count("B") == max_right


def test_wrong_leaves_do_not_count_as_right_ones():
    """Two leaves ended wrong and one right leaf would be enough: the search goes on with the open node, until that has ended wrong too."""
    wrong = [ended("a", answer="A"), ended("b", answer="C"), going("c")]
    replies = [[wrong], [[ended("c", "x", answer="A")]], [(0.0,), (0.0,), (0.0, 0.0)], [[ended("c", "y", answer="A")]], [(0.0, 0.0)]]
    asks, solution = played(bare(n_children=3, n_rollouts=1, min_rollouts=1, max_right=1), replies)
    assert asks[3] == Propose((going("c"),), 3, is_whole=False)
    assert [node.value for node in solution.tree] == [0.0] * 5
    assert solution.answer == "A"


def test_settings_never_change_while_the_search_runs():
    strategy = bare(n_children=2, n_rollouts=2, min_rollouts=1, max_nodes=9)
    before = replace(strategy)
    first, _ = solved(strategy, thoughtful)
    again, _ = solved(strategy, thoughtful)
    assert strategy == before
    assert first == again
    with pytest.raises(FrozenInstanceError):
        strategy.n_rollouts = 1  # type: ignore[misc]


def test_the_limit_on_nodes_stays_where_it_is_over_a_hundred_searches():
    """Whole traces of up to three steps come into the trees. An expansion or a finish that has begun below the limit brings at most three
    nodes, and the last questions find the same trees as the first with the same strategy."""
    strategy = bare(n_rollouts=4, min_rollouts=2, max_nodes=12, max_right=99, n_reflections=1, finish_at=0.5, low_gate=0.5)
    questions = [Question(f"q-{number}", "Which?", QUESTION.options) for number in range(50)]
    solutions, _ = solved(strategy, reliable, questions)
    again, _ = solved(strategy, reliable, questions)
    assert solutions == again
    assert strategy == replace(strategy)
    assert any(node.value == node.first_value == 1.0 and len(node.trace.steps) == 3 for solution in solutions for node in solution.tree)
    assert max(len(solution.tree) - 1 for solution in [*solutions, *again]) <= 12 + 3 - 1


# whole searches


def reliable(request: Request, rng: random.Random) -> str:
    """Three steps, the last of which gives one of three answers. Goes on from the steps there are, and always writes to the end."""
    n_done = request.prefix.count("Step ") - 1 if request.prefix else 0
    texts = [f"Step {number}: consider {rng.choice('xyz')}" for number in range(n_done + 1, 4)]
    turn = "\n\n".join(texts) + f". The answer is {rng.choice('ABC')}."
    return turn.removeprefix(f"Step {n_done + 1}:") if request.prefix else turn


def thoughtful(request: Request, rng: random.Random) -> str:
    """As above, but one reply in ten says nothing and one in ten loses count of its steps."""
    luck = rng.random()
    return "" if luck < 0.1 else " fine\n\nStep 99: lost" if luck < 0.2 else reliable(request, rng)


def test_duplicates_are_merged_into_one_node():
    """The policy can only say one thing, so each expansion finds it three times."""
    strategy = bare(max_nodes=2, n_rollouts=2, min_rollouts=2)
    [solution], model = solved(strategy, lambda request, rng: " the same\n\nStep" if request.stop else "")
    assert [node.n_copies for node in solution.tree] == [1, 3, 3]
    assert [len(node.trace.steps) for node in solution.tree] == [0, 1, 2]
    assert len(model.requests) == 2 * (3 + 2)  # two expansions of three proposals, each with roll-outs from one node


@pytest.mark.parametrize("text", ["", "   ", "no heading", " a\n\nStep 99: b"])
def test_where_nothing_is_finished_nothing_is_chosen(text):
    [solution], _ = solved(SMALL, lambda request, rng: text if not request.stop else " a\n\nStep 2: b")
    assert (solution.chosen, solution.answer, solution.candidates) == (None, None, ())
    [solution], _ = solved(SMALL, lambda request, rng: "")
    assert (solution.chosen, solution.answer, solution.candidates) == (None, None, ())
    assert [(node.trace.ending, node.n_copies) for node in solution.tree] == [(Ending.OPEN, 1), (Ending.EMPTY, 3)]


def test_a_tree_in_which_every_leaf_has_ended_is_finished():
    [solution], model = solved(SMALL, lambda request, rng: f" {rng.random()}. The answer is A.")
    assert (len(solution.tree), len(model.requests)) == (4, 3)
    assert (solution.answer, solution.is_cut) == ("A", False)


WHOLE = MCTS(n_children=3, n_rollouts=6, min_rollouts=2, max_nodes=20)


@pytest.mark.parametrize(
    "strategy",
    [
        bare(n_children=3, n_rollouts=6, min_rollouts=2, max_nodes=20),
        WHOLE,
        replace(WHOLE, n_parallel=4, n_reflections=3),
        replace(WHOLE, early_stop=True, n_parallel=2, finish_at=0.5),
        replace(WHOLE, value_by="scores", n_parallel=3),
        replace(WHOLE, value_by="scores", is_vote=True, max_right=99, aggregate="mean"),
    ],
)
def test_a_whole_search_makes_a_tree_whose_parts_fit(strategy):
    questions = [Question(f"q-{number}", "Which?", QUESTION.options) for number in range(6)]
    solutions, _ = solved(strategy, thoughtful, questions)
    assert any(solution.answer == "B" for solution in solutions)
    for solution in solutions:
        assert len(solution.tree) > 1
        assert solution.tree[0].trace == Trace(solution.question)
        for at, node in enumerate(solution.tree[1:], 1):
            parent = solution.tree[node.parent] if node.parent is not None else pytest.fail("a second root")
            assert node.parent < at
            assert node.trace.steps[: len(parent.trace.steps)] == parent.trace.steps
            assert 0 <= node.value <= 1
        assert all(trace.answer is not None for trace in solution.candidates)
        assert len({(trace.steps, trace.response) for trace in solution.candidates}) == len(solution.candidates)
        assert len(solution.scores) == len(solution.candidates)
        if not strategy.is_vote and any(scores and scores[-1] == 1.0 for scores in solution.scores):
            assert solution.answer == "B"


# budget


def test_a_search_that_is_cut_gives_what_it_has_found():
    """Cut before the second expansion: the tree and the candidates of the first are there."""
    right, wrong = ended("a", "x", answer="B"), ended("a", "y", answer="A")
    searching = bare(n_children=1, n_rollouts=4, min_rollouts=1).search(QUESTION)
    next(searching)
    for reply in ([[going("a")]], [[right, wrong]], [(1.0, 1.0), (0.0, 0.0)]):
        ask = searching.send(reply)
    assert isinstance(ask, Propose)
    with pytest.raises(StopIteration) as finished:
        searching.throw(BudgetSpent())
    solution = finished.value.value
    assert (solution.is_cut, solution.answer, solution.candidates) == (True, "B", (right, wrong))
    assert [node.trace for node in solution.tree] == [ROOT, going("a")]


@pytest.mark.parametrize("max_calls", [1, 4, 10, 30])
def test_the_budget_ends_the_search_and_keeps_what_was_paid_for(max_calls):
    """No ask of this strategy is larger than 3 children · 3 roll-outs = 9 calls, so at most 8 calls are over. What was rolled out when the
    budget was spent is still scored: a score costs nothing that the budget counts."""
    strategy = bare(n_children=3, n_rollouts=6, min_rollouts=2, max_nodes=60, max_right=60, budget=Budget(max_calls=max_calls))
    [solution], model = solved(strategy, reliable)
    assert solution.is_cut
    assert max_calls <= solution.usage.n_calls == len(model.requests) <= max_calls + 8
    assert (solution.chosen is not None) == bool(solution.candidates) == (max_calls > 3)
