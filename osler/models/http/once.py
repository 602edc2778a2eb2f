"""Something that is found out once, by whoever needs it first, while the others wait."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Everybody who asks while it is being found out has the same answer or the same error. After an error, the next one tries again."""

    def __init__(self, find: Callable[[], Awaitable[T]]) -> None:
        self._find = find
        self._task: asyncio.Future[T] | None = None
        self.value: T | None = None
        self.is_known = False

    async def __call__(self) -> T:
        if self._task is None:
            self._task = asyncio.ensure_future(self._find())
        task = self._task
        try:
            self.value = await asyncio.shield(task)
            self.is_known = True
        except BaseException:
            if task.done() and self._task is task:
                self._task = None
            raise
        return self.value

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        if self._task is not None:
            self._task.cancel()
