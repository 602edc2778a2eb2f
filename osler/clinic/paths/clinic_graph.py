"""The teaching clinic as a graph: conditions, findings, drugs and states, and what groups them."""

import math

import numpy as np

from osler.clinic.world import World, load_world
from osler.knowledge.graphs.graph import Graph

SOURCE = "osler clinic"
RELATIONS = ("condition_is_a", "contraindicated_in", "drug_is_a", "shows", "treats")


def clinic_graph(world: World | None = None) -> Graph:
    """Every fact of the world as an edge. A finding that a condition excludes is no edge; the frequency of one that it shows is the
    probability that cases are made with."""
    world = world or load_world()
    edges = _edges(world)
    nodes = dict.fromkeys(node for head, _, tail in edges for node in (head, tail))
    numbers = {node: number for number, node in enumerate(sorted(nodes))}
    rows = sorted((numbers[head], RELATIONS.index(relation), numbers[tail], edges[head, relation, tail]) for head, relation, tail in edges)
    heads, relations, tails, frequencies = zip(*rows, strict=True)
    kinds, names = zip(*numbers, strict=True)
    return Graph(
        ids=tuple(f"{kind}:{name}" for kind, name in numbers),
        names=names,
        kinds=kinds,
        synonyms=tuple(world.conditions[name].synonyms if kind == "condition" else () for kind, name in numbers),
        heads=np.array(heads, np.int32),
        tails=np.array(tails, np.int32),
        relations=np.array(relations, np.int32),
        sources=np.ones(len(rows), np.int64),
        frequency=np.array(frequencies, np.float32),
        relation_names=RELATIONS,
        source_names=(SOURCE,),
        licences={SOURCE: "Apache-2.0"},
    )


_Named = tuple[str, str]


def _edges(world: World) -> dict[tuple[_Named, str, _Named], float]:
    """The frequency of each edge, NaN for none. A node is its kind and its name."""
    edges: dict[tuple[_Named, str, _Named], float] = {}
    for condition in world.conditions.values():
        node = ("condition", condition.name)
        edges[node, "condition_is_a", ("condition group", f"{condition.system} condition")] = math.nan
        for finding, frequency in condition.findings.items():
            if frequency.is_listed:
                edges[node, "shows", ("finding", finding)] = frequency.value
    for drug in world.drugs.values():
        node = ("drug", drug.name)
        edges[node, "drug_is_a", ("drug class", drug.drug_class)] = math.nan
        edges |= {(node, "treats", ("condition", name)): math.nan for name in drug.treats}
        edges |= {(node, "contraindicated_in", ("state", state)): math.nan for state in drug.contraindications}
    return edges
