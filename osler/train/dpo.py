"""Direct preference optimisation of a policy on pairs of turns (Rafailov et al., arXiv 2305.18290), by TRL's DPOTrainer."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep
from osler.train.texts import amiss


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DPO(Method):
    """Make `chosen` likelier than `rejected` in `{"prompt", "chosen", "rejected"}` records, each a text or messages, than the start policy
    has it, which is the reference: −log σ(β·Δ), where Δ is by how much the log-ratio of chosen exceeds that of rejected. The reference is
    asked once, before the first step. Where a record's `open` names one of the two, that one goes on: no end of turn is learnt from it.

    `loss` sigmoid_norm takes log-ratios per token, ipo the squared distance of that difference from 1 / 2β (arXiv 2310.12036). A turn of
    more than `max_length` tokens, its prompt among them, is unsound: cut, it would have lost the answer that it is preferred for.

    Med-REFL (arXiv 2506.13793): β .1, sigmoid, learning rate 1e-5 with LoRA. MedS³ (arXiv 2501.12051): learning rate 5e-7, the
    usual one here."""

    kind: Literal["dpo"] = "dpo"
    usual_rate: ClassVar[float] = 5e-7
    beta: float = Field(default=0.1, gt=0)
    loss: Literal["sigmoid", "sigmoid_norm", "ipo"] = "sigmoid"
    max_length: int = Field(default=8192, ge=16)

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train the checkpoint at `base` and write the new one to `folder`. Raises RecordError for a record that cannot be trained on,
        unless those are dropped."""
        from osler.train.dpo_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, check, self.on_bad))


SIDES = ("chosen", "rejected")


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    if found := amiss(record, "prompt", *SIDES):
        return found
    if record["chosen"] == record["rejected"]:
        return Unsound("same", "`chosen` and `rejected` are the same", "leave it out")
    if not set(record.get("open") or ()) <= set(SIDES):
        return Unsound("no_side", "`open` names another column than chosen and rejected", "name either, both, or leave it out")
    return None
