"""A recipe that says nothing of answering still shows whether each training helped."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.recipe.file import load_recipe
from osler.recipe.recipe import Recipe, resolved
from osler.search import Greedy

SFT: dict[str, Any] = {"kind": "sft"}
LEAST: dict[str, Any] = {
    "name": "least",
    "seed": 1,
    "data": {"kind": "files", "worked": "w.jsonl", "answer": "a.jsonl"},
    "seed_policy": {"base": {"kind": "hf", "path": "nowhere"}},
    "policies": {
        "first": {"records": {"kind": "worked"}, "training": SFT},
        "second": {"start": "first", "records": {"kind": "worked"}, "training": SFT},
    },
}


def loaded(folder: Path, **sections: Any) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(LEAST | sections), encoding="utf-8")
    return load_recipe(path)


@pytest.mark.parametrize("sections", [{}, {"answer": {}}, {"answer": {"systems": {}}}], ids=["none", "empty", "no system"])
def test_every_policy_answers_greedily_beside_its_start_and_the_seed(sections: dict[str, Any], tmp_path: Path) -> None:
    answering = loaded(tmp_path, **sections).answer
    assert {name: system.policy for name, system in answering.systems.items()} == {"seed": "seed", "first": "first", "second": "second"}
    assert all(isinstance(system.strategy, Greedy) for system in answering.systems.values())
    assert answering.compare == (("first", "seed"), ("second", "first"), ("second", "seed"))


def test_each_base_answers_and_is_what_its_own_policies_are_compared_with(tmp_path: Path) -> None:
    policies = {"other": {"start": "b", "records": {"kind": "worked"}, "training": SFT}}
    answering = loaded(tmp_path, bases={"b": LEAST["seed_policy"]}, policies=policies).answer
    assert (list(answering.systems), answering.compare) == (["seed", "b", "other"], (("other", "b"),))


def test_it_writes_as_many_tokens_as_the_sampling_allows(tmp_path: Path) -> None:
    systems = loaded(tmp_path, answer={"sampling": {"max_tokens": 77}}).answer.systems
    assert [system.strategy.max_tokens for system in systems.values() if isinstance(system.strategy, Greedy)] == [77, 77, 77]


def test_what_the_recipe_says_stays(tmp_path: Path) -> None:
    mine = {"systems": {"mine": {"policy": "first", "strategy": {"kind": "greedy"}}}}
    answering = loaded(tmp_path, answer=mine).answer
    assert (list(answering.systems), answering.compare) == (["mine"], ())
    assert loaded(tmp_path, answer={"compare": [["second", "first"]]}).answer.compare == (("second", "first"),)


def test_a_recipe_without_policies_answers_by_the_seed_alone(tmp_path: Path) -> None:
    answering = loaded(tmp_path, policies={}).answer
    assert (list(answering.systems), answering.compare) == (["seed"], ())


def test_the_resolved_recipe_shows_them_and_reads_back_the_same(tmp_path: Path) -> None:
    recipe = loaded(tmp_path)
    copy = tmp_path / "resolved.yaml"
    copy.write_text(yaml.safe_dump(resolved(recipe), sort_keys=False), encoding="utf-8")
    assert [each["strategy"]["kind"] for each in resolved(recipe)["answer"]["systems"].values()] == ["greedy"] * 3
    assert load_recipe(copy) == recipe
