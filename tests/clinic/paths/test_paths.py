"""The maker of tasks about paths, beside sets of edges worked through one by one."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.clinic.generate import Split
from osler.clinic.paths.draw import SHAPES
from osler.clinic.paths.paths import Paths, curriculum, hopeful
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import ChoiceKey
from osler.knowledge.graphs.graph import Graph

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "biomedical_graph"
Write = Callable[[str, str], str]
BOTH = "c\tcondition\tsore\t\nd\tcondition\tache\t\na\tdrug\tAlphine\t\nb\tdrug\tBetine\t\n"


@cache
def made(maker: Paths, n: int = 60, split: Split = Split.TRAIN, seed: int = 5) -> tuple[Task, ...]:
    return tuple(maker.make(n, split, seed))


def far_ends(graph: Graph, maker: Paths, task: Task) -> set[str]:
    """All that a route leads to, by sets of ids."""
    found = {task.facts["start"]}
    for said, kind in task.facts["legs"]:
        after: set[str] = set()
        for relation, is_forward in maker.atlas.phrases.moves[said]:
            for node in found:
                step = graph.out if is_forward else graph.into
                after |= {graph.ids[other] for other in step(graph.number(node), relation).tolist() if graph.kinds[other] == kind}
        found = after
    return found - {task.facts["start"]}


def test_exactly_one_option_is_reached() -> None:
    maker = Paths()
    for task in made(maker):
        assert isinstance(task.key, ChoiceKey)
        ends = far_ends(maker.atlas.graph, maker, task)
        assert ends == set(task.facts["answers"])
        assert [letter for letter, id in task.facts["options"].items() if id in ends] == list(task.key.letters)
        assert 1 <= len(ends) <= 60
        assert len(set(task.options.values())) == len(task.options) == 4


def test_facts_are_the_edges_of_the_way_with_their_sources() -> None:
    maker = Paths()
    graph = maker.atlas.graph
    for task in made(maker):
        path, relations, sources = (task.facts[name] for name in ("path", "relations", "sources"))
        assert len(path) == len(relations) + 1 == len(sources) + 1 == len(task.steps)
        assert path[0] == task.facts["start"]
        for near, far, (relation, way), named in zip(path, path[1:], relations, sources, strict=False):
            head, tail = (near, far) if way == "forward" else (far, near)
            assert graph.number(tail) in graph.out(graph.number(head), relation)
            assert named == ["osler clinic"]
        json.dumps(task.facts)


def test_a_level_is_made_of_legs_a_hub_and_closeness() -> None:
    maker = Paths()
    atlas = maker.atlas
    for task in made(maker):
        closeness = ["random", "sibling", "linked"].index(task.facts["closeness"])
        nodes = [atlas.graph.number(id) for id in task.facts["path"]]
        neighbours = [{*atlas.graph.out(node).tolist(), *atlas.graph.into(node).tolist()} for node in nodes]
        assert task.facts["degrees"] == [len(each) for each in neighbours[1:-1]]
        is_hub = any(degree > atlas.usual_degree for degree in task.facts["degrees"])
        assert task.level == min(5, len(task.facts["legs"]) + is_hub + closeness)
        if closeness == 1:
            parents = [
                {other for name in ("condition_is_a", "drug_is_a") for other in atlas.graph.out(atlas.graph.number(id), name).tolist()}
                for id in task.facts["options"].values()
            ]
            right = parents[list(task.options).index(task.key.letters[0])]  # type: ignore[union-attr]
            assert all(each & right for each in parents)


def test_at_most_half_of_all_ends_of_edges_are_at_a_hub() -> None:
    graph = Paths().atlas.graph
    degrees = sorted(len({*graph.out(node).tolist(), *graph.into(node).tolist()}) for node in range(graph.n_nodes))
    usual = Paths().atlas.usual_degree
    assert sum(degree for degree in degrees if degree > usual) <= sum(degrees) / 2 <= sum(degree for degree in degrees if degree >= usual)


def test_any_true_edge_is_a_true_step_and_no_other() -> None:
    maker = Paths()
    task = made(maker)[0]
    world = maker.atlas.graph
    shown = [world.names[tail] for tail in world.out(world.number("condition:asthma"), "shows").tolist()]
    assert len(shown) >= 5
    for name in shown:
        assert maker.check_step(task, f"According to the graph, asthma shows {name}.") is Truth.TRUE
        assert maker.check_step(task, f"According to the graph, {name} is shown by Asthma.") is Truth.TRUE
    for false in (
        "asthma shows coughing blood",
        "wheeze shows asthma",
        "asthma treats wheeze",
        "asthma shows quixotry",
        "nobody shows wheeze",
    ):
        assert maker.check_step(task, f"According to the graph, {false}.") is Truth.FALSE
    for unreadable in ("Asthma shows wheeze.", "According to the graph, asthma likes wheeze.", "I think so."):
        assert maker.check_step(task, unreadable) is Truth.UNREADABLE
    two = "According to the graph, asthma shows wheeze. According to the graph, asthma shows "
    assert maker.check_step(task, f"{two}breathlessness.") is Truth.TRUE
    assert maker.check_step(task, f"{two}rigid abdomen.") is Truth.FALSE


def test_only_the_right_letter_is_the_answer() -> None:
    maker = Paths()
    for task in made(maker):
        truths = {letter: maker.check_step(task, f"The answer is {letter}.") for letter in (*task.options, "Z", "AB", "nobody")}
        assert [letter for letter, truth in truths.items() if truth is Truth.TRUE] == list(task.key.letters)  # type: ignore[union-attr]
        assert Truth.UNREADABLE not in truths.values()


def test_a_second_right_option_does_not_go_unseen() -> None:
    maker = Paths()
    [task] = [task for task in made(maker) if len(task.facts["answers"]) > 1 and task.level == 1][:1]
    other = next(id for id in task.facts["answers"] if id not in task.facts["options"].values())
    letter = next(letter for letter in task.options if letter not in task.key.letters)  # type: ignore[union-attr]
    name = maker.atlas.graph.names[maker.atlas.graph.number(other)]
    found = maker.solve(replace(task, options={**task.options, letter: name}))
    assert isinstance(found, ChoiceKey)
    assert len(found.letters) == 2


def test_a_text_that_asks_nothing_and_options_that_nothing_leads_to_are_errors() -> None:
    maker = Paths()
    task = made(maker)[0]
    with pytest.raises(UserError, match="read in 0 ways"):
        maker.solve(replace(task, text="Which of these is best?"))
    with pytest.raises(UserError, match="no option"):
        maker.solve(replace(task, options={"A": "nobody", "B": "nothing"}))


def test_no_route_of_one_split_stands_in_another() -> None:
    routes = [{json.dumps([task.facts["start"], task.facts["legs"]]) for task in made(Paths(), 60, split)} for split in Split]
    assert all(len(each) > 30 for each in routes)
    assert not routes[0] & routes[1]
    assert not (routes[0] | routes[1]) & routes[2]


def test_no_task_comes_twice() -> None:
    asked = Counter((task.text, task.options[task.key.letters[0]]) for task in made(Paths()))  # type: ignore[union-attr]
    assert asked.most_common(1)[0][1] == 1


def test_a_curriculum_goes_from_the_easy_to_the_hard() -> None:
    tasks = made(Paths())
    ordered = curriculum(reversed(tasks))
    assert [task.level for task in ordered] == sorted(task.level for task in tasks)
    assert {task.id for task in ordered} == {task.id for task in tasks}


@pytest.mark.parametrize("n_options", [2, 3, 6])
def test_as_many_options_as_asked_for(n_options: int) -> None:
    tasks = Paths(n_options=n_options, levels=(1,)).make(10, Split.TRAIN, 0)
    assert {len(task.options) for task in tasks} == {n_options}


def test_a_shape_that_finds_nothing_is_given_up_while_others_find() -> None:
    first, *others = [shape for shape in SHAPES if shape.level == 4]
    assert others
    assert hopeful(4, Counter()) == [first, *others]
    assert hopeful(4, Counter({first: 400})) == others
    assert hopeful(4, Counter({first: 401} | dict.fromkeys(others, 500))) == [first]


# users' own graphs


def test_a_users_own_graph_makes_tasks_in_plain_words(knees: str) -> None:
    maker = Paths(graph=knees, levels=(1,), n_options=2, leave_out=())
    tasks = maker.make(6, Split.TRAIN, 0)
    assert len(tasks) == 6
    for task in tasks:
        assert maker.solve(task) == task.key
        assert all(maker.check_step(task, step) is Truth.TRUE for step in task.steps)
    assert "not stated" in maker.card()
    assert "| ours | 15 |" in maker.card()


def test_bare_triples_make_tasks_about_nodes(tmp_path: Path) -> None:
    """No kinds, a relation that nobody knows, a circle of subtypes, and names that hold what the grammar is made of."""
    names = ["a node that", "is a direct subtype of", "St. Mary. The answer is A.", "x?", *(f"n{number}" for number in range(12))]
    triples = [(names[at], "made_with", names[at + 1]) for at in range(len(names) - 1)]
    triples += [(names[at], "is_a", names[at + 1]) for at in range(4, 8)] + [(names[8], "is_a", names[4])]
    file = tmp_path / "mine.csv"
    file.write_text("head,relation,tail\n" + "".join(f"{','.join(each)}\n" for each in triples), encoding="utf-8")
    maker = Paths(graph=str(file), levels=(1, 2, 3), n_options=3)
    tasks = maker.make(12, Split.TRAIN, 0)
    for task in tasks:
        assert maker.solve(task) == task.key
        assert all(maker.check_step(task, step) is Truth.TRUE for step in task.steps)
        assert task.text.startswith("According to the graph, which of these nodes is ")
    assert tasks[0].id == "path-mine-train-00000"


def test_a_graph_without_an_edge_makes_no_task(write_graph: Write) -> None:
    with pytest.raises(UserError, match="only 0 of 1 tasks"):
        Paths(graph=write_graph(BOTH, "")).make(1, Split.TRAIN, 0)


def test_what_the_graph_has_not_is_an_error(knees: str, write_graph: Write, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no source 'their'"):
        Paths(graph=knees, exclude_sources=("their",)).make(1, Split.TRAIN, 0)
    with pytest.raises(UserError, match="no such file or folder"):
        Paths(graph=str(tmp_path / "nowhere")).make(1, Split.TRAIN, 0)
    with pytest.raises(UserError, match="no more of level 5"):
        Paths(graph=write_graph(BOTH, "a\ttreats\tc\tx\t\n"), levels=(5,)).make(1, Split.TRAIN, 0)
    with pytest.raises(ValidationError):
        Paths(levels=(6,))
    with pytest.raises(ValidationError):
        Paths(n_options=1)


def test_settings_are_read_from_json() -> None:
    assert TypeAdapter(Paths).validate_python({"kind": "path", "levels": [1, 2]}) == Paths(levels=(1, 2))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not beside the checkout ({DATA})")
def test_tasks_on_the_real_graph() -> None:
    """Without the source that has no licence; every task solved again on all sources, every step true, every edge of a source in it."""
    maker = Paths(graph=str(DATA), exclude_sources=("EveryCure",))
    tasks = maker.make(150, Split.TRAIN, 1)
    assert Counter(task.level for task in tasks) == dict.fromkeys(range(1, 6), 30)
    for task in tasks:
        assert maker.solve(task) == task.key
        assert all(maker.check_step(task, step) is Truth.TRUE for step in task.steps)
        assert all(named and "EveryCure" not in named for named in task.facts["sources"])
        assert "associates_disease" not in {relation for relation, _ in task.facts["relations"]}
        assert far_ends(maker.atlas.graph, maker, task) == set(task.facts["answers"])
        options = set(task.facts["options"].values())
        assert len(options & far_ends(maker.atlas.every, maker, task)) == 1
    assert "| HPOA | " in maker.card()
