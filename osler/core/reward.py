"""RewardModel: traces in, one score per step out; and the ways of making one number of them."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from osler.core.trace import Trace


class RewardModel(Protocol):
    """Scores reasoning. Pure: the same trace has the same scores in any batch, up to the rounding of its arithmetic."""

    @property
    def identity(self) -> str: ...

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        """One score in [0, 1] per step of each trace; an empty tuple for a trace without steps."""
        ...


def last(scores_S: Sequence[float]) -> float:
    return scores_S[-1] if scores_S else 0.0


def least(scores_S: Sequence[float]) -> float:
    return min(scores_S, default=0.0)


def product(scores_S: Sequence[float]) -> float:
    return math.prod(scores_S) if scores_S else 0.0


def mean(scores_S: Sequence[float]) -> float:
    return sum(scores_S) / len(scores_S) if scores_S else 0.0


def geometric_mean(scores_S: Sequence[float]) -> float:
    return product([score ** (1 / len(scores_S)) for score in scores_S])  # the root of each: the product of many is too small for a float


AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "last": last,
    "least": least,
    "product": product,
    "mean": mean,
    "geometric_mean": geometric_mean,
}
