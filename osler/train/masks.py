"""Chats become tokens, with a mask of those that the assistant wrote: only they are trained on.

The mask of a turn is what the assistant said and the token that ends the turn, in every template: where the markers of a template leave
that token out, the model would never learn to stop; where they (or the difference between prompt and chat) take in a line break after it,
it would learn what nobody ever asks it for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from osler.train.records import Row, Unsound

IGNORED = -100
"""The label that no loss is computed for: what transformers and TRL expect."""


@dataclass(frozen=True)
class Encoded:
    """Tokens, and for each whether the assistant wrote it."""

    ids: Sequence[int]
    is_own: Sequence[bool]

    @property
    def labels(self) -> list[int]:
        return [token if is_own else IGNORED for token, is_own in zip(self.ids, self.is_own, strict=True)]

    @property
    def n_own(self) -> int:
        return sum(self.is_own)

    def cut(self, max_length: int) -> "Encoded":
        """The first so many tokens of it."""
        return Encoded(self.ids[:max_length], self.is_own[:max_length])


class ChatEncoder:
    """Encodes chats by the tokenizer's own template."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        self._has_markers = has_markers(tokenizer.chat_template)

    def encode(self, messages: Sequence[Row]) -> list[Encoded] | Unsound:
        """One row where the template marks what the assistant wrote and writes all of it; else a row for each turn of the assistant, which
        is the last one there and alone trained on. Such are foreign templates, and those that drop the thoughts of earlier turns: there a
        turn is learnt with its thought, after others without theirs, as it will be asked for. Unsound where the template refuses the
        chat, or writes a turn in part even where it is the last."""
        try:
            ends = [at for at, message in enumerate(messages, 1) if message["role"] == "assistant"]
            if self._has_markers and self._writes(messages, [messages[end - 1] for end in ends]):
                rows = [self._encoded(messages, 0)]
            else:
                if not all(self._writes(messages[:end], messages[end - 1 : end]) for end in ends):
                    what = "the chat template leaves out a part of what the assistant says"
                    return Unsound("left_out", what, "use a template that writes it whole, or train without the trace")
                rows = [self._encoded(messages[:end], self._n_prompt(messages[:end])) for end in ends]
        except TemplateError as error:
            return Unsound("refused", f"the chat template refuses it ({error})", "write the chat as the template wants it")
        if not all(row.n_own for row in rows):
            return Unsound("unmarked", "the chat template marks nothing of what the assistant says", "correct its generation markers")
        return rows

    def _writes(self, messages: Sequence[Row], said: Sequence[Row]) -> bool:
        """Whether the template writes what is said in these of the messages, white space aside."""
        text = "".join(self._tokenizer.apply_chat_template(list(messages), tokenize=False).split())
        return all("".join(message["content"].split()) in text for message in said)

    def _n_prompt(self, messages: Sequence[Row]) -> int:
        """The number of tokens that stand before the last message, the heading of its turn among them."""
        prompt = self._tokenizer.apply_chat_template(list(messages[:-1]), add_generation_prompt=True, return_dict=True)["input_ids"]
        whole = self._tokenizer.apply_chat_template(list(messages), return_dict=True)["input_ids"]
        return next((at for at, (token, other) in enumerate(zip(prompt, whole, strict=False)) if token != other), len(prompt))

    def _encoded(self, messages: Sequence[Row], n_prompt: int) -> Encoded:
        """What the assistant wrote after the prompt: by the markers, where there are some."""
        written = self._tokenizer.apply_chat_template(list(messages), return_dict=True, return_assistant_tokens_mask=self._has_markers)
        ids = written["input_ids"]
        marked = written["assistant_masks"] if self._has_markers else [1] * len(ids)
        return self._to_the_ends(ids, [bool(mark) and at >= n_prompt for at, mark in enumerate(marked)])

    def _to_the_ends(self, ids: list[int], is_own: list[bool]) -> Encoded:
        """Each turn of the assistant's up to the special token that ends it, and not further."""
        end_of_chat = ids[self._end(ids, 0, len(ids)) - 1]
        for start, stop in list(_runs(is_own)):
            end = self._end(ids, start, stop)
            if ids[end - 1] in self._special:
                is_own[end:stop] = [False] * (stop - end)
            elif stop < len(ids) and ids[stop] == end_of_chat and end_of_chat in self._special:
                is_own[stop] = True
        return Encoded(ids, is_own)

    def _end(self, ids: Sequence[int], start: int, stop: int) -> int:
        """Where the white space at the end of these tokens begins."""
        while stop > start + 1 and not self._tokenizer.decode([ids[stop - 1]]).strip():
            stop -= 1
        return stop


def _runs(is_own: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and stop of each run of tokens of the assistant's."""
    start = None
    for at, mark in enumerate((*is_own, False)):
        if mark and start is None:
            start = at
        elif not mark and start is not None:
            yield start, at
            start = None


def has_markers(jinja: str | None) -> bool:
    """Whether a chat template marks what the assistant wrote."""
    return re.search(r"\{%-?\s*generation\s*-?%\}", jinja or "") is not None
