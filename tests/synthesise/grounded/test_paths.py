"""MedReason's blocks on graphs small enough to know by heart, and on the clinic's own."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from osler.core.model import Request
from osler.core.passage import Evidence, Passage
from osler.core.records import write_records
from osler.knowledge.graphs.draft import Draft as GraphDraft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.linking.linker import Linker
from osler.knowledge.linking.options import name_passages
from osler.stages.retrieving import read_passages
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.grounded.graph_paths import GraphPaths
from osler.synthesise.grounded.link import LinkEntities
from osler.synthesise.grounded.prune_paths import PrunePaths
from tests.synthesise.makings import item_draft, through


def graph_of(nodes: str, *edges: str, sources: Iterable[str] = ()) -> Graph:
    """`a:kind b:kind` and `head relation tail`; the id of a node is its name. Sources go round."""
    draft = GraphDraft()
    for node in nodes.split():
        name, _, kind = node.partition(":")
        draft.node(name, name.replace("_", " "), kind or "thing")
    stated = list(sources) or ["book"]
    for at, edge in enumerate(edges):
        head, relation, tail = edge.split()
        draft.edge(head, relation, tail, stated[at % len(stated)])
    draft.licences({"book": "CC BY 4.0", "shop": "CC BY-NC 4.0"})
    return draft.graph()


DIAMOND = graph_of("a b c d", "a leads_to b", "a leads_to c", "b leads_to d", "c leads_to d", sources=("book", "shop"))


def linked(question: tuple[str, ...] = ("a",), answer: tuple[str, ...] = ("d",), **options: tuple[str, ...]) -> Draft:
    return item_draft().noting(entities={"question": question, "answer": answer, "options": options})


class Names:
    """A retriever of names with the scores that it is told."""

    identity = "names"

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores

    def retrieve(self, queries, n, where=None):  # type: ignore[no-untyped-def]
        ranked = sorted(self.scores.items(), key=lambda each: -each[1])
        return [[Evidence(Passage(f"{id}/0", id, fields={"node": id}), score) for id, score in ranked] for _ in queries]


def only(made: list[Draft | DroppedDraft]) -> Draft:
    [draft] = made
    assert isinstance(draft, Draft), draft
    return draft


def dropped(made: list[Draft | DroppedDraft]) -> str:
    [draft] = made
    assert isinstance(draft, DroppedDraft)
    return draft.reason


# link

VITAMINS = graph_of("scurvy:condition ascorbic_acid:drug ascorbate:drug gout:condition")


def names_it(question: str, answer: str, number: object = None):  # type: ignore[no-untyped-def]
    """A role that names one entity of each text, and chooses `number` where it is asked to."""
    asked: list[str] = []

    def says(request: Request) -> str:
        text = request.messages[-1].content
        if "<candidates>" in text:
            asked.append(text)
            return json.dumps({"number": number})
        kinds = {"in_question": ("condition", question), "in_answer": ("drug", answer)}
        return json.dumps({side: [{"name": name, "kind": kind}] for side, (kind, name) in kinds.items()})

    return says, asked


@pytest.mark.parametrize(
    ("score", "fate"),
    [(0.70, "no_answer_entity"), (0.71, "asked"), (0.85, "asked"), (0.86, "taken")],
)
def test_both_thresholds_are_strict(score: float, fate: str) -> None:
    says, asked = names_it("scurvy", "vitamin C", 1)
    block = LinkEntities(near_by="meaning")
    made = through([block], [item_draft()], {"teacher": says}, graph=VITAMINS, retriever=Names({"ascorbate": score, "gout": 0.99}))
    if fate == "no_answer_entity":
        assert dropped(made) == fate
    else:
        assert only(made).notes["entities"]["answer"] == ["ascorbate"]
    assert len(asked) == (fate == "asked")


def test_an_exact_name_wins_over_a_nearer_one() -> None:
    says, asked = names_it("Scurvy", "Ascorbic acid", 1)
    retriever = Names({"ascorbate": 0.99, "ascorbic_acid": 0.71})
    draft = only(through([LinkEntities(near_by="meaning")], [item_draft()], {"teacher": says}, graph=VITAMINS, retriever=retriever))
    assert draft.notes["entities"] == {"question": ["scurvy"], "answer": ["ascorbic_acid"], "options": {}}
    assert asked == []


def test_none_drops_the_entity_and_a_number_that_no_candidate_has_is_no_choice() -> None:
    retriever = Names({"ascorbate": 0.80, "ascorbic_acid": 0.75})
    for number, reason in (("NONE", "no_answer_entity"), (3, "wrong_shape"), (True, "wrong_shape"), ("1", "wrong_shape")):
        says, asked = names_it("scurvy", "vitamin C", number)
        made = through([LinkEntities(near_by="meaning")], [item_draft()], {"teacher": says}, graph=VITAMINS, retriever=retriever)
        assert dropped(made) == reason
        assert len(asked) == (1 if number == "NONE" else 3)
    says, _ = names_it("scurvy", "vitamin C", 2)
    draft = only(through([LinkEntities(near_by="meaning")], [item_draft()], {"teacher": says}, graph=VITAMINS, retriever=retriever))
    assert draft.notes["entities"]["answer"] == ["ascorbic_acid"]


def test_an_entity_is_linked_once_and_one_of_an_unknown_kind_not_at_all() -> None:
    said = {
        "in_question": [
            {"name": "scurvy", "kind": "condition"},
            {"name": "Scurvy", "kind": "Condition"},
            {"name": "gout", "kind": "sauce"},
        ],
        "in_answer": [{"name": "ascorbate", "kind": "drug"}],
    }
    draft = only(through([LinkEntities()], [item_draft()], {"teacher": lambda _: json.dumps(said)}, graph=VITAMINS))
    assert draft.notes["entities"] == {"question": ["scurvy"], "answer": ["ascorbate"], "options": {}}


def test_letters_score_by_the_threes_that_two_names_share() -> None:
    """ " gouts " has the threes _go gou out uts ts_, and " gout " has _go gou out ut_: 3 / √20 = .671."""
    says, asked = names_it("gouts", "ascorbate", 1)
    for least, is_linked in ((0.67, True), (0.68, False)):
        made = through([LinkEntities(least=least)], [item_draft()], {"teacher": says}, graph=VITAMINS)
        assert is_linked == isinstance(made[0], Draft)
    assert "1. gout" in asked[0]
    assert len(asked) == 1


def test_without_a_role_our_linker_finds_the_names_and_with_options_those_of_wrong_ones() -> None:
    graph = graph_of("scurvy:condition vitamin_C:drug vitamin_D:drug")
    draft = only(through([LinkEntities(role=None, has_options=True)], [item_draft("i", "Which vitamin prevents scurvy?")], {}, graph=graph))
    assert draft.notes["entities"]["question"] == ["scurvy"]
    assert draft.notes["entities"]["answer"] == ["vitamin_C"]
    assert draft.notes["entities"]["options"] == {"A": ["vitamin_C"], "B": ["vitamin_D"], "C": [], "D": []}
    assert dropped(through([LinkEntities(role=None)], [item_draft("i", "Why?")], {}, graph=graph)) == "no_question_entity"


# graph_paths


def test_a_diamond_has_two_shortest_paths_of_three_nodes_with_their_sources_and_licences() -> None:
    [group] = only(through([GraphPaths()], [linked()], {}, graph=DIAMOND)).notes["paths"]
    assert (group["start"], group["end"], group["is_answer"], group["n_found"]) == ("a", "d", True, 2)
    assert sorted(path["ids"] for path in group["paths"]) == [("a", "b", "d"), ("a", "c", "d")]
    through_b = next(path for path in group["paths"] if "b" in path["ids"])
    assert through_b["edges"] == (
        ({"relation": "leads_to", "is_forward": True, "sources": ("book",)},),
        ({"relation": "leads_to", "is_forward": True, "sources": ("book",)},),
    )
    assert through_b["licences"] == {"book": "CC BY 4.0"}


@pytest.mark.parametrize("block", [GraphPaths(exclude_sources=("shop",)), GraphPaths(exclude_licences=("non-commercial",))])
def test_an_edge_that_only_an_excluded_source_states_is_on_no_path(block: GraphPaths) -> None:
    [group] = only(through([block], [linked()], {}, graph=DIAMOND)).notes["paths"]
    assert [path["ids"] for path in group["paths"]] == [("a", "b", "d")]


def test_no_path_drops_the_draft_and_a_node_alone_is_none() -> None:
    apart = graph_of("a b c d", "a leads_to b", "c leads_to d")
    assert dropped(through([GraphPaths()], [linked()], {}, graph=apart)) == "no_path"
    assert dropped(through([GraphPaths()], [linked(("d",))], {}, graph=DIAMOND)) == "no_path"
    wrong_only = linked(answer=("d",), A=("d",), B=("b",))
    assert dropped(through([GraphPaths()], [wrong_only], {}, graph=apart)) == "no_path"
    beside = only(through([GraphPaths()], [linked(("a", "d"))], {}, graph=DIAMOND))
    assert [(group["start"], group["end"]) for group in beside.notes["paths"]] == [("a", "d")]


def wide(n: int) -> Graph:
    """n ways of two edges from a to d."""
    middles = [f"m{at:02}" for at in range(n)]
    return graph_of(" ".join(["a", "d", *middles]), *(f"a to {each}" for each in middles), *(f"{each} to d" for each in middles))


def test_of_more_than_fifty_paths_fifty_are_drawn_by_seed_and_id() -> None:
    def drawn(n: int, seed: int = 0) -> list[tuple[str, ...]]:
        [group] = only(through([GraphPaths()], [linked()], {}, graph=wide(n), seed=seed)).notes["paths"]
        assert group["n_found"] == n
        return [path["ids"] for path in group["paths"]]

    assert len(drawn(50)) == 50
    assert len(set(drawn(51))) == 50
    assert drawn(60) == drawn(60) != drawn(60, seed=1)


# prune_paths


def keeps(*numbers: object):  # type: ignore[no-untyped-def]
    return lambda _: json.dumps({"keep": list(numbers)})


def test_a_role_keeps_at_most_three_paths_of_a_group_by_number() -> None:
    blocks = [GraphPaths(), PrunePaths()]
    before = [path["ids"] for path in only(through(blocks[:1], [linked()], {}, graph=wide(6))).notes["paths"][0]["paths"]]
    kept = only(through(blocks, [linked()], {"teacher": keeps(5, 1, 1)}, graph=wide(6))).notes["paths"][0]["paths"]
    assert [path["ids"] for path in kept] == [before[0], before[4]]
    for numbers in ((0,), (7,), (1, 2, 3, 4), ("1",), (True,)):
        assert dropped(through(blocks, [linked()], {"teacher": keeps(*numbers)}, graph=wide(6))) == "wrong_shape"
    assert dropped(through(blocks, [linked()], {"teacher": keeps()}, graph=wide(6))) == "no_path"


def test_the_role_that_prunes_does_not_see_the_options_or_the_key() -> None:
    asked: list[str] = []
    through(
        [GraphPaths(), PrunePaths()],
        [linked()],
        {"teacher": lambda request: asked.append(request.messages[-1].content) or "{}"},
        graph=DIAMOND,
    )
    assert asked
    assert not any("vitamin C" in text for text in asked)


def test_without_a_role_paths_through_hubs_go_first() -> None:
    """Both ways have two edges; m has two neighbours more than b."""
    graph = graph_of("a b m d x y", "a to b", "b to d", "a to m", "m to d", "m to x", "m to y")
    [group] = only(through([GraphPaths(), PrunePaths(role=None, n=1)], [linked()], {}, graph=graph)).notes["paths"]
    assert [path["ids"] for path in group["paths"]] == [("a", "b", "d")]


def test_the_names_of_a_graph_can_be_kept_as_passages_for_linking_by_meaning(tmp_path: Path) -> None:
    write_records(tmp_path / "names.jsonl", name_passages(Linker.of(VITAMINS)))
    passages = list(read_passages(tmp_path / "names.jsonl"))
    assert {passage.text: passage.fields["node"] for passage in passages}["ascorbic acid"] == "ascorbic_acid"
