"""Matrices: the runs that a table stands for, and that two of them differ in what they are meant to."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from osler.synthesise.matrix import Matrix, differing

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "recipes" / "matrices").glob("*.yaml"))
MEDITRON: dict[str, Any] = yaml.safe_load((ROOT / "recipes" / "matrices" / "meditron.yaml").read_text(encoding="utf-8"))


def matrix(**changes: Any) -> Matrix:
    return TypeAdapter(Matrix).validate_python({**MEDITRON, **changes})


def test_two_bases_three_sets_with_and_without_are_twelve_runs_and_two_untrained() -> None:
    """The design of Meditron's reasoning runs (systems.md 1.3): 2 · 3 · 2 = 12, and the 2 bases as they came."""
    cells = matrix().expanded()
    assert len({cell.name for cell in cells}) == len(cells) == 14
    assert [cell.name for cell in cells if not cell.is_trained] == ["meditron_8b-untrained", "medicouenne_7b-untrained"]
    assert {cell.settings["seed"] for cell in cells} == {1}
    trained = [cell for cell in cells if cell.is_trained]
    assert all(cell.settings["epochs"] == 1 for cell in trained)
    for one in trained:
        twins = [other for other in trained if differing(one, other) == {"is_with_trace"}]
        [twin] = twins
        assert {name for name in one.settings if one.settings[name] != twin.settings[name]} == {"is_with_trace"}


def test_cells_may_be_picked_one_by_one() -> None:
    picks = {"base": "meditron_8b", "data": "both", "is_with_trace": "with"}
    [cell] = matrix(cells={"only": picks}, untrained=None).expanded()
    assert (cell.name, cell.picks) == ("only", picks)
    assert cell.settings == {
        **MEDITRON["same"],
        "seed": 1,
        "base": "models/meditron-8b",
        "data": ["s1_data", "meditron_data"],
        "is_with_trace": True,
    }


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"cells": {"x": {"base": "meditron_8b"}}}, "cells.x: it has to say base, data, is_with_trace"),
        (
            {"cells": {"x": {"base": "meditron_8b", "data": "all", "is_with_trace": "with"}}},
            "there is no 'all'; choose among general, medical, both",
        ),
        ({"untrained": "bases"}, "there is no axis 'bases'"),
        ({"axes": {"base": {}}}, "there is nothing on it"),
        ({"same": {"data": 1}}, "data: this is set twice"),
        ({"same": {"seed": 1}}, "seed: this is set twice"),
        ({"seed": -1}, "seed"),
        ({"arms": 1}, "arms"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        matrix(**changes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_matrix_that_comes_with_osler_is_read_and_names_recipes_that_are_there(path: Path) -> None:
    read = TypeAdapter(Matrix).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert read.name == path.stem
    assert path.read_text(encoding="utf-8").startswith("# ")
    recipes = {file.stem for file in (ROOT / "recipes" / "synthesis").glob("*.yaml")}
    named = {name for cell in read.expanded() for name in cell.settings.get("data", ())}
    assert named
    assert named <= recipes


def test_the_first_three_experiments_differ_in_one_thing_each() -> None:
    path = ROOT / "recipes" / "matrices" / "meerkat.yaml"
    cells = TypeAdapter(Matrix).validate_python(yaml.safe_load(path.read_text(encoding="utf-8"))).expanded()
    trained = [cell for cell in cells if cell.is_trained]
    assert [cell.name for cell in trained] == ["cot", "cot_and_books", "other_base"]
    assert [differing(one, other) for one, other in pairwise(trained)] == [{"data"}, {"base"}]
    assert trained[0].settings["data"] == ["medqa_cot"]
    assert trained[1].settings["data"] == ["medqa_cot", "meerkat_data"]
