"""The drivers: the order of drafts, the window, slow replies, engines that are gone, and a stream that is never in memory as a whole."""

import asyncio
import random
from collections.abc import Iterator, Sequence

import pytest

from osler.core.errors import ModelError
from osler.core.model import Message, Reply, Request, Sampling
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.synthesise.block import Call, Making
from osler.synthesise.drive import HELD, drive_async, drive_waves


def asking(number: int, n_calls: int = 1) -> Making[str]:
    """Asks `n_calls` times, one after another, and gives back the last reply."""
    said = ""
    for turn in range(n_calls):
        [reply] = yield [Call("teacher", Request((Message("user", f"{number}"),), "", Sampling(), "", turn))]
        said = reply.text or f"error: {reply.error}"
    return said


def echo(request: Request, _: random.Random) -> str:
    return request.messages[-1].content


def number_of(requests: Sequence[Request]) -> int:
    return int(requests[0].messages[-1].content)


class Gone:
    """An `AsyncModel` that raises for one number."""

    identity, is_reproducible = "gone", True

    def __init__(self, number: int, error: Exception) -> None:
        self.n_asked = 0
        self._number, self._error = number, error

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        self.n_asked += 1
        await asyncio.sleep(0)
        if number_of(requests) == self._number:
            raise self._error
        return [ScriptedModel(echo).reply(request) for request in requests]

    async def close(self) -> None: ...


def test_what_is_made_comes_in_the_order_of_the_drafts() -> None:
    rng = random.Random(5)
    waits = [rng.random() / 100 for _ in range(60)]
    model = AsyncScriptedModel(ScriptedModel(echo), lambda requests: waits[number_of(requests)])
    with asyncio.Runner() as loop:
        made = list(drive_async((asking(number, 1 + number % 3) for number in range(60)), {"teacher": model}, loop, window=8))
    assert made == [str(number) for number in range(60)]
    waves = drive_waves((asking(number, 1 + number % 3) for number in range(60)), {"teacher": ScriptedModel(echo)}, window=8)
    assert made == list(waves)


def test_a_slow_reply_does_not_hold_up_the_others() -> None:
    """The first draft's reply comes only when 40 others have been asked for, five times the window."""
    n_asked, enough = 0, asyncio.Event()

    class Slow(Gone):
        async def complete(self, requests: Sequence[Request]) -> list[Reply]:
            nonlocal n_asked
            n_asked += 1
            if n_asked > 40:
                enough.set()
            if number_of(requests) == 0:
                await asyncio.wait_for(enough.wait(), 20)
            return [ScriptedModel(echo).reply(request) for request in requests]

    with asyncio.Runner() as loop:
        made = list(drive_async((asking(number) for number in range(50)), {"teacher": Slow(-1, ValueError())}, loop, window=8))
    assert made == [str(number) for number in range(50)]


def test_no_more_than_the_window_are_under_way() -> None:
    under_way = most = 0

    class Counting(Gone):
        async def complete(self, requests: Sequence[Request]) -> list[Reply]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return [ScriptedModel(echo).reply(request) for request in requests]

    with asyncio.Runner() as loop:
        list(drive_async((asking(number) for number in range(50)), {"teacher": Counting(-1, ValueError())}, loop, window=8))
    assert most == 8


def test_an_engine_that_cannot_be_reached_for_a_call_is_an_error_of_that_call() -> None:
    model = Gone(3, ConnectionError("nobody there"))
    with asyncio.Runner() as loop:
        made = list(drive_async((asking(number) for number in range(6)), {"teacher": model}, loop, window=2))
    assert made == ["0", "1", "2", "error: ConnectionError: nobody there", "4", "5"]


def test_any_other_failure_ends_all_at_once() -> None:
    """Draft 3 fails while draft 0 would wait for ever."""

    class Stuck(Gone):
        async def complete(self, requests: Sequence[Request]) -> list[Reply]:
            if number_of(requests) == 0:
                await asyncio.Event().wait()
            return await super().complete(requests)

    model = Stuck(3, ModelError("http://x/v1: the model is gone; see to it"))
    with asyncio.Runner() as loop, pytest.raises(ModelError, match="the model is gone"):
        list(drive_async((asking(number) for number in range(1000)), {"teacher": model}, loop, window=8))
    assert model.n_asked < 100


def test_drives_in_a_row_share_a_loop() -> None:
    """What the first makes is drafts of the second."""
    model = AsyncScriptedModel(ScriptedModel(echo), 0.001)
    with asyncio.Runner() as loop:
        first = drive_async((asking(number) for number in range(30)), {"teacher": model}, loop, window=4)
        made = list(drive_async((asking(int(said) + 100) for said in first), {"teacher": model}, loop, window=4))
    assert made == [str(number + 100) for number in range(30)]


@pytest.mark.parametrize(("is_far", "most"), [(False, 64), (True, HELD * 64)])
def test_twenty_thousand_drafts_are_never_in_memory_together(is_far: bool, most: int) -> None:
    """Between those that are taken from the stream and those that are given back there are never more than the drivers say."""
    n_taken = 0

    def makings() -> Iterator[Making[str]]:
        nonlocal n_taken
        for number in range(20_000):
            n_taken += 1
            yield asking(number)

    reply = ScriptedModel(echo).reply(Request((Message("user", "0"),), "", Sampling(), "", 0))
    held = []
    with asyncio.Runner() as loop:
        made = (
            drive_async(makings(), {"teacher": Quick(reply)}, loop, 64)
            if is_far
            else drive_waves(makings(), {"teacher": Instant(reply)}, 64)
        )
        for n_given, _ in enumerate(made):
            held.append(n_taken - n_given)
    assert len(held) == 20_000
    assert max(held) <= most


class Quick(Gone):
    """Answers the same at once, and keeps no record of what it was asked."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(-1, ValueError())
        self._reply = reply

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        await asyncio.sleep(0)
        return [self._reply for _ in requests]


class Instant:
    """The same in this process."""

    identity, is_reproducible = "instant", True

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        yield [(at, self._reply) for at in range(len(requests))]

    def close(self) -> None: ...
