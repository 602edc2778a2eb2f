"""Two systems on the same items: one difference, its interval, one p-value, and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom
from scipy.stats import t as t_distribution

from osler.evaluate.intervals import N_RESAMPLES, cluster_sums, difference_interval, fractions, jackknife
from osler.evaluate.multiplicity import benjamini_hochberg, holm
from osler.evaluate.stats import mcnemar_exact, mcnemar_mid_p

ADJUSTMENTS = {"holm": holm, "benjamini_hochberg": benjamini_hochberg}

Word = Literal["higher", "lower", "not distinguishable"]


@dataclass(frozen=True)
class PairedTest:
    """System a against system b over the same `n` items.

    `difference` is mean(a) − mean(b), a fraction, `low` and `high` its interval. `n_a_higher` items went better with a: for outcomes of
    right or not, those that a alone got right. `p_method` is "mcnemar_exact" or "mcnemar_mid_p"; over clusters "cluster_flips",
    the same test with clusters instead of items, or "cluster_t" where items have shares of right samples. `p_adjusted` is None where
    nothing was adjusted for looking at many."""

    n: int
    n_clusters: int
    n_a_higher: int
    n_b_higher: int
    difference: float
    low: float
    high: float
    interval_method: str
    p_value: float
    p_method: str
    alpha: float = 0.05
    p_adjusted: float | None = None
    warning: str = ""

    @property
    def word(self) -> Word:
        """ "higher" or "lower" where both allow it: the p-value, adjusted if it was, is at most α, and the interval is clear of 0."""
        p = self.p_value if self.p_adjusted is None else self.p_adjusted
        if p > self.alpha or self.low <= 0 <= self.high:
            return "not distinguishable"
        return "higher" if self.low > 0 else "lower"


def paired_test(
    a: ArrayLike,
    b: ArrayLike,
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    alpha: float = 0.05,
    is_mid_p: bool = False,
) -> PairedTest:
    """Position i of a and b is the same item: right or not, or the share of its samples that are right. The interval is that of
    `difference_interval` at 1 − α. Raises ValueError as that does."""
    a_Q, b_Q = fractions(a), fractions(b)
    estimate = difference_interval(a_Q, b_Q, clusters, seed=seed, n_resamples=n_resamples, confidence=1 - alpha)
    p_value, p_method = _p_value(a_Q - b_Q, clusters, is_mid_p=is_mid_p)
    return PairedTest(
        n=estimate.n,
        n_clusters=estimate.n_clusters,
        n_a_higher=int(np.sum(a_Q > b_Q)),
        n_b_higher=int(np.sum(b_Q > a_Q)),
        difference=estimate.value,
        low=estimate.low,
        high=estimate.high,
        interval_method=estimate.method,
        p_value=p_value,
        p_method=p_method,
        alpha=alpha,
        warning=estimate.warning,
    )


def adjusted(tests: Sequence[PairedTest], method: str = "holm") -> list[PairedTest]:
    """The same tests, adjusted for there being so many; `method` is one of `ADJUSTMENTS`. Holm by default: every claim is to hold."""
    p_values = ADJUSTMENTS[method]([test.p_value for test in tests])
    return [replace(test, p_adjusted=p) for test, p in zip(tests, p_values, strict=True)]


def flip_test(leads: Sequence[int] | NDArray[np.int64], *, is_mid_p: bool = False) -> float:
    """Two-sided p-value that neither system is better, from how many more items of each cluster a got right than b.

    If neither is, the two could change names within any cluster without anybody's noticing; so all 2^G ways of changing them are equally
    likely, and p is the share of them with a total at least as far from 0: Fisher's randomisation test for pairs (The Design of
    Experiments, 1935, section 21), counted exactly. With a cluster for every item it is McNemar's exact test."""
    leads_G = np.asarray(leads, dtype=np.int64)
    sizes, counts = np.unique(np.abs(leads_G[leads_G != 0]), return_counts=True)
    chances = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        spaced = np.zeros(int(size * count) + 1)
        spaced[::size] = binom.pmf(np.arange(count + 1), count, 0.5)
        chances = np.convolve(chances, spaced)
    for_a = int(leads_G[leads_G > 0].sum())
    lesser = min(for_a, len(chances) - 1 - for_a)
    below, at = float(chances[:lesser].sum()), float(chances[lesser])
    return min(1.0, 2 * below + at * (1 if is_mid_p else 2))


def _p_value(differences_Q: NDArray[np.float64], clusters: Sequence[str] | None, *, is_mid_p: bool) -> tuple[float, str]:
    sums_G, sizes_G = cluster_sums(differences_Q, clusters)
    if not np.isin(differences_Q, (-1.0, 0.0, 1.0)).all():
        return _t_p_value(sums_G, sizes_G), "cluster_t"
    if len(sums_G) < len(differences_Q):
        return flip_test(sums_G.round().astype(np.int64), is_mid_p=is_mid_p), "cluster_flips"
    n_a_only, n_b_only = int(np.sum(differences_Q > 0)), int(np.sum(differences_Q < 0))
    if is_mid_p:
        return mcnemar_mid_p(n_a_only, n_b_only), "mcnemar_mid_p"
    return mcnemar_exact(n_a_only, n_b_only), "mcnemar_exact"


def _t_p_value(sums_G: NDArray[np.float64], sizes_G: NDArray[np.float64]) -> float:
    error, _ = jackknife(sums_G, sizes_G)
    if not error:
        return 1.0 if abs(sums_G.sum()) < 1e-9 else 0.0
    return float(min(1.0, 2 * t_distribution.sf(abs(sums_G.sum() / sizes_G.sum()) / error, len(sums_G) - 1))) if len(sums_G) > 1 else 1.0
