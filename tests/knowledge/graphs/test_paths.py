"""Paths against networkx, on small graphs at random, and by hand."""

from itertools import islice, pairwise
from math import log2

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.knowledge.graphs import paths
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.path import GraphPath
from osler.knowledge.graphs.paths import PathFinder
from osler.knowledge.graphs.yen import yen


def made(n: int, edges: list[tuple[int, int]]) -> Graph:
    draft = Draft()
    for number in range(n):
        draft.node(f"N:{number}", f"node {number}")
    for head, tail in edges:
        draft.edge(f"N:{head}", "joins", f"N:{tail}", "drawn")
    return draft.graph()


def as_networkx(graph: Graph) -> networkx.Graph:
    other = networkx.Graph()
    other.add_nodes_from(range(graph.n_nodes))
    other.add_edges_from(zip(graph.heads.tolist(), graph.tails.tolist(), strict=True))
    for u, v in other.edges:
        other.edges[u, v]["cost"] = log2(2 + other.degree[u]) + log2(2 + other.degree[v])
    return other


def cost_of(other: networkx.Graph, nodes: tuple[int, ...]) -> float:
    return sum(other.edges[u, v]["cost"] for u, v in pairwise(nodes))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(2, 9))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    return made(n, draw(st.lists(pair, min_size=1, max_size=18)))


def expected(other: networkx.Graph, start: int, answer: int) -> list[list[int]]:
    try:
        return list(networkx.shortest_simple_paths(other, start, answer, weight="cost"))
    except networkx.NetworkXNoPath:
        return []


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(1, 12))
def test_the_k_best_cost_what_networkx_says(graph: Graph, k: int) -> None:
    other = as_networkx(graph)
    right = [cost_of(other, tuple(nodes)) for nodes in expected(other, 0, 1)[:k]]
    for found in (PathFinder(graph).to(1).best(0, k), _by_yen(graph, k)):
        assert [path.cost for path in found] == pytest.approx(right)
        assert [cost_of(other, path.nodes) for path in found] == pytest.approx(right)
        assert len({path.nodes for path in found}) == len(found)
        assert all(len(set(path.nodes)) == len(path.nodes) for path in found)


def _by_yen(graph: Graph, k: int) -> list[GraphPath]:
    return [GraphPath(graph, nodes, cost) for cost, nodes in yen(PathFinder(graph).matrix, 0, 1, k)]


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sets(st.integers(2, 8), max_size=3), st.integers(1, 5))
def test_what_is_avoided_and_how_long_a_path_may_be(graph: Graph, avoid: set[int], max_edges: int) -> None:
    other = as_networkx(graph)
    fitting = [nodes for nodes in expected(other, 0, 1) if not avoid & set(nodes) and len(nodes) - 1 <= max_edges]
    found = PathFinder(graph).to(1).best(0, 4, max_edges=max_edges, avoid=avoid)
    assert [path.cost for path in found] == pytest.approx([cost_of(other, tuple(nodes)) for nodes in fitting[:4]])


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(1, 6))
def test_all_shortest_and_the_count_of_those_left_out(graph: Graph, cap: int) -> None:
    other = as_networkx(graph)
    right = list(networkx.all_shortest_paths(other, 0, 1)) if networkx.has_path(other, 0, 1) else []
    found, n_left_out = PathFinder(graph).all_shortest(0, 1, cap)
    assert len(found) + n_left_out == len(right)
    assert len(found) == min(cap, len(right))
    assert {path.nodes for path in found} <= {tuple(nodes) for nodes in right}
    assert [path.cost for path in found] == pytest.approx(sorted(cost_of(other, tuple(nodes)) for nodes in right)[: len(found)])


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 1))
def test_costs_from_everywhere(graph: Graph, answer: int) -> None:
    right = networkx.single_source_dijkstra_path_length(as_networkx(graph), answer, weight="cost")
    found = PathFinder(graph).to(answer).costs
    assert found.tolist() == pytest.approx([right.get(number, np.inf) for number in range(graph.n_nodes)])


def test_many_shortest_paths_are_counted_without_being_listed() -> None:
    """Sixty diamonds in a row: two ways through each, 2**60 in all."""
    edges = [(3 * at + here, 3 * at + there) for at in range(60) for here, there in ((0, 1), (0, 2), (1, 3), (2, 3))]
    found, n_left_out = PathFinder(made(181, edges)).all_shortest(0, 180, 10)
    assert len(found) == 10
    assert n_left_out == 2**60 - 10


def test_where_there_is_one_way_only_a_large_graph_is_not_tried_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer hangs on the start; behind the start lies a clique whose simple ways nobody can list."""
    clique = [(a, b) for a in range(2, 22) for b in range(a)]
    finder = PathFinder(made(23, [(22, 0), (0, 2), *[(a, b) for a, b in clique if b >= 2]]))
    monkeypatch.setattr(paths, "MAX_POPPED", 2000)
    assert [path.nodes for path in finder.to(22).best(0, 5)] == [(0, 22)]
    monkeypatch.setattr(paths, "MAX_POPPED_SHORT", 2000)
    with pytest.raises(UserError, match="too many ways between N:0 and N:22 to find the 5 best of 9 edges"):
        finder.to(22).best(0, 5, max_edges=9)


def test_no_way_the_same_node_and_no_such_node() -> None:
    finder = PathFinder(made(5, [(0, 1), (2, 3)]))
    assert finder.to(3).best(0) == []
    assert finder.all_shortest(0, 3) == ((), 0)
    assert finder.to(4).best(0) == []
    assert [path.nodes for path in finder.to(0).best(0)] == [(0,)]
    assert [path.nodes for path in finder.all_shortest(0, 0).paths] == [(0,)]
    assert finder.to(1).best(0, avoid=[0]) == []
    with pytest.raises(UserError, match="no node number 5; the numbers are 0 to 4"):
        finder.to(5)
    with pytest.raises(UserError, match="no node number -1"):
        finder.to(1).best(-1)


def test_a_hub_is_gone_around() -> None:
    """0 – 1 – 3 over a hub with ten leaves, and 0 – 2 – 3 over nobody: the second is cheaper, though both have two edges."""
    graph = made(14, [(0, 1), (1, 3), (0, 2), (2, 3), *[(1, leaf) for leaf in range(4, 14)]])
    best, other = PathFinder(graph).to(3).best(0, 2)
    assert (best.nodes, other.nodes) == ((0, 2, 3), (0, 1, 3))
    assert best.cost == pytest.approx(4 * log2(4))
    assert other.cost == pytest.approx(2 * log2(4) + 2 * log2(14))


def test_a_path_says_how_it_goes() -> None:
    draft = Draft()
    for id, name in (("C:1", "aspirin"), ("P:1", "pain"), ("D:1", "gout")):
        draft.node(id, name)
    draft.edge("C:1", "treats", "P:1", "Hetionet")
    draft.edge("C:1", "palliates", "P:1", "HPOA")
    draft.edge("D:1", "has_phenotype", "P:1", "HPOA")
    [path] = PathFinder(draft.graph()).to(2).best(0)
    assert path.describe() == "aspirin —treats/palliates→ pain ←has_phenotype— gout [Hetionet, HPOA]"
    assert path.licences["Hetionet"] == "CC0 1.0"
    assert [[(link.relation, link.is_forward) for link in links] for links in path.links] == [
        [("treats", True), ("palliates", True)],
        [("has_phenotype", False)],
    ]
    assert len(path) == 2


def test_paths_are_the_same_each_time() -> None:
    graph = made(6, [(a, b) for a in range(6) for b in range(a)])
    first, second = ([path.nodes for path in PathFinder(graph).to(5).best(0, 30)] for _ in range(2))
    assert first == second
    assert len(first) == len(list(islice(expected(as_networkx(graph), 0, 5), 30)))
