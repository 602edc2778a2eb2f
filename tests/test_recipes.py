"""Every recipe that comes with osler can be read, and its plan can be made."""

import re
from pathlib import Path

import pytest
import yaml

from osler.plan import plan
from osler.recipe.file import load_recipe
from osler.recipe.recipe import resolved

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes").glob("*.y*ml"))
each = pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)


def test_there_are_recipes() -> None:
    assert RECIPES
    assert [path for path in (ROOT / "recipes").iterdir() if path.suffix == ".yml"] == []  # one ending for all


@each
def test_it_is_read_and_its_seed_stands_at_the_top(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    recipe = load_recipe(path)
    assert isinstance(content["seed"], int)
    assert recipe.seed == content["seed"]
    assert recipe.name == path.stem


@each
def test_its_first_line_says_what_it_is(path: Path) -> None:
    assert re.match(r"# \S.+\.\n", path.read_text(encoding="utf-8"))


@each
def test_it_reads_back_from_what_was_resolved(path: Path, tmp_path: Path) -> None:
    recipe = load_recipe(path)
    copy = tmp_path / "recipe.yaml"
    copy.write_text(yaml.safe_dump(resolved(recipe), sort_keys=False, allow_unicode=True), encoding="utf-8")
    assert load_recipe(copy) == recipe


@each
def test_its_plan_can_be_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recipe = load_recipe(path)
    stages = plan(recipe)
    names = [stage.stage for stage in stages]
    assert names[:2] == ["data", "policy seed"]
    assert [name for name in names if name.startswith("answer: ")] == [f"answer: {name}" for name in recipe.answer.systems]
    assert {f"search {name}" for name in recipe.searches} <= set(names)
    generating = [stage for stage in stages if stage.tokens is not None]
    assert generating
    assert all(stage.tokens and stage.requests and stage.tokens >= stage.requests > 0 for stage in generating)


def test_the_plan_of_a_recipe_whose_files_are_not_here_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stages = {stage.stage: stage for stage in plan(load_recipe(ROOT / "recipes" / "meds3.yaml"))}
    missing = "not here, counted as 1000 items: data/meds3_search.jsonl, data/meds3_answer.jsonl"
    assert stages["data"].what == f"0 worked, 1000 to search on, 1000 to answer; {missing}"
    assert stages["answer: vote of 32"].requests == 32_000


def test_the_plan_counts_the_files_that_are_here(tmp_path: Path) -> None:
    """Worked items have steps, and a limit caps what is counted."""
    item = '{"question": {"id": "q-%d", "text": "Which?"}, "key": {"kind": "text", "text": "gout"}%s}\n'
    for name, n, more in (("worked", 2, ', "steps": ["So."]'), ("search", 5, ""), ("answer", 4, "")):
        (tmp_path / f"{name}.jsonl").write_text("".join(item % (at, more) for at in range(n)))
    data = {"kind": "files", **{name: str(tmp_path / f"{name}.jsonl") for name in ("worked", "search", "answer")}}
    least = {"name": "few", "seed": 1, "seed_policy": {"base": {"kind": "hf", "path": "some"}}}
    content = {**least, "data": data, "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}}}
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(content))
    assert plan(load_recipe(path))[0].what == "2 worked, 5 to search on, 4 to answer"
    assert plan(load_recipe(path, ["limit=3"]))[0].what == "2 worked, 3 to search on, 3 to answer"


def test_every_recipe_that_a_message_names_is_there() -> None:
    named = {
        name for file in (ROOT / "osler").rglob("*.py") for name in re.findall(r"recipes/(\w+\.yaml)", file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= {path.name for path in RECIPES}
