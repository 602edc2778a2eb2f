"""A run in which a request fails for good ends incomplete, says so, and asks for just that one when it is run again."""

import json
from pathlib import Path

import pytest
import yaml

from osler.cli import INCOMPLETE, app, guarded
from osler.console import RunLines
from osler.launch import launch, launch_all
from osler.models.journal import Journal
from osler.recipe.file import load_recipe


@pytest.fixture
def recipe(tmp_path: Path, tiny: Path) -> Path:
    """Two questions for the tiny model: an ordinary one, and one that is longer than the model can read."""
    texts = {"short": "Which of these explains a stiff neck?", "long": "fever " * 2000}
    items = [
        {"question": {"id": id_, "text": text, "options": {"A": "Gout", "B": "Measles"}}, "key": {"kind": "choice", "letters": ["B"]}}
        for id_, text in texts.items()
    ]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    content = {
        "name": "tiny",
        "seed": 1,
        "threads": 1,
        "data": {"kind": "files", "answer": str(tmp_path / "items.jsonl")},
        "seed_policy": {"base": {"kind": "hf", "path": str(tiny)}},
        "answer": {"systems": {"greedy": {"policy": "seed", "strategy": {"kind": "greedy", "max_tokens": 8}}}},
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_what_failed_for_good_is_asked_for_again_and_nothing_else_is(recipe: Path, tmp_path: Path) -> None:
    for _ in range(2):
        folder, n_errored = launch(load_recipe(recipe), tmp_path / "runs")
        assert n_errored == 1
        assert sorted(marker.name for marker in (folder / "done").iterdir()) == ["data", "policy seed"]
        journal = Journal(folder / "journal.db")
        assert len(journal) == 1
        journal.close()


def test_an_incomplete_run_has_an_exit_code_of_its_own_and_says_what_to_do(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(recipe), "--runs", str(tmp_path / "runs")]
    assert guarded(lambda: app(arguments, standalone_mode=False)) == INCOMPLETE == 1
    assert "1 request failed for good; run the same command again" in capsys.readouterr().err


def test_runs_at_once_leave_what_runs_in_turn_leave(recipe: Path, tmp_path: Path) -> None:
    """Two seeds in two processes, and one after the other: the same folders in the same order, and the same verdicts in each."""
    both = load_recipe(recipe, ["seeds=[1, 2]"])

    def left(processes: int) -> list[tuple[str, int, str]]:
        runs = tmp_path / f"{processes}"
        done = launch_all(both.runs, runs, lambda one: RunLines(f"seed {one.seed}"), processes=processes)
        return [(folder.name, n_errored, (folder / "verdicts.jsonl").read_text(encoding="utf-8")) for folder, n_errored in done]

    in_turn = left(1)
    assert len({name for name, _, _ in in_turn}) == 2
    assert left(2) == in_turn
