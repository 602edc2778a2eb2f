"""Axes: where a number lies on the paper, and which round numbers are written beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""The distances between the ticks of an axis of fractions."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high` in the numbers, from `start` to `end` on the paper."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def at(self, number: float) -> float:
        low, high, number = (math.log(each) if self.is_log else each for each in (self.low, self.high, number))
        return round(self.start + (number - low) / (high - low) * (self.end - self.start), 2)


def fraction_axis(numbers: Sequence[float], start: float, end: float, max_ticks: int = 6) -> Axis:
    """An axis of fractions around all `numbers`, within [0, 1], that begins and ends at a tick."""
    low, high = min(numbers), max(numbers)
    for step in STEPS:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if first == last:
            first, last = max(first - 1, 0), min(last + 1, round(1 / step))
        if last - first < max_ticks:
            break
    ticks = tuple(round(step * k, 10) for k in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def log_axis(numbers: Sequence[float], start: float, end: float, max_ticks: int = 6) -> Axis:
    """A logarithmic axis with some room around all `numbers`, which are positive; its ticks are 1, 2 and 5 times powers of ten, or
    the powers alone where those are too many."""
    low, high = min(numbers) / 1.25, max(numbers) * 1.25
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: tuple[float, ...] = ()
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = tuple(factor * 10.0**power for power in powers for factor in factors if low <= factor * 10.0**power <= high)
        if len(ticks) <= max_ticks:
            break
    return Axis(low, high, start, end, ticks, is_log=True)
