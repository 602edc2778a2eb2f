"""Training of the process reward model, as a setting."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.encoding import StepMarks
from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainPRM(Method):
    """A model that says how good each step is. The schedule's defaults are ours; MedS³ has LoRA r 32, 5e-5, 2 epochs; Med-PRM 2e-6, 3
    epochs, every weight.

    `form` head: the policy's body with one new logit, read at the last token of each step (MedS³, arXiv 2501.12051). `form` tokens: the
    policy itself, with a marker behind each step, where the logits of two of its tokens are set against each other (Med-PRM, arXiv
    2506.11474); `marks` names them. Either way a step's score is σ(z), where z is the one logit or the difference of the two.

    `labels` soft: as they are; hard: 1 from `threshold` on, else 0. `is_zero_after_error`: behind the first label below `threshold` every
    label is 0, as in Med-PRM; masked steps stay masked, and are no error. `max_length` (tokens): a longer record is not cut, for its last
    label is the verdict; it cannot be trained on."""

    kind: Literal["prm"] = "prm"
    form: Literal["head", "tokens"] = "head"
    marks: StepMarks = StepMarks()
    labels: Literal["soft", "hard"] = "soft"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.5
    is_zero_after_error: bool = False
    max_length: Annotated[int, Field(ge=16)] = 8192

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.adapter and not self.adapter.is_merged:
            raise ValueError("a reward model is read whole; leave adapter.is_merged true")

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train on `{"prompt", "completions", "labels", "mask"}` records from the causal checkpoint at `base`; write a
        …ForTokenClassification checkpoint to `folder`, or of the form tokens a …ForCausalLM one with the marks in its config.json. Raises
        RecordError for a record that cannot be trained on, unless those are dropped."""
        from osler.train.prm_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, check, self.on_bad))

    def labels_of(self, record: Row) -> list[float | None]:
        """What the loss wants of each step, in [0, 1]; None where the step is masked and counts for nothing."""
        wanted: list[float | None] = []
        is_after_error = False
        for label, counts in zip(record["labels"], mask_of(record), strict=True):
            if not counts:
                wanted.append(None)
                continue
            own = float(label if self.labels == "soft" else label >= self.threshold)
            wanted.append(0.0 if is_after_error else own)
            is_after_error = is_after_error or (self.is_zero_after_error and label < self.threshold)
        return wanted


def mask_of(record: Row) -> list[bool]:
    """True where the label counts."""
    return record.get("mask") or [True] * len(record["labels"])


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    for column in ("prompt", "completions", "labels"):
        if not isinstance(record.get(column), list):
            return Unsound("missing_column", f"there are no `{column}`", "give it prompt, completions and labels, each a list")
    n_steps, n_labels, n_masks = len(record["completions"]), len(record["labels"]), len(mask_of(record))
    if not n_steps:
        return Unsound("no_steps", "it has no steps", "give it one at least")
    if n_steps != n_labels:
        return Unsound("label_count", f"there are {n_steps} steps and {n_labels} labels", "give each step its label")
    if n_steps != n_masks:
        return Unsound("mask_count", f"there are {n_steps} steps and {n_masks} entries of the mask", "give each step one, or leave it out")
    if not any(mask_of(record)):
        return Unsound("all_masked", "every step is masked", "leave it out")
    return _amiss_in_steps(record)


def _amiss_in_steps(record: Row) -> Unsound | None:
    for number, (step, label, counts) in enumerate(zip(record["completions"], record["labels"], mask_of(record), strict=True), 1):
        if not isinstance(step, str) or not step.strip():
            return Unsound("empty_step", f"step {number} is empty", "give it a text, or leave it out with its label")
        if counts and not _is_number(label):
            return Unsound("label_not_a_number", f"the label of step {number} is {label!r}", "give it a number, or mask the step")
        if counts and not 0 <= label <= 1:
            return Unsound("label_out_of_range", f"the label of step {number} is {label}", "bring labels to 0..1")
    return None


def _is_number(label: Any) -> bool:
    return isinstance(label, int | float) and not math.isnan(label)
