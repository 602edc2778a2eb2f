"""What is masked, beside edges looked up one by one."""

import random
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from osler.clinic.generate import Split
from osler.clinic.masked.draw import Arc, rare_nodes, rarely, wrong_relations
from osler.clinic.masked.masked import Masked
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import ChoiceKey

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "biomedical_graph"


@cache
def made(maker: Masked, n: int = 60, split: Split = Split.TRAIN) -> tuple[Task, ...]:
    return tuple(maker.make(n, split, 5))


def nodes_of(tasks: tuple[Task, ...]) -> list[Task]:
    found = [task for task in tasks if task.facts["mask"] == "node"]
    assert found
    return found


def step_ends(maker: Masked, start: str, said: str, kind: str) -> set[str]:
    graph = maker.atlas.graph
    return {
        graph.ids[other]
        for relation, is_forward in maker.atlas.phrases.moves[said]
        for other in (graph.out if is_forward else graph.into)(graph.number(start), relation).tolist()
        if graph.kinds[other] == kind
    }


def met(maker: Masked, clue: dict[str, Any]) -> set[str]:
    """All that a clue is true of, by sets of ids; not the node that it names."""
    found = {clue["path"][0]}
    for said, kind in clue["legs"]:
        found = {end for node in found for end in step_ends(maker, node, said, kind)}
    return found - {clue["path"][0]}


def test_the_masked_node_is_the_only_one_that_all_clues_are_true_of() -> None:
    maker = Masked()
    for task in nodes_of(made(maker)):
        assert isinstance(task.key, ChoiceKey)
        true_of = [met(maker, clue) for clue in task.facts["clues"]]
        assert len(true_of) >= 2
        assert set.intersection(*true_of) == {task.facts["options"][task.key.letters[0]]} == set(task.facts["answers"])


def test_wrong_options_stand_in_the_same_relations_and_never_at_the_end_of_all_clues() -> None:
    maker = Masked()
    graph = maker.atlas.graph
    for task in nodes_of(made(maker)):
        true_of = [met(maker, clue) for clue in task.facts["clues"]]
        for id in set(task.facts["options"].values()) - set(task.facts["answers"]):
            assert graph.kinds[graph.number(id)] == graph.kinds[graph.number(task.facts["answers"][0])]
            assert not all(id in each for each in true_of)
            for clue in task.facts["clues"]:
                said, kind = clue["legs"][-1]
                assert any(id in step_ends(maker, other, said, kind) for other in graph.ids), (task.id, id, said)


def test_a_level_says_how_near_the_options_are_and_whether_each_clue_is_needed() -> None:
    maker = Masked(relation_share=0)
    for task in nodes_of(made(maker)):
        clues = [met(maker, clue) for clue in task.facts["clues"]]
        wrong = set(task.facts["options"].values()) - set(task.facts["answers"])
        if task.level in (2, 4, 5):
            assert all(any(id in each for each in clues) for id in wrong)
        if task.level >= 3:
            for left_out in range(len(clues)):
                assert len(set.intersection(*(each for at, each in enumerate(clues) if at != left_out))) > 1
        lengths = [len(clue["legs"]) for clue in task.facts["clues"]]
        assert sorted(lengths) == [1] * (len(lengths) - (task.level == 5)) + [2] * (task.level == 5)
    assert {task.level for task in made(maker)} == {1, 2, 3, 4, 5}


def test_a_node_without_a_name_is_named_by_no_other_clue() -> None:
    tasks = made(Masked(levels=(5,)), 20)
    for task in tasks:
        middle = [clue["path"][1] for clue in task.facts["clues"] if len(clue["path"]) == 3]
        assert len(middle) == 1
        assert middle[0] not in {clue["path"][0] for clue in task.facts["clues"]}


def test_of_relations_only_the_one_that_is_there_is_right() -> None:
    maker = Masked(levels=(1,), relation_share=1)
    graph = maker.atlas.graph
    for task in made(maker, 20):
        assert isinstance(task.key, ChoiceKey)
        assert task.facts["mask"] == "relation"
        second, first = task.facts["path"]
        kind = graph.kinds[graph.number(first)]
        right = [letter for letter, said in task.options.items() if first in step_ends(maker, second, said, kind)]
        assert right == list(task.key.letters)


def test_only_the_right_letter_is_a_true_answer() -> None:
    maker = Masked()
    for task in made(maker):
        truths = {letter: maker.check_step(task, f"The answer is {letter}.") for letter in (*task.options, "Z")}
        assert [letter for letter, truth in truths.items() if truth is Truth.TRUE] == list(task.key.letters)  # type: ignore[union-attr]


def test_rare_nodes_are_drawn_more_often() -> None:
    """By hand: the chance is one over the neighbours, so what is drawn has n over the sum of the chances on average."""
    maker = Masked()
    nodes, sums = rare_nodes(maker.atlas)
    degrees = [int(maker.atlas.degree[node]) for node in nodes]
    assert min(degrees) == 2
    assert sums[-1] == pytest.approx(sum(1 / degree for degree in degrees))
    rng = random.Random(0)
    drawn = [int(maker.atlas.degree[node]) for node in rng.choices(nodes, cum_weights=sums, k=20_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(len(nodes) / sums[-1], rel=0.05)
    assert len(nodes) / sums[-1] < 0.75 * sum(degrees) / len(degrees)


def test_clues_begin_with_what_is_rare_around_a_node() -> None:
    """Of an end with 2 neighbours and one with 6, the first comes first in 6 of 8 orders: of two exponentials with these rates."""
    maker = Masked()
    atlas = maker.atlas
    two, six = (next(node for node in range(atlas.graph.n_nodes) if atlas.degree[node] == degree) for degree in (2, 6))
    rng = random.Random(1)
    firsts = Counter(rarely(atlas, [Arc(0, "x", two), Arc(0, "x", six)], rng)[0].far for _ in range(4000))
    assert firsts[two] / 4000 == pytest.approx(0.75, abs=0.03)


def test_what_is_masked_in_one_split_is_not_in_another() -> None:
    masked = [{task.facts["answers"][0] for task in nodes_of(made(Masked(relation_share=0), 40, split))} for split in Split]
    assert all(masked)
    assert not masked[0] & masked[1]
    assert not (masked[0] | masked[1]) & masked[2]


def test_relations_that_join_the_same_kinds_on_a_graph_of_ones_own(tmp_path: Path) -> None:
    """Drugs and conditions joined by three relations: only those that are not said of the two by any source are wrong."""
    nodes = "".join(f"d{at}\tdrug\tDrug {at}\t\nc{at}\tcondition\tTrouble {at}\t\n" for at in range(8))
    relations = ("eases", "worsens", "hides", "follows")
    edges = "".join(f"d{at}\t{relations[at % 4]}\tc{other}\tours\t\n" for at in range(8) for other in (at, (at + 1) % 8))
    (tmp_path / "nodes.tsv").write_text(f"id\ttype\tname\tsynonyms\n{nodes}", encoding="utf-8")
    (tmp_path / "edges.tsv").write_text(f"head\trelation\ttail\tsources\tfrequency\n{edges}", encoding="utf-8")
    maker = Masked(graph=str(tmp_path), levels=(2,), relation_share=1, n_options=3)
    tasks = maker.make(6, Split.TRAIN, 0)
    assert {task.facts["mask"] for task in tasks} == {"relation"}
    for task in tasks:
        assert all("is linked by" in said for said in task.options.values())
        assert maker.solve(task) == task.key
    atlas = maker.atlas
    arc = Arc(atlas.graph.number("d0"), atlas.phrases.relations["eases"].head, atlas.graph.number("c0"))
    wrong = wrong_relations(atlas, arc, 3, random.Random(0), is_near=True)
    assert sorted(wrong or ()) == sorted(atlas.phrases.relations[name].head for name in ("worsens", "hides", "follows"))


def test_a_second_right_option_does_not_go_unseen_and_another_text_is_an_error() -> None:
    maker = Masked(levels=(3,))
    task = made(maker, 5)[0]
    assert isinstance(task.key, ChoiceKey)
    [wrong] = [letter for letter in task.options if letter not in task.key.letters][:1]
    found = maker.solve(replace(task, options={**task.options, wrong: task.options[task.key.letters[0]]}))
    assert isinstance(found, ChoiceKey)
    assert len(found.letters) == 2
    with pytest.raises(UserError, match="cannot be read in exactly one way"):
        maker.solve(replace(task, text="Which of these is best?"))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no graph at {DATA}")
def test_on_the_real_graph_keys_are_found_again() -> None:
    maker = Masked(graph=str(DATA))
    tasks = made(maker, 100)
    assert all(maker.solve(task) == task.key for task in tasks)
    assert Counter(task.level for task in tasks) == dict.fromkeys(range(1, 6), 20)
