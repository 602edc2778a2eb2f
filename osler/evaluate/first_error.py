"""Finding the first false step of a trace, as ProcessBench measures it (arXiv 2412.06559, section 3)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

THRESHOLD = 0.5


@dataclass(frozen=True)
class PositionHits:
    """Of the `n` traces whose first false step is number `position`, counted from 1, it was found in `n_hit`."""

    position: int
    n: int
    n_hit: int


@dataclass(frozen=True)
class FirstError:
    """`error_accuracy` is the share of the traces with a false step in which the first one was found, `correct_accuracy` the share of those
    without one in which none was; None where there are no such traces. `f1` is the harmonic mean of the two."""

    threshold: float
    n_with_error: int
    n_without: int
    error_accuracy: float | None
    correct_accuracy: float | None
    f1: float | None
    positions: tuple[PositionHits, ...]


def first_error(scores_N_S: Sequence[Sequence[float]], truths_N_S: Sequence[Sequence[bool]], threshold: float = THRESHOLD) -> FirstError:
    """The first step scored below `threshold` is taken for the first false one; where there is none, for a trace without error.

    ProcessBench chooses each reward model's threshold on a part of its data; ½ is ours, for scores that are meant as probabilities. Raises
    ValueError where scores and truths are not as many."""
    hits, of = Counter[int | None](), Counter[int | None]()
    for scores_S, truths_S in zip(scores_N_S, truths_N_S, strict=True):
        if len(scores_S) != len(truths_S):
            raise ValueError(f"first_error: {len(scores_S)} scores and {len(truths_S)} truths; pass one of each per step")
        first = next((number for number, truth in enumerate(truths_S, 1) if not truth), None)
        found = next((number for number, score in enumerate(scores_S, 1) if score < threshold), None)
        of[first] += 1
        hits[first] += first == found
    positions = tuple(PositionHits(number, of[number], hits[number]) for number in sorted(each for each in of if each is not None))
    n_with_error = sum(each.n for each in positions)
    error_accuracy = sum(each.n_hit for each in positions) / n_with_error if n_with_error else None
    correct_accuracy = hits[None] / of[None] if of[None] else None
    f1 = _harmonic_mean(error_accuracy, correct_accuracy)
    return FirstError(threshold, n_with_error, of[None], error_accuracy, correct_accuracy, f1, positions)


def _harmonic_mean(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return None
    return 2 * one * other / (one + other) if one + other else 0.0
