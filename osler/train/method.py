"""What every method of training has in common: its settings, what it is given, and what it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.adapter import LoRA
from osler.train.records import OnBad
from osler.train.schedule import USUAL_RATE, OnStep, Schedule


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Method:
    """Every weight is trained, or those of an `adapter` alone. `weights` is the precision in which the base is loaded; "bfloat16" halves
    the memory, and suits adapters. `on_bad`: what a record does that cannot be trained on. `usual_rate` is the learning rate of a schedule
    that names none."""

    usual_rate: ClassVar[float] = USUAL_RATE
    schedule: Schedule = Schedule()
    adapter: LoRA | None = None
    weights: Literal["float32", "bfloat16"] = "float32"
    on_bad: OnBad = "stop"

    def __post_init__(self) -> None:
        if self.schedule.learning_rate is None:  # what is written beside a run names it
            object.__setattr__(self, "schedule", replace(self.schedule, learning_rate=self.usual_rate))


@plain_dataclass(frozen=True)
class Course:
    """One training: the checkpoint `base` becomes the one in `folder`."""

    base: Path
    folder: Path
    seed: int
    on_step: OnStep | None = None


@plain_dataclass(frozen=True)
class Trained:
    """What a training did: the mean loss over its steps, steps, records that were trained on, those dropped by reason, those cut and the
    tokens that were cut off them, and further numbers of the method's own. `seconds` and `energy` are those up to the last kept state and
    from there on, where it was interrupted and went on after the step `resumed_at`. Stands as training.json beside the checkpoint."""

    loss: float
    steps: int
    n_records: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    n_cut: int = 0
    n_tokens_cut: int = 0
    seconds: float = 0.0
    resumed_at: int = 0
    energy: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, float] = field(default_factory=dict)
