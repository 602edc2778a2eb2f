"""Model: the one seam between osler and whatever completes text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Annotated, Literal, Protocol, TypeGuard, runtime_checkable

from pydantic import Field
from pydantic.dataclasses import dataclass as settings

from osler.core.errors import ModelError
from osler.core.question import STRICT


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@settings(frozen=True, config=STRICT)
class Sampling:
    """How tokens are drawn. Temperature 0 is greedy. The defaults are MedS³'s for steps (its `trial5.json`), but for `max_tokens`."""

    temperature: Annotated[float, Field(ge=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: Annotated[int, Field(ge=1)] = 1024


@dataclass(frozen=True)
class Written:
    """What an engine wrote, in its own tokens. `text` is what all of `token_ids` decode to: the reply, then the stop string and whatever
    else the last token brought with it."""

    text: str
    token_ids: tuple[int, ...]


WrittenAt = tuple[tuple[int, Written], ...]
"""Where in a prefix, in characters, stands what an engine wrote; in order, and none overlaps the next."""


@dataclass(frozen=True)
class Request:
    """One completion asked for. `prefix` is how the assistant's turn already begins. `stop` ends the reply and is never part of it;
    empty: only the end of the turn does. `seed` makes sampling repeatable and differs for every sample. `written` are the parts of
    `prefix` that the engine wrote itself: one that takes them goes on from those tokens, any other reads `prefix`."""

    messages: tuple[Message, ...]
    prefix: str
    sampling: Sampling
    stop: str
    seed: int
    written: WrittenAt = ()


class Finish(StrEnum):
    """Why a model stopped writing."""

    END = "end"  # the model ended its turn
    STOP = "stop"  # the stop string came up
    LENGTH = "length"
    ERROR = "error"


@dataclass(frozen=True)
class Usage:
    """What was spent. Tokens are the model's own; `n_calls` counts replies."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    n_calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.n_calls + other.n_calls,
        )


@dataclass(frozen=True)
class Reply:
    """What came back. `error` says why where `finish` is ERROR. `n_attempts`: how often it was asked for until it came, or was given up.
    `logprobs`, where the engine offers them: of every generated token, the natural logarithm of its probability. `written`: only of an
    engine that takes its own tokens back in `Request.written`."""

    text: str
    finish: Finish
    usage: Usage
    error: str = ""
    n_attempts: int = 1
    logprobs: tuple[float, ...] = ()
    written: Written | None = None


class Model(Protocol):
    """Completes text. `identity` names the model and everything about it that could change a reply (weights by hash)."""

    @property
    def identity(self) -> str: ...

    @property
    def is_reproducible(self) -> bool:
        """Whether the same batches with the same seeds always give the same replies."""
        ...

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        """Answer every request. Yields batch by batch, each a list of (position in `requests`, reply), so that whoever listens can keep
        what is done. The batches depend on `requests` alone, and the requests of the last batches, asked again on their own, form the same
        batches: this is what makes a run that was killed resume to the same bytes."""
        ...

    def close(self) -> None:
        """Let go of what it holds: memory of a device, processes. It is not asked again."""
        ...


class AsyncModel(Protocol):
    """Completes text far away: while one call is under way, others are made. `identity` and `is_reproducible` as in `Model`."""

    @property
    def identity(self) -> str: ...

    @property
    def is_reproducible(self) -> bool: ...

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        """The replies to the requests of one ask, in their order. Siblings and samples of one question come in one call, as an engine's
        `n` takes them. A request that fails for good has a reply with an `error`; a ConnectionError or a TimeoutError says that all of
        them have."""
        ...

    async def close(self) -> None:
        """Let go of what it holds: connections, processes. It is not asked again."""
        ...


@runtime_checkable
class Described(Protocol):
    """An engine that found out what it is connected to."""

    async def description(self) -> dict[str, str]:
        """What it can do, in words, by what it is about. Raises ModelError, or ConnectionError where it is gone."""
        ...


def is_async(model: Model | AsyncModel) -> TypeGuard[AsyncModel]:
    return iscoroutinefunction(model.complete)


def is_sync(model: Model | AsyncModel) -> TypeGuard[Model]:
    return not iscoroutinefunction(model.complete)


def complete_all(model: Model, requests: Sequence[Request]) -> list[Reply]:
    """The replies in the order of the requests."""
    replies: dict[int, Reply] = {}
    for batch in model.complete(requests):
        replies.update(batch)
    return [replies[position] for position in range(len(requests))]


async def complete_async(model: AsyncModel, requests: Sequence[Request]) -> list[Reply]:
    """The replies in the order of the requests. Raises ModelError where there are more or fewer."""
    replies = await model.complete(requests)
    if len(replies) != len(requests):
        raise ModelError(f"{model.identity}: {len(replies)} replies came to {len(requests)} requests; mend what joins them")
    return replies
