"""Supervised fine-tuning of a policy on traces, by TRL's SFTTrainer. Only what the assistant wrote is trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import BARE, bare, parsed_by_any
from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.schedule import OnStep


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SFT(Method):
    """Train the policy on what the assistant says in `{"messages": …}` records. `max_length` cuts longer records (tokens). `is_in_order`:
    each epoch reads the records as they come, for a curriculum; else it shuffles them. Not `is_with_trace`: the answers alone, of the same
    records; one in which no codec reads a trace cannot be trained on. `is_packed`: each row of a batch holds as many records as fit into
    `max_length`, none of which sees another, and `batch_size` counts such rows."""

    kind: Literal["sft"] = "sft"
    max_length: int = Field(default=8192, ge=16)
    is_in_order: bool = False
    is_with_trace: bool = True
    is_packed: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_packed and self.is_in_order:
            raise ValueError("packing puts records together by their length; choose is_packed or is_in_order")

    def train(self, base: Path, records: Sequence[Row], folder: Path, *, seed: int, on_step: OnStep | None = None) -> Trained:
        """Train the checkpoint at `base` and write the new one to `folder`. Deterministic on a CPU in float32 with a fixed number of
        threads. Raises RecordError for a record that cannot be trained on, unless those are dropped."""
        from osler.train.sft_trainer import train

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, self._check, self.on_bad))

    def _check(self, record: Row) -> Unsound | None:
        return check(record) or (None if self.is_with_trace else check_trace(record))


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    if "messages" not in record:
        return Unsound("missing_column", "there are no `messages`", "give it a list of {role, content}")
    messages = record["messages"]
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        return Unsound("wrong_type", "`messages` is not a list of {role, content} with texts", "give each message a role and a text")
    roles = [message["role"] for message in messages]
    if unknown := sorted(set(roles) - {"system", "user", "assistant"}):
        return Unsound("unknown_role", f"there is no role {unknown[0]!r}", "choose from system, user and assistant")
    if roles[-1:] != ["assistant"]:
        return Unsound("no_reply", "the last message is not the assistant's", "end the chat with what the assistant says")
    turns = roles[1:] if roles[0] == "system" else roles
    if len(turns) % 2 or turns != ["user", "assistant"] * (len(turns) // 2):
        what = f"the roles do not alternate ({', '.join(roles[:6])})"
        return Unsound("roles", what, "let user and assistant take turns after at most one system message")
    if not all(message["content"].strip() for message in messages if message["role"] == "assistant"):
        return Unsound("empty_completion", "the assistant says nothing", "give it something to say")
    return None


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and isinstance(message.get("role"), str) and isinstance(message.get("content"), str)


def check_trace(record: Row) -> Unsound | None:
    """What keeps a record's traces from being taken away."""
    for message in record["messages"]:
        if message["role"] == "assistant" and not without_trace(message["content"]):
            what = f"no answer can be told from a trace in {message['content'].strip()[:40]!r}"
            advice = "write it in a codec (step, think, section) with a closing statement, or set is_with_trace: true"
            return Unsound("no_trace", what, advice)
    return None


def without_trace(text: str) -> str:
    """What is left of a turn that a codec reads: its response, or the closing statement of its last step; empty where no codec reads it, or
    nothing is left."""
    parsed = parsed_by_any(text)
    return bare(parsed) if parsed else ""


def codec_after(training: object, codec: str) -> str:
    """How a policy that wrote in `codec` writes after a training: without any mark where it saw no traces."""
    return BARE if isinstance(training, SFT) and not training.is_with_trace else codec


def messages(record: Row, *, is_with_trace: bool) -> list[Row]:
    """The record's chat, with its traces or without."""
    return [
        message if is_with_trace or message["role"] != "assistant" else {**message, "content": without_trace(message["content"])}
        for message in record["messages"]
    ]
