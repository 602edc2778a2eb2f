"""Tells whoever listens how far training has come, instead of printing."""

from typing import Any

from transformers.trainer_callback import PrinterCallback, TrainerCallback

from osler.train.schedule import OnStep


class Reporting(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._on_step:
            self._on_step(state.global_step, state.max_steps)


def quiet(trainer: Any) -> Any:
    """The trainer without its own printing."""
    trainer.remove_callback(PrinterCallback)
    return trainer
