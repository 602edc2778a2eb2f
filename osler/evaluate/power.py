"""What a comparison of two systems on the same items can show: the power of McNemar's test, and the smallest difference within its reach.

The discordance ψ is the share of items that exactly one of the two systems gets right; the difference δ is at most ψ. What one knows of ψ
before: from pilot data (`discordance`), or from the two accuracies if the systems' errors had nothing to do with one another
(`independent_discordance`), which for real systems is about the most that it will be.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, norm

_NEGLIGIBLE = 1e-10


def discordance(right_a: ArrayLike, right_b: ArrayLike) -> float:
    """ψ of outcomes at hand."""
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    if a.shape != b.shape or not a.size:
        raise ValueError(f"discordance: {a.size} and {b.size} outcomes; pass one of each per item, for at least one item")
    return float((a != b).mean())


def independent_discordance(accuracy_a: float, accuracy_b: float) -> float:
    """ψ of two systems whose errors are independent of one another."""
    return accuracy_a * (1 - accuracy_b) + accuracy_b * (1 - accuracy_a)


def mcnemar_power(n: int, difference: float, discordance: float, *, alpha: float = 0.05, is_mid_p: bool = False) -> float:
    """The chance that McNemar's test, exact or mid-p, finds p ≤ α in n items. Exact: a sum over the number of discordant items, which is
    binomial (n, ψ), and over how they are divided, binomial with the share (ψ + δ) / 2ψ. Raises ValueError unless |δ| ≤ ψ ≤ 1."""
    if not abs(difference) <= discordance <= 1 or n < 1:
        raise ValueError(
            f"power: a difference of {difference} at a discordance of {discordance} and {n} items; |difference| ≤ discordance ≤ 1"
        )
    if not discordance:
        return 0.0
    low, high = int(binom.ppf(_NEGLIGIBLE, n, discordance)), int(binom.isf(_NEGLIGIBLE, n, discordance))
    discordant = np.arange(low, high + 1)
    lesser = _last_rejected(discordant, alpha, is_mid_p=is_mid_p)
    share = (discordance + difference) / (2 * discordance)
    rejects = binom.cdf(lesser, discordant, share) + binom.sf(discordant - lesser - 1, discordant, share)
    return float((binom.pmf(discordant, n, discordance) * np.where(lesser < 0, 0.0, rejects)).sum())


def minimal_difference(n: int, discordance: float, *, power: float = 0.8, alpha: float = 0.05, is_mid_p: bool = False) -> float | None:
    """The smallest δ > 0 that n items show with this power; None where not even δ = ψ, all discordant items on one side, would be shown.
    By bisection of the exact power, to 1e-6; `connor_difference` is the formula in use, a little lower."""
    if not 0 < discordance <= 1 or not 0 < power < 1:
        raise ValueError(f"minimal_difference: a discordance of {discordance} and a power of {power}; both lie between 0 and 1")
    if mcnemar_power(n, discordance, discordance, alpha=alpha, is_mid_p=is_mid_p) < power:
        return None
    low, high = 0.0, discordance
    while high - low > 1e-6:
        middle = (low + high) / 2
        if mcnemar_power(n, middle, discordance, alpha=alpha, is_mid_p=is_mid_p) < power:
            low = middle
        else:
            high = middle
    return high


def connor_items(difference: float, discordance: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """The items that McNemar's test needs, by the normal approximation: [z_α √ψ + z_β √(ψ − δ²)]² / δ², with z_α for α/2. Connor 1987,
    Biometrics 43(1):207–211, after Miettinen 1968, Biometrics 24(2):339–352."""
    if not 0 < abs(difference) <= discordance <= 1:
        raise ValueError(
            f"connor_items: a difference of {difference} at a discordance of {discordance}; 0 < |difference| ≤ discordance ≤ 1"
        )
    reach = _z(alpha / 2) * math.sqrt(discordance) + _z(1 - power) * math.sqrt(discordance - difference**2)
    return math.ceil((reach / difference) ** 2)


def connor_difference(n: int, discordance: float, *, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """Connor's formula solved for δ: the larger root of (n + z_β²) δ² − 2 z_α √(ψ n) δ + (z_α² − z_β²) ψ = 0; None where it exceeds ψ."""
    z_alpha, z_beta = _z(alpha / 2), _z(1 - power)
    half = z_alpha * math.sqrt(discordance * n)
    square = n + z_beta**2
    difference = (half + math.sqrt(half**2 - square * (z_alpha**2 - z_beta**2) * discordance)) / square
    return difference if difference <= discordance else None


def _last_rejected(discordant: NDArray[np.int64], alpha: float, *, is_mid_p: bool) -> NDArray[np.int64]:
    """The largest count of the lesser side that is still significant, −1 where none is."""
    lesser: NDArray[np.int64] = binom.ppf(alpha / 2, discordant, 0.5).astype(np.int64) + 1
    for _ in range(3):
        p = 2 * binom.cdf(lesser, discordant, 0.5) - (binom.pmf(lesser, discordant, 0.5) if is_mid_p else 0.0)
        lesser = np.where((p > alpha) & (lesser >= 0), lesser - 1, lesser)
    return lesser


def _z(tail: float) -> float:
    return float(norm.isf(tail))
