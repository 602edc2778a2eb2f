"""What a synthesis writes inside a run has the form that its policies are read in; what has not is refused before the first stage."""

from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecipeError
from osler.pipeline import run_stages
from osler.stages.synthesised_records import check_syntheses

SOLVED = Path(__file__).parents[2] / "recipes/synthesis/clinic_solved.yaml"


def policy(**exports: Any) -> dict[str, Any]:
    records = {"kind": "synthesised", "recipe": str(SOLVED), **({"set": {"exports": [{"kind": "sft", **exports}]}} if exports else {})}
    return {"policies": {"tuned": {"records": records, "training": {"kind": "sft"}}}}


def test_a_policy_is_not_trained_on_another_form_than_it_is_read_in(make_context) -> None:
    """It would learn well, and have no answer to anything."""
    context = make_context(1, **policy(codec="think"))
    what = "policies.tuned.records: clinic_solved writes its sft export in the codec think, and the run reads step; give the export another"
    with pytest.raises(RecipeError, match=rf"^{what} codec by `set`, or the run$"):
        run_stages(context.recipe, context.run)
    assert not context.run.is_done("data")


def test_an_export_that_names_no_form_takes_the_run_s(make_context) -> None:
    for sections in (policy(), policy(codec="think") | {"codec": "think"}):
        check_syntheses(make_context(1, **sections))


@pytest.mark.parametrize(("section", "kind"), [("policies", "sft"), ("reward_models", "prm")])
def test_a_synthesis_that_is_not_there_is_said_before_the_first_stage(section: str, kind: str, make_context) -> None:
    settings = {"records": {"kind": "synthesised", "recipe": "nowhere.yaml"}, "training": {"kind": kind}}
    context = make_context(1, **{section: {"tuned": {**settings, **({"kind": "prm"} if kind == "prm" else {})}}})
    with pytest.raises(RecipeError, match=r"nowhere\.yaml"):
        run_stages(context.recipe, context.run)
    assert not context.run.is_done("data")
