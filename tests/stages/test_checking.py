"""The truth of steps about a synthesis's own material: what the clinic wrote is true, and a false claim about the same case is false."""

from pathlib import Path

import pytest

from osler.clinic.paths.paths import Paths
from osler.core.errors import RecipeError
from osler.data import ClinicSource
from osler.stages.checking import check_of
from osler.stages.material import ClinicMaterial, PassageMaterial, TaskMaterial
from osler.synthesis import Synthesis
from osler.synthesise.label.label import LabelSteps


def test_the_steps_of_a_worked_case_are_true_and_those_of_another_answer_false() -> None:
    material = ClinicMaterial(ClinicSource(n_worked=2, n_search=0, n_answer=1), is_worked=True)
    check = check_of(material, seed=3)
    assert check is not None
    draft = next(material.drafts(3))
    [trace] = draft.authored
    assert [check(draft.id, step) for step in trace.steps] == ["true"] * len(trace.steps)
    right = trace.steps[-1]
    wrong = right.replace(right[-2], "D" if right[-2] != "D" else "C")  # "… The answer is B."
    assert wrong != right
    assert check(draft.id, wrong) == "false"
    assert check(draft.id, "Fever is a number.") == "unreadable"


def test_the_steps_of_a_task_are_checked_by_its_maker() -> None:
    material = TaskMaterial((Paths(),), n=2)
    check = check_of(material, seed=3)
    assert check is not None
    for draft in material.drafts(3):
        assert draft.authored[0].steps
        assert {check(draft.id, step) for step in draft.authored[0].steps} == {"true"}


def test_nothing_checks_passages() -> None:
    assert check_of(PassageMaterial((Path("book.jsonl"),)), seed=3) is None


def test_the_truth_of_steps_needs_material_of_the_clinic(tmp_path: Path) -> None:
    blocks = (LabelSteps(rule="truth"),)
    clinic = ClinicMaterial(ClinicSource(n_worked=2, n_search=0, n_answer=1))
    assert Synthesis(name="of_cases", seed=1, material=clinic, blocks=blocks).check()
    books = Synthesis(name="of_books", seed=1, material=PassageMaterial((tmp_path / "book.jsonl",)), blocks=blocks)
    with pytest.raises(RecipeError, match=r"blocks.0: label needs `material of kind clinic or tasks`"):
        books.check()
