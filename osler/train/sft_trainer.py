"""TRL's SFTTrainer with the model's own loss.

TRL computes entropy and token accuracy beside the loss at every step, by a head of its own. Nobody reads them here, the loss is the same to
the last digit, and without them a step of the nano model takes three quarters of the time (`docs/log.md`).
"""

from typing import Any

from transformers import Trainer
from trl import SFTTrainer


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]  # trl has no types
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)
