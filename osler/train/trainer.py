"""What our trainers do differently from the library's: tell whoever listens how far they are instead of printing, leave no pickle, and say
when nothing was saved."""

from pathlib import Path
from typing import Any

import torch
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from transformers.utils import logging

from osler.core.errors import UserError
from osler.train.schedule import OnStep, n_processes


class Reporting(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._on_step:
            self._on_step(state.global_step, state.max_steps)


def save(trainer: Any, folder: Path) -> None:
    """Write the checkpoint, without the pickle of its arguments that the trainer leaves beside it: the run has its recipe. Raises UserError
    where the shards of several processes were not put together."""
    trainer.save_model(str(folder))
    trainer.accelerator.wait_for_everyone()
    (folder / "training_args.bin").unlink(missing_ok=True)
    if not any(folder.glob("*.safetensors")):
        advice = "set fsdp_state_dict_type: FULL_STATE_DICT, or zero3_save_16bit_model: true, in the configuration of accelerate"
        raise UserError(f"{folder}: the processes kept the weights in shards and wrote no checkpoint; {advice}")


def trained(trainer: Any, n_records: int) -> dict[str, float]:
    """Train, and say how it went: the mean loss of all processes (each has its share of every batch), steps and records. Raises UserError
    where the processes know nothing of each other, and each would train alone on its share."""
    if trainer.args.world_size != n_processes():
        found = f"{n_processes()} processes were started and {trainer.args.world_size} train together"
        raise UserError(f"train: {found}; start them by `accelerate launch`, one for each device")
    outcome = trainer.train()
    loss = outcome.training_loss
    if n_processes() > 1:
        loss = float(trainer.accelerator.reduce(torch.tensor(loss, device=trainer.accelerator.device), reduction="mean"))
    return {"loss": loss, "steps": float(outcome.global_step), "records": float(n_records)}


def quiet(trainer: Any) -> Any:
    """The trainer without its own printing, and without the bar of the checkpoint that it writes."""
    logging.disable_progress_bar()
    trainer.remove_callback(PrinterCallback)
    return trainer
