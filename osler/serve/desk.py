"""The desk: takes chat requests in up to a limit, has them answered in time, and keeps count. Of HTTP it knows the status codes.

No text of a request or an answer goes into a log: what broke is logged as the kind of error and where it was raised.
"""

import asyncio
import logging
import math
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter, time
from uuid import uuid4

from jinja2 import TemplateError

from osler.core.errors import ModelError, UserError
from osler.core.solution import Solution
from osler.serve.asked import Asked, asked_of
from osler.serve.chat import Chat, read_chat
from osler.serve.dispatcher import dispatcher_of
from osler.serve.limits import Limits
from osler.serve.meters import Meters
from osler.serve.parts import Parts
from osler.serve.refusal import Refusal
from osler.serve.solved import Solved, engine_error

log = logging.getLogger("osler.serve")


@dataclass(frozen=True)
class Begun:
    """A request that was taken in. `solving` gives its solution or raises Refusal; cancel it where nobody waits any more."""

    id: str
    created_s: int
    chat: Chat
    asked: Asked
    solving: "asyncio.Task[Solution]"


class Desk:
    """One for a server."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        self.parts, self.limits = parts, limits
        self.meters = Meters()
        self.started_s = int(time())
        self._dispatcher = dispatcher_of(parts, limits.max_together)
        self._n_in_flight = 0
        self._usual_s = 1.0

    @property
    def metrics_text(self) -> str:
        return self.meters.text(self._n_in_flight)

    def stop(self) -> None:
        """Refuse what waits and what comes."""
        self._dispatcher.stop()

    def close(self) -> None:
        self._dispatcher.close(self.limits.grace_s)

    async def begin(self, body: Callable[[], Awaitable[bytes]]) -> Begun:
        """Take in a request whose body `body` reads. Raises Refusal."""
        started_s = perf_counter()
        if self._n_in_flight >= self.limits.max_in_flight:
            self.meters.turned_away("busy")
            wait_s = min(max(math.ceil(self._usual_s), 1), 60)
            raise Refusal(429, f"{self._n_in_flight} requests are under way; ask again in {wait_s} s", code="busy", retry_after_s=wait_s)
        self._n_in_flight += 1
        try:
            chat = read_chat(await body())
            asked = asked_of(chat, self.parts, self.limits)
        except BaseException as error:
            self._leave(started_s, error)
            raise
        left_s = self.limits.timeout_s - (perf_counter() - started_s)
        solving = asyncio.create_task(self._solve(asked, left_s))
        solving.add_done_callback(lambda task: self._leave(started_s, asyncio.CancelledError() if task.cancelled() else task.exception()))
        return Begun(f"chatcmpl-{uuid4().hex}", int(time()), chat, asked, solving)

    def solved(self, begun: Begun, solution: Solution) -> Solved:
        policy = self.parts.policy
        return Solved(begun.asked, solution, policy.codec, begun.id, begun.created_s, self.parts.name, policy.model.identity)

    def _leave(self, started_s: float, error: BaseException | None) -> None:
        duration_s = perf_counter() - started_s
        self._n_in_flight -= 1
        self.meters.ended("answered" if error is None else error.outcome if isinstance(error, Refusal) else "gone", duration_s)
        if error is None:
            self._usual_s += 0.2 * (duration_s - self._usual_s)

    async def _solve(self, asked: Asked, timeout_s: float) -> Solution:
        try:
            async with asyncio.timeout(timeout_s):
                solution = await self._dispatcher.solve(asked)
        except TimeoutError:
            limit_s = self.limits.timeout_s
            raise Refusal(504, f"no answer came within {limit_s:g} s; ask for a smaller search or a budget", code="timeout") from None
        except (Refusal, asyncio.CancelledError):
            raise
        except Exception as error:
            raise _refusal_of(error) from None
        if (what := engine_error(solution)) is not None:
            raise Refusal(502, f"the engine failed: {what or 'it did not say why'}", code="engine_error")
        self.meters.solved(solution.usage, self._abstention(asked, solution))
        return solution

    def _abstention(self, asked: Asked, solution: Solution) -> str | None:
        return Solved(asked, solution, self.parts.policy.codec, "", 0, "", "").abstention


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, TemplateError):
        return Refusal(400, f"messages: the model's chat template does not take them ({error}); send others", code="chat_template")
    if isinstance(error, ModelError):
        return Refusal(502, str(error), code="engine_error")
    if isinstance(error, UserError):
        return Refusal(400, str(error), code="invalid_value")
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("a request could not be answered: %s\n%s", type(error).__name__, frames.rstrip())
    return Refusal(500, f"the server broke on this request ({type(error).__name__}); its log says where", code="internal_error")
