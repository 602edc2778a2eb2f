"""The drivers of a synthesis: many drafts side by side, their calls answered together, what they make given back in their order.

As in `search/`: for engines in this process synchronous waves, deterministic and without a thread; for engines far away asyncio, where each
draft goes on as soon as its own replies are in. Drafts are taken from a stream, `window` at a time, so that a million of them are never in
memory.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Model, Reply, complete_all, complete_async, is_async, is_sync
from osler.synthesise.block import Call, Making

T = TypeVar("T")

WINDOW = 256


def drive_waves(makings: Iterable[Making[T]], models: Mapping[str, Model], window: int = WINDOW) -> Iterator[T]:
    """What each of them makes, in their order. `window` of them form the waves of one batch after another: the requests of a batch depend
    on its own makings alone."""
    stream = iter(makings)
    while batch := list(islice(stream, window)):
        yield from _waves(batch, models)


def drive_async(makings: Iterable[Making[T]], models: Mapping[str, AsyncModel], loop: asyncio.Runner, window: int = WINDOW) -> Iterator[T]:
    """What each of them makes, in their order; at most `window` are under way, and each goes on as soon as its own replies are in. Between
    two that are taken nothing moves: the event loop runs only while somebody waits."""
    stream = iter(makings)
    going: deque[asyncio.Task[T]] = deque()

    async def first() -> list[T]:
        """The next in order; nothing when there is no more."""
        going.extend(asyncio.create_task(_alone(making, models)) for making in islice(stream, window - len(going)))
        return [await going.popleft()] if going else []

    try:
        while made := loop.run(first()):
            yield from made
    finally:
        if going:
            loop.run(_cancelled(going))


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
        asked = [complete_async(models[role], [call.request for call in calls if call.role == role]) for role in roles]
        by_role = {role: iter(each) for role, each in zip(roles, await asyncio.gather(*asked), strict=True)}
        replies = [next(by_role[call.role]) for call in calls]


async def _cancelled(tasks: Iterable[asyncio.Task[T]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def drive(
    makings: Iterable[Making[T]], models: Mapping[str, Model | AsyncModel], loop: asyncio.Runner, window: int = WINDOW
) -> Iterator[T]:
    """By the driver that fits the engines. Raises RecipeError where some are far away and others in this process: wrap the former in
    `BlockingModel`."""
    near = {role: model for role, model in models.items() if is_sync(model)}
    far = {role: model for role, model in models.items() if is_async(model)}
    if near and far:
        raise RecipeError(f"roles: {', '.join(near)} run here and {', '.join(far)} far away; one driver cannot wait for both")
    return drive_async(makings, far, loop, window) if far else drive_waves(makings, near, window)
