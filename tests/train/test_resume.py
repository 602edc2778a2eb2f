"""A training that was killed and given again: the same curve and, in float32 on a CPU, the same bytes as one that nobody disturbed."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osler.train import CPT, DPO, GRPO, KTO, SFT, LoRA, Schedule, TrainPRM
from osler.train.grpo import AttemptSampling
from osler.train.resuming import RESUME
from osler.train.rewarding import Attempt, Marks

WORDS = ["fever", "cough", "film", "gout", "uric", "acid", "rash", "stiff", "neck", "lobar"]
N = 7
"""Records in batches of 2: the last batch of an epoch is not full, and 3 epochs are 12 steps."""
SCHEDULE = Schedule(epochs=3, learning_rate=1e-2, batch_size=2, save_every_s=0)


def words(at: int) -> str:
    return " ".join(WORDS[(at + k * k) % len(WORDS)] for k in range(3 + at % 4))


CHATS = [{"messages": [{"role": "user", "content": words(at)}, {"role": "assistant", "content": words(at + 3)}]} for at in range(N)]
TEXTS = [{"text": f"{words(at)} {words(at + 5)}."} for at in range(N)]
LABELLED = [
    {
        "prompt": [{"role": "user", "content": words(at)}],
        "completions": [f"Step {step}: {words(at + step)}\n\n" for step in range(1, 3 + at % 3)],
        "labels": [(at + step) % 3 / 2 for step in range(1, 3 + at % 3)],
    }
    for at in range(N)
]
TURNS = [{"prompt": row["messages"][:1], "completion": row["messages"][1:], "label": at % 2 == 0} for at, row in enumerate(CHATS)]
PAIRS = [{"prompt": row["prompt"], "chosen": row["completion"], "rejected": TURNS[at - 1]["completion"]} for at, row in enumerate(TURNS)]
PROMPTS = [{"id": f"p-{at}", "prompt": row["prompt"], "item": "{}"} for at, row in enumerate(TURNS)]
DRAWN = GRPO(schedule=replace(SCHEDULE, epochs=2, learning_rate=1e-3), n_attempts=2, n_iterations=2, sampling=AttemptSampling(max_tokens=5))
METHODS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "sft": (SFT(schedule=SCHEDULE), CHATS),
    "sft accumulated": (SFT(schedule=replace(SCHEDULE, batch_size=1, accumulate=2)), CHATS),
    "sft in order": (SFT(schedule=SCHEDULE, is_in_order=True), CHATS),
    "sft with an adapter that drops out": (SFT(schedule=SCHEDULE, adapter=LoRA(r=2, dropout=0.3)), CHATS),
    "sft packed": (SFT(schedule=replace(SCHEDULE, batch_size=1, epochs=8), is_packed=True, max_length=48), CHATS),
    "cpt": (CPT(schedule=replace(SCHEDULE, batch_size=1, epochs=8), max_length=48), TEXTS),
    "prm": (TrainPRM(schedule=SCHEDULE), LABELLED),
    "dpo": (DPO(schedule=SCHEDULE), PAIRS),
    "kto": (KTO(schedule=SCHEDULE), TURNS),
    "grpo": (DRAWN, PROMPTS),
}


def marked(attempts: Sequence[Attempt]) -> list[Marks]:
    """Longer texts with more of the letter e are worth more."""
    return [Marks(each.text.count("e") + len(each.text) / 100, {"e": each.text.count("e")}) for each in attempts]


class Interrupted(BaseException):
    """As a Ctrl-C, at a step."""


def interrupting(at: int) -> Callable[[int, int], None]:
    def on_step(done: int, total: int) -> None:
        if done == at:
            raise Interrupted

    return on_step


def trained(method: Any, base: Path, records: list[dict[str, Any]], folder: Path, stops: tuple[int, ...] = ()) -> dict[str, bytes]:
    further = {"reward": marked} if isinstance(method, GRPO) else {}
    for stop in stops:
        with pytest.raises(Interrupted):
            method.train(base, records, folder, seed=5, on_step=interrupting(stop), **further)
    method.train(base, records, folder, seed=5, **further)
    return {name: (folder / name).read_bytes() for name in ("model.safetensors", "curve.jsonl", "curve.svg")}


QUICK = ("sft",)


@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in METHODS])
def test_interrupted_at_several_steps_it_ends_with_the_same_bytes(name: str, tiny: Path, tmp_path: Path) -> None:
    """In the first epoch, twice in the second, and in the last; at 4 or 8 an epoch ends, and what GRPO draws serves two steps."""
    method, records = METHODS[name]
    whole = trained(method, tiny, records, tmp_path / "whole")
    again = trained(method, tiny, records, tmp_path / "again", stops=(2, 5, 9, 12))
    steps = [json.loads(line)["step"] for line in again["curve.jsonl"].splitlines()]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 12
    assert again == whole
    assert not (tmp_path / "again" / RESUME).exists()
    one, two = (json.loads((tmp_path / run / "training.json").read_text()) for run in ("whole", "again"))
    assert (one["resumed_at"], two["resumed_at"]) == (0, 10 if name == "grpo" else 11)  # a step is heard of before its state is kept
    assert two["energy"]["kwh"] > 0
    others = {"seconds", "energy", "resumed_at", "notes"}
    assert {key: value for key, value in one.items() if key not in others} == {key: two[key] for key in one if key not in others}


KILLED = """
import os, signal, sys, torch
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_resume as case

torch.set_num_threads(1)
method, records = case.METHODS["sft accumulated"]
base, folder, at, where = Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]

def kill(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def on_step(done, total):
    if done == at:
        if where == "between":
            kill()
        from transformers import Trainer
        setattr(Trainer, where, kill)  # the state of this step is half written

method.train(base, records, folder, seed=5, on_step=on_step)
"""


@pytest.mark.slow
def test_killed_between_steps_and_while_it_writes_a_state_it_ends_with_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    """Killed by the kernel between steps; when the weights are written but not the optimiser; when all but the last file is;
    and once more from the state that it goes on from."""
    method, records = METHODS["sft accumulated"]
    whole = trained(method, tiny, records, tmp_path / "whole")
    kept = []
    for at, where in ((3, "between"), (5, "_save_optimizer_and_scheduler"), (6, "_save_rng_state"), (10, "between")):
        command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tiny), str(tmp_path / "again"), str(at), where]
        assert subprocess.run(command, timeout=120).returncode == -signal.SIGKILL
        kept.append(sorted(int(file.parent.name.split("-")[1]) for file in (tmp_path / "again" / RESUME).glob("*/complete.json")))
    assert kept == [[2], [4], [5], [9]]
    assert trained(method, tiny, records, tmp_path / "again") == whole


def interrupted(tiny: Path, folder: Path, schedule: Schedule = SCHEDULE) -> None:
    with pytest.raises(Interrupted):
        SFT(schedule=schedule).train(tiny, CHATS, folder, seed=5, on_step=interrupting(6))
    assert [path.name for path in (folder / RESUME).iterdir()] == ["checkpoint-5"]


@pytest.mark.parametrize("what", ["seed", "records", "base", "batch", "learning rate", "method"])
def test_another_training_in_the_same_folder_starts_anew_and_says_so(
    what: str,
    tiny: Path,
    tmp_path: Path,
    copied: Callable[[Path], Path],
    edit_weights: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    interrupted(tiny, tmp_path / "to")
    base, records, seed, schedule = tiny, CHATS, 5, SCHEDULE
    if what == "base":
        base = copied(tiny)
        edit_weights(base, lambda tensors: tensors["model.norm.weight"].mul_(2))
    records = [*CHATS[:-1], CHATS[0]] if what == "records" else CHATS
    seed = 6 if what == "seed" else 5
    schedule = replace(SCHEDULE, **{"batch": {"batch_size": 4}, "learning rate": {"learning_rate": 2e-2}}.get(what, {}))
    method = SFT(schedule=schedule, is_in_order=what == "method")
    outcome = method.train(base, records, tmp_path / "to", seed=seed)
    assert outcome.resumed_at == 0
    assert [record.getMessage() for record in caplog.records if record.name == "osler.train"] == [
        f"{tmp_path / 'to' / RESUME}: the state kept there is of another training (settings, seed, base or records); starting anew"
    ]
    curve = (tmp_path / "to" / "curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in curve] == list(range(1, outcome.steps + 1))


def test_how_often_states_are_kept_is_no_other_training(tiny: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    interrupted(tiny, tmp_path / "to")
    assert SFT(schedule=replace(SCHEDULE, save_every_s=600)).train(tiny, CHATS, tmp_path / "to", seed=5).resumed_at == 5
    assert caplog.records == []


def test_a_state_without_its_marker_counts_for_nothing(tiny: Path, tmp_path: Path) -> None:
    interrupted(tiny, tmp_path / "to")
    (tmp_path / "to" / RESUME / "checkpoint-5" / "complete.json").unlink()
    assert SFT(schedule=SCHEDULE).train(tiny, CHATS, tmp_path / "to", seed=5).resumed_at == 0


def test_nothing_is_kept_before_it_is_time_and_no_pickle_of_arguments(tiny: Path, tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def on_step(done: int, total: int) -> None:
        seen.append(sorted(path.name for path in (tmp_path / "to").rglob("*") if path.is_dir() or path.suffix == ".bin"))

    SFT(schedule=replace(SCHEDULE, save_every_s=600)).train(tiny, CHATS, tmp_path / "to", seed=5, on_step=on_step)
    assert seen == [[]] * 12
    seen.clear()
    SFT(schedule=SCHEDULE).train(tiny, CHATS, tmp_path / "to", seed=5, on_step=on_step)
    assert seen == [[], *([RESUME, f"checkpoint-{step}"] if step else [] for step in range(1, 12))]
