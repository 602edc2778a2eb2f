"""Walks along relations against a walk by hand over the list of edges."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.walks import reachable, walks

Edges = list[tuple[int, str, int]]
RELATIONS = ("a", "b")
EDGES = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(RELATIONS), st.integers(0, 6)).filter(lambda e: e[0] != e[2]), max_size=25)
PATTERN = st.lists(st.sampled_from(["a", "b", "^a", "^b"]), max_size=4)


def made(edges: Edges) -> Graph:
    draft = Draft()
    for number in range(7):
        draft.node(f"N:{number}", f"node {number}")
    for head, relation, tail in [*edges, (0, "a", 1), (0, "b", 1)]:
        draft.edge(f"N:{head}", relation, f"N:{tail}", "drawn")
    return draft.graph()


def by_hand(edges: Edges, start: int, pattern: list[str]) -> list[tuple[int, ...]]:
    every = {*edges, (0, "a", 1), (0, "b", 1)}
    found = [(start,)]
    for relation in pattern:
        found = [
            (*nodes, other)
            for nodes in found
            for other in range(7)
            if ((other, relation[1:], nodes[-1]) if relation.startswith("^") else (nodes[-1], relation, other)) in every
        ]
    return found


@settings(max_examples=60, deadline=None)
@given(EDGES, PATTERN)
def test_reachable_is_where_walks_by_hand_end(edges: Edges, pattern: list[str]) -> None:
    assert reachable(made(edges), 2, pattern).tolist() == sorted({nodes[-1] for nodes in by_hand(edges, 2, pattern)})


@settings(max_examples=60, deadline=None)
@given(EDGES, PATTERN)
def test_walks_are_those_by_hand(edges: Edges, pattern: list[str]) -> None:
    right = sorted(nodes for nodes in by_hand(edges, 2, pattern) if nodes[-1] == 3)
    assert [walk.nodes for walk in walks(made(edges), 2, pattern, 3, max_walks=100_000)] == right
    assert len(walks(made(edges), 2, pattern, 3, max_walks=2)) == min(2, len(right))


@settings(max_examples=60, deadline=None)
@given(EDGES, PATTERN)
def test_several_starts_reach_what_any_of_them_reaches(edges: Edges, pattern: list[str]) -> None:
    graph = made(edges)
    union = {*reachable(graph, 2, pattern).tolist(), *reachable(graph, 4, pattern).tolist()}
    assert reachable(graph, [4, 2, 4], pattern).tolist() == sorted(union)


def test_a_wide_walk() -> None:
    """Two thousand spokes: more than are sorted one by one."""
    draft = Draft()
    draft.node("N:0", "hub")
    for number in range(1, 2001):
        draft.node(f"N:{number}", f"spoke {number}")
        draft.edge("N:0", "has", f"N:{number}")
    graph = draft.graph()
    assert reachable(graph, 5, ["^has", "has"]).tolist() == list(range(1, 2001))


def test_a_walk_shows_the_relations_of_its_pattern_only() -> None:
    [walk] = walks(made([]), 0, ["b"], 1)
    assert walk.describe() == "node 0 —b→ node 1 [drawn]"


def test_what_is_not_there() -> None:
    with pytest.raises(UserError, match="no relation 'c'"):
        reachable(made([]), 0, ["a", "^c"])
    with pytest.raises(UserError, match="the numbers are 0 to 6"):
        reachable(made([]), 7, ["a"])
    assert walks(made([]), 5, ["a"], 1) == []
