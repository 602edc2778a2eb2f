"""The recipes of graph items, whole and without a model: in order, shuffled, held back for people, and in prose."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from osler.core.model import Request
from osler.core.records import read_records
from osler.recipe.file import load_synthesis
from osler.stages.material import AnyMaterial
from osler.stages.synthesis_run import run_synthesis
from osler.synthesise import PassBand, Rephrase, Solve
from osler.synthesise.draft import Draft, DroppedDraft
from tests.synthesise.makings import through

RECIPES = Path(__file__).parents[2] / "recipes" / "synthesis"
NAMES = ("qwq_med_data", "fleming_data", "medresearcher_data")


def run(name: str, runs: Path, *overrides: str) -> Path:
    settings = ("material.n=30", "exports=[]", *overrides)
    return run_synthesis(load_synthesis(RECIPES / f"{name}.yaml", settings), runs)[0]


def drafts_of(folder: Path) -> list[Draft]:
    return list(read_records(folder / "records.jsonl", Draft))


def masked(n: int, levels: Sequence[int] = (1, 2, 3, 4, 5)) -> list[Draft]:
    settings = {"kind": "tasks", "n": n, "makers": [{"kind": "masked", "levels": levels}]}
    return list(TypeAdapter(AnyMaterial).validate_python(settings).drafts(7))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_runs_as_it_stands_and_leaves_the_same_bytes_again(name: str, tmp_path: Path) -> None:
    first, again = (run(name, tmp_path / each) for each in ("a", "b"))
    drafts = drafts_of(first)
    assert len(drafts) == 30
    assert (first / "records.jsonl").read_bytes() == (again / "records.jsonl").read_bytes()
    for draft in drafts:
        assert draft.origin.source == "graph clinic"
        assert draft.origin.licence == "Apache-2.0"
        assert draft.notes["sources"] == [["osler clinic"]] * draft.notes["n_legs"]
        [trace] = draft.authored
        assert trace.is_right
        for name_in_text in draft.notes["names"]:
            assert name_in_text in draft.asked.question.text


def test_the_curriculum_and_the_shuffled_set_are_one_setting_apart(tmp_path: Path) -> None:
    ordered = drafts_of(run("qwq_med_data", tmp_path / "a"))
    shuffled = drafts_of(run("qwq_med_data", tmp_path / "b", "blocks=[{kind: order, how: shuffled}]"))
    assert [draft.notes["n_legs"] for draft in ordered] == [1] * 10 + [2] * 10 + [3] * 10
    assert {draft.id: draft for draft in ordered} == {draft.id: draft for draft in shuffled}
    assert [draft.id for draft in ordered] != [draft.id for draft in shuffled]


def test_what_is_never_right_in_five_tries_goes_to_people_and_what_is_once_does_not() -> None:
    """A student that is right at the fourth try of every second item."""
    drafts = masked(6)
    right_at = {draft.asked.question.text: (at % 2 == 0, draft.asked.key.letters[0]) for at, draft in enumerate(drafts)}  # type: ignore[union-attr]
    tries: dict[str, int] = dict.fromkeys(right_at, 0)

    def student(request: Request) -> str:
        [text] = [text for text in right_at if text in request.messages[-1].content]
        tries[text] += 1
        is_once, letter = right_at[text]
        said = letter if is_once and tries[text] == 4 else "ABCD"[("ABCD".index(letter) + 1) % 4]
        return f"<think>\nI look at the clues.\n</think>\n\nThe answer is {said}."

    blocks = [Solve(role="student", n=5, n_right=None, is_kept=False), PassBand(role="student", low=1, low_reason="review")]
    made = through(blocks, drafts, {"student": student})
    assert [isinstance(each, Draft) for each in made] == [True, False] * 3
    assert {(each.block, each.reason) for each in made if isinstance(each, DroppedDraft)} == {("pass_band", "review")}
    assert set(tries.values()) == {5}


def test_items_with_several_clues_must_keep_every_name_in_prose() -> None:
    drafts = masked(3, levels=(4,))
    assert all(len(draft.notes["names"]) >= 2 for draft in drafts)

    def teacher(request: Request) -> str:
        [draft] = [each for each in drafts if each.asked.question.text in request.messages[-1].content]
        names = draft.notes["names"] if draft is not drafts[1] else draft.notes["names"][1:]
        return f"Which of these goes with {' and with '.join(names)}?"

    made = through([Rephrase()], drafts, {"teacher": teacher})
    assert [each.reason if isinstance(each, DroppedDraft) else "" for each in made] == ["", "lost_fact", ""]
