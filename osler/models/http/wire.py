"""One endpoint, asked until it answers: attempts, the waiting between them, and what a reply's status means."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

import stamina
import stamina.instrumentation
from pydantic_core import from_json

from osler.core.errors import ModelError
from osler.models.http.attempts import Failed, GivenUp, Refused
from osler.models.http.connections import Answer, Connections
from osler.models.http.gate import Gate, Went
from osler.models.http.streaming import gathered
from osler.models.openai_http import OpenAIHTTP

T = TypeVar("T")

MAX_QUIET_S = 600.0
"""A server that asks for more quiet than this has gone for good, as far as a request is concerned."""
_MAX_WORDS = 400
_TRANSIENT = frozenset({408, 409, 425, 429})
_BUSY = frozenset({429, *range(500, 600)})

stamina.instrumentation.set_on_retry_hooks(())  # attempts are counted on the replies; nothing is printed or logged


class Wire:
    """The way to one endpoint. For one event loop, from the first request on."""

    def __init__(self, settings: OpenAIHTTP) -> None:
        """Raises ModelError where the environment names a proxy that cannot be used."""
        self._settings, self._connections = settings, Connections(settings)
        self._deadline_s: float | None = None
        self.gate = Gate(settings.max_in_flight)

    async def ask(self, path: str, body: bytes, read: Callable[[Any], T]) -> tuple[T, int]:
        """What `read` makes of the reply, and how many attempts it took. `read` raises Failed on a reply that makes no sense. Raises
        Refused, GivenUp, or ModelError where no request to this endpoint can succeed."""
        return await self._attempts(lambda: self._once(path, body), read)

    async def ask_streamed(self, path: str, body: bytes, read: Callable[[Any], T], *, stop: str) -> tuple[T, int]:
        """`ask` for a body that asks for a stream: it is put together, and ended where `stop` comes up."""
        return await self._attempts(lambda: self._streamed_once(path, body, stop), read)

    async def _attempts(self, once: Callable[[], Any], read: Callable[[Any], T]) -> tuple[T, int]:
        n_attempts = 1
        try:
            async with asyncio.timeout_at(self._deadline()):
                try:
                    return read(await once()), n_attempts
                except Failed as error:
                    failed = error
                async for attempt in retrying(self._settings):
                    with attempt:
                        if attempt.num == 1:
                            raise failed
                        n_attempts = attempt.num
                        return read(await once()), n_attempts
        except Failed as error:
            raise GivenUp(f"{error}, after {n_attempts} attempt{'s' * (n_attempts != 1)}", n_attempts) from error
        except TimeoutError as error:
            raise GivenUp(f"the deadline of {self._settings.deadline_s:g} s for the whole run has passed", n_attempts) from error
        raise AssertionError("unreachable")

    def _deadline(self) -> float | None:
        if self._settings.deadline_s is not None and self._deadline_s is None:
            self._deadline_s = asyncio.get_running_loop().time() + self._settings.deadline_s
        return self._deadline_s

    async def _once(self, path: str, body: bytes) -> Any:
        async with _Place(self.gate) as place:
            answer = await self._connections.post(path, body)
            checked(answer, self._settings)
            place.went = Went.WELL
        try:
            return from_json(answer.content)
        except ValueError as error:
            raise Failed("the reply is no JSON", Went.NEITHER) from error

    async def _streamed_once(self, path: str, body: bytes, stop: str) -> Any:
        async with _Place(self.gate) as place:
            said = await self._connections.stream(path, body, partial(gathered, stop=stop))
            if isinstance(said, Answer):
                checked(said, self._settings)
            place.went = Went.WELL
        return said

    async def close(self) -> None:
        await self._connections.close()


class _Place:
    """A place at the gate, given back with how it went: as a Failed says, or else as it was told."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._entered_s = gate, 0.0
        self.went = Went.NEITHER

    async def __aenter__(self) -> "_Place":
        self._entered_s = await self._gate.enter()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Failed):
            self._gate.leave(self._entered_s, error.went, error.quiet_s or 0.0)
        else:
            self._gate.leave(self._entered_s, self.went)


def retrying(settings: OpenAIHTTP) -> AsyncIterator[stamina.Attempt]:
    """The attempts, with the waiting between them."""
    return aiter(
        stamina.retry_context(
            on=_wait,
            attempts=settings.max_attempts,
            timeout=None,
            wait_initial=settings.first_wait_s,
            wait_max=settings.max_wait_s,
            wait_jitter=settings.first_wait_s,
        )
    )


def checked(answer: Answer, settings: OpenAIHTTP) -> None:
    """Raises Failed, Refused or ModelError unless it is a reply. What the server says is quoted without the key."""
    status = answer.status
    if status == 200:
        return
    said = words(answer.content, settings.key)
    if status in _TRANSIENT or status >= 500:
        quiet_s = _quiet_s(answer.retry_after)
        if quiet_s is not None and quiet_s > MAX_QUIET_S:
            raise Refused(status, f"the server wants to be left alone for {quiet_s:.0f} s")
        raise Failed(f"HTTP {status}: {said}", Went.BUSY if status in _BUSY else Went.NEITHER, quiet_s)
    if status in (401, 403):
        state = "holds a key that it does not accept" if settings.key else "is not set"
        raise ModelError(f"{settings.url}: access is refused (HTTP {status}); the environment variable {settings.key_env} {state}")
    raise Refused(status, said)


def words(content: bytes, key: str) -> str:
    """What an error reply says, in one line, short, and without the key if it should be repeated there."""
    try:
        said = from_json(content)
        for name in ("error", "message", "detail"):
            said = said.get(name, said) if isinstance(said, dict) else said
        text = said if isinstance(said, str) else content.decode(errors="replace")
    except ValueError:
        text = content.decode(errors="replace")
    if key:
        text = text.replace(key, "***")
    return re.sub(r"\s+", " ", text).strip()[:_MAX_WORDS] or "no words with it"


def _quiet_s(text: str) -> float | None:
    """Seconds, from seconds or from a date (RFC 9110, 10.2.3); None where it is neither."""
    try:
        return max(0.0, float(text)) if text.strip() and float(text) == float(text) else None
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _wait(error: Exception) -> bool | float:
    """stamina's question: whether to try again, or in how many seconds. A named time is kept to, and the crowd after it spread out."""
    if not isinstance(error, Failed):
        return False
    return True if error.quiet_s is None else error.quiet_s + random.uniform(0, min(1.0, error.quiet_s))
