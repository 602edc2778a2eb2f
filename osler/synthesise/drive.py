"""The drivers of a synthesis: many drafts side by side, their calls answered together, what they make given back in their order.

As in `search/`: for engines in this process synchronous waves, deterministic and without a thread; for engines far away asyncio, where each
draft goes on as soon as its own replies are in. Drafts are taken from a stream, `window` at a time, so that a million of them are never in
memory; what is made is given back in order, so that behind a slow one at most `HELD` windows wait.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Finish, Model, Reply, Request, Usage, complete_all, complete_async, is_async, is_sync
from osler.synthesise.block import Call, Making

T = TypeVar("T")

WINDOW = 256
HELD = 16


def drive_waves(makings: Iterable[Making[T]], models: Mapping[str, Model], window: int = WINDOW) -> Generator[T, None, None]:
    """What each of them makes, in their order. `window` of them form the waves of one batch after another: the requests of a batch depend
    on its own makings alone."""
    stream = iter(makings)
    while batch := list(islice(stream, window)):
        yield from _waves(batch, models)


def drive_async(
    makings: Iterable[Making[T]], models: Mapping[str, AsyncModel], loop: asyncio.Runner, window: int = WINDOW
) -> Generator[T, None, None]:
    """What each of them makes, in their order; at most `window` are under way, and each goes on as soon as its own replies are in. The
    event loop runs only while somebody waits. They are taken while it stands still: another drive on the same loop may make them.

    Where the engine cannot be reached for a call (ConnectionError, TimeoutError), its replies are errors. Any other exception ends all of
    them at once. Close it before the loop."""
    stream, under_way = iter(makings), _UnderWay[T](loop)
    try:
        while True:
            under_way.begin(_alone(making, models) for making in islice(stream, under_way.room(window)))
            if not under_way.tasks:
                return
            loop.run(under_way.wait())
            yield from under_way.in_order()
    finally:
        loop.run(under_way.cancel())


class _UnderWay(Generic[T]):
    """Tasks in the order of their drafts, done or not, up to the first that is not given back yet."""

    def __init__(self, loop: asyncio.Runner) -> None:
        self._loop = loop.get_loop()
        self._moved = asyncio.Event()
        self._failed: BaseException | None = None
        self._n_going = 0
        self.tasks: deque[asyncio.Task[T]] = deque()

    def room(self, window: int) -> int:
        return max(0, min(window - self._n_going, HELD * window - len(self.tasks)))

    def begin(self, alone: Iterable[Coroutine[Any, Any, T]]) -> None:
        for each in alone:
            task = self._loop.create_task(each)
            task.add_done_callback(self._done)
            self.tasks.append(task)
            self._n_going += 1

    def _done(self, task: asyncio.Task[T]) -> None:
        self._n_going -= 1
        if not task.cancelled() and self._failed is None:
            self._failed = task.exception()
        self._moved.set()

    async def wait(self) -> None:
        """Until one more is done. Raises what one of them raised."""
        await self._moved.wait()
        self._moved.clear()
        if self._failed:
            raise self._failed

    def in_order(self) -> Iterator[T]:
        while self.tasks and self.tasks[0].done():
            yield self.tasks.popleft().result()

    async def cancel(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def _waves(makings: Sequence[Making[T]], models: Mapping[str, Model]) -> list[T]:
    made: dict[int, T] = {}
    calls = {at: started for at, making in enumerate(makings) if (started := _advanced(making, None, made, at)) is not None}
    while calls:
        flat = [call for at in sorted(calls) for call in calls[at]]
        replies = iter(_replies(flat, models))
        own = {at: [next(replies) for _ in calls[at]] for at in sorted(calls)}
        calls = {at: more for at, sent in own.items() if (more := _advanced(makings[at], sent, made, at)) is not None}
    return [made[at] for at in range(len(makings))]


def _advanced(making: Making[T], replies: Sequence[Reply] | None, made: dict[int, T], at: int) -> Sequence[Call] | None:
    try:
        return making.send(replies)  # type: ignore[arg-type]  # None begins a generator
    except StopIteration as finished:
        made[at] = finished.value
        return None


def _replies(calls: Sequence[Call], models: Mapping[str, Model]) -> list[Reply]:
    """Role by role, each role's requests in one go."""
    replies: dict[int, Reply] = {}
    for role in dict.fromkeys(call.role for call in calls):
        places = [at for at, call in enumerate(calls) if call.role == role]
        replies.update(zip(places, complete_all(models[role], [calls[at].request for at in places]), strict=True))
    return [replies[at] for at in range(len(calls))]


async def _alone(making: Making[T], models: Mapping[str, AsyncModel]) -> T:
    replies: Sequence[Reply] | None = None
    while True:
        try:
            calls = making.send(replies)  # type: ignore[arg-type]  # None begins a generator
        except StopIteration as finished:
            made: T = finished.value
            return made
        roles = list(dict.fromkeys(call.role for call in calls))
        asked = [replies_of(models[role], [call.request for call in calls if call.role == role]) for role in roles]
        by_role = {role: iter(each) for role, each in zip(roles, await asyncio.gather(*asked), strict=True)}
        replies = [next(by_role[call.role]) for call in calls]


async def replies_of(model: AsyncModel, requests: Sequence[Request]) -> list[Reply]:
    """The replies in the order of the requests; errors where the engine cannot be reached."""
    try:
        return await complete_async(model, requests)
    except (ConnectionError, TimeoutError) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        return [Reply("", Finish.ERROR, Usage(), reason)] * len(requests)


def drive(
    makings: Iterable[Making[T]], models: Mapping[str, Model | AsyncModel], loop: asyncio.Runner, window: int = WINDOW
) -> Generator[T, None, None]:
    """By the driver that fits the engines. Raises RecipeError where some are far away and others in this process: one driver cannot
    wait for both, and whoever calls hands over models of one kind."""
    near = {role: model for role, model in models.items() if is_sync(model)}
    far = {role: model for role, model in models.items() if is_async(model)}
    if near and far:
        raise RecipeError(f"roles: {', '.join(near)} run here and {', '.join(far)} far away; one driver cannot wait for both")
    return drive_async(makings, far, loop, window) if far else drive_waves(makings, near, window)
