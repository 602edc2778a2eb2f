"""Paths of one to three legs: sets that nest, edges that are there, nodes that differ, and no route that is most of them."""

import math
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from osler.clinic.generate import Split
from osler.clinic.paths.even_paths import EvenPaths
from osler.clinic.task import Task
from osler.core.errors import UserError

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "biomedical_graph"


@cache
def made(maker: EvenPaths, n: int, seed: int = 5) -> tuple[Task, ...]:
    return tuple(maker.make(n, Split.TRAIN, seed))


def n_evenly(names: Iterable[str]) -> float:
    """How many equally frequent things would be as mixed: e to the entropy."""
    counts = Counter(names)
    total = counts.total()
    return math.exp(-sum(n / total * math.log(n / total) for n in counts.values()))


def test_sets_of_one_two_and_three_legs_nest() -> None:
    """30 of one leg are among the 60 of up to two, those among the 90 of up to three: all of a task, not its id alone."""
    sets = [made(EvenPaths(max_legs=max_legs), 30 * max_legs) for max_legs in (1, 2, 3)]
    by_id = [{task.id: task for task in tasks} for tasks in sets]
    for smaller, larger in pairwise(by_id):
        assert all(larger[id] == task for id, task in smaller.items())
    assert [Counter(len(task.facts["legs"]) for task in tasks) for tasks in sets] == [{1: 30}, {1: 30, 2: 30}, {1: 30, 2: 30, 3: 30}]


def test_a_path_of_h_relations_has_h_plus_one_distinct_nodes_and_every_edge_is_there() -> None:
    maker = EvenPaths()
    graph = maker.atlas.graph
    for task in made(maker, 90):
        path, relations = task.facts["path"], task.facts["relations"]
        assert len(set(path)) == len(path) == len(relations) + 1 == len(task.facts["legs"]) + 1
        for near, far, (relation, way) in zip(path, path[1:], relations, strict=False):
            head, tail = (near, far) if way == "forward" else (far, near)
            assert graph.number(tail) in graph.out(graph.number(head), relation)


def test_the_answer_is_the_end_of_the_path_and_no_other_option_is_any_valid_end() -> None:
    for task in made(EvenPaths(), 90):
        [letter] = task.key.letters  # type: ignore[union-attr]
        assert task.facts["options"][letter] == task.facts["path"][-1]
        others = {id for each, id in task.facts["options"].items() if each != letter}
        assert len(others) == 3
        assert others.isdisjoint(task.facts["answers"])


@pytest.mark.parametrize("thing", ["legs", "start"])
def test_no_route_and_no_start_dominates(thing: str) -> None:
    """Beside walks at random: as mixed as more kinds of route, or starts, would be evenly; and none is more than one in twenty."""
    even, at_random = (
        [str(task.facts[thing]) for task in made(EvenPaths(max_legs=3, n_candidates=n_candidates), 240)] for n_candidates in (8, 1)
    )
    assert n_evenly(even) > n_evenly(at_random)
    assert Counter(even).most_common(1)[0][1] <= 240 * 0.05


def test_a_length_that_the_graph_has_no_more_of_leaves_its_turns_to_the_others(knees: str) -> None:
    maker = EvenPaths(graph=knees, levels=(1, 2, 3), n_options=2, leave_out=(), max_legs=2)
    counts = Counter(len(task.facts["legs"]) for task in maker.make(12, Split.TRAIN, 0))
    assert counts[1] + counts[2] == 12
    with pytest.raises(UserError, match=r"^even_path: only \d+ of 5000 tasks for train, for the graph has no more paths of up to 2 legs; "):
        maker.make(5000, Split.TRAIN, 0)


def test_levels_that_no_length_has_are_an_error() -> None:
    with pytest.raises(UserError, match=r"no path of at most 1 legs is of a level in \(5,\)"):
        EvenPaths(max_legs=1, levels=(5,)).make(1, Split.TRAIN, 0)


def test_a_task_knows_the_licences_of_its_edges_and_the_names_in_its_text(knees: str) -> None:
    [task] = made(EvenPaths(max_legs=1), 1)
    assert EvenPaths().licence(task) == "Apache-2.0"
    notes = EvenPaths().notes(task)
    assert notes["n_legs"] == 1
    [name] = notes["names"]
    assert name in task.text
    own = EvenPaths(graph=knees, levels=(1,), n_options=2)
    assert {own.licence(task) for task in own.make(6, Split.TRAIN, 0)} <= {
        "ours: not stated",
        "ours: not stated; theirs: not stated",
        "theirs: not stated",
    }
    assert [path.name for path in own.files] == [Path(knees).name]


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no graph at {DATA}")
def test_on_the_real_graph_keys_are_found_again() -> None:
    maker = EvenPaths(graph=str(DATA))
    tasks = made(maker, 150)
    assert all(maker.solve(task) == task.key for task in tasks)
    assert Counter(str(task.facts["legs"]) for task in tasks).most_common(1)[0][1] <= 150 * 0.05
    assert all(maker.licence(task) for task in tasks)
