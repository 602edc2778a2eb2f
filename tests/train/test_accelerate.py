"""Training by several processes: the same schedule, the same order, the same loss and weights as by one; and what cannot come out right is
said instead of trained."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file

from osler.commands.train import Training, trainer_of
from osler.core.errors import RecipeError, UserError
from osler.recipe.file import load_recipe
from osler.train.schedule import Schedule, is_first_process
from osler.train.trainer import save, steps_of

LAUNCH = ["--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
"""`--multi_gpu` is how accelerate says several processes; where there is no GPU they are processes of the CPU, over gloo."""
SCHEDULE = {"epochs": 2, "learning_rate": 1e-3, "batch_size": 4, "accumulate": 2}
RECIPE: dict[str, Any] = {
    "name": "shared",
    "seed": 3,
    "data": {"kind": "files", "search": "s.jsonl", "answer": "a.jsonl", "worked": "w.jsonl"},
    "seed_policy": {"base": {"kind": "hf", "path": "nowhere"}, "training": {"kind": "sft", "schedule": SCHEDULE}},
    "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}},
    "searches": {"tree": {"strategy": {"kind": "mcts"}}},
    "policies": {
        "preferring": {"records": {"kind": "pairs", "searches": ["tree"]}, "training": {"kind": "dpo", "schedule": SCHEDULE}},
        "judging": {"records": {"kind": "judged", "searches": ["tree"]}, "training": {"kind": "kto", "schedule": SCHEDULE}},
    },
    "reward_models": {
        "main": {"kind": "prm", "records": {"kind": "labelled", "searches": ["tree"]}, "training": {"kind": "prm", "schedule": SCHEDULE}}
    },
}
KTO = "policies.judging.training"
WORDS = ["fever", "and", "a", "productive", "cough", "suggest", "the", "chest", "film", "shows", "gout", "explains", "uric", "acid"]
N_RECORDS = 32
"""A multiple of the 8 records of an optimiser step: accelerate fills a last batch that is not full with the first records."""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(2, 12)))


def chat(rng: random.Random) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": words(rng)}, {"role": "assistant", "content": words(rng)}]}


def labelled(rng: random.Random) -> dict[str, Any]:
    steps = [f"Step {number}: {words(rng)}\n\n" for number in range(1, rng.randint(2, 6))]
    return {"prompt": [{"role": "user", "content": words(rng)}], "completions": steps, "labels": [rng.random() for _ in steps]}


def preferred(rng: random.Random) -> dict[str, Any]:
    said = [{"role": "user", "content": words(rng)}]
    return {"prompt": said, **{side: [{"role": "assistant", "content": words(rng)}] for side in ("chosen", "rejected")}}


def judged(rng: random.Random) -> dict[str, Any]:
    prompt, completion = chat(rng)["messages"]
    return {"prompt": [prompt], "completion": [completion], "label": rng.random() < 0.5}


def together(recipe: Path, place: str, base: Path, records: Path, to: Path) -> tuple[float, ...]:
    """The loss, steps and records that two processes name."""
    command = ["osler", "train", str(recipe), place, "--base", str(base), "--records", str(records), "--to", str(to)]
    launched = subprocess.run(
        [sys.executable, "-m", "accelerate.commands.launch", *LAUNCH, "-m", *command],
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert launched.returncode == 0, launched.stderr[-3000:]
    [said] = launched.stdout.strip().splitlines()  # of one process only
    return tuple(float(word) for word in said.split() if word.replace(".", "").isdigit())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "record"),
    [("seed_policy.training", chat), ("policies.preferring.training", preferred), ("reward_models.main.training", labelled)],
)
def test_two_processes_train_as_one(
    place: str, record: Callable[[random.Random], dict[str, Any]], recipe: Path, tiny: Path, tmp_path: Path
) -> None:
    """Records of unequal length in 8 optimiser steps of 2 accumulated batches: the loss is equal to 1e-5, the weights to a hundredth of the
    way that they went."""
    rng = random.Random(0)
    records = tmp_path / "records.jsonl"
    records.write_text("".join(json.dumps(record(rng)) + "\n" for _ in range(N_RECORDS)))
    settings = load_recipe(recipe)
    alone = Training(trainer_of(settings, place), settings.seed, tiny, records, tmp_path / "alone").train()
    loss, steps, n_records = together(recipe, place, tiny, records, tmp_path / "together")
    assert loss == pytest.approx(alone.loss, abs=1e-5)
    assert (steps, n_records) == (alone.steps, alone.n_records) == (8, N_RECORDS)
    one, two, start = (load_file(folder / "model.safetensors") for folder in (tmp_path / "alone", tmp_path / "together", tiny))
    moved = max(float((one[name] - start[name]).abs().max()) for name in one if name in start)
    assert moved > 1e-3
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 0.01 * moved
    about = {"README.md", "manifest.json"}  # which the command writes, not the training
    assert {file.name for file in (tmp_path / "together").iterdir()} - about == {file.name for file in (tmp_path / "alone").iterdir()}


@pytest.mark.slow
def test_two_processes_learn_from_judged_turns(recipe: Path, tiny: Path, tmp_path: Path) -> None:
    """Each sets the turns of its own half of a batch against each other, so that the loss is near that of one process, and no more."""
    rng = random.Random(0)
    records = tmp_path / "records.jsonl"
    records.write_text("".join(json.dumps(judged(rng)) + "\n" for _ in range(N_RECORDS)))
    alone = Training(trainer_of(load_recipe(recipe), KTO), 3, tiny, records, tmp_path / "alone").train()
    loss, steps, n_records = together(recipe, KTO, tiny, records, tmp_path / "together")
    assert (steps, n_records) == (8, N_RECORDS)
    assert loss == pytest.approx(alone.loss, abs=0.01)
    assert alone.loss < 0.49  # which is 0.5 where nothing is learned


def in_processes(monkeypatch: pytest.MonkeyPatch, n: int, rank: int = 0) -> None:
    for name, value in {"LOCAL_RANK": rank, "RANK": rank, "WORLD_SIZE": n}.items():
        monkeypatch.setenv(name, str(value))


def test_the_batch_is_that_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule(batch_size=12)
    assert schedule.arguments("folder", 0)["per_device_train_batch_size"] == 12
    in_processes(monkeypatch, 4)
    assert schedule.arguments("folder", 0)["per_device_train_batch_size"] == 3
    in_processes(monkeypatch, 5)
    with pytest.raises(UserError, match=r"^schedule.batch_size: 12 cannot be shared evenly by 5 processes; [^\n]+$"):
        schedule.arguments("folder", 0)


def test_a_world_without_ranks_is_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some batch systems set WORLD_SIZE for every job."""
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert Schedule(batch_size=3).arguments("folder", 0)["per_device_train_batch_size"] == 3
    assert is_first_process()


def test_one_process_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    in_processes(monkeypatch, 2, rank=0)
    assert is_first_process()
    in_processes(monkeypatch, 2, rank=1)
    assert not is_first_process()


def test_processes_that_do_not_find_each_other_train_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    in_processes(monkeypatch, 2)
    with pytest.raises(UserError, match=r"^train: 2 processes were started and 1 train together; [^\n]+$"):
        steps_of(SimpleNamespace(args=SimpleNamespace(world_size=1)))


def test_weights_that_stay_in_shards_are_an_error(tmp_path: Path) -> None:
    trainer = SimpleNamespace(save_model=lambda folder: None, accelerator=SimpleNamespace(wait_for_everyone=lambda: None))
    with pytest.raises(UserError, match="in shards and wrote no checkpoint; set fsdp_state_dict_type: FULL_STATE_DICT"):
        save(trainer, tmp_path)


def test_a_training_is_named_by_its_place_in_the_recipe(recipe: Path) -> None:
    settings = load_recipe(recipe)
    assert trainer_of(settings, "reward_models.main.training").schedule.batch_size == 4
    known = "policies.judging.training, policies.preferring.training, reward_models.main.training, seed_policy.training"
    with pytest.raises(RecipeError, match=rf"^policies.main: .*choose among {known}$"):
        trainer_of(settings, "policies.main")


def test_what_is_missing_or_there_already_is_said_before_anything_is_loaded(recipe: Path, tmp_path: Path) -> None:
    trainer = trainer_of(load_recipe(recipe), "seed_policy.training")
    with pytest.raises(UserError, match=r"nowhere: there is no such file or folder; check the path$"):
        Training(trainer, 0, tmp_path / "nowhere", recipe, tmp_path / "to").train()
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(UserError, match=r"there is a checkpoint already; name a new folder$"):
        Training(trainer, 0, tmp_path, recipe, tmp_path).train()
