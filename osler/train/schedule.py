"""The settings that every trainer shares, and what they mean to `transformers.TrainingArguments`."""

import os
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT

USUAL_RATE = 2e-4
OnStep = Callable[[int, int], None]
"""Told after each optimiser step: steps done, steps in all."""


@dataclass(frozen=True, config=STRICT)
class Schedule:
    """Optimisation. AdamW, a linear warm-up and then `decay`, gradients clipped at `max_grad_norm`; float32 unless a GPU allows `bf16`.

    `batch_size` counts the records of all processes together, so that the same schedule trains the same under `accelerate launch`.
    Left out, the `learning_rate` is the method's usual one. `warmup` below 1 is a share of all steps, from 1 on a number of them.
    `max_steps` ends sooner than `epochs` would. `is_recomputing`: activations are computed again on the way back, for memory. Each
    `save_every_s` seconds the state is kept, from which an interrupted training goes on; 0 keeps it after every step."""

    epochs: Annotated[float, Field(gt=0)] = 1.0
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    batch_size: Annotated[int, Field(ge=1)] = 16
    accumulate: Annotated[int, Field(ge=1)] = 1
    warmup: Annotated[float, Field(ge=0)] = 0.03
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    adam_beta1: Annotated[float, Field(gt=0, lt=1)] = 0.9
    adam_beta2: Annotated[float, Field(gt=0, lt=1)] = 0.999
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    decay: Literal["cosine", "linear", "constant"] = "cosine"
    max_steps: Annotated[int, Field(ge=1)] | None = None
    bf16: bool = False
    is_recomputing: bool = False
    save_every_s: Annotated[float, Field(ge=0)] = 600.0

    def arguments(self, folder: str, seed: int) -> dict[str, Any]:
        """Keyword arguments for `TrainingArguments` and its subclasses. Nothing is sent anywhere; states are kept by `resuming`. Raises
        UserError where the processes cannot share a batch evenly."""
        if self.batch_size % n_processes():
            raise UserError(
                f"schedule.batch_size: {self.batch_size} cannot be shared evenly by {n_processes()} processes; choose a multiple of them"
            )
        import torch

        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        return {
            "output_dir": folder,
            "num_train_epochs": self.epochs,
            "max_steps": self.max_steps or -1,
            "learning_rate": self.learning_rate or USUAL_RATE,
            "per_device_train_batch_size": self.batch_size // n_processes(),
            "gradient_accumulation_steps": self.accumulate,
            "warmup_steps": self.warmup,
            "weight_decay": self.weight_decay,
            "adam_beta1": self.adam_beta1,
            "adam_beta2": self.adam_beta2,
            "lr_scheduler_type": "constant_with_warmup" if self.decay == "constant" else self.decay,
            "max_grad_norm": self.max_grad_norm,
            "bf16": self.bf16,
            "use_cpu": n_processes() > 1 and not torch.accelerator.is_available(),  # else the processes would not find each other
            "seed": seed,
            "data_seed": seed,
            "save_strategy": "no",
            "report_to": "none",
            "logging_strategy": "steps",
            "logging_steps": 1,  # a line of the curve for each; nothing is printed
            "logging_nan_inf_filter": False,
            "disable_tqdm": True,
            "activation_checkpointing": self.is_recomputing,
            "dataloader_pin_memory": False,
            "ddp_find_unused_parameters": False,
        }


def n_processes() -> int:
    """How many processes train together: as many as `accelerate launch` (or `torchrun`) has started, else one."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "LOCAL_RANK" in os.environ else 1


def is_first_process() -> bool:
    """Whether this is the process that reports and writes."""
    return n_processes() == 1 or os.environ.get("RANK", "0") == "0"
