"""The k cheapest simple ways from a start to a goal, when the way to go is known from everywhere: best-first over partial ways.

Hart, Nilsson and Raphael 1968 (A*), with the exact distance to the goal as the estimate. Siblings are put in the queue one after another:
every expansion puts in two entries however many neighbours a node has, and nothing has to be dropped.
"""

import heapq
from collections.abc import Callable, Sequence
from typing import NamedTuple

DIGITS = 9
"""Costs that agree to so many are equal, and the longer way goes first: else thousands of ways of one cost would all be grown at once."""


class Onward(NamedTuple):
    """Where a node leads: neighbours in the order of `to_go` = `weights` + the distance from there to the goal."""

    others: Sequence[int]
    to_go: Sequence[float]
    weights: Sequence[float]


class SpentError(Exception):
    """More partial ways than allowed."""


def k_best(
    start: int, goal: int, k: int, onward: Callable[[int], Onward], max_popped: int, may: Callable[[int, int], bool] | None = None
) -> list[tuple[float, tuple[int, ...]]]:
    """Cost and nodes, the cheapest first; fewer than k where there are no more. `onward` leaves out what cannot reach the goal;
    `may(node, at)` says whether a node may stand at this place of a way. Raises SpentError."""
    if start == goal:
        return [(0.0, (start,))]
    found: list[tuple[float, tuple[int, ...]]] = []
    queue: list[tuple[float, int, int, float, tuple[int, ...], int]] = []
    pushed = 0

    def push(cost: float, nodes: tuple[int, ...], rank: int) -> None:
        nonlocal pushed
        others, to_go, _ = onward(nodes[-1])
        while rank < len(others) and (others[rank] in nodes or (may and not may(others[rank], len(nodes)))):
            rank += 1
        if rank < len(others):
            heapq.heappush(queue, (round(cost + to_go[rank], DIGITS), -len(nodes), pushed, cost, nodes, rank))
            pushed += 1

    push(0.0, (start,), 0)
    popped = 0
    while queue and len(found) < k:
        *_, cost, nodes, rank = heapq.heappop(queue)
        popped += 1
        if popped > max_popped:
            raise SpentError
        push(cost, nodes, rank + 1)
        others, _, weights = onward(nodes[-1])
        longer, further = (*nodes, others[rank]), cost + weights[rank]
        if others[rank] == goal:
            found.append((further, longer))
        else:
            push(further, longer, 0)
    return found
