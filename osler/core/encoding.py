"""How a trace becomes the tokens that a reward model reads. One function, used in training and in inference, so that both see the same ids.

Each step is tokenised as a chunk of its own, delimiter included: the ids of a prefix of steps are a prefix of the ids of all of them, and a
step's end is a token that no later step can change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field
from pydantic.dataclasses import dataclass as checked_dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT


class Tokenizer(Protocol):
    """The little of a Hugging Face tokenizer that is used here."""

    def apply_chat_template(self, conversation: Any, *, add_generation_prompt: bool, tokenize: bool) -> Any: ...

    def __call__(self, text: Any, *, add_special_tokens: bool) -> Any: ...


@dataclass(frozen=True)
class EncodedSteps:
    """`ids` has shape (tokens,), the first `n_prompt` of which are the prompt; `ends` holds the position in `ids` of the last token of each
    step."""

    ids: tuple[int, ...]
    ends: tuple[int, ...]
    n_prompt: int


@checked_dataclass(frozen=True, kw_only=True, config=STRICT)
class StepMarks:
    """How a causal model says what a step is worth (Med-PRM, arXiv 2506.11474): behind each step stands `marker`, and at its last token the
    logit of `good` is set against that of `bad`. The two are one token each; `marker` is any text that no step contains. The defaults are
    Math-Shepherd's (arXiv 2312.08935)."""

    marker: Annotated[str, Field(min_length=1)] = "ки"
    good: Annotated[str, Field(min_length=1)] = "+"
    bad: Annotated[str, Field(min_length=1)] = "-"

    def ids(self, tokenizer: Tokenizer) -> tuple[int, int]:
        """The tokens of `good` and `bad`. Raises UserError where one is not a token, or both are the same."""
        good, bad = (self._id(tokenizer, name) for name in ("good", "bad"))
        if good == bad:
            raise UserError(f"marks: {self.good!r} and {self.bad!r} are the same token; name two that differ")
        return good, bad

    def _id(self, tokenizer: Tokenizer, name: str) -> int:
        text = getattr(self, name)
        ids = tokenizer(text, add_special_tokens=False).input_ids
        if len(ids) != 1:
            raise UserError(f"marks.{name}: {text!r} is {len(ids)} tokens of this tokenizer; name a text that is one")
        return int(ids[0])


class StepEncoder:
    """Encodes many traces; renders and tokenises each distinct prompt, and tokenises each distinct chunk, once. `marker` is written behind
    each chunk, and the chunk ends with it."""

    def __init__(self, tokenizer: Tokenizer, marker: str = "") -> None:
        self._tokenizer = tokenizer
        self._marker = marker
        self._known: dict[str, tuple[int, ...]] = {}
        self._prompts: dict[tuple[tuple[str, str], ...], str] = {}

    def encode(self, messages: Sequence[Mapping[str, str]], chunks: Sequence[str]) -> EncodedSteps:
        """`messages` up to the assistant's turn; `chunks` as `Codec.chunks` gives them."""
        turns = tuple((message["role"], message["content"]) for message in messages)
        if turns not in self._prompts:
            self._prompts[turns] = self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, tokenize=False)
        ids = list(self.ids(self._prompts[turns]))
        n_prompt = len(ids)
        ends: list[int] = []
        for chunk in chunks:
            ids.extend(self.ids(chunk))
            ids.extend(self.ids(self._marker) if self._marker else ())
            ends.append(len(ids) - 1)
        return EncodedSteps(tuple(ids), tuple(ends), n_prompt)

    def ids(self, text: str) -> tuple[int, ...]:
        """The tokens of one piece of text by itself."""
        if text not in self._known:
            self._known[text] = tuple(self._tokenizer(text, add_special_tokens=False).input_ids)
        return self._known[text]
