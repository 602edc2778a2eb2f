"""Matrices: the trainings that a table stands for, that two of them differ in what they are meant to, and what they become in a recipe."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecipeError
from osler.matrix import Matrix, differing
from osler.recipe.content import unfolded
from osler.recipe.file import load_recipe

ROOT = Path(__file__).parents[1]
TABLE: dict[str, Any] = {
    "axes": {
        "start": {"one": "one", "two": "two"},
        "records": {"a": [{"kind": "worked"}], "b": {"kind": "traces", "searches": ["s"]}, "both": [{"kind": "worked"}]},
        "training.is_with_trace": {"with": True, "without": False},
    },
    "same": {"training": {"kind": "sft", "schedule": {"epochs": 3}}},
    "contrasts": {
        "does it help": "trained",
        "do traces help": {"training.is_with_trace": ["with", "without"]},
        "a or b": {"records": ["a", "b"]},
    },
}


def matrix(**changes: Any) -> Matrix:
    return TypeAdapter(Matrix).validate_python({**TABLE, **changes})


def test_every_combination_is_a_training_and_neighbours_differ_in_one_thing() -> None:
    cells = matrix().expanded()
    assert len({cell.name for cell in cells}) == len(cells) == 12
    for one in cells:
        [twin] = [other for other in cells if differing(one, other) == {"training.is_with_trace"}]
        assert one.settings["records"] == twin.settings["records"]
        assert one.settings["start"] == twin.settings["start"]
        assert {one.settings["training"]["is_with_trace"], twin.settings["training"]["is_with_trace"]} == {True, False}
        assert one.settings["training"]["schedule"] == {"epochs": 3}
    assert matrix().same == TABLE["same"], "what is the same in all is not written to"


def test_contrasts_pair_what_differs_in_that_alone() -> None:
    table = matrix()
    assert len(table.pairs("does it help")) == 12
    assert table.pairs("does it help")[-1] == ("two-both-without", "two untrained")
    assert table.pairs("do traces help") == [
        (f"{start}-{records}-with", f"{start}-{records}-without") for start in ("one", "two") for records in ("a", "b", "both")
    ]
    assert table.pairs("a or b")[0] == ("one-a-with", "one-b-with")
    assert len(table.pairs("a or b")) == 4


def test_it_unfolds_into_policies_systems_and_what_is_compared() -> None:
    full = unfolded({"name": "x", "matrix": TABLE, "answer": {"systems": {"own": {"strategy": {"kind": "greedy"}}}}})
    assert "matrix" not in full
    assert len(full["policies"]) == 12
    assert list(full["answer"]["systems"])[:3] == ["own", "one untrained", "one-a-with"]
    assert len(full["answer"]["systems"]) == 1 + 2 + 12
    assert full["answer"]["systems"]["two-b-with"] == {"policy": "two-b-with", "strategy": {"kind": "greedy"}}
    assert ["two-b-with", "two untrained"] in full["answer"]["compare"]
    assert len(full["answer"]["contrasts"]["a or b"]) == 4


def test_a_policy_of_the_same_name_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"^matrix: there is a policy or system 'one-a-with' already"):
        unfolded({"matrix": TABLE, "policies": {"one-a-with": {}}})


def test_cells_may_be_picked_one_by_one() -> None:
    picks = {"start": "one", "records": "both", "training.is_with_trace": "with"}
    [cell] = matrix(cells={"only": picks}, contrasts={}).expanded()
    assert (cell.name, cell.picks) == ("only", picks)
    assert cell.settings == {
        "start": "one",
        "records": [{"kind": "worked"}],
        "training": {"kind": "sft", "schedule": {"epochs": 3}, "is_with_trace": True},
    }


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"cells": {"x": {"start": "one"}}}, "cells.x: it has to say start, records, training.is_with_trace"),
        (
            {"cells": {"x": {"start": "one", "records": "all", "training.is_with_trace": "with"}}},
            "there is no 'all'; choose among a, b, both",
        ),
        ({"axes": {"start": {}}, "contrasts": {}}, "there is nothing on it"),
        ({"same": {"records": 1}}, "records: this is set twice"),
        ({"contrasts": {"x": {"records": ["a", "c"]}}}, "contrasts.x.records: there is no 'c'"),
        ({"contrasts": {"x": {"record": ["a", "b"]}}}, "contrasts.x: there is no axis 'record'"),
        ({"contrasts": {"x": {}}}, "contrasts.x: a contrast is of one axis"),
        ({"arms": 1}, "arms"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        matrix(**changes)


def test_meditron_s_reasoning_runs_are_twelve_and_two_untrained_bases() -> None:
    """The design of systems.md 1.3: 2 · 3 · 2 = 12 with one seed, and the 2 bases as they came."""
    recipe = load_recipe(ROOT / "recipes" / "meditron_reasoning.yaml")
    assert len(recipe.policies) == 12
    assert {policy.start for policy in recipe.policies.values()} == {"seed", "medicouenne"}
    assert [name for name in recipe.answer.systems if name.endswith("untrained")] == ["seed untrained", "medicouenne untrained"]
    assert {name: len(pairs) for name, pairs in recipe.answer.contrasts.items()} == {
        "does reasoning data help": 12,
        "do traces help": 6,
        "medical or general": 4,
    }


def test_meerkat_s_first_three_experiments_differ_in_one_thing_each() -> None:
    policies = load_recipe(ROOT / "recipes" / "meerkat.yaml").policies
    cot, cot_and_books, other_base = (policies[name] for name in ("cot", "cot_and_books", "other_base"))
    assert cot.start == cot_and_books.start != other_base.start
    assert len(cot.records) < len(cot_and_books.records)
    assert cot_and_books.records == other_base.records
    assert cot.training == cot_and_books.training == other_base.training
    assert list(pairwise(policies))
