import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import Question
from osler.core.trace import Ending, Step, Trace
from osler.search.tree import Tree, back_up, uct

QUESTION = Question("q", "?")


def trace(*texts: str, is_ended: bool = False) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts), ending=Ending.FINISHED if is_ended else Ending.OPEN)


def test_uct_by_hand():
    """.5 + 2·√(ln 10 / 2) = .5 + 2·√1.1512925 = .5 + 2·1.0729830 = 2.6459660."""
    assert uct(0.5, 10, 2, 2.0) == pytest.approx(2.64597, abs=5e-6)


def test_uct_without_exploration_is_the_value():
    assert uct(0.5, 10, 2, 0.0) == 0.5
    assert uct(0.5, 1, 1, 2.0) == 0.5  # ln 1 = 0


def test_back_up_by_hand():
    """½·(.8 + (.5·2 + 1·1) / 3) = ½·(.8 + .66667) = .73333."""
    assert back_up(0.8, [(0.5, 2), (1.0, 1)]) == pytest.approx(0.73333, abs=5e-6)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=6))
def test_what_is_backed_up_lies_between_what_it_is_made_of(value, children):
    values = [value, *(child for child, _ in children)]
    assert min(values) - 1e-12 <= back_up(value, children) <= max(values) + 1e-12


def test_a_new_tree_is_its_root():
    tree = Tree(trace())
    assert len(tree) == 1
    assert tree.select(2.0) == 0


def two_visits() -> Tree:
    """The root has a (.5) and b (1); b, the better one, has d (.2)."""
    tree = Tree(trace())
    assert (tree.add(0, trace("a"), 0.5, 1), tree.add(0, trace("b"), 1.0, 2)) == (1, 2)
    tree.visit(0)
    assert tree.select(2.0) == 2
    tree.add(2, trace("b", "d"), 0.2, 1)
    tree.visit(2)
    return tree


def test_values_and_visits_after_two_visits_by_hand():
    """First visit: the root is ½·(0 + (.5 + 1)/2) = .375. Second: b is ½·(1 + .2) = .6 with 2 visits, and the root
    ½·(.375 + (.5·1 + .6·2)/3) = ½·(.375 + .566667) = .470833 with 3."""
    tree = two_visits()
    assert [leaf.value for leaf in tree.nodes] == pytest.approx([0.4708333, 0.5, 0.6, 0.2], abs=5e-8)
    assert [leaf.n_visits for leaf in tree.nodes] == [3, 1, 2, 1]
    assert [leaf.first_value for leaf in tree.nodes] == [0.0, 0.5, 1.0, 0.2]
    assert [leaf.depth for leaf in tree.nodes] == [0, 1, 1, 2]
    assert [leaf.n_copies for leaf in tree.nodes] == [1, 1, 2, 1]


def test_the_next_leaf_is_the_one_with_the_highest_bound():
    """N = 3: a has .5 + 2·√ln 3 = 2.59629, b has .6 + 2·√(ln 3 / 2) = 2.08230. Without exploration b leads on to d."""
    tree = two_visits()
    assert uct(0.5, 3, 1, 2.0) == pytest.approx(2.59629, abs=5e-6)
    assert uct(0.6, 3, 2, 2.0) == pytest.approx(2.08230, abs=5e-6)
    assert tree.select(2.0) == 1
    assert tree.select(0.0) == 3


def test_of_equal_children_the_first_is_taken():
    tree = Tree(trace())
    for text in "abc":
        tree.add(0, trace(text), 0.5, 1)
    tree.visit(0)
    assert tree.select(2.0) == 1


def test_what_has_ended_is_not_selected_however_good():
    tree = Tree(trace())
    tree.add(0, trace("a", is_ended=True), 1.0, 1)
    tree.add(0, trace("b"), 0.0, 1)
    tree.visit(0)
    assert [leaf.is_closed for leaf in tree.nodes] == [False, True, False]
    assert tree.select(2.0) == 2


def test_a_node_is_closed_when_everything_below_it_has_ended_and_not_before():
    tree = Tree(trace())
    tree.add(0, trace("a"), 0.5, 1)
    tree.add(0, trace("b"), 0.1, 1)
    tree.visit(0)
    tree.add(1, trace("a", "c", is_ended=True), 1.0, 1)
    tree.visit(1)
    assert [leaf.is_closed for leaf in tree.nodes] == [False, True, False, True]
    assert tree.select(2.0) == 2  # a is worth more, but nothing below it can be expanded
    tree.add(2, trace("b", "d", is_ended=True), 0.0, 1)
    tree.visit(2)
    assert all(leaf.is_closed for leaf in tree.nodes)
    assert tree.select(2.0) is None


def test_a_node_that_could_not_be_expanded_was_visited_is_closed_and_keeps_its_value():
    tree = Tree(trace())
    tree.add(0, trace("a"), 0.5, 1)
    tree.add(0, trace("b"), 0.4, 1)
    tree.visit(0)
    tree.visit(1)
    assert (tree.nodes[1].value, tree.nodes[1].n_visits, tree.nodes[1].is_closed) == (0.5, 2, True)
    assert tree.select(2.0) == 2


def test_an_expansion_under_way_counts_as_a_visit_of_value_nothing_by_hand():
    """a (.5, once visited) is taken, so N = 3 + 1: a has .5·½ + 2·√(ln 4 / 2) = 1.91511, b still .6 + 2·√(ln 4 / 2) = 2.26511. When a is
    released all is as it was."""
    tree = two_visits()
    a, b = tree.nodes[1], tree.nodes[2]
    assert a.bound(3, 2.0) == pytest.approx(2.59629, abs=5e-6)
    tree.take(1)
    assert (tree.nodes[0].n_in_flight, a.n_in_flight, b.n_in_flight) == (1, 1, 0)
    assert a.bound(4, 2.0) == pytest.approx(1.91511, abs=5e-6)
    assert b.bound(4, 2.0) == pytest.approx(2.26511, abs=5e-6)
    assert (a.value, a.n_visits) == (0.5, 1)
    tree.release(1)
    assert (tree.nodes[0].n_in_flight, a.n_in_flight) == (0, 0)
    assert a.bound(3, 2.0) == pytest.approx(2.59629, abs=5e-6)


def test_what_is_taken_is_not_selected_and_neither_is_what_leads_to_nothing_else():
    """The leaves are a and d, below b. With both taken nothing is left; each released is there again."""
    tree = two_visits()
    tree.take(1)
    assert tree.select(2.0) == 3
    tree.take(3)
    assert tree.nodes[2].is_taken
    assert tree.select(2.0) is None
    tree.release(3)
    assert tree.select(2.0) == 3
    tree.take(3)
    tree.release(1)
    assert tree.select(2.0) == 1


def test_a_leaf_that_closes_leaves_its_parent_taken_while_another_is_in_flight():
    """b gets a second child, e. d and e are taken, and d is found to have no way on: b leads to e alone, which is taken."""
    tree = two_visits()
    tree.nodes[1].is_closed = True
    tree.add(2, trace("b", "e"), 0.3, 1)
    tree.take(3)
    tree.take(4)
    tree.add(3, trace("b", "d", "end", is_ended=True), 0.0, 1)
    tree.visit(3)
    tree.release(3)
    assert (tree.nodes[3].is_closed, tree.nodes[2].is_closed, tree.nodes[2].is_taken) == (True, False, True)
    assert tree.select(2.0) is None
    tree.release(4)
    assert tree.select(2.0) == 4


def test_reflections_are_counted_along_the_branch():
    """A child of an ended node reflects on it."""
    tree = Tree(trace())
    tree.add(0, trace("a", is_ended=True), 0.0)
    tree.add(1, trace("a", "b"), 0.0)
    tree.add(2, trace("a", "b", "c", is_ended=True), 0.0)
    tree.add(3, trace("a", "b", "c", "d", is_ended=True), 0.0)
    assert [node.n_reflections for node in tree.nodes] == [0, 0, 1, 1, 2]


def test_a_frozen_node_says_how_many_roll_outs_it_rests_on():
    tree = Tree(trace())
    tree.add(0, trace("a"), 0.7, rollouts=[(trace("a", "x", is_ended=True), worth) for worth in (1.0, 0.9, 0.2)])
    root, node = tree.freeze()
    assert (root.n_rollouts, root.rollout_sum) == (0, 0.0)
    assert (node.n_rollouts, node.rollout_sum) == (3, pytest.approx(2.1))


def test_a_frozen_tree_has_the_same_nodes_in_the_same_places():
    tree = two_visits()
    nodes = tree.freeze()
    assert [node.parent for node in nodes] == [None, 0, 0, 2]
    assert [node.trace for node in nodes] == [trace(), trace("a"), trace("b"), trace("b", "d")]
    assert [(node.value, node.first_value, node.n_visits, node.n_copies) for node in nodes] == [
        (leaf.value, leaf.first_value, leaf.n_visits, leaf.n_copies) for leaf in tree.nodes
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 1), st.booleans()), min_size=1, max_size=12))
def test_a_growing_tree_keeps_its_counts(growth):
    """A node is visited once for itself and once for every expansion at or below it; every value stays in [0, 1]."""
    tree = Tree(trace())
    n_expansions = 0
    for n_children, value, is_ended in growth:
        if (at := tree.select(2.0)) is None:
            break
        for child in range(n_children):
            tree.add(at, trace(f"{len(tree)}.{child}", is_ended=is_ended), value, 1)
        tree.visit(at)
        n_expansions += 1
    assert n_expansions
    assert tree.nodes[0].n_visits == 1 + n_expansions
    for leaf in tree.nodes:
        assert 0 <= leaf.value <= 1
        assert math.isfinite(leaf.value)
        n_below = sum(tree.nodes[child].n_visits for child in leaf.children)
        assert leaf.n_visits == 1 + bool(leaf.children) + n_below - len(leaf.children)
