"""Questions of MedQA on the biomedical graph: every noted edge is one of the graph, with its sources and their licences."""

from itertools import islice
from pathlib import Path

import pytest

from osler.data import load_item_sets
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.load import load_graph
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.grounded.graph_paths import GraphPaths
from osler.synthesise.grounded.link import LinkEntities
from osler.synthesise.grounded.nearest import nearest_by_letters
from osler.synthesise.grounded.notes import groups_of
from osler.synthesise.grounded.prune_paths import PrunePaths
from tests.synthesise.makings import through

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "biomedical_graph").is_dir(), reason=f"{DATA} has no biomedical_graph"),
]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return load_graph(DATA / "biomedical_graph").bridged()


def drafts() -> list[Draft]:
    [item_set] = load_item_sets(f"medqa:{DATA / 'medqa_usmle' / 'test_4opt.jsonl.gz'}")
    return [Draft(item.id, Origin("medqa", item.id), item=item) for item in islice(item_set.items, 60)]


@pytest.mark.parametrize("excluded", [(), ("HPOA", "EveryCure")])
def test_every_noted_edge_is_in_the_graph_and_of_a_source_that_may_be(graph: Graph, excluded: tuple[str, ...]) -> None:
    blocks = [LinkEntities(role=None), GraphPaths(exclude_sources=excluded), PrunePaths(role=None)]
    made = through(blocks, drafts(), {}, graph=graph)
    kept = [draft for draft in made if isinstance(draft, Draft)]
    assert len(kept) >= 15
    reasons = {each.reason for each in made if isinstance(each, DroppedDraft)}
    assert reasons <= {"no_question_entity", "no_answer_entity", "no_path"}
    for path in (path for draft in kept for group in groups_of(draft) for path in group.paths):
        assert all(path.licences.values())
        for at, edges in enumerate(path.edges):
            for edge in edges:
                head, tail = (path.ids[at], path.ids[at + 1])[:: 1 if edge.is_forward else -1]
                assert graph.number(tail) in graph.out(graph.number(head), edge.relation)
                assert edge.sources
                assert not {*edge.sources} & {*excluded}


def test_names_are_near_by_their_letters(graph: Graph) -> None:
    nearest = nearest_by_letters(graph)
    for written, name in (("diabetis mellitus", "diabetes mellitus"), ("Hashimotos thyroiditis", "Hashimoto thyroiditis")):
        assert name.lower() in {graph.names[near.node].lower() for near in nearest(written, "", 3)}
