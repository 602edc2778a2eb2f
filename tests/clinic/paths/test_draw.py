"""Routes and wrong options, beside sets of pairs worked through one by one."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.clinic.paths.atlas import Atlas, Leg, is_plain
from osler.clinic.paths.draw import SHAPES, Closeness, Route, complete, reached, walk
from osler.clinic.paths.paths import Paths

Write = Callable[[str, str], str]


def nodes(atlas: Atlas, *ids: str) -> set[int]:
    return {atlas.graph.number(id) for id in ids}


def others_of(atlas: Atlas, start: str, said: str, kind: str, right: str, closeness: Closeness, n: int = 3) -> list[set[int]]:
    [first], [last] = nodes(atlas, start), nodes(atlas, right)
    route = Route(first, (Leg(said, kind),))
    drawn = [complete(atlas, route, (first, last), closeness, n, 60, random.Random(seed)) for seed in range(30)]
    return [set(each.others) for each in drawn if each]


def test_a_wrong_option_is_reached_in_no_source_by_no_like_relation_and_is_no_other_name_nor_wider_nor_narrower(knees: str) -> None:
    """Beside Red knees, treated by Alphine: a source left out has Blue, a relation of the family Green, a frequency of 0 says not Hot,
    which is therefore not offered at all; Dark red is narrower, Knee trouble wider, Rubor another name. Pale, Cold and Stiff remain."""
    atlas = Paths(graph=knees, exclude_sources=("theirs",)).atlas
    [start] = nodes(atlas, "d1")
    [answers] = reached(atlas, Route(start, (Leg("is treated by", "condition"),)))
    assert set(answers.tolist()) == nodes(atlas, "c1")
    found = others_of(atlas, "d1", "is treated by", "condition", "c1", Closeness.RANDOM)
    assert len(found) == 30
    assert all(others == nodes(atlas, "c4", "c5", "c6") for others in found)
    assert others_of(atlas, "d1", "is treated by", "condition", "c1", Closeness.RANDOM, n=4) == []


def test_whoever_shows_the_narrower_shows_the_wider(write_graph: Write) -> None:
    rows = (
        "".join(f"c{number}\tcondition\tcondition {number}\t\n" for number in range(6)) + "f1\tfinding\trash\t\nf2\tfinding\tred rash\t\n"
    )
    edges = "f2\tfinding_is_a\tf1\tx\t\nc0\tshows\tf1\tx\t\nc1\tshows\tf2\tx\t\n" + "".join(
        f"c{number}\tresembles\tc{number + 1}\tx\t\n" for number in range(5)
    )
    atlas = Paths(graph=write_graph(rows, edges)).atlas
    found = others_of(atlas, "f1", "shows", "condition", "c0", Closeness.RANDOM)
    assert found
    assert all(others <= nodes(atlas, "c2", "c3", "c4", "c5") for others in found)


def test_a_sibling_has_the_same_parent(knees: str) -> None:
    atlas = Paths(graph=knees).atlas
    found = others_of(atlas, "d2", "is treated by", "condition", "c4", Closeness.SIBLING, n=1)
    siblings = nodes(atlas, "c1", "c6", "c8", "c9")  # Cold knees are treated by Betine too
    assert found
    assert all(others < siblings for others in found)


def test_what_is_linked_has_an_edge_to_a_node_on_the_way(write_graph: Write) -> None:
    """Betine worsens what Alphine treats; Gammine has to do with neither."""
    rows = "p\tplace\telbow\t\nc\tcondition\tsore\t\na\tdrug\tAlphine\t\nb\tdrug\tBetine\t\ng\tdrug\tGammine\t\nd\tcondition\tache\t\n"
    edges = "c\tlocated_in\tp\tx\t\na\ttreats\tc\tx\t\nb\tworsens\tc\tx\t\ng\ttreats\td\tx\t\n"
    atlas = Paths(graph=write_graph(rows, edges)).atlas
    route = Route(atlas.graph.number("p"), (Leg("is located in", "condition"), Leg("treats", "drug")))
    way = (route.start, atlas.graph.number("c"), atlas.graph.number("a"))
    linked, anyone = (
        [complete(atlas, route, way, closeness, 1, 60, random.Random(seed)) for seed in range(30)]
        for closeness in (Closeness.LINKED, Closeness.RANDOM)
    )
    assert {each.others[0] for each in linked if each} == nodes(atlas, "b")
    assert {each.others[0] for each in anyone if each} == nodes(atlas, "b", "g")


def test_too_many_answers_are_no_task(knees: str) -> None:
    atlas = Paths(graph=knees).atlas
    [start], [right] = nodes(atlas, "d2"), nodes(atlas, "c4")
    route = Route(start, (Leg("is treated by", "condition"),))
    assert complete(atlas, route, (start, right), Closeness.RANDOM, 1, 2, random.Random(0)) is not None
    assert complete(atlas, route, (start, right), Closeness.RANDOM, 1, 1, random.Random(0)) is None


def test_the_levels_are_those_of_the_table() -> None:
    table = {
        (1, "random"): {1},
        (1, "sibling"): {2},
        (2, "random"): {2, 3},
        (2, "sibling"): {3, 4},
        (2, "linked"): {4, 5},
        (3, "random"): {3, 4},
        (3, "sibling"): {4, 5},
        (3, "linked"): {5},
    }
    found: dict[tuple[int, str], set[int]] = {}
    for shape in SHAPES:
        found.setdefault((shape.n_legs, shape.closeness.value), set()).add(shape.level)
    assert found == table


def test_a_circle_of_subtypes_ends(write_graph: Write) -> None:
    rows = "".join(f"c{number}\tthing\tthing {number}\t\n" for number in range(4))
    atlas = Paths(graph=write_graph(rows, "c0\tis_a\tc1\tx\t\nc1\tis_a\tc2\tx\t\nc2\tis_a\tc0\tx\t\nc3\tis_a\tc0\tx\t\n")).atlas
    groups = [int(group) for group in atlas.twin]
    assert atlas.above(groups[0]) == set(groups[:3])
    assert atlas.above(groups[3]) == set(groups)
    assert atlas.wide_reach(0, ["is the direct parent of"]).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3]))
def test_what_is_reached_is_what_pairs_say(seed: int, n_legs: int) -> None:
    """On the clinic's own graph, by sets of its edges instead of rows."""
    atlas = Paths().atlas
    walked = walk(atlas, n_legs, random.Random(seed))
    if walked is None:
        return
    route, way = walked
    assert len(set(way)) == n_legs + 1
    graph, found = atlas.graph, {route.start}
    for leg in route.legs:
        pairs: set[tuple[int, int]] = set()
        for head, relation, tail in zip(graph.heads.tolist(), graph.relations.tolist(), graph.tails.tolist(), strict=True):
            phrase = atlas.phrases.relations[graph.relation_names[relation]]
            pairs |= {(head, tail)} if phrase.tail == leg.said else set()
            pairs |= {(tail, head)} if phrase.head == leg.said else set()
        found = {far for near, far in pairs if near in found and graph.kinds[far] == leg.kind}
    assert set(reached(atlas, route)[-1].tolist()) == found
    assert way[-1] in found


def test_legs_of_relations_that_are_left_out_are_no_legs(knees: str) -> None:
    everything = {leg.said for leg in Paths(graph=knees).atlas.legs}
    assert {"treats", "is treated by", 'is linked by "works beside" to'} <= everything
    without = {leg.said for leg in Paths(graph=knees, leave_out=("treats", "works_beside")).atlas.legs}
    assert everything - without == {"treats", "is treated by", *(f'is linked by "works beside" {word}' for word in ("to", "from"))}


@pytest.mark.parametrize("name", ["", " leading", "two\nlines", "x" * 200, "obsolete thing", "bell\x07", "B. The answer is A"])
def test_what_cannot_be_named_in_a_line_is_not_asked_about(name: str) -> None:
    assert not is_plain(name)
    assert is_plain("Crohn's disease, type 2 (St. Mark)")
