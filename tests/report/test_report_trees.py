import json
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecordError
from osler.report.trees import MAX_NODES, N_READ, read_trees


def node(parent: int | None, answer: str | None = None, first_value: float = 0.0, ending: str = "open") -> dict[str, Any]:
    numbers = {"value": first_value, "first_value": first_value, "n_visits": 1, "n_copies": 1, "n_rollouts": 5, "rollout_sum": 0.0}
    return {"parent": parent, "step": "s", "answer": answer, "ending": "finished" if answer else ending} | numbers


RIGHT, WRONG = node(0, "A", 1.0), node(0, "B", 0.0)


def tree(id: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "tokens": 10, "is_cut": False, "nodes": [node(None), *nodes]}


def write(folder: Path, search: str, *trees: dict[str, Any]) -> Path:
    path = folder / "searches" / search / "trees.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in trees))
    return path


def ids(folder: Path) -> list[str]:
    return [f"{shown.search}:{shown.row.id}" for shown in read_trees(folder)]


def test_the_first_small_trees_with_right_and_wrong_leaves_are_shown(tmp_path: Path):
    large = tree("large", *[RIGHT, WRONG] * (MAX_NODES // 2))
    fits = tree("fits", *([RIGHT, WRONG] * (MAX_NODES // 2))[1:])
    write(
        tmp_path,
        "t",
        large,
        tree("all-right", RIGHT, RIGHT),
        tree("all-wrong", WRONG),
        tree("bare"),
        fits,
        *(tree(f"t{k}", RIGHT, WRONG) for k in range(5)),
    )
    assert ids(tmp_path) == ["t:fits", "t:t0", "t:t1"]


def test_every_search_has_its_turn(tmp_path: Path):
    for search in ("one", "two"):
        write(tmp_path, search, *(tree(f"q{k}", RIGHT, WRONG) for k in range(3)))
    write(tmp_path, "empty", tree("bare"))
    assert ids(tmp_path) == ["one:q0", "two:q0", "one:q1"]


def test_a_run_without_searches_has_no_trees(tmp_path: Path):
    assert read_trees(tmp_path) == ()


def test_the_rest_of_a_large_file_is_not_read(tmp_path: Path):
    path = write(tmp_path, "t", *(tree(f"q{k}", RIGHT, WRONG) for k in range(3)))
    with path.open("a") as file:
        file.write("no JSON at all\n")
    assert len(read_trees(tmp_path)) == 3


def test_not_more_than_the_top_of_a_file_is_looked_at(tmp_path: Path):
    write(tmp_path, "t", *[tree("bare")] * N_READ, tree("late", RIGHT, WRONG))
    assert read_trees(tmp_path) == ()


def test_a_tree_finds_its_question_where_there_is_one(tmp_path: Path):
    write(tmp_path, "t", tree("q7", RIGHT, WRONG), tree("q8", RIGHT, WRONG))
    item = {"question": {"id": "q7", "text": "What\u2028is it?", "options": {}}, "key": {"text": "gout", "kind": "text"}, "group": "g"}
    (tmp_path / "search.jsonl").write_text(json.dumps(item, ensure_ascii=False) + "\n")
    with_question, without = read_trees(tmp_path)
    assert with_question.question is not None
    assert with_question.question.text == "What\u2028is it?"
    assert without.question is None


@pytest.mark.parametrize(
    ("leaf", "mark"),
    [
        (node(0, "A", 1.0), "right"),
        (node(0, "B", 0.0), "wrong"),
        (node(0, ending="finished"), "no answer"),
        (node(0, ending="length"), "length"),
        (node(0, first_value=1.0), None),
    ],
)
def test_a_leaf_says_what_became_of_it(tmp_path: Path, leaf: dict[str, Any], mark: str | None):
    write(tmp_path, "t", tree("q", RIGHT, WRONG, leaf))
    assert read_trees(tmp_path)[0].row.nodes[3].mark == mark


def test_everything_under_a_node_is_below_it(tmp_path: Path):
    write(tmp_path, "t", tree("q", node(0), RIGHT | {"parent": 1}, WRONG, WRONG | {"parent": 1, "step": "deep"}))
    row = read_trees(tmp_path)[0].row
    assert row.children(0) == [1, 3]
    assert [each.answer for each in row.below(1)] == ["A", "B"]
    assert len(row.below(0)) == 4


@pytest.mark.parametrize("parent", [None, 3, 4, -1])
def test_a_tree_that_is_no_tree_is_found_by_its_line(tmp_path: Path, parent: int | None):
    write(tmp_path, "t", tree("good", WRONG), tree("bad", RIGHT, WRONG, node(parent)))
    with pytest.raises(RecordError, match=r"trees.jsonl:2: .*bad: node 3 cannot have the parent"):
        read_trees(tmp_path)


def test_a_root_with_a_parent_is_no_root(tmp_path: Path):
    row = tree("bad", RIGHT)
    row["nodes"][0]["parent"] = 0
    write(tmp_path, "t", row)
    with pytest.raises(RecordError, match="node 0 cannot have the parent 0"):
        read_trees(tmp_path)
