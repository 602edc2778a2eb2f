import asyncio

import pytest

from osler.core.pooled import Pooled


def doubling(batches: list[list[int]]) -> Pooled[int, int]:
    def work(numbers: list[int]) -> list[int]:
        batches.append(numbers)
        return [2 * number for number in numbers]

    return Pooled(work)


def test_what_comes_in_together_is_one_call_and_each_gets_its_own():
    batches: list[list[int]] = []
    pooled = doubling(batches)

    async def hand_in() -> list[list[int]]:
        first = await asyncio.gather(pooled([1, 2]), pooled([]), pooled([3]))
        return [*first, await pooled([4])]

    assert asyncio.run(hand_in()) == [[2, 4], [], [6], [8]]
    assert batches == [[1, 2, 3], [4]]


def test_an_error_goes_to_all_of_them_and_to_nobody_later():
    def work(numbers: list[int]) -> list[int]:
        if 0 in numbers:
            raise ZeroDivisionError("0")
        return numbers

    pooled = Pooled(work)

    async def hand_in() -> list[object]:
        failed = await asyncio.gather(pooled([0]), pooled([1]), return_exceptions=True)
        return [*(type(each) for each in failed), await pooled([1])]

    assert asyncio.run(hand_in()) == [ZeroDivisionError, ZeroDivisionError, [1]]


def test_one_that_gave_up_holds_nobody_up_and_is_left_out():
    batches: list[list[int]] = []
    pooled = doubling(batches)

    async def hand_in() -> list[int]:
        gone = asyncio.ensure_future(pooled([1]))
        stays = asyncio.ensure_future(pooled([2]))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    assert asyncio.run(hand_in()) == [4]
    assert batches == [[2]]


def test_it_outlives_an_event_loop_that_ended_before_it_worked():
    batches: list[list[int]] = []
    pooled = doubling(batches)

    async def hand_in_and_leave() -> None:
        task = asyncio.ensure_future(pooled([1]))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(hand_in_and_leave())
    assert asyncio.run(asyncio.wait_for(pooled([2]), timeout=120)) == [4]
    assert batches == [[2]]
