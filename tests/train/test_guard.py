"""What is no number: stopped with its batch before it reaches the weights, and gone on from."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from osler.core.errors import UserError
from osler.train import CPT, SFT, Records, Schedule, TrainPRM, prm_trainer, sft_trainer
from osler.train.guard import NAN_BATCH
from osler.train.resuming import RESUME

SCHEDULE = Schedule(epochs=2, learning_rate=1e-2, batch_size=2)
SOUND = ["Gout explains the toe.", "The rash does not blanch.", "Fever and a cough.", "A lobar shadow.", "Uric acid is high."]


def chat(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": text}]}


CHATS = [chat(text) for text in SOUND]


def at_step(monkeypatch: pytest.MonkeyPatch, trainer: Any, step: int, spoil: Any) -> None:
    """`spoil` what the loss of this step is."""
    inner = trainer.compute_loss

    def compute_loss(self: Any, *arguments: Any, **named: Any) -> Any:
        loss = inner(self, *arguments, **named)
        return spoil(loss) if self.state.global_step == step - 1 else loss

    monkeypatch.setattr(trainer, "compute_loss", compute_loss)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NAN_BATCH).read_text().splitlines()]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda loss: loss * float("nan"), "its loss is nan"),
        (lambda loss: loss + float("inf"), "its loss is inf"),
        (lambda loss: loss + (loss - loss.detach()).abs().sqrt(), "its gradient's norm is nan"),
    ],
    ids=["nan", "inf", "gradient"],
)
def test_a_step_that_is_no_number_stops_with_the_records_of_its_batch(spoil, what, tiny, tmp_path, monkeypatch):
    """In order and two at a time, the second step is of the third and the fourth record."""
    at_step(monkeypatch, sft_trainer.PlainLossTrainer, 2, spoil)
    records = Records(CHATS, [f"chats.jsonl:{at}" for at in range(11, 16)])
    with pytest.raises(UserError) as told:
        SFT(schedule=SCHEDULE, is_in_order=True).train(tiny, records, tmp_path / "to", seed=0)
    assert str(told.value).startswith(f"{tmp_path / 'to' / NAN_BATCH}: step 2 was stopped with this batch, because {what}; ")
    advice = "look at the records, or lower schedule.learning_rate, and give the same command again"
    assert str(told.value).endswith(f"; {advice}: it then goes on from step 1")
    assert rows(tmp_path / "to") == [
        {"step": 2, "place": "chats.jsonl:13", "record": CHATS[2]},
        {"step": 2, "place": "chats.jsonl:14", "record": CHATS[3]},
    ]
    assert [json.loads(line)["step"] for line in (tmp_path / "to" / "curve.jsonl").read_text().splitlines()] == [1]
    assert not (tmp_path / "to" / "model.safetensors").exists()


def test_after_a_stop_another_schedule_goes_on_from_the_step_before(tiny, tmp_path, monkeypatch):
    """What the first schedule did stays on the curve, with its learning rate; the rest has the second's. The weights kept are numbers."""
    with monkeypatch.context() as patch:
        at_step(patch, sft_trainer.PlainLossTrainer, 4, lambda loss: loss * float("nan"))
        with pytest.raises(UserError, match=r"goes on from step 3$"):
            SFT(schedule=replace(SCHEDULE, decay="constant", warmup=0)).train(tiny, CHATS, tmp_path / "to", seed=0)
    [kept] = (tmp_path / "to" / RESUME).glob("checkpoint-*/model.safetensors")
    assert all(bool(torch.isfinite(weights).all()) for weights in load_file(kept).values())
    second = SFT(schedule=replace(SCHEDULE, decay="constant", warmup=0, learning_rate=1e-4))
    outcome = second.train(tiny, CHATS, tmp_path / "to", seed=0)
    curve = [json.loads(line) for line in (tmp_path / "to" / "curve.jsonl").read_text().splitlines()]
    assert [row["learning_rate"] for row in curve] == pytest.approx([1e-2] * 3 + [1e-4] * 3)
    assert [row["step"] for row in curve] == [1, 2, 3, 4, 5, 6]
    assert (outcome.resumed_at, outcome.steps) == (3, 6)


def test_at_the_first_step_there_is_nothing_to_go_on_from(tiny, tmp_path, edit_weights, copied):
    base = copied(tiny)
    edit_weights(base, lambda tensors: [tensor.fill_(float("nan")) for tensor in tensors.values()])
    with pytest.raises(UserError, match=r"step 1 was stopped [^\n]+ its loss is nan; [^\n]+ again: it then starts from the base$"):
        SFT(schedule=SCHEDULE).train(base, CHATS, tmp_path / "to", seed=0)
    assert len(rows(tmp_path / "to")) == 2


def test_packed_texts_are_found_by_what_they_say_or_decoded(tiny, tmp_path, monkeypatch):
    at_step(monkeypatch, sft_trainer.PlainLossTrainer, 1, lambda loss: loss * float("nan"))
    texts = [{"id": f"t-{at}", "text": text} for at, text in enumerate(SOUND)]
    with pytest.raises(UserError):
        CPT(schedule=replace(SCHEDULE, batch_size=1), max_length=64).train(tiny, texts, tmp_path / "to", seed=0)
    found = rows(tmp_path / "to")
    assert found
    assert all(row.keys() in ({"step", "place", "record"}, {"step", "decoded"}) for row in found)
    assert {row["place"] for row in found if "place" in row} <= {f"record {at}" for at in range(1, 6)}


def test_steps_of_a_reward_model_as_well(tiny, tmp_path, monkeypatch):
    at_step(monkeypatch, prm_trainer._StepTrainer, 1, lambda loss: loss * float("nan"))
    records = [{"prompt": [{"role": "user", "content": text}], "completions": ["Step 1: A.\n\n"], "labels": [0.5]} for text in SOUND]
    with pytest.raises(UserError, match="step 1 was stopped"):
        TrainPRM(schedule=SCHEDULE).train(tiny, records, tmp_path / "to", seed=0)
    assert [row["record"] in records for row in rows(tmp_path / "to")] == [True, True]
