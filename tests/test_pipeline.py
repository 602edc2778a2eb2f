"""The stages of a recipe: which there are, in what order, and that a stage that is done is not done again."""

from pathlib import Path

import pytest

from osler.core.run import Run
from osler.pipeline import run_stages, stages
from osler.recipe.check import in_order, needs
from osler.recipe.file import load_recipe
from osler.recipe.recipe import Recipe
from osler.stages.context import Context

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
VERBS = {"searches": "search", "policies": "policy", "reward_models": "reward"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_every_stage_comes_once_and_after_what_it_needs(path: Path) -> None:
    recipe = load_recipe(path)
    order = in_order(recipe)
    names = [f"{VERBS[section]} {name}" for section, name in order]
    end = ["answer", *(["candidates"] if recipe.answer.candidates else []), "evaluate", "report"]
    assert list(stages(recipe)) == ["data", *names, *end]
    named = ((section, name) for section in VERBS for name in getattr(recipe, section))
    every = [*(("policies", first) for first in recipe.first_policies), *named]
    assert sorted(order) == sorted(every)
    assert all(order.index(need) < order.index(stage) for stage in order for need in needs(recipe, stage))


class Heard:
    """Implements `Listener`."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bool]] = []

    def started(self, stage: str) -> None: ...

    def progressed(self, stage: str, done: int, total: int) -> None: ...

    def finished(self, stage: str, seconds: float, *, was_done: bool) -> None:
        self.said.append((stage, was_done))


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe(ROOT / "recipes" / "smoke.yaml")


def test_what_is_done_is_not_done_again(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the third of four stages, it goes on with that one."""
    done: list[str] = []
    is_broken = True

    def stage(name: str):
        def work(context: Context) -> None:
            if name == "third" and is_broken:
                raise KeyboardInterrupt
            done.append(name)

        return work

    names = ["first", "second", "third", "policy fourth"]
    monkeypatch.setattr("osler.pipeline.stages", lambda recipe: {name: stage(name) for name in names})
    run = Run(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run_stages(recipe, run)
    assert done == ["first", "second"]
    is_broken, heard = False, Heard()
    run_stages(recipe, run, heard)
    assert done == names
    assert heard.said == [("first", True), ("second", True), ("third", False), ("policy fourth", False)]
    assert run.read_marker("policy fourth")["tokens"] == 0
