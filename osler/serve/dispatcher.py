"""Dispatchers: hand what clients ask to a thread of the engine's own, and bring the solutions back to the server's event loop.

An engine in this process is given everything that waits and can be answered together, so that its batches are full. An engine far away gets
each request at once, up to a limit, on one event loop that it stays on.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol

from osler.core.errors import OslerError
from osler.core.model import AsyncModel, is_async
from osler.core.policy import Policy
from osler.core.solution import Solution
from osler.serve.asked import Asked
from osler.serve.conversation import ConversationPrompt
from osler.serve.parts import Parts
from osler.serve.refusal import Refusal

GATHER_S = 0.01
"""How long an idle engine waits for more requests after the first: clients that ask together are answered together."""


class Dispatcher(Protocol):
    async def solve(self, asked: Asked) -> Solution:
        """Raises Refusal (503) where the server is stopping, and whatever the engine raises. Cancelled, it gives the request up."""
        ...

    def stop(self) -> None:
        """Refuse what waits and what comes; what is under way goes on."""
        ...

    def close(self, timeout_s: float) -> None:
        """Stop, wait for what is under way, and close the engine."""
        ...


def dispatcher_of(parts: Parts, max_together: int) -> Dispatcher:
    return Remote(parts, max_together) if is_async(parts.policy.model) else InProcess(parts, max_together)


def policy_for(policy: Policy, together: Sequence[Asked]) -> Policy:
    """The policy as these requests want it; they go with one another. Each question keeps the turns before it."""
    before = {asked.question.id: asked.before for asked in together}
    prompt = ConversationPrompt(policy.prompt.name, policy.prompt.text, before)
    return replace(policy, prompt=prompt, sampling=together[0].sampling, seed=together[0].seed)


def stopping() -> Refusal:
    return Refusal(503, "the server is stopping; ask again later or elsewhere", code="stopping")


class _Abandoned(OslerError):
    """Nobody waits for any answer of a drive any more."""


@dataclass(eq=False)
class _Waiting:
    asked: Asked
    future: "Future[Solution]" = field(default_factory=Future)
    is_abandoned: bool = False


class InProcess:
    """Implements `Dispatcher` for a `Model`. Takes the oldest request and all that go with it, up to `max_together`."""

    def __init__(self, parts: Parts, max_together: int) -> None:
        self._parts, self._max_together = parts, max_together
        self._waiting: list[_Waiting] = []
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="osler-engine", daemon=True)
        self._thread.start()

    async def solve(self, asked: Asked) -> Solution:
        waiting = _Waiting(asked)
        with self._changed:
            if self._is_stopping:
                raise stopping()
            self._waiting.append(waiting)
            self._changed.notify()
        try:
            return await asyncio.wrap_future(waiting.future)
        except asyncio.CancelledError:
            waiting.is_abandoned = True
            raise

    def stop(self) -> None:
        with self._changed:
            self._is_stopping = True
            refused, self._waiting = self._waiting, []
            self._changed.notify()
        for waiting in refused:
            if waiting.future.set_running_or_notify_cancel():
                waiting.future.set_exception(stopping())

    def close(self, timeout_s: float) -> None:
        self.stop()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while together := self._next():
            self._answer(together)
        model = self._parts.policy.model
        assert not is_async(model)
        model.close()

    def _next(self) -> list[_Waiting]:
        """What is to be answered now; empty at the end."""
        with self._changed:
            is_idle = not self._waiting
            self._changed.wait_for(lambda: self._waiting or self._is_stopping)
        if is_idle:
            time.sleep(GATHER_S)
        with self._changed:
            fitting = [each for each in self._waiting if each.asked.goes_with(self._waiting[0].asked)][: self._max_together]
            self._waiting = [each for each in self._waiting if each not in fitting]
        live = [each for each in fitting if each.future.set_running_or_notify_cancel()]
        return live if live or not fitting else self._next()

    def _answer(self, together: Sequence[_Waiting]) -> None:
        """Where a drive fails, each is driven alone, so that one request cannot spoil the others."""
        try:
            solutions = self._drive(together)
        except Exception as error:
            if len(together) == 1:
                together[0].future.set_exception(error)
                return
            for waiting in together:
                self._answer([waiting])
        else:
            for waiting, solution in zip(together, solutions, strict=True):
                waiting.future.set_result(solution)

    def _drive(self, together: Sequence[_Waiting]) -> list[Solution]:
        def on_wave(n_done: int, n_all: int) -> None:
            if all(waiting.is_abandoned for waiting in together):
                raise _Abandoned

        asked = [waiting.asked for waiting in together]
        policy = policy_for(self._parts.policy, asked)
        budgets = [each.budget for each in asked]
        questions = [each.question for each in asked]
        return self._parts.drive(asked[0].strategy, questions, policy, self._parts.reward, budgets=budgets, on_wave=on_wave)


class Remote:
    """Implements `Dispatcher` for an `AsyncModel`, whose event loop is in a thread of its own, since scoring steps would hold up the
    server's."""

    def __init__(self, parts: Parts, max_together: int) -> None:
        self._parts = parts
        self._places = asyncio.Semaphore(max_together)
        self._waiting: set[asyncio.Task[Solution]] = set()
        self._is_stopping = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="osler-engine", daemon=True)
        self._thread.start()

    async def solve(self, asked: Asked) -> Solution:
        if self._is_stopping:
            raise stopping()
        future = asyncio.run_coroutine_threadsafe(self._drive(asked), self._loop)
        return await asyncio.wrap_future(future)

    def stop(self) -> None:
        self._is_stopping = True
        self._loop.call_soon_threadsafe(self._refuse_waiting)

    def close(self, timeout_s: float) -> None:
        self.stop()
        model = self._parts.policy.model
        assert is_async(model)
        future = asyncio.run_coroutine_threadsafe(self._finish(model, timeout_s), self._loop)
        try:
            future.result(timeout_s + 5)
        except (TimeoutError, Cancelled):  # it hangs in something that cannot be interrupted: the thread ends with the process
            return
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _refuse_waiting(self) -> None:
        for task in self._waiting:
            task.cancel()

    async def _drive(self, asked: Asked) -> Solution:
        await self._place()
        try:
            if self._is_stopping:
                raise stopping()
            policy = policy_for(self._parts.policy, [asked])
            drive_async = self._parts.drive_async
            [solution] = await drive_async(asked.strategy, [asked.question], policy, self._parts.reward, budgets=[asked.budget])
            return solution
        finally:
            self._places.release()

    async def _place(self) -> None:
        """Wait for a place. Raises Refusal where the server stops before."""
        task: asyncio.Task[Solution] | None = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            if self._is_stopping:
                raise stopping() from None
            raise
        finally:
            self._waiting.discard(task)

    async def _finish(self, model: AsyncModel, timeout_s: float) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if others:
            _, late = await asyncio.wait(others, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await model.close()
