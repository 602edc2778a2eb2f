"""The graph at hand, where it is: as large as its description says, read in time, and paths through it that scipy finds as well."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.sparse.csgraph import yen as scipy_yen

from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.licences import ruled_out
from osler.knowledge.graphs.load import load_graph
from osler.knowledge.graphs.paths import PathFinder

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not beside the checkout ({DATA})")

N_BY_RELATION = {
    "has_phenotype": 186684,
    "phenotype_is_a": 24251,
    "indicated_for": 13065,
    "associates_disease": 12623,
    "disease_is_a": 12288,
    "located_in": 4545,
    "inheritance": 3661,
    "includes_drug": 1029,
    "treats": 755,
    "resembles": 543,
    "involves": 469,
    "caused_by": 412,
    "palliates": 390,
    "onset": 371,
    "transmitted_by": 199,
    "triggered_by": 168,
}
N_BY_SOURCE = {
    "HPOA": 181251,
    "HPO": 23409,
    "EveryCure": 13065,
    "Hetionet-DaG": 12623,
    "DO": 12288,
    "Hetionet": 9654,
    "DO-axiom": 8686,
    "DO-SYMP": 2209,
    "PharmacotherapyDB": 1145,
    "SYMP": 882,
}
"""Both from the description of the data."""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return load_graph(DATA / "biomedical_graph")


def test_as_many_nodes_and_edges_as_its_description_says(graph: Graph) -> None:
    assert (graph.n_nodes, graph.n_edges) == (44919, 261453)
    assert Counter(graph.relation_names[number] for number in graph.relations.tolist()) == N_BY_RELATION
    assert {name: int((graph.sources >> bit & 1).sum()) for bit, name in enumerate(graph.source_names)} == N_BY_SOURCE
    assert set(graph.licences) == set(N_BY_SOURCE)


def test_what_is_amiss_in_it(graph: Graph) -> None:
    """Fever stands below a symptom that stands below fever: one circle, and nothing else."""
    assert {what: each.n for what, each in graph.amiss.items()} == {"circle of is_a": 1}
    assert graph.amiss["circle of is_a"].first == "HP:0001945 → SYMP:0000882 → HP:0001945"


def test_the_bridge_is_about_seventeen_hundred_pairs(graph: Graph) -> None:
    bridged = graph.bridged()
    n = bridged.amiss["nodes of one name, bridged"].n
    assert 1600 <= n <= 1800
    assert bridged.n_edges == graph.n_edges + n
    [asthma, finding] = sorted(graph.named("asthma"))
    assert finding in bridged.out(asthma, "same_as").tolist()
    joined = zip(bridged.heads, bridged.tails, bridged.relations == bridged.relation("same_as"), strict=True)
    assert "gene" not in {graph.kinds[node] for head, tail, is_joined in joined if is_joined for node in (head, tail)}


def test_without_a_source_and_without_what_states_no_licence(graph: Graph) -> None:
    assert graph.without(["HPOA"]).n_edges < 261453 - 180000
    assert ruled_out(graph.source_names, graph.licences, "not stated") == ["EveryCure"]
    assert graph.without(["EveryCure"]).n_edges == 261453 - 13065
    assert ruled_out(graph.source_names, graph.licences, "non-commercial") == []


def test_vocabularies_as_their_description_says() -> None:
    folder = DATA / "disease_ontology"
    old, terms = load_graph(folder / "doid_2016-03-04.obo.gz"), load_graph(folder / "do_2026-08.nodes.jsonl.gz")
    assert old.n_nodes + old.amiss["obsolete term"].n == 9243
    assert (terms.n_nodes, terms.n_edges) == (12246, 12288)
    pairs = load_graph(DATA / "pharmacotherapydb" / "indications.jsonl.gz")
    assert (pairs.n_edges, pairs.amiss["pair that is no indication"].n) == (755 + 390, 243)
    assert (pairs.kinds.count("drug"), pairs.kinds.count("disease")) == (601, 97)
    joined = load_graph([folder / "do_2026-08.nodes.jsonl.gz", DATA / "pharmacotherapydb" / "indications.jsonl.gz"])
    assert joined.n_edges == 12288 + 1145


def connected(graph: Graph, n: int) -> list[tuple[int, int]]:
    _, group = connected_components(PathFinder(graph).matrix, directed=False)
    rng = np.random.default_rng(0)
    ends = rng.integers(0, graph.n_nodes, (2 * n, 2)).tolist()
    return [(start, answer) for start, answer in ends if start != answer and group[start] == group[answer]][:n]


def costs_agree(graph: Graph, n: int) -> None:
    finder = PathFinder(graph)
    pairs = connected(graph, n)
    assert len(pairs) == n
    for start, answer in pairs:
        found = [path.cost for path in finder.to(answer).best(start, 5)]
        right, _ = scipy_yen(finder.matrix, start, answer, 5, return_predecessors=True)
        assert found == pytest.approx(right.tolist())


def test_costs_of_some_pairs_are_those_of_scipy(graph: Graph) -> None:
    costs_agree(graph, 4)


@pytest.mark.slow
def test_costs_of_three_hundred_pairs_are_those_of_scipy(graph: Graph) -> None:
    costs_agree(graph, 300)
