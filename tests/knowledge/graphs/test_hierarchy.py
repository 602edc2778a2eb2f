"""Ancestors and what a term tells: by hand, on circles, and against networkx."""

from itertools import pairwise
from math import inf

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.knowledge.graphs import hierarchy
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.hierarchy import Hierarchy, cycles


def made(edges: list[tuple[int, int]], n: int = 8) -> Graph:
    draft = Draft()
    for number in range(n):
        draft.node(f"P:{number}", f"term {number}")
    for child, parent in edges:
        draft.edge(f"P:{child}", "phenotype_is_a" if child % 2 else "is_a", f"P:{parent}")
    return draft.graph()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=20))
def test_ancestors_whatever_the_circles(edges: list[tuple[int, int]]) -> None:
    graph = made(edges)
    found, other = Hierarchy(graph), networkx.DiGraph(edges)
    other.add_nodes_from(range(8))
    for number in range(8):
        above = {node for node in other if node != number and networkx.has_path(other, number, node)}
        circle = {number} if any(networkx.has_path(other, parent, number) for parent in other.successors(number)) else set()
        assert found.ancestors(number).tolist() == sorted(above | circle)
        assert {n for n in range(8) if number in found.ancestors(n).tolist()} == set(found.descendants(number).tolist())
        assert sorted(found.closure[[number]].indices.tolist()) == sorted(above | {number})
    groups = [group for group in networkx.strongly_connected_components(other) if len(group) > 1]
    amiss = cycles(graph)
    assert amiss.get("circle of is_a", (0, ""))[0] == len(groups)
    if groups:
        around = [int(id.removeprefix("P:")) for id in amiss["circle of is_a"].first.split(" → ")]
        assert around[0] == around[-1]
        assert all(other.has_edge(child, parent) for child, parent in pairwise(around))


def test_parents_and_children() -> None:
    found = Hierarchy(made([(1, 0), (2, 0), (3, 1)]))
    assert (found.parents(3).tolist(), found.children(0).tolist()) == ([1], [1, 2])


def test_what_a_term_tells_by_its_kinds() -> None:
    """0 above 1 and 2, 1 above 3: of four terms all are 0 (0 bits), half are 1 (1 bit), a quarter 2 and 3 (2 bits)."""
    bits = Hierarchy(made([(1, 0), (2, 0), (3, 1)])).information()
    assert bits[:4].tolist() == [0, 1, 2, 2]


def test_what_a_term_tells_by_what_is_annotated() -> None:
    """Four diseases: three show 3 (once beside its own ancestor, which counts once), one shows 2; nothing shows 5."""
    draft = Draft()
    for number in range(6):
        draft.node(f"P:{number}", f"term {number}", "phenotype")
    for child, parent in ((1, 0), (2, 0), (3, 1), (5, 0)):
        draft.edge(f"P:{child}", "is_a", f"P:{parent}")
    for number, findings in enumerate(((3,), (3, 1), (3,), (2,))):
        draft.node(f"D:{number}", f"disease {number}", "disease")
        for finding in findings:
            draft.edge(f"D:{number}", "has_phenotype", f"P:{finding}")
    bits = Hierarchy(draft.graph()).information("has_phenotype")
    assert bits[[0, 2, 5]].tolist() == [0, 2, inf]
    assert bits[[1, 3]].tolist() == pytest.approx([0.41503749927884376] * 2)  # log2(4 / 3)


def test_too_deep_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "MAX_CLOSURE", 50)
    deep = Hierarchy(made([(at + 1, at) for at in range(99)], n=100))
    with pytest.raises(UserError, match="too deep among 100 nodes"):
        _ = deep.closure
    assert len(deep.ancestors(99)) == 99


def test_a_long_circle_is_shown_in_short() -> None:
    shown = cycles(made([(at, (at + 1) % 100) for at in range(100)], n=100))["circle of is_a"].first
    assert shown.startswith("P:0 → P:1 → ")
    assert shown.endswith("→ … → P:0")


def test_no_is_a_no_circle() -> None:
    draft = Draft()
    draft.node("A", "a")
    draft.node("B", "b")
    draft.edge("A", "treats", "B")
    assert cycles(draft.graph()) == {}
    assert Hierarchy(draft.graph()).ancestors(0).tolist() == []
