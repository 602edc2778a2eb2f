"""Pooled: lists that come in during one pass of the event loop, worked on in one call."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Pooled(Generic[T, R]):
    """`await pooled(things)` gives what `work` makes of them, one for each. Whatever many tasks hand in before the event loop comes round
    again is one list to `work`, so that its fixed cost (a transaction, a forward pass) is paid once. What `work` raises, each of them gets;
    what a task that was cancelled handed in is left out."""

    def __init__(self, work: Callable[[list[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: list[tuple[Sequence[T], asyncio.Future[Sequence[R]]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, things: Sequence[T]) -> Sequence[R]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sequence[R]] = loop.create_future()
        if not self._waiting or self._loop is not loop:  # a loop that ended may have left something behind
            self._loop = loop
            loop.call_soon(self._flush)
        self._waiting.append((things, future))
        return await future

    def _flush(self) -> None:
        waiting = [(things, future) for things, future in self._waiting if not future.done()]
        self._waiting = []
        if not waiting:
            return
        try:
            made = self._work([thing for things, _ in waiting for thing in things])
        except Exception as error:
            for _, future in waiting:
                future.set_exception(error)
            return
        start = 0
        for things, future in waiting:
            future.set_result(made[start : start + len(things)])
            start += len(things)
