"""Training of the process reward model, as a setting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.schedule import OnStep, Schedule


@dataclass(frozen=True, config=STRICT)
class TrainPRM:
    """The policy's body with one new logit, every weight trained. The schedule's defaults are ours; MedS³ has LoRA r 32, 5e-5, 2 epochs."""

    kind: Literal["prm"] = "prm"
    schedule: Schedule = Schedule()

    def train(
        self, base: Path, records: Sequence[dict[str, Any]], folder: Path, *, seed: int, on_step: OnStep | None = None
    ) -> dict[str, float]:
        """Train on `{"prompt", "completions", "labels", "mask"}` records from the causal checkpoint at `base`; write a
        …ForTokenClassification checkpoint to `folder`. Returns the final loss and the number of steps."""
        from osler.train.prm_trainer import train

        return train(self.schedule, base, records, folder, seed, on_step)
