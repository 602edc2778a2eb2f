"""A model that replies from a function: the public test double. Real enough to drive every strategy without weights."""

import asyncio
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from osler.core.model import Finish, Message, Reply, Request, Usage

Script = Callable[[Request, random.Random], str]
"""Given a request and a generator seeded by it, the text the model would write if nothing stopped it."""


class ScriptedModel:
    """Implements `Model`. Counts a token per white-space separated word. `requests` records everything that was asked, in order."""

    def __init__(self, script: Script | Mapping[str, str], *, name: str = "scripted", batch_size: int = 64) -> None:
        """A mapping answers a request whose last message contains the key."""
        self._script = script if callable(script) else _matching(script)
        self._name, self._batch_size = name, batch_size
        self._rng = random.Random()
        self.requests: list[Request] = []

    @property
    def identity(self) -> str:
        return f"scripted:{self._name}"

    @property
    def is_reproducible(self) -> bool:
        return True

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        for start in range(0, len(requests), self._batch_size):
            yield [(at, self.reply(requests[at])) for at in range(start, min(start + self._batch_size, len(requests)))]

    def close(self) -> None:
        """It holds nothing."""

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        self._rng.seed(request.seed)
        text = self._script(request, self._rng)
        finish = Finish.END
        if request.stop and request.stop in text:
            text, finish = text[: text.index(request.stop)], Finish.STOP
        n_words = len(text.split())
        if n_words > (limit := request.sampling.max_tokens):
            text, finish, n_words = text[: list(re.finditer(r"\S+", text))[limit - 1].end()], Finish.LENGTH, limit
        return Reply(text, finish, Usage(_n_words(request.messages) + len(request.prefix.split()), n_words, 1))


class AsyncScriptedModel:
    """Implements `AsyncModel`: a scripted model far away. It answers an ask `delay_s` after it came, which a function may choose for each.
    `calls` records how many requests each ask had, in order."""

    def __init__(self, model: ScriptedModel, delay_s: float | Callable[[Sequence[Request]], float] = 0.0) -> None:
        self._model, self._delay_s = model, delay_s
        self.calls: list[int] = []

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return True

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        self.calls.append(len(requests))
        await asyncio.sleep(self._delay_s(requests) if callable(self._delay_s) else self._delay_s)
        return [self._model.reply(request) for request in requests]

    async def close(self) -> None:
        """It holds nothing."""


@lru_cache(maxsize=4096)
def _n_words(messages: tuple[Message, ...]) -> int:
    return sum(len(message.content.split()) for message in messages)


def _matching(replies: Mapping[str, str]) -> Script:
    def script(request: Request, _: random.Random) -> str:
        for part, reply in replies.items():
            if part in request.messages[-1].content:
                return reply
        return ""

    return script
