"""A graph of six nodes, drawn here, in every question that one can ask of it.

aspirin —treats→ pain ←has_phenotype— gout —has_phenotype→ fever
aspirin —treats→ fever; gout —disease_is_a→ arthritis; pain (D:9) is the finding of the same name as P:1
"""

import numpy as np
import pytest

from osler.core.errors import UserError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.names import curie, normalised


def drawn() -> Draft:
    draft = Draft()
    draft.node("C:1", "aspirin", "drug", ["acetylsalicylic acid"])
    draft.node("P:1", "Pain", "phenotype", ["ache"])
    draft.node("P:2", "fever", "phenotype")
    draft.node("D:1", "gout", "disease", ["podagra"])
    draft.node("D:2", "arthritis", "disease")
    draft.node("D:9", "pains", "disease")
    draft.edge("C:1", "treats", "P:1", "open")
    draft.edge("C:1", "treats", "P:2", "closed")
    draft.edge("D:1", "has_phenotype", "P:1", "open|closed", 0.5)
    draft.edge("D:1", "has_phenotype", "P:2", "closed", 0.25)
    draft.edge("D:1", "disease_is_a", "D:2", "open")
    draft.licences({"open": "CC0 1.0", "closed": "CC BY-NC 4.0"})
    return draft


@pytest.fixture
def graph() -> Graph:
    return drawn().graph()


def ids(graph: Graph, numbers: np.ndarray) -> list[str]:
    return [graph.ids[number] for number in numbers]


def test_its_columns(graph: Graph) -> None:
    assert (graph.n_nodes, graph.n_edges) == (6, 5)
    assert graph.ids == ("C:1", "P:1", "P:2", "D:1", "D:2", "D:9")
    assert graph.kinds == ("drug", "phenotype", "phenotype", "disease", "disease", "disease")
    assert graph.degree.tolist() == [2, 2, 2, 3, 1, 0]
    assert graph.amiss == {}
    with pytest.raises(ValueError, match="read-only"):
        graph.heads[0] = 3


def test_neighbours_by_relation_and_direction(graph: Graph) -> None:
    gout, pain = graph.number("D:1"), graph.number("P:1")
    assert sorted(ids(graph, graph.out(gout))) == ["D:2", "P:1", "P:2"]
    assert ids(graph, graph.out(gout, "has_phenotype")) == ["P:1", "P:2"]
    assert ids(graph, graph.into(pain)) == ["C:1", "D:1"]
    assert ids(graph, graph.into(pain, "treats")) == ["C:1"]
    assert ids(graph, graph.out(pain)) == []
    along = graph.adjacent("has_phenotype")
    assert graph.frequency[along.edges_of(gout)].tolist() == [0.5, 0.25]
    assert graph.sources_of(int(along.edges_of(gout)[0])) == ("open", "closed")


def test_an_unknown_name_is_an_error_that_names_near_ones(graph: Graph) -> None:
    with pytest.raises(UserError, match="there is no relation 'treat'; did you mean 'treats'"):
        graph.out(0, "treat")
    with pytest.raises(UserError, match="there is no node 'D:3'; did you mean 'D:"):
        graph.number("D:3")
    with pytest.raises(UserError, match="there is no source 'opne'; did you mean 'open'"):
        graph.without(["opne"])
    with pytest.raises(UserError, match="there is no node 'xyzzy'; there are"):
        graph.number("xyzzy")


def test_names_whatever_the_case_and_the_first_names_first(graph: Graph) -> None:
    assert graph.named("ASPIRIN") == graph.named("Acetylsalicylic  acid.") == [0]
    assert graph.named("nothing") == []
    draft = drawn()
    draft.node("D:0", "ache", "disease")
    more = draft.graph()
    assert ids(more, np.array(more.named("Ache"))) == ["D:0", "P:1"]


def test_without_a_source_an_edge_stays_that_another_states(graph: Graph) -> None:
    less = graph.without(["closed"])
    assert less.n_nodes == 6
    assert [(less.ids[h], less.ids[t]) for h, t in zip(less.heads, less.tails, strict=True)] == [
        ("C:1", "P:1"),
        ("D:1", "P:1"),
        ("D:1", "D:2"),
    ]
    assert all(less.sources_of(edge) == ("open",) for edge in range(less.n_edges))
    assert less.licences == {"open": "CC0 1.0"}
    assert less.hash != graph.hash


def test_without_nodes_and_with_some_relations_only(graph: Graph) -> None:
    assert graph.without_nodes([graph.number("D:1")]).n_edges == 2
    assert graph.with_relations(["treats"]).n_edges == 2
    assert ids(graph, graph.with_relations(["treats"]).out(0)) == ["P:1", "P:2"]


def test_the_bridge_joins_one_name_in_two_vocabularies(graph: Graph) -> None:
    bridged = graph.bridged()
    assert ids(bridged, bridged.out(graph.number("P:1"), "same_as")) == ["D:9"]
    assert bridged.n_edges == 6
    assert bridged.amiss["nodes of one name, bridged"].n == 1
    assert bridged.bridged() is bridged
    assert np.all(np.diff(bridged.heads) >= 0)


def test_a_synonym_bridges_disease_and_finding_but_not_a_gene_and_its_disease() -> None:
    draft = Draft()
    draft.node("D:1", "heart attack", "disease", ["myocardial infarction"])
    draft.node("P:1", "Myocardial infarctions", "phenotype")
    draft.node("D:2", "polycystic disease 2", "disease", ["PKD2"])
    draft.node("G:1", "PKD2", "gene")
    draft.node("D:3", "marker MYC+ tumour", "disease")
    draft.node("X:3", "marker MYC- tumour", "disease")
    draft.edge("D:1", "caused_by", "G:1")
    bridged = draft.graph().bridged()
    assert bridged.n_edges == 2
    assert ids(bridged, bridged.out(0, "same_as")) == ["P:1"]


def test_duplicates_merge_with_sources_united_and_are_counted() -> None:
    draft = drawn()
    draft.edge("D:1", "has_phenotype", "P:1", "third", 1.0)
    draft.edge("D:1", "has_phenotype", "P:1", "open")
    graph = draft.graph()
    edge = int(graph.adjacent("has_phenotype").edges_of(graph.number("D:1"))[0])
    assert graph.n_edges == 5
    assert graph.sources_of(edge) == ("open", "closed", "third")
    assert graph.frequency[edge] == 0.75
    assert graph.amiss["edge given again"] == (2, "D:1 has_phenotype P:1")


def test_dangling_edges_and_loops_are_left_out_and_counted() -> None:
    draft = drawn()
    draft.edge("D:1", "has_phenotype", "P:404")
    draft.edge("D:404", "has_phenotype", "P:1")
    draft.edge("D:1", "resembles", "D:1")
    graph = draft.graph()
    assert graph.n_edges == 5
    assert "P:404" not in graph.ids
    assert graph.amiss["dangling edge"] == (2, "D:1 has_phenotype P:404")
    assert graph.amiss["edge from a node to itself"] == (1, "D:1 resembles D:1")


def test_an_alias_is_the_node_for_edges_and_for_whoever_asks() -> None:
    draft = drawn()
    draft.alias("OLD:1", "D:1")
    draft.edge("OLD:1", "resembles", "D:2")
    graph = draft.graph()
    assert graph.number("OLD:1") == graph.number("D:1")
    assert ids(graph, graph.out(graph.number("D:1"), "resembles")) == ["D:2"]


def test_a_node_of_two_names_keeps_the_first_and_is_counted() -> None:
    draft = drawn()
    draft.node("D:1", "urate arthritis")
    graph = draft.graph()
    assert graph.names[graph.number("D:1")] == "gout"
    assert "urate arthritis" in graph.synonyms[graph.number("D:1")]
    assert graph.amiss["node named twice"].n == 1


def test_the_hash_is_of_the_contents() -> None:
    assert drawn().graph().hash == drawn().graph().hash
    other = drawn()
    other.edge("D:2", "resembles", "D:9", "open")
    assert other.graph().hash != drawn().graph().hash


def test_more_sources_than_bits_are_an_error() -> None:
    draft = drawn()
    for number in range(60):
        draft.edge("D:1", "resembles", "D:2", f"paper {number}")
    with pytest.raises(UserError, match="more than 62 sources"):
        draft.edge("D:1", "resembles", "D:2", "paper 60")


def test_an_empty_graph_is_a_graph() -> None:
    graph = Draft().graph()
    assert (graph.n_nodes, graph.n_edges, graph.degree.tolist(), graph.named("x")) == (0, 0, [], [])
    assert graph.bridged() is graph


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("http://purl.obolibrary.org/obo/HP_0000001", "HP:0000001"),
        ("obo:MONDO_0000001", "MONDO:0000001"),
        (" HP_0000001", "HP:0000001"),
        ("HP:0000001", "HP:0000001"),
        ("my_node_1", "my_node_1"),
        ("NODE_12", "NODE_12"),
    ],
)
def test_short_ids(given: str, short: str) -> None:
    assert curie(given) == short


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Crohn's  disease!", "crohn s disease"),
        ("CD4- cell", "cd4 minus cell"),
        ("pre- and post", "pre and post"),
        ("ﬁne", "fine"),
        ("—", ""),
    ],
)
def test_normalised_names(name: str, alike: str) -> None:
    assert normalised(name) == alike
