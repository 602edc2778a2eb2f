"""Training of the process reward model, as a setting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainPRM(Method):
    """The policy's body with one new logit. The schedule's defaults are ours; MedS³ has LoRA r 32, 5e-5, 2 epochs."""

    kind: Literal["prm"] = "prm"

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train on `{"prompt", "completions", "labels", "mask"}` records from the causal checkpoint at `base`; write a
        …ForTokenClassification checkpoint to `folder`. Raises RecordError for a record that cannot be trained on, unless those are
        dropped."""
        from osler.train.prm_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, check, self.on_bad))


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    for column in ("prompt", "completions", "labels"):
        if column not in record:
            return Unsound("missing_column", f"there are no `{column}`", "give it prompt, completions and labels")
    n_steps, n_labels = len(record["completions"]), len(record["labels"])
    if n_steps != n_labels:
        return Unsound("label_count", f"there are {n_steps} steps and {n_labels} labels", "give each step its label")
    return None
