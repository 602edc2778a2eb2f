"""Selection: which of several traces for the same question to answer with. Reads answers, never a key.

Every function returns a position in `traces`, or None where no trace has an answer. Votes are keyed by the answer, which the reader has
normalised; a trace without one never votes and is never chosen. `values` has one number per trace, or ValueError is raised.
"""

import math
from collections.abc import Sequence
from typing import Protocol


class Answered(Protocol):
    """A trace, or a record of one: all that is looked at is its answer, None where it has none."""

    @property
    def answer(self) -> str | None: ...


def majority(traces: Sequence[Answered]) -> int | None:
    """The first trace of the answer that most traces give; ties go to the answer that comes first.

    Self-consistency: Wang et al. 2022, arXiv 2203.11171.
    """
    positions = _positions_by_answer(traces)
    return max(positions.values(), key=len)[0] if positions else None


def best(traces: Sequence[Answered], values: Sequence[float]) -> int | None:
    """The trace of the highest value among those with an answer; ties go to the first."""
    _check_lengths(traces, values)
    answered = [position for position, trace in enumerate(traces) if trace.answer is not None]
    return max(answered, key=lambda position: values[position], default=None)


def weighted_vote(traces: Sequence[Answered], values: Sequence[float]) -> int | None:
    """The highest-valued trace of the answer whose traces have the greatest sum of values; ties go to the answer, then the trace, that
    comes first.

    The PRM-guided vote-sum (P-VS) of MedS³, arXiv 2501.12051v2. Sums are rounded once (`math.fsum`), so they do not depend on the order.
    """
    _check_lengths(traces, values)
    positions = _positions_by_answer(traces)
    if not positions:
        return None
    winner = max(positions.values(), key=lambda same: math.fsum(values[position] for position in same))
    return max(winner, key=lambda position: values[position])


def _positions_by_answer(traces: Sequence[Answered]) -> dict[str, list[int]]:
    """Answers in order of first appearance, each with the positions of its traces in order: `max` keeps the first of equals."""
    positions: dict[str, list[int]] = {}
    for position, trace in enumerate(traces):
        if trace.answer is not None:
            positions.setdefault(trace.answer, []).append(position)
    return positions


def _check_lengths(traces: Sequence[Answered], values: Sequence[float]) -> None:
    if len(traces) != len(values):
        raise ValueError(f"selection: {len(traces)} traces and {len(values)} values; pass one value per trace")
