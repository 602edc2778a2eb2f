"""MedKGent's numbers by hand: who votes, what is kept, and how statements of one pair are joined."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from osler.core.model import Request
from osler.knowledge.graphs.load import load_graph
from osler.synthesise.dated.by_pair import ByPair
from osler.synthesise.dated.merge_pair import MergePair, noisy_or
from osler.synthesise.dated.state_triples import StateTriples
from osler.synthesise.dated.tables import write_tables
from osler.synthesise.dated.texts import DIRECTED, RELATIONS, DatedText, TextEntity, Triple
from osler.synthesise.dated.votes import Votes, confidences, votes_of
from osler.synthesise.draft import Draft, DroppedDraft
from tests.synthesise.makings import kit_of, through

IDS = {"aspirin": "D1", "pain": "C1", "ulcer": "C2"}
TREATS, CAUSES, PREVENTS = Triple("D1", "treat", "C1"), Triple("D1", "cause", "C1"), Triple("D1", "prevent", "C1")


def said(*triples: tuple[str, str, str]) -> str:
    return json.dumps({"triples": [dict(zip(("head", "relation", "tail"), each, strict=True)) for each in triples]})


def text_draft(id: str = "t1", day: str = "1999-01-01", names: dict[str, str] = IDS) -> Draft:
    entities = tuple(TextEntity(name, "thing", key) for name, key in names.items())
    return DatedText(id, date.fromisoformat(day), "Aspirin relieves pain.", entities).draft("news", "CC0 1.0")


def test_five_of_the_twelve_relations_go_one_way() -> None:
    assert len(set(RELATIONS)) == 12
    assert {*RELATIONS} > DIRECTED
    assert len(DIRECTED) == 5


# votes


@pytest.mark.parametrize(
    "broken",
    [
        said(("aspirin", "treat", "headache")),  # no such entity
        said(("aspirin", "heals", "pain")),  # no such relation
        said(("aspirin", "treat", "pain"), ("aspirin", "treat", "pain")),  # twice
        said(("pain", "associate", "pain")),  # of itself
        said(("aspirin", "treat", "pain"), ("aspirin", "treat", "headache")),  # one of two is enough
        '{"triples": [["aspirin", "treat", "pain"]]}',
        '{"triples": "none"}',
        "None",
        "",
    ],
)
def test_a_sample_is_valid_as_a_whole_or_not_at_all(broken: str) -> None:
    good = said(("aspirin", "treat", "pain"), ("aspirin", "cause", "ulcer"))
    assert votes_of([good, broken, said()], IDS) == Votes(3, 1, ((TREATS, Triple("D1", "cause", "C2")),))


def votes(*counts: tuple[Triple, int], n: int) -> Votes:
    """n valid samples, of which so many state each triple; the others state another thing."""
    other = Triple("x", "associate", "y")
    samples = [tuple(triple for triple, count in counts if at < count) or (other,) for at in range(n)]
    return Votes(n, 0, tuple(samples))


def test_all_is_worth_95_hundredths_and_three_fifths_are_not_enough() -> None:
    assert confidences(votes((TREATS, 50), n=50), 0.6) == {TREATS: 0.95}
    assert confidences(votes((TREATS, 49), n=50), 0.6) == {TREATS: 0.98}
    assert confidences(votes((TREATS, 30), n=50), 0.6) == {}
    assert confidences(votes((TREATS, 61), n=100), 0.6) == {TREATS: 0.61}


def test_of_a_pair_and_its_reverse_the_surer_is_kept() -> None:
    assert confidences(votes((TREATS, 7), (TREATS.reversed, 8), n=10), 0.6) == {TREATS.reversed: 0.8}
    assert confidences(votes((TREATS, 9), (TREATS.reversed, 8), n=10), 0.6) == {TREATS: 0.9}
    assert confidences(votes((TREATS, 8), (TREATS.reversed, 8), n=10), 0.6) == {TREATS.reversed: 0.8}  # C1 before D1
    assert confidences(votes((TREATS, 8), (CAUSES, 8), n=10), 0.6) == {CAUSES: 0.8, TREATS: 0.8}


def in_turn(*replies: str):  # type: ignore[no-untyped-def]
    each: Iterator[str] = iter(replies)
    return lambda _: next(each)


GOOD = said(("aspirin", "treat", "pain"))


@pytest.mark.parametrize(
    ("n_good", "n_none", "n_broken", "reason"),
    [(5, 5, 0, ""), (5, 0, 5, ""), (4, 6, 0, "mostly_none"), (4, 0, 6, "mostly_invalid"), (4, 5, 1, "mostly_invalid"), (10, 0, 0, "")],
)
def test_shares_of_exactly_a_half_are_kept(n_good: int, n_none: int, n_broken: int, reason: str) -> None:
    replies = [GOOD] * n_good + [said()] * n_none + ["?"] * n_broken
    [made] = through([StateTriples(n=10)], [text_draft()], {"teacher": in_turn(*replies)})
    if reason:
        assert isinstance(made, DroppedDraft)
        assert made.reason == reason
    else:
        assert isinstance(made, Draft)
        assert made.notes["triples"] == [{"head": "D1", "relation": "treat", "tail": "C1", "confidence": 0.95}]
        assert made.notes["votes"] == {"n": 10, "n_none": n_none, "n_valid": n_good}


def test_what_no_triple_is_sure_of_and_texts_of_one_entity_are_dropped() -> None:
    other = said(("aspirin", "cause", "ulcer"))
    [unsure] = through([StateTriples(n=10)], [text_draft()], {"teacher": in_turn(*[GOOD] * 5, *[other] * 5)})
    one = {"aspirin": "D1", "Aspirin": "D1"}
    many = {f"thing {at}": f"T{at}" for at in range(31)}
    made = through([StateTriples(n=10)], [text_draft("t1", names=one), text_draft("t2", names=many)], {"teacher": in_turn()})
    assert [each.reason for each in (unsure, *made) if isinstance(each, DroppedDraft)] == ["unsure", "few_entities", "many_entities"]


def test_fifty_samples_are_drawn_at_seven_tenths_each_with_its_own_seed() -> None:
    asked: list[Request] = []
    through([StateTriples()], [text_draft()], {"teacher": lambda request: asked.append(request) or GOOD})
    assert len({request.seed for request in asked}) == len(asked) == 50
    assert {request.sampling.temperature for request in asked} == {0.7}
    assert "aspirin (thing)" in asked[0].messages[-1].content


# pairs


def stated(*told: tuple[str, Triple, float]) -> list[Draft]:
    """A text for each day with one triple."""
    drafts = []
    for number, (day, triple, confidence) in enumerate(told):
        triples = [{"head": triple.head, "relation": triple.relation, "tail": triple.tail, "confidence": confidence}]
        drafts.append(text_draft(f"t{number}", day).noting(triples=triples))
    return drafts


def merged(drafts: list[Draft], decide=None):  # type: ignore[no-untyped-def]
    pairs = list(ByPair().sift(drafts, kit_of({})))
    return through([MergePair()], pairs, {"teacher": decide or in_turn()})  # type: ignore[arg-type]  # nothing is dropped


def edges_of(made: list[Draft | DroppedDraft]) -> dict[tuple[str, str, str], float]:
    [draft] = made
    assert isinstance(draft, Draft)
    return {(each["head"], each["relation"], each["tail"]): pytest.approx(each["confidence"]) for each in draft.notes["edges"]}


def test_noisy_or() -> None:
    assert noisy_or(0.6, 0.7) == pytest.approx(0.88)
    assert noisy_or(0.95, 0.95) == pytest.approx(0.9975)


def test_the_same_again_is_surer_with_its_first_and_last_day_whatever_the_order() -> None:
    told = [("2001-05-05", TREATS, 0.7), ("1980-01-01", TREATS, 0.95), ("1999-12-31", TREATS, 0.61)]
    for order in permutations(told):
        [draft] = merged(stated(*order))
        assert isinstance(draft, Draft)
        [edge] = draft.notes["edges"]
        assert edge["confidence"] == pytest.approx(1 - 0.3 * 0.05 * 0.39)
        assert (edge["first"], edge["last"]) == ("1980-01-01", "2001-05-05")
        assert edge["texts"] == tuple(f"t{order.index(each)}" for each in (told[1], told[2], told[0]))


def test_a_relation_both_ways_is_one_from_either_end() -> None:
    near = Triple("D1", "associate", "C1")
    assert edges_of(merged(stated(("2000-01-01", near, 0.7), ("2001-01-01", near.reversed, 0.7)))) == {("D1", "associate", "C1"): 0.91}


def decides(**decision: object):  # type: ignore[no-untyped-def]
    asked: list[Request] = []
    return lambda request: asked.append(request) or json.dumps(decision), asked


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        ({"decision": "both"}, {TREATS: 0.7, CAUSES: 0.9}),
        ({"decision": "discard"}, {TREATS: 0.7}),
        ({"decision": "replace", "number": 1}, {CAUSES: 0.9}),
    ],
)
@pytest.mark.parametrize("other", [CAUSES, TREATS.reversed])
def test_another_relation_and_one_way_turned_round_are_decided(
    decision: dict[str, object], left: dict[Triple, float], other: Triple
) -> None:
    says, asked = decides(**decision)
    edges = edges_of(merged(stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", other, 0.9)), says))
    wanted = {triple if triple == TREATS else other: confidence for triple, confidence in left.items()}
    assert edges == {(each.head, each.relation, each.tail): confidence for each, confidence in wanted.items()}
    [request] = asked
    assert request.sampling.temperature == 0.2
    assert "1. aspirin —treat→ pain" in request.messages[-1].content


def test_the_named_one_of_several_gives_way() -> None:
    says = in_turn('{"decision": "both"}', '{"decision": "replace", "number": 2}')
    told = stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", CAUSES, 0.8), ("2002-01-01", PREVENTS, 0.9))
    assert edges_of(merged(told, says)) == {("D1", "treat", "C1"): 0.7, ("D1", "prevent", "C1"): 0.9}


def test_order_matters_for_what_conflicts() -> None:
    """Whoever comes later always wins."""
    says, _ = decides(decision="replace", number=1)
    earlier = edges_of(merged(stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", CAUSES, 0.9)), says))
    later = edges_of(merged(stated(("2001-01-01", TREATS, 0.7), ("2000-01-01", CAUSES, 0.9)), says))
    assert (list(earlier), list(later)) == ([("D1", "cause", "C1")], [("D1", "treat", "C1")])


@pytest.mark.parametrize("reply", ["Y", '{"decision": "replace", "number": 2}', '{"decision": "replace"}', '{"decision": "maybe"}'])
def test_a_reply_that_decides_nothing_leaves_what_is_known(reply: str) -> None:
    made = merged(stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", CAUSES, 0.9)), lambda _: reply)
    assert edges_of(made) == {("D1", "treat", "C1"): 0.7}
    assert isinstance(made[0], Draft)
    assert (made[0].notes["n_asked"], made[0].notes["n_undecided"]) == (1, 1)


# tables


def test_the_tables_are_a_graph_and_both_ways_are_two_edges(tmp_path: Path) -> None:
    near = Triple("D1", "associate", "C2")
    write_tables(merged(stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", TREATS, 0.6), ("2001-01-01", near, 0.9))), tmp_path)  # type: ignore[arg-type]
    graph = load_graph(tmp_path)
    named = {
        (graph.names[head], graph.relation_names[relation], graph.names[tail])
        for head, relation, tail in zip(graph.heads, graph.relations, graph.tails, strict=True)
    }
    assert named == {("aspirin", "treat", "pain"), ("aspirin", "associate", "ulcer"), ("ulcer", "associate", "aspirin")}
    assert graph.source_names == ("news",)
    assert graph.licences == {"news": "CC0 1.0"}
    assert "D1\ttreat\tC1\tnews\t0.88\t2000-01-01\t2001-01-01\tt0|t1\n" in (tmp_path / "edges.tsv").read_text()
    assert not graph.amiss


def test_a_name_with_tabs_and_quotes_stays_in_its_cell(tmp_path: Path) -> None:
    drafts = stated(("2000-01-01", TREATS, 0.7))
    hostile = {
        **drafts[0].notes,
        "entities": [{"id": "D1", "name": 'as\tpi"rin\nx', "kind": "drug"}, {"id": "C1", "name": "pain", "kind": "x"}],
    }
    pairs = list(ByPair().sift([Draft("t", drafts[0].origin, notes=hostile)], kit_of({})))
    write_tables(through([MergePair()], pairs, {"teacher": in_turn()}), tmp_path)  # type: ignore[arg-type]
    assert "as pi'rin x" in load_graph(tmp_path).names


def test_an_edge_has_every_source_that_states_it_with_its_licence(tmp_path: Path) -> None:
    near, far = stated(("2000-01-01", TREATS, 0.7), ("2001-01-01", TREATS, 0.7))
    far = replace(far, origin=replace(far.origin, source="archive", licence="CC BY-NC 4.0"))
    write_tables(merged([far, near]), tmp_path)  # type: ignore[arg-type]
    graph = load_graph(tmp_path)
    assert sorted(graph.sources_of(0)) == ["archive", "news"]
    assert graph.licences == {"news": "CC0 1.0", "archive": "CC BY-NC 4.0"}
    assert load_graph(tmp_path, exclude_sources=["archive"]).n_edges == 1
