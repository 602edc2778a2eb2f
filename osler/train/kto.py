"""Kahneman–Tversky optimisation of a policy on turns that are wanted or not (Ethayarajh et al., arXiv 2402.01306), by TRL's KTOTrainer."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Sound, Unsound, sound
from osler.train.schedule import OnStep, n_processes
from osler.train.texts import amiss


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KTO(Method):
    """Make the completions of `{"prompt", "completion", "label"}` records likelier where the label is true, and less likely where it is
    false, than the start policy has them, which is the reference and is asked once, before the first step. Prompt and completion are texts
    or messages. A record's loss is w·(1 − σ(β·(r − z))), or with (z − r) where it is not wanted: r is its log-ratio, w the weight of its
    kind, and z the mean log-ratio, from 0 up, of the batch's completions each after the prompt of another record.

    The paper has the weights of all that is wanted come to 1 to 4/3 of those of all that is not: `balance` in the notes says what they
    come to here. Each epoch reads the records in the same order, shuffled once by the seed, since the others of a batch are fixed before.
    A turn of more than `max_length` tokens, its prompt among them, is unsound. The usual learning rate
    is TRL's."""

    kind: Literal["kto"] = "kto"
    usual_rate: ClassVar[float] = 1e-6
    beta: float = Field(default=0.1, gt=0)
    desirable_weight: float = Field(default=1.0, gt=0)
    undesirable_weight: float = Field(default=1.0, gt=0)
    max_length: int = Field(default=8192, ge=16)

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train the checkpoint at `base` and write the new one to `folder`. Raises RecordError for a record that cannot be trained on,
        unless those are dropped; UserError where all records have one label, or a batch has one record."""
        from osler.train.kto_trainer import train

        if self.schedule.batch_size // n_processes() < 2:
            raise UserError("schedule.batch_size: kto sets each record against another of its batch; give each process 2 or more")
        return train(self, Course(base, folder, seed, on_step), two_sided(sound(self.kind, records, check, self.on_bad)))


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    if found := amiss(record, "prompt", "completion"):
        return found
    if "label" not in record:
        return Unsound("missing_column", "there is no `label`", "say whether the completion is wanted, true or false")
    if not isinstance(record["label"], bool):
        return Unsound("bad_label", f"the label is {record['label']!r}", "give it true or false")
    return None


def two_sided(found: Sound) -> Sound:
    """Itself. Raises UserError where nothing is wanted, or everything is."""
    labels = {record["label"] for record in found.records}
    if len(labels) == 1:
        what = "wanted, and none is not" if True in labels else "not wanted, and none is"
        raise UserError(f"kto: all {len(found.records)} records are {what}; give it both, or train on the wanted ones by sft")
    return found
