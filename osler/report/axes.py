"""Axes: where a number lies on the paper, and which round numbers are written beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""The distances between the grid lines of an axis of fractions."""
FACTORS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 2, 5), (1, 3), (1,))
"""By which powers of ten are multiplied on a logarithmic axis, from the finest grid to the coarsest."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high` in the numbers, from `start` to `end` on the paper."""

    low: float
    high: float
    start: float
    end: float
    grid: tuple[float, ...]
    is_log: bool = False

    def at(self, number: float) -> float:
        low, high, number = (math.log(each) if self.is_log else each for each in (self.low, self.high, number))
        return round(self.start + (number - low) / (high - low) * (self.end - self.start), 2)


def fraction_axis(numbers: Sequence[float], start: float, end: float, max_lines: int = 6) -> Axis:
    """An axis of fractions around all `numbers`, within [0, 1], that begins and ends at a grid line."""
    low, high = min(numbers), max(numbers)
    for step in STEPS:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if first == last:
            first, last = max(first - 1, 0), min(last + 1, round(1 / step))
        if last - first < max_lines:
            break
    grid = tuple(round(step * k, 10) for k in range(first, last + 1))
    return Axis(grid[0], grid[-1], start, end, grid)


def log_axis(numbers: Sequence[float], start: float, end: float, max_lines: int = 6) -> Axis:
    """A logarithmic axis with some room around all `numbers`, which are positive. The finest grid that has no more lines than
    asked for; the powers of ten alone where they are more than that."""
    low, high = min(numbers) / 1.25, max(numbers) * 1.25
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    grid: tuple[float, ...] = ()
    for factors in FACTORS:
        grid = tuple(factor * 10.0**power for power in powers for factor in factors if low <= factor * 10.0**power <= high)
        if len(grid) <= max_lines:
            break
    return Axis(low, high, start, end, grid, is_log=True)


def linear_axis(highest: float, start: float, end: float, max_lines: int = 6) -> Axis:
    """An axis from nothing to a round number that is at least `highest`, which is not negative."""
    if highest <= 0:
        return Axis(0, 1, start, end, (0,))
    power = math.floor(math.log10(highest))
    steps = [factor * 10.0**exponent for exponent in range(power - 2, power + 2) for factor in (1, 2, 5)]
    step = next(step for step in steps if math.ceil(highest / step - 1e-9) < max_lines)
    n = math.ceil(highest / step - 1e-9)
    return Axis(0, n * step, start, end, tuple(step * k for k in range(n + 1)))
