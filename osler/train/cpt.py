"""Continued pre-training: the policy reads texts, packed into chunks, and every token is trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep


@dataclass(frozen=True, kw_only=True, config=STRICT)
class CPT(Method):
    """Train the policy on `{"text": …}` records: one after the other, each closed by the end-of-text token, cut into chunks of `max_length`
    tokens. Nothing is left out; the last chunk is as long as it comes. Texts that share a chunk see each other, as in pre-training."""

    kind: Literal["cpt"] = "cpt"
    max_length: int = Field(default=2048, ge=16)

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """As `SFT.train`."""
        from osler.train.cpt_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, check, self.on_bad))


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    if "text" not in record:
        return Unsound("missing_column", "there is no `text`", "give it one")
    if not isinstance(record["text"], str):
        return Unsound("wrong_type", "`text` is not a string", "make it one")
    if not record["text"].strip():
        return Unsound("empty_text", "the text is empty", "give it a text")
    return None
