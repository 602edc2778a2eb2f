"""A training that was killed and given again: the same curve and, in float32 on a CPU, the same bytes as one that nobody disturbed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osler.train import CPT, SFT, LoRA, Schedule, TrainPRM
from osler.train.resuming import RESUME

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
METHODS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "sft": (SFT(schedule=SCHEDULE), CHATS),
    "sft accumulated": (SFT(schedule=replace(SCHEDULE, batch_size=1, accumulate=2)), CHATS),
    "sft in order": (SFT(schedule=SCHEDULE, is_in_order=True), CHATS),
    "sft with an adapter that drops out": (SFT(schedule=SCHEDULE, adapter=LoRA(r=2, dropout=0.3)), CHATS),
    "cpt": (CPT(schedule=replace(SCHEDULE, batch_size=1), max_length=16), TEXTS),
    "prm": (TrainPRM(schedule=SCHEDULE), LABELLED),
}


class Interrupted(BaseException):
    """As a Ctrl-C, at a step."""


def interrupting(at: int) -> Callable[[int, int], None]:
    def on_step(done: int, total: int) -> None:
        if done == at:
            raise Interrupted

    return on_step


def trained(method: Any, base: Path, records: list[dict[str, Any]], folder: Path, stops: tuple[int, ...] = ()) -> dict[str, bytes]:
    for stop in stops:
        with pytest.raises(Interrupted):
            method.train(base, records, folder, seed=5, on_step=interrupting(stop))
    method.train(base, records, folder, seed=5)
    return {name: (folder / name).read_bytes() for name in ("model.safetensors", "curve.jsonl", "curve.svg")}


@pytest.mark.parametrize("name", METHODS)
def test_interrupted_at_several_steps_it_ends_with_the_same_bytes(name: str, tiny: Path, tmp_path: Path) -> None:
    """In the first epoch, twice in the second, and in the last; at 4 or 8 an epoch ends."""
    method, records = METHODS[name]
    whole = trained(method, tiny, records, tmp_path / "whole")
    again = trained(method, tiny, records, tmp_path / "again", stops=(2, 5, 9, 12))
    steps = [json.loads(line)["step"] for line in again["curve.jsonl"].splitlines()]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 12
    assert again == whole
    assert not (tmp_path / "again" / RESUME).exists()
    one, two = (json.loads((tmp_path / run / "training.json").read_text()) for run in ("whole", "again"))
    assert two.pop("resumed_at") == 11  # the callback of step 12 comes before its state would be kept
    assert one.pop("resumed_at") == 0
    assert {key: value for key, value in one.items() if key not in ("seconds", "energy")} == {
        key: value for key, value in two.items() if key not in ("seconds", "energy")
    }
