"""Bases that only answer: what a recipe may ask of them, and what makes another run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.core.errors import RecipeError
from osler.launch import _what_counts
from osler.models import OpenAIHTTP
from osler.recipe.file import load_recipe
from osler.recipe.recipe import Recipe
from osler.stages.around import HOW_IT_IS_REACHED

HTTP = {"kind": "openai_http", "base_url": "http://127.0.0.1:9/v1", "model": "some"}
BASES = [HTTP, {"kind": "llamacpp", "path": "some.gguf"}]
ASKING = {
    "seed_policy.training={kind: sft}": "seed_policy.training",
    "policies.next={records: {kind: traces, searches: [tree]}, training: {kind: sft}}": "policies.next.start",
    "reward_models.main={kind: prm, records: {kind: labelled, searches: [tree]}, training: {kind: prm}}": "reward_models.main.start",
    "reward_models.main={kind: likelihood}": "reward_models.main.policy",
}


def recipe_on(base: dict[str, Any], tmp_path: Path, *overrides: str) -> Recipe:
    content = {
        "name": "bases",
        "seed": 1,
        "data": {"kind": "clinic", "n_worked": 2, "n_search": 2, "n_answer": 2},
        "seed_policy": {"base": base},
        "searches": {"tree": {"strategy": {"kind": "mcts"}}},
        "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}},
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_recipe(path, list(overrides))


@pytest.mark.parametrize("base", BASES, ids=lambda base: base["kind"])
def test_a_base_that_only_answers_searches_and_answers(base: dict[str, Any], tmp_path: Path) -> None:
    assert recipe_on(base, tmp_path).seed_policy.base.kind == base["kind"]


@pytest.mark.parametrize("override", ASKING)
@pytest.mark.parametrize("base", BASES, ids=lambda base: base["kind"])
def test_what_needs_weights_is_refused_before_anything_is_loaded(base: dict[str, Any], override: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=f"{ASKING[override]}: the base is {base['kind']}, whose weights are not here to train or read"):
        recipe_on(base, tmp_path, override)


def test_a_reward_model_that_speaks_in_tokens_is_not_for_vllm(tmp_path: Path) -> None:
    trained = "reward_models.main={{kind: prm, records: {{kind: labelled, searches: [tree]}}, training: {{kind: prm, form: {}}}}}"
    base = {"kind": "vllm", "path": "nowhere"}
    assert recipe_on(base, tmp_path, trained.format("head")).reward_models
    with pytest.raises(RecipeError, match=r"reward_models\.main\.training\.form: vLLM scores by a head, not by tokens; choose form: head"):
        recipe_on(base, tmp_path, trained.format("tokens"))
    assert recipe_on({"kind": "hf", "path": "nowhere"}, tmp_path, trained.format("tokens")).reward_models


def test_an_adapter_is_not_trained_over(tmp_path: Path) -> None:
    base = {"kind": "hf", "path": "nowhere", "adapter": "laid-over"}
    assert recipe_on(base, tmp_path).seed_policy.base.adapter == "laid-over"
    with pytest.raises(RecipeError, match="training starts from a whole checkpoint; merge the adapter into its base first"):
        recipe_on(base, tmp_path, "seed_policy.training={kind: sft}")


def test_how_an_endpoint_is_reached_makes_no_other_run_and_what_it_is_asked_does(tmp_path: Path) -> None:
    recipe = recipe_on(HTTP, tmp_path)
    base = recipe.seed_policy.base
    assert isinstance(base, OpenAIHTTP)

    def counts(**changes: Any) -> dict[str, object]:
        return _what_counts(replace(recipe, seed_policy=replace(recipe.seed_policy, base=replace(base, **changes))))

    changed = {"key_env": "ANOTHER_KEY", "max_in_flight": 3, "timeout_s": 9.0, "deadline_s": 99.0, "max_attempts": 2, "first_wait_s": 0.1}
    assert {*changed, "max_wait_s"} == set(HOW_IT_IS_REACHED)
    assert counts(**changed, max_wait_s=1.0) == counts()
    for change in ({"model": "another"}, {"base_url": "http://127.0.0.1:10/v1"}, {"thinking_tokens": 5}):
        assert counts(**change) != counts()


def test_the_contents_of_a_gguf_file_and_of_an_adapter_count(tmp_path: Path) -> None:
    file, adapter = tmp_path / "some.gguf", tmp_path / "adapter"
    adapter.mkdir()
    recipe = recipe_on({"kind": "llamacpp", "path": str(file)}, tmp_path)
    over = recipe_on({"kind": "hf", "path": "nowhere", "adapter": str(adapter)}, tmp_path)
    seen = []
    for content in (b"one", b"two"):
        file.write_bytes(content)
        (adapter / "adapter_model.safetensors").write_bytes(content)
        seen.append((_what_counts(recipe), _what_counts(over)))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]
