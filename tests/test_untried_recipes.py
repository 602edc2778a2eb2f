"""Recipes whose models are too large for here: read, planned, and each of their trainings takes a step on tiny data, by its own method and
its own reward."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.core.codec import CODECS
from osler.core.question import ChoiceKey, Item, Question
from osler.judges import JUDGES
from osler.plan import plan
from osler.recipe.file import load_recipe
from osler.recipe.recipe import Recipe
from osler.recipe.training import PolicyTraining, TrainedReward
from osler.rewards.terms import Kit
from osler.stages.rewarding import function_of
from osler.train import CPT, GRPO, LoRA, Schedule

ROOT = Path(__file__).parents[1]
UNTRIED = sorted((ROOT / "recipes" / "untried").glob("*.yaml"))
PUBLISHED = [path for path in sorted((ROOT / "recipes").glob("*.yaml")) if path.stem not in ("demo", "smoke", "clinic_full")]
CLINIC = sorted((ROOT / "recipes" / "clinic").glob("*.yaml"))
SAID = "<think>\nGout explains the toe.\n</think>\n\nThe answer is A."
ASKED = [{"role": "user", "content": "Which?\nA. gout\nB. flu"}]


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def rows(kind: str) -> list[dict[str, Any]]:
    """Eight records in the shape that a method reads, with every column that a term of a reward compares with."""
    item = Item(Question("q-1", "Which?", {"A": "gout", "B": "flu"}), ChoiceKey(("A",)))
    beside = {
        "graphs": [[["gout", "causes", "pain"]]],
        "titles": ["Gout"],
        "survival": {"class": "high", "months": 9, "rationale": "It is early."},
    }
    shapes: dict[str, dict[str, Any]] = {
        "cpt": {"text": "Gout explains the swollen toe, for uric acid is high. " * 4},
        "sft": {"messages": [*ASKED, {"role": "assistant", "content": SAID}]},
        "dpo": {
            "prompt": ASKED,
            "chosen": [{"role": "assistant", "content": SAID}],
            "rejected": [{"role": "assistant", "content": SAID.replace("A.", "B.")}],
        },
        "grpo": {"id": "q-1", "prompt": ASKED, "item": TypeAdapter(Item).dump_json(item).decode(), **beside},
        "prm": {"prompt": ASKED, "completions": ["Step 1: Gout.\n\n", "Step 2: The answer is A.\n\n"], "labels": [1.0, 0.0]},
    }
    return [dict(shapes[kind]) for _ in range(8)]


def small(training: Any) -> Any:
    """The same method with one step of two records, and what is as long or as wide as a large model made short."""
    changes: dict[str, Any] = {"schedule": Schedule(max_steps=1, batch_size=2, learning_rate=1e-3), "weights": "float32"}
    if training.adapter:
        changes["adapter"] = LoRA(kind=training.adapter.kind, r=4, alpha=8)
    if isinstance(training, GRPO):
        changes |= {"sampling": replace(training.sampling, max_tokens=8), "n_attempts": 2, "overlong_buffer": 0}
    else:
        changes["max_length"] = 32 if isinstance(training, CPT) else 120
    return replace(training, **changes)


def trainings(recipe: Recipe) -> list[tuple[str, PolicyTraining | TrainedReward]]:
    trained = [*recipe.policies.items(), *recipe.reward_models.items()]
    kinds = {json.dumps(repr(each.training)): (name, each) for name, each in trained if isinstance(each, PolicyTraining | TrainedReward)}
    return list(kinds.values())


def take_a_step(recipe: Recipe, settings: PolicyTraining | TrainedReward, tiny: Path, folder: Path) -> None:
    training = small(settings.training)
    further: dict[str, Any] = {}
    if isinstance(settings, PolicyTraining) and settings.reward:
        kit = Kit(lambda text: "en", lambda text, language: 0.0, retrieve=lambda query: ["Gout"])
        form = CODECS.get(settings.reward.form or recipe.codec)
        further["reward"] = function_of(settings.reward, form, lambda: JUDGES, kit)
    outcome = training.train(tiny, rows(training.kind), folder, seed=1, **further)
    assert (outcome.steps, outcome.loss == outcome.loss) == (1, True)
    assert any(folder.glob("*.safetensors"))


def test_there_are_eleven_untried_and_eight_of_the_first_tier() -> None:
    assert {path.stem for path in UNTRIED} == {
        *("m1", "gazal_r1", "fleming_r1", "x_reasoner", "medvlthinker_text", "hippocrates", "antglm", "ranked_list", "oncoreason"),
        *("med_r3", "pmc_llama"),
    }
    tier_one = {"meds3", "meditron_reasoning", "meerkat", "medreason", "huatuo_o1", "alphamed", "med_prm", "med_refl"}
    assert {path.stem for path in PUBLISHED} == tier_one


@pytest.mark.parametrize("path", UNTRIED, ids=named)
def test_it_says_that_it_is_untried_what_is_claimed_and_what_is_ours(path: Path) -> None:
    header = path.read_text(encoding="utf-8").split("\nname:")[0].casefold()
    assert all(line.startswith("#") for line in header.splitlines())
    for word in ("untried", "claim", "ours", "gpu", "data"):
        assert word in header, word
    assert load_recipe(path).name == path.stem


@pytest.mark.parametrize("path", [*UNTRIED, *PUBLISHED, *CLINIC], ids=named)
def test_its_plan_is_made_without_its_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recipe = load_recipe(path)
    planned = {stage.stage for stage in plan(recipe)}
    assert {f"policy {name}" for name in recipe.policies} <= planned


@pytest.mark.slow
@pytest.mark.parametrize("path", [*UNTRIED, *PUBLISHED], ids=named)
def test_each_of_its_trainings_takes_a_step(path: Path, tiny: Path, tmp_path: Path) -> None:
    recipe = load_recipe(path)
    found: Sequence[Any] = trainings(recipe)
    assert found
    for name, settings in found:
        take_a_step(recipe, settings, tiny, tmp_path / name)
