"""Stats: intervals and tests for right-or-wrong outcomes. Pure functions; the same input always gives the same output."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr


@dataclass(frozen=True)
class Interval:
    """A closed interval. Accuracies and their differences are fractions, not per cent."""

    low: float
    high: float


def wilson(n_right: int, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of a proportion, inside [0, 1]: all p with |p̂ - p| ≤ z √(p(1-p)/n), solved for p.

    Wilson 1927, J. Am. Stat. Assoc. 22(158):209–212; recommended over Wald's by Brown, Cai and DasGupta 2001, Statist. Sci. 16(2):101–133.
    `n` = 0 tells nothing: [0, 1]. Raises ValueError unless 0 ≤ n_right ≤ n and 0 < confidence < 1.
    """
    if not 0 <= n_right <= n:
        raise ValueError(f"wilson: {n_right} right of {n} is not a proportion; pass 0 ≤ n_right ≤ n")
    z = NormalDist().inv_cdf(1 - tail_of(confidence))
    if n == 0:
        return Interval(0.0, 1.0)
    share = n_right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half_width = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # at the ends the formula gives 0 and 1 but for rounding
    low = 0.0 if n_right == 0 else centre - half_width
    high = 1.0 if n_right == n else centre + half_width
    return Interval(low, high)


def paired_bootstrap(
    right_a: Sequence[bool], right_b: Sequence[bool], *, seed: int, n_resamples: int = 10_000, confidence: float = 0.95
) -> Interval:
    """Percentile interval of mean(a) - mean(b), where position i of both is the same item.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13. Items are resampled as pairs. With outcomes of 0 or 1 the
    difference depends only on how often each of the four cells (a right or not, b right or not) is drawn, and n draws with replacement
    fill the cells multinomially with the observed shares. So the cell counts are drawn instead of n_resamples × n positions: exactly the
    same distribution, at a cost that does not grow with n. Numbers come from numpy's PCG64, seeded with `seed`; they are drawn for the
    system that is right more often, so that a and b swapped give the negated interval to the bit.

    Raises ValueError for lengths that differ, no items, fewer than one resample, or a confidence outside (0, 1).
    """
    n = len(right_a)
    if n != len(right_b) or n == 0:
        raise ValueError(f"paired_bootstrap: {n} and {len(right_b)} outcomes; pass one of each per item, for at least one item")
    if n_resamples < 1:
        raise ValueError(f"paired_bootstrap: {n_resamples} resamples; draw at least one")
    tail = tail_of(confidence)
    a = np.asarray(right_a, dtype=bool)
    b = np.asarray(right_b, dtype=bool)
    n_a_only, n_b_only = int(np.sum(a & ~b)), int(np.sum(~a & b))
    # numpy gives the last cell what rounding leaves over: one where the systems agree, which moves no difference
    cells = np.array([max(n_a_only, n_b_only), min(n_a_only, n_b_only), np.sum(a & b), np.sum(~a & ~b)])
    generator = np.random.Generator(np.random.PCG64(seed))
    counts_R_4 = generator.multinomial(n, cells / n, size=n_resamples)
    return oriented_interval((counts_R_4[:, 0] - counts_R_4[:, 1]) / n, tail, n_a_only - n_b_only)


def oriented_interval(drawn_R: NDArray[np.float64], tail: float, lead: float) -> Interval:
    """The percentile interval of differences that were drawn for the better of two systems, seen from the one that leads by `lead`.

    Negative: the other one is better, and the interval is negated. Zero: the bootstrap distribution is symmetric but for chance, and is
    made so by counting every difference in both directions."""
    if lead == 0:
        drawn_R = np.concatenate([drawn_R, -drawn_R])
    low, high = (float(at) for at in np.quantile(drawn_R, [tail, 1 - tail]))
    if lead == 0:
        half_width = (high - low) / 2
        return Interval(-half_width, half_width)
    return Interval(low, high) if lead > 0 else Interval(-high, -low)


def mcnemar_exact(n_a_only: int, n_b_only: int) -> float:
    """Two-sided p-value that two systems are right equally often, from the items that exactly one of them got right.

    The exact conditional test: under the hypothesis n_a_only ~ Binomial(n_a_only + n_b_only, ½), and p = 2 P(X ≤ the lesser), at most 1.
    McNemar 1947, Psychometrika 12:153–157; Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91, who find it conservative.
    No such items: 1.0. Raises ValueError for a negative count.
    """
    if min(n_a_only, n_b_only) < 0:
        raise ValueError(f"mcnemar_exact: counts {n_a_only} and {n_b_only}; a count is not negative")
    return min(1.0, 2 * float(bdtr(min(n_a_only, n_b_only), n_a_only + n_b_only, 0.5)))


def mcnemar_mid_p(n_a_only: int, n_b_only: int) -> float:
    """`mcnemar_exact` with the chance of the observed counts themselves taken off once: nearer to its nominal level, which it can exceed by
    a little. Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91, who recommend it. No such items: 1.0."""
    if min(n_a_only, n_b_only) < 0:
        raise ValueError(f"mcnemar_mid_p: counts {n_a_only} and {n_b_only}; a count is not negative")
    lesser, n = min(n_a_only, n_b_only), n_a_only + n_b_only
    return float(bdtr(lesser, n, 0.5) + (bdtr(lesser - 1, n, 0.5) if lesser else 0.0)) if n else 1.0


def tail_of(confidence: float) -> float:
    """What lies beyond either end. Raises ValueError for a confidence outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1; 0.95 is usual")
    return (1 - confidence) / 2
