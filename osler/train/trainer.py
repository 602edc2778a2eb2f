"""What our trainers do differently from the library's: tell whoever listens how far they are instead of printing, and leave no pickle."""

from pathlib import Path
from typing import Any

from transformers.trainer_callback import PrinterCallback, TrainerCallback

from osler.train.schedule import OnStep


class Reporting(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._on_step:
            self._on_step(state.global_step, state.max_steps)


def save(trainer: Any, folder: Path) -> None:
    """Write the checkpoint, without the pickle of its arguments that the trainer leaves beside it: the run has its recipe."""
    trainer.save_model(str(folder))
    (folder / "training_args.bin").unlink(missing_ok=True)


def quiet(trainer: Any) -> Any:
    """The trainer without its own printing."""
    trainer.remove_callback(PrinterCallback)
    return trainer
