"""One training by itself: what it was worth beside its base, what is refused before anything is loaded, and what would be done."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import metadata_load

from osler.cli import app, guarded
from osler.core.records import read_records
from osler.evaluate.comparison import compare
from osler.evaluate.grade import Graded

QUESTION = "Which of these is number {at}?"
SFT_OF_IT = ("--method", "sft", "--set", "schedule.epochs=8", "--set", "schedule.learning_rate=0.02", "--set", "schedule.batch_size=4")


class Osler:
    """The command line in this process, through the same guard as `osler` itself."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> str:
        assert self.code(*arguments) == 0, self._said[1]
        return self._said[0]

    def refusal(self, *arguments: str | Path) -> str:
        """The one sentence on stderr of what ends with code 2."""
        assert self.code(*arguments) == 2
        out, err = self._said
        assert (out, err.count("\n")) == ("", 1)
        return err.removeprefix("osler: ").rstrip()

    def code(self, *arguments: str | Path) -> int:
        self._capsys.readouterr()
        code = guarded(lambda: app(["train", *map(str, arguments)], prog_name="osler", standalone_mode=False))
        self._said = self._capsys.readouterr()
        return code


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]) -> Osler:
    return Osler(capsys)


@pytest.fixture
def records(write: Callable[..., Path]) -> Path:
    """Whatever is asked, the answer is B."""

    def chat(at: int) -> dict[str, Any]:
        asked = f"{QUESTION.format(at=at)}\nA. gout\nB. flu"
        return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": "Step 1: The answer is B."}]}

    return write("records.jsonl", map(chat, range(8)))


@pytest.fixture
def items(write: Callable[..., Path]) -> Path:
    def item(at: int) -> dict[str, Any]:
        question = {"id": f"a-{at}", "text": QUESTION.format(at=at), "options": {"A": "gout", "B": "flu"}}
        return {"question": question, "key": {"kind": "choice", "letters": ["B"]}}

    return write("items.jsonl", map(item, range(6)))


@pytest.fixture
def recipe(tmp_path: Path, items: Path) -> Path:
    content = {
        "name": "alone",
        "seed": 3,
        "data": {"kind": "files", "answer": str(items)},
        "seed_policy": {"base": {"kind": "hf", "path": "nowhere"}},
        "policies": {
            "next": {"records": {"kind": "files", "paths": ["r.jsonl"]}, "training": {"kind": "sft", "schedule": {"batch_size": 4}}}
        },
        "answer": {"sampling": {"max_tokens": 12}},
        "reward_models": {"main": {"kind": "prm", "records": {"kind": "files", "paths": ["p.jsonl"]}, "training": {"kind": "prm"}}},
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_without_a_recipe_base_and_outcome_answer_side_by_side(
    osler: Osler, tiny: Path, records: Path, items: Path, tmp_path: Path
) -> None:
    to = tmp_path / "out"
    where = ("--base", tiny, "--records", records, "--to", to)
    said = osler(*SFT_OF_IT, *where, "--answer", items, "--n-answer", "4", "--max-tokens", "24").splitlines()
    assert [line.split()[0] for line in said] == ["loss", "base", "trained", "paired"]
    assert " right of 4, 95 % interval " in said[1]
    graded = list(read_records(to / "verdicts.jsonl", Graded))
    assert [(row.system, row.item_id) for row in graded] == [(system, f"a-{at}") for system in ("base", "trained") for at in range(4)]
    [row] = json.loads((to / "metrics.json").read_text())["comparisons"]
    assert row["difference"] == compare(graded[4:], graded[:4], seed=0).difference
    assert ("not distinguishable" in said[3]) is (row["low"] <= 0 <= row["high"])
    head = metadata_load(to / "README.md")
    assert head["model-index"][0]["results"][0]["metrics"][0]["value"] == sum(each.outcome == "right" for each in graded[4:]) / 4
    manifest = json.loads((to / "manifest.json").read_text())
    assert (manifest["method"]["kind"], manifest["method"]["schedule"]["epochs"], manifest["n_answer"]) == ("sft", 8, 4)


def test_the_recipes_own_items_are_asked_as_it_asks_them(osler: Osler, tiny: Path, records: Path, recipe: Path, tmp_path: Path) -> None:
    where = ("--base", tiny, "--records", records, "--to", tmp_path / "out")
    said = osler(recipe, "policies.next.training", *where, "--n-answer", "3").splitlines()
    assert " right of 3, " in said[2]
    assert metadata_load(tmp_path / "out" / "README.md")["model-index"][0]["results"][0]["dataset"]["name"] == "items.jsonl"


def test_an_adapter_alone_answers_over_its_base(osler: Osler, tiny: Path, records: Path, items: Path, tmp_path: Path) -> None:
    to, adapter = tmp_path / "out", ("--set", "adapter.kind=lora", "--set", "adapter.r=2", "--set", "adapter.is_merged=false")
    where = ("--base", tiny, "--records", records, "--to", to)
    said = osler("--method", "sft", *adapter, *where, "--answer", items, "--n-answer", "2", "--max-tokens", "4").splitlines()
    assert len(said) == 4
    assert metadata_load(to / "README.md")["library_name"] == "peft"


def test_only_trained_it_has_a_card_that_says_so(osler: Osler, tiny: Path, records: Path, recipe: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    assert len(osler(recipe, "policies.next.training", "--base", tiny, "--records", records, "--to", to, "--no-answer").splitlines()) == 1
    assert not (to / "metrics.json").exists()
    assert "nothing is known of what the training was worth" in (to / "README.md").read_text()
    assert "name: alone" in (to / "README.md").read_text()  # the recipe, with every setting


def test_a_dry_run_says_what_would_be_done_and_does_nothing(osler: Osler, tiny: Path, records: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    said = osler(*SFT_OF_IT, "--base", tiny, "--records", records, "--to", to, "--dry-run")
    lines = {line.split()[0]: line for line in said.splitlines() if not line.startswith(" ")}
    assert list(lines) == ["method", "records", "batch", "steps", "weights", "memory", "devices"]
    assert "16 in 8 epochs" in lines["steps"]  # 8 records in batches of 4
    assert not to.exists()


REFUSED: dict[tuple[str, ...], str] = {
    (): "train: name a recipe and the place of a training in it, or a method with --method; one of the two",
    ("--method", "sfd"): "--method sfd: there is no such method; choose among cpt, dpo, grpo, kto, sft, prm",
    ("--method", "grpo"): "--method grpo: it needs a reward; write both into a recipe under `policies`, and name recipe and place",
    ("--method", "sft", "--set", "schedule.epoch=2"): "--method sft: schedule.epoch: there is no setting 'epoch'; did you mean 'epochs'?",
    ("--method", "prm", "--answer", "some.jsonl"): "--answer: a reward model answers nothing; leave it out, ",
    ("--method", "sft", "--answer", "nowhere.jsonl"): "nowhere.jsonl: there is no such file",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=lambda each: " ".join(each) or "nothing")
def test_what_cannot_be_done_is_said_before_anything_is_trained(
    arguments: tuple[str, ...], osler: Osler, tiny: Path, records: Path, tmp_path: Path
) -> None:
    where = ("--base", tiny, "--records", records, "--to", tmp_path / "out")
    assert osler.refusal(*arguments, *where).startswith(REFUSED[arguments])
    assert not (tmp_path / "out").exists()


def test_a_place_that_is_not_there_and_both_at_once_are_refused(
    osler: Osler, tiny: Path, records: Path, recipe: Path, tmp_path: Path
) -> None:
    where = ("--base", tiny, "--records", records, "--to", tmp_path / "out")
    assert osler.refusal(recipe, *where).endswith("choose among policies.next.training, reward_models.main.training")
    assert osler.refusal(recipe, "policies.next.training", "--method", "sft", *where).endswith("one of the two")
    assert osler.refusal("--method", "sft", "--base", tmp_path / "no", *where[2:]).endswith("no such file or folder; check the path")


def test_its_help_fits_sixty_columns() -> None:
    env = os.environ | {"COLUMNS": "60", "NO_COLOR": "1"}
    done = subprocess.run([sys.executable, "-m", "osler", "train", "--help"], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 60
