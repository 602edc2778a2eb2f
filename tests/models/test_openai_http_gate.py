"""The limit on requests in flight: how it falls, how it grows, who waits for what."""

import asyncio

from osler.models.http.gate import Gate, Went


def run(body):
    async def bounded():
        async with asyncio.timeout(60):
            return await body()

    return asyncio.run(bounded())


async def passed(gate: Gate, *went: Went) -> list[int]:
    """The limit after each of these, one after the other."""
    limits: list[int] = []
    for each in went:
        gate.leave(await gate.enter(), each)
        limits.append(gate.limit)
        await asyncio.sleep(0.001)  # the loop's clock goes on
    return limits


def test_it_halves_down_to_one_and_grows_by_one_a_round():
    """16 -> 8 -> 4 -> 2 -> 1 -> 1; then 1 + 1/1 = 2, 2 + 1/2 = 2.5, 2.5 + 1/2.5 = 2.9, 2.9 + 1/2.9 = 3.24: two replies at 2 make it 3."""

    async def body():
        gate = Gate(16)
        assert await passed(gate, *[Went.BUSY] * 5) == [8, 4, 2, 1, 1]
        assert await passed(gate, *[Went.WELL] * 4) == [2, 2, 2, 3]
        limits = await passed(gate, *[Went.WELL] * 200)
        assert limits == sorted(limits)
        assert limits[-1] == 16

    run(body)


def test_what_is_neither_leaves_the_limit_as_it_is():
    assert run(lambda: passed(Gate(8), Went.NEITHER, Went.WELL)) == [8, 8]


def test_all_that_was_sent_before_the_halving_halves_once():
    async def body():
        gate = Gate(64)
        entered = [await gate.enter() for _ in range(64)]
        await asyncio.sleep(0.002)
        for each in entered:
            gate.leave(each, Went.BUSY)
        return gate.limit

    assert run(body) == 32


def test_no_more_than_the_limit_are_through_and_the_first_come_first():
    async def body():
        gate, order, most = Gate(3), [], 0

        async def one(number: int):
            nonlocal most
            entered = await gate.enter()
            order.append(number)
            most = max(most, gate.in_flight)
            await asyncio.sleep(0.001)
            gate.leave(entered, Went.WELL)

        await asyncio.gather(*map(one, range(12)))
        assert gate.in_flight == 0
        return order, most

    assert run(body) == (list(range(12)), 3)


def test_everybody_is_quiet_for_as_long_as_the_server_said():
    async def body():
        gate = Gate(8)
        gate.leave(await gate.enter(), Went.BUSY, quiet_s=0.2)
        said = asyncio.get_running_loop().time()
        entered = await asyncio.gather(*(gate.enter() for _ in range(4)))
        return min(entered) - said

    assert run(body) >= 0.199


def test_a_shorter_quiet_takes_nothing_from_a_longer_one():
    async def body():
        gate = Gate(8)
        first, second = await gate.enter(), await gate.enter()
        said = asyncio.get_running_loop().time()
        gate.leave(first, Went.BUSY, quiet_s=0.2)
        gate.leave(second, Went.BUSY, quiet_s=0.01)
        return await gate.enter() - said

    assert run(body) >= 0.199


def test_whoever_is_cancelled_takes_no_place():
    """While it waits, and in the very pass of the loop in which it was let in."""

    async def body():
        gate = Gate(1)
        entered = await gate.enter()
        waiting = [asyncio.ensure_future(gate.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        gate.leave(entered, Went.WELL)
        waiting[1].cancel()
        await asyncio.wait_for(waiting[2], 10)
        assert gate.in_flight == 1
        gate.leave(waiting[2].result(), Went.WELL)
        assert gate.in_flight == 0

    run(body)
