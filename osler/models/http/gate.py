"""How many requests may be under way: fewer after the server has shown that it is too busy, one more for each round that went well.

Additive increase and multiplicative decrease, as in TCP (Chiu and Jain, Computer Networks and ISDN Systems 17, 1989). A server that names
a time of quiet (Retry-After) is left alone by everybody until then.
"""

import asyncio
from collections import deque
from enum import Enum


class Went(Enum):
    """How a request went, as far as the limit is concerned."""

    WELL = "well"
    BUSY = "busy"
    NEITHER = "neither"


class Gate:
    """Let at most `limit` requests through at once. For one event loop."""

    def __init__(self, max_in_flight: int) -> None:
        self._max = float(max_in_flight)
        self._limit = self._max
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._quiet_until_s = 0.0
        self._slowed_at_s = -1.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        return int(self._limit)

    @property
    def in_flight(self) -> int:
        return self._in_flight

    async def enter(self) -> float:
        """Wait for a place. Returns when it was given, in the event loop's seconds; `leave` wants to know."""
        loop = asyncio.get_running_loop()
        if self._waiting or not self._has_place(loop.time()):
            place = loop.create_future()
            self._waiting.append(place)
            self._let_in(loop)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():  # the place came in the same pass of the event loop: the next one has it
                    self._in_flight -= 1
                    self._let_in(loop)
                raise
        else:
            self._in_flight += 1
        return loop.time()

    def leave(self, entered_s: float, went: Went, quiet_s: float = 0.0) -> None:
        """Give the place back. Replies to what was sent before the last halving tell nothing new and halve nothing."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._in_flight -= 1
        if went is Went.BUSY and entered_s > self._slowed_at_s:
            self._limit = max(1.0, self._limit / 2)
            self._slowed_at_s = now
        elif went is Went.WELL and self._limit < self._max:
            self._limit = min(self._max, self._limit + 1 / self._limit)
        if quiet_s > 0:
            self._quiet_until_s = max(self._quiet_until_s, now + quiet_s)
        if self._waiting:
            self._let_in(loop)

    def _has_place(self, now: float) -> bool:
        return self._in_flight < int(self._limit) and now >= self._quiet_until_s

    def _let_in(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._waiting and self._has_place(now):
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self._in_flight += 1
        if self._waiting and now < self._quiet_until_s and self._timer is None:
            self._timer = loop.call_at(self._quiet_until_s, self._wake, loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._let_in(loop)
