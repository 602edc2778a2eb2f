"""Tables, benchmarks and data sets of the hub as the `data` of a recipe."""

import json
from pathlib import Path

import pytest

from osler.core.errors import RecipeError
from osler.data.table_source import id_part, set_name
from osler.plan import plan
from osler.recipe.file import load_recipe
from osler.recipe.recipe import Recipe

REST = """
seed_policy: {base: {kind: nano, vocab_size: 800, hidden_size: 48, n_layers: 2, n_heads: 4, intermediate_size: 144}}
answer:
  systems:
    greedy: {strategy: {kind: greedy, max_tokens: 100}}
"""


def table(folder: Path, name: str, n: int) -> Path:
    path = folder / f"{name}.jsonl"
    row = {"options": {"A": "gout", "B": "flu", "C": "croup", "D": "mumps"}, "answer_idx": "B", "steps": ["The answer is B."]}
    path.write_text("\n".join(json.dumps({"question": f"{name} {at}?", **row}) for at in range(n)))
    return path


def recipe(folder: Path, data: str, rest: str = REST) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(f"name: tables\nseed: 1\ndata: {data}\n{rest}")
    return load_recipe(path)


COLUMNS = "{text: question, options: options, key: answer_idx, steps: steps}"


def test_a_recipe_of_a_table(tmp_path: Path) -> None:
    paths = [table(tmp_path, name, n) for name, n in (("test", 5), ("train", 3), ("worked", 2))]
    settings = recipe(tmp_path, f"{{kind: table, path: {paths[0]}, search: {paths[1]}, worked: {paths[2]}, columns: {COLUMNS}}}")
    assert plan(settings)[0].what == "2 worked, 3 to search on, 5 to answer"
    dataset = settings.data.load(1)
    assert [item.id for item in dataset.answer] == [f"test-{at:05d}" for at in range(5)]
    assert [worked.steps for worked in dataset.worked] == [("The answer is B.",)] * 2


def test_a_recipe_of_a_benchmark(tmp_path: Path) -> None:
    settings = recipe(tmp_path, f"{{kind: benchmark, name: medqa, path: {table(tmp_path, 'test', 5)}}}")
    assert plan(settings)[0].what == "0 worked, 0 to search on, 5 to answer"


def test_a_recipe_of_the_hub_is_planned_without_it(tmp_path: Path) -> None:
    settings = recipe(tmp_path, f"{{kind: hub, id: org/tiny, columns: {COLUMNS}, search_split: train}}")
    assert plan(settings)[0].what == "0 worked, 1000 to search on, 1000 to answer"


def test_a_file_that_is_not_here_is_planned_as_well(tmp_path: Path) -> None:
    settings = recipe(tmp_path, f"{{kind: table, path: {tmp_path / 'no.jsonl'}, columns: {COLUMNS}}}")
    assert plan(settings)[0].what.startswith("0 worked, 0 to search on, 1000 to answer; not here, counted as 1000 items: ")


def test_a_stage_without_items_is_refused(tmp_path: Path) -> None:
    searching = REST + "searches: {tree: {strategy: {kind: mcts}}}\n"
    for data in (
        f"{{kind: table, path: {table(tmp_path, 'test', 5)}, columns: {COLUMNS}}}",
        f"{{kind: benchmark, name: medqa, path: {table(tmp_path, 'test', 5)}}}",
        f"{{kind: hub, id: org/tiny, columns: {COLUMNS}}}",
    ):
        with pytest.raises(RecipeError, match=r"searches: there are no items for it; name a file under data\.search"):
            recipe(tmp_path, data, searching)


def test_an_unknown_column_setting_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"data\.columns.*'optoins'"):
        recipe(tmp_path, "{kind: table, path: t.csv, columns: {text: q, optoins: o}}")


@pytest.mark.parametrize(
    ("path", "part"),
    [("dev.jsonl.gz", "dev"), ("Test 4opt.JSONL", "test-4opt"), ("a.b.csv", "a-b"), ("日本.json", "rows"), ("folder", "folder")],
)
def test_the_name_of_a_file_in_an_id(path: str, part: str) -> None:
    assert id_part(Path(path)) == part


def test_the_name_of_a_set_does_not_stand_twice_in_an_id() -> None:
    assert set_name("medqa", Path("medqa-test.jsonl")) == "medqa-test"
    assert set_name("medqa", Path("test.jsonl")) == "medqa-test"
    assert set_name("", Path("test.jsonl")) == "test"
