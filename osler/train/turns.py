"""A prompt and a turn of the assistant's after it, as tokens, for methods that weigh whole turns against each other.

A turn is what `masks.py` takes for the assistant's: what it said and the token that ends it. A turn that is `open` has no such token: who
is trained on it has to go on, not to stop.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from osler.train.masks import ChatEncoder
from osler.train.records import Unsound
from osler.train.texts import messages


@dataclass(frozen=True)
class Turn:
    """Token ids of the prompt, the heading of the turn among them, and of the turn."""

    prompt: list[int]
    said: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.said)


class TurnEncoder:
    """Encodes prompt and turn by the tokenizer's own chat template. Nothing is cut: what a turn ends with is what it is judged by, and one
    of more than `max_length` tokens, its prompt among them, is unsound."""

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        self._chats, self._max_length = ChatEncoder(tokenizer), max_length
        self._special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}

    def encode(self, prompt: Any, said: Any, *, is_open: bool = False) -> Turn | Unsound:
        chat = self._chats.encode([*messages(prompt, "user"), *messages(said, "assistant")])
        if isinstance(chat, Unsound):
            return chat
        ids, is_own = list(chat[-1].ids), list(chat[-1].is_own)
        stop = max(at for at, own in enumerate(is_own, 1) if own)
        start = max((at for at, own in enumerate(is_own[:stop], 1) if not own), default=0)
        if is_open and ids[stop - 1] in self._special:
            stop -= 1
        turn = Turn(ids[:start], ids[start:stop])
        if len(turn) > self._max_length:
            what = f"prompt and turn have {len(turn)} tokens, more than {self._max_length}"
            return Unsound("too_long", what, "raise max_length as far as the base reaches")
        return turn


class Noting:
    """For trainers of TRL's: `notes` has, when the training ends, the means over the last tenth of its steps of what TRL computes beside
    the loss, under the names in `noted`."""

    noted: Mapping[str, str]

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        trainer: Any = self
        if trainer.state.global_step > 0.9 * trainer.state.max_steps:
            for name, column in self.noted.items():
                self._last.setdefault(column, []).extend(trainer._metrics["train"].get(name, ()))
        trainer._metrics["train"].pop("num_tokens", None)  # those since the process began, not since the training did
        super().log(logs, start_time)  # type: ignore[misc]  # the trainer's
        self.notes.update({column: sum(values) / len(values) for column, values in self._last.items() if values})

    @property
    def notes(self) -> dict[str, float]:
        return self.__dict__.setdefault("_notes", {})  # type: ignore[no-any-return]

    @property
    def _last(self) -> dict[str, list[float]]:
        return self.__dict__.setdefault("_values", {})  # type: ignore[no-any-return]


@contextmanager
def no_bars() -> Iterator[None]:
    """TRL shows bars while it asks the reference; they would write into whatever shows our own."""
    before, was_disabled = os.environ.get("TQDM_DISABLE"), are_progress_bars_disabled()
    os.environ["TQDM_DISABLE"] = "1"
    disable_progress_bars()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TQDM_DISABLE"]
        else:
            os.environ["TQDM_DISABLE"] = before
        if not was_disabled:
            enable_progress_bars()
