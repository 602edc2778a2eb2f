"""Supervised fine-tuning of a policy on traces, by TRL's SFTTrainer. Only what the assistant wrote is trained on."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SFT(Method):
    """Train the policy on what the assistant says in `{"messages": …}` records. `max_length` cuts longer records (tokens). `is_in_order`:
    each epoch reads the records as they come, for a curriculum; else it shuffles them."""

    kind: Literal["sft"] = "sft"
    max_length: int = Field(default=8192, ge=16)
    is_in_order: bool = False

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train the checkpoint at `base` and write the new one to `folder`. Deterministic on a CPU in float32 with a fixed number of
        threads. Raises RecordError for a record that cannot be trained on, unless those are dropped."""
        from osler.train.sft_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, check, self.on_bad))


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    messages = record.get("messages")
    if not isinstance(messages, list):
        return Unsound("missing_column", "there are no `messages`", "give it a list of {role, content}")
    if not any(message.get("role") == "assistant" and message.get("content", "").strip() for message in messages):
        return Unsound("empty_completion", "the assistant says nothing", "give it something to say")
    return None


def rows(record: dict[str, Any], has_markers: bool) -> list[dict[str, Any]]:
    """Messages where the chat template marks what the assistant wrote; else prompt and completion of each of its turns, whose loss TRL
    masks by itself."""
    messages = record["messages"]
    if has_markers:
        return [{"messages": messages}]
    turns = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
    return [{"prompt": messages[:at], "completion": messages[at : at + 1]} for at in turns]


def has_markers(text: str | None) -> bool:
    """Whether a chat template marks what the assistant wrote."""
    return re.search(r"\{%-?\s*generation\s*-?%\}", text or "") is not None
