"""The longest paths without a shortcut, beside sets of edges looked at one by one."""

from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from osler.clinic.generate import Split
from osler.clinic.paths.rare_paths import RarePaths
from osler.clinic.task import Task
from osler.core.errors import UserError

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "biomedical_graph"


@cache
def made(maker: RarePaths, n: int = 60) -> tuple[Task, ...]:
    return tuple(maker.make(n, Split.TRAIN, 5))


def joined(maker: RarePaths, one: str, other: str) -> bool:
    graph = maker.atlas.graph
    a, b = graph.number(one), graph.number(other)
    return b in graph.out(a) or b in graph.into(a)


def test_a_task_of_level_l_has_l_plus_one_legs_and_nodes_that_differ() -> None:
    for task in made(RarePaths()):
        assert len(task.facts["legs"]) == task.level + 1
        assert len(set(task.facts["path"])) == task.level + 2


def test_no_step_can_be_left_out() -> None:
    """No edge of any relation between nodes of the way that are not neighbours on it, and no parent of a parent."""
    maker = RarePaths()
    subtypes = {"condition_is_a", "drug_is_a"}
    n_pairs = 0
    for task in made(maker):
        path, relations = task.facts["path"], task.facts["relations"]
        for one, other in combinations(range(len(path)), 2):
            if other - one > 1:
                n_pairs += 1
                assert not joined(maker, path[one], path[other])
        for (before, way), (after, other_way) in pairwise(relations):
            assert not (before in subtypes and after in subtypes and way == other_way)
    assert n_pairs > 100


@pytest.mark.parametrize("max_fan", [1, 2])
def test_no_leg_leads_to_more_than_max_fan(max_fan: int) -> None:
    """With 1, each step is certain."""
    maker = RarePaths(max_fan=max_fan, levels=(1, 2))
    tasks = made(maker, 20)
    for task in tasks:
        node = {task.facts["start"]}
        for near, (said, kind) in zip(task.facts["path"], task.facts["legs"], strict=False):
            ends = {
                maker.atlas.graph.ids[other]
                for relation, is_forward in maker.atlas.phrases.moves[said]
                for other in (maker.atlas.graph.out if is_forward else maker.atlas.graph.into)(
                    maker.atlas.graph.number(near), relation
                ).tolist()
                if maker.atlas.graph.kinds[other] == kind
            }
            assert 1 <= len(ends) <= max_fan
            node = ends
        assert max_fan > 1 or node == {task.facts["path"][-1]} == set(task.facts["answers"])


def test_starts_are_rare() -> None:
    """Drawn with a chance of one over their neighbours: fewer of them than of a node of the graph that begins a way, drawn evenly."""
    maker = RarePaths()
    atlas = maker.atlas
    drawn = [atlas.degree[atlas.graph.number(task.facts["start"])] for task in made(maker)]
    every = atlas.degree[atlas.is_named & (atlas.degree > 0)]
    assert sum(drawn) / len(drawn) < float(every.mean())


def test_a_graph_that_has_no_such_ways_says_so(knees: str) -> None:
    with pytest.raises(UserError, match=r"^rare_path: only 0 of 1 tasks for train, for the graph has no more ways of 6 legs without a"):
        RarePaths(graph=knees, levels=(5,)).make(1, Split.TRAIN, 0)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no graph at {DATA}")
def test_on_the_real_graph_each_step_is_certain() -> None:
    maker = RarePaths(graph=str(DATA), max_fan=1, levels=(1, 2, 3))
    tasks = made(maker, 60)
    assert all(maker.solve(task) == task.key and task.facts["answers"] == task.facts["path"][-1:] for task in tasks)
    assert Counter(task.level for task in tasks) == {1: 20, 2: 20, 3: 20}
