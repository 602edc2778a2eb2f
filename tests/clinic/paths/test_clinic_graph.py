"""The teaching clinic as a graph says what its files say."""

import numpy as np

from osler.clinic.paths.clinic_graph import clinic_graph
from osler.clinic.world import load_world


def test_every_fact_of_the_world_is_an_edge_and_every_edge_a_fact() -> None:
    world, graph = load_world(), clinic_graph()
    found = {
        (graph.names[head], graph.relation_names[relation], graph.names[tail])
        for head, relation, tail in zip(graph.heads.tolist(), graph.relations.tolist(), graph.tails.tolist(), strict=True)
    }
    shows = {(each.name, "shows", finding) for each in world.conditions.values() for finding in each.findings if each.explains(finding)}
    treats = {(each.name, "treats", name) for each in world.drugs.values() for name in each.treats}
    avoided = {(each.name, "contraindicated_in", state) for each in world.drugs.values() for state in each.contraindications}
    classes = {(each.name, "drug_is_a", each.drug_class) for each in world.drugs.values()}
    systems = {(each.name, "condition_is_a", f"{each.system} condition") for each in world.conditions.values()}
    assert min(map(len, (shows, treats, avoided, classes, systems))) > 20
    assert found == shows | treats | avoided | classes | systems
    assert graph.n_edges == len(found)


def test_edges_have_frequencies_where_the_clinic_has_and_stand_in_order() -> None:
    graph = clinic_graph()
    edges = list(zip(graph.heads.tolist(), graph.relations.tolist(), graph.tails.tolist(), strict=True))
    assert edges == sorted(edges)
    is_shown = graph.relations == graph.relation("shows")
    assert not np.isnan(graph.frequency[is_shown]).any()
    assert np.isnan(graph.frequency[~is_shown]).all()
    asthma, wheeze = graph.number("condition:asthma"), graph.number("finding:wheeze")
    [edge] = np.flatnonzero((graph.heads == asthma) & (graph.tails == wheeze)).tolist()
    assert abs(float(graph.frequency[edge]) - 0.9) < 1e-6  # very frequent
    assert "bronchial asthma" in graph.synonyms[asthma]
    assert graph.licences == {"osler clinic": "Apache-2.0"}
