"""The recipe of the clinic's repairs from cases to pairs, with a teacher that errs half of the time in a checkpoint's place."""

from pathlib import Path

from osler.clinic.teacher import ClinicTeacher
from osler.core.records import read_records
from osler.core.verdict import Outcome
from osler.recipe.file import load_synthesis
from osler.stages.checking import check_of
from osler.stages.synthesis_run import run_synthesis
from osler.synthesis import Synthesis
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.label.reflect import EFFECTIVE, IN_VAIN

RECIPE = Path(__file__).parents[2] / "recipes" / "synthesis" / "clinic_refl.yaml"
SETTINGS = (
    'roles.policy.engine={"kind": "clinic_teacher", "error_rate": 0.5}',
    'blocks.0.strategy={"kind": "self_consistency", "n": 6}',
    "material.clinic.n_search=12",
)


def made(folder: Path) -> tuple[Synthesis, Path]:
    synthesis = load_synthesis(RECIPE, SETTINGS)
    assert isinstance(synthesis.roles["policy"].engine, ClinicTeacher)
    return synthesis, run_synthesis(synthesis, folder)[0]


def test_its_pairs_are_of_a_right_and_a_wrong_trace_and_what_is_said_after_a_repair_is_true(tmp_path: Path) -> None:
    """The teacher's right traces are true to the step, so that all that follows an effective reflection is true; its wrong ones begin with
    a false account, so that what comes before it is not."""
    synthesis, folder = made(tmp_path)
    check = check_of(synthesis.material, synthesis.seed)
    assert check is not None
    kept, dropped = list(read_records(folder / "records.jsonl", Draft)), list(read_records(folder / "dropped.jsonl", DroppedDraft))
    assert len(kept) + len(dropped) == 12
    assert len(kept) >= 6  # a case whose six traces are all right or all wrong: 1 in 32, each
    assert {(each.block, each.reason) for each in dropped} <= {("label", "one_sided")}
    rules = {preference.rule for draft in kept for preference in draft.preferences}
    assert rules == {"confusing", "reflection_mid", "reflection_post"}
    for draft in kept:
        assert all(len(each.labels) == len(each.steps) for each in draft.authored)
        for preference in draft.preferences:
            chosen, rejected = preference.chosen, preference.rejected
            assert (chosen.outcome, rejected.outcome) == (Outcome.RIGHT, Outcome.WRONG)
            assert chosen.steps[: preference.n_shared] == rejected.steps[: preference.n_shared]
            if preference.rule != "confusing":
                assert (chosen.steps[preference.n_shared], rejected.steps[preference.n_shared]) == (EFFECTIVE, IN_VAIN)
                assert "false" in {check(draft.id, step) for step in chosen.steps[: preference.n_shared]}
                assert {check(draft.id, step) for step in chosen.steps[preference.n_shared + 1 :]} == {"true"}


def test_it_ends_with_the_same_bytes_wherever_it_runs(tmp_path: Path) -> None:
    one, other = (made(tmp_path / name)[1] for name in ("one", "other"))
    for name in ("records.jsonl", "dropped.jsonl", "exports/dpo.jsonl", "exports/prm.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert (one / "exports" / "dpo.jsonl").read_text(encoding="utf-8").count(EFFECTIVE) >= 6
