"""Intervals of means over items that may share a cluster (a vignette, an abstract, an item's several samples), and of paired differences.

A bootstrap draws whole clusters. Two corrections make it hold what it says from 30 clusters on (`bench/interval_coverage.py` has figures):

- The percentile interval of G clusters is too narrow. Its levels are moved out to Φ(∓t·s), t being Student's quantile with G − 1 degrees
  of freedom and s the cluster jackknife's standard error over the bootstrap's; for clusters of one size s = √(G/(G−1)), and that is the
  "expanded percentile" interval of Hesterberg 2015, Am. Stat. 69(4):371–386. The jackknife (CV3 of Cameron and Miller 2015, J. Hum. Resour.
  50(2):317–372, section VI.B) also makes up for clusters of unequal size.
- A mean near 0 or 1 has a skewed distribution. Its interval is taken from the bootstrap's standard deviation on the scale of logits, again
  with t·s: the "logit" of `svyciprop` in Lumley's R package survey. It stays inside [0, 1].

Under 30 clusters no bootstrap is trustworthy (Cameron, Gelbach and Miller 2008, Rev. Econ. Stat. 90(3):414–427): the interval is Student's,
G − 1 degrees of freedom, from the cluster jackknife, with a warning. That clusters must be drawn whole in evaluations of language models:
Miller 2024, "Adding Error Bars to Evals", arXiv 2411.00640, section 2.2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from scipy.stats import t as t_distribution

from osler.evaluate.stats import Interval, oriented_interval, tail_of, wilson

MIN_CLUSTERS = 30
N_RESAMPLES = 10_000
_CELLS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` items, or a difference of two, with its interval. All are fractions.

    `method` is "wilson", "cluster_bootstrap", "cluster_t", "stratified_bootstrap" or "crossed_bootstrap". An item that shares its cluster
    with none is a cluster of its own."""

    value: float
    low: float
    high: float
    n: int
    n_clusters: int
    method: str

    @property
    def warning(self) -> str:
        """Why the interval is to be read with care; empty where there is nothing to say."""
        if self.method == "wilson" or self.n_clusters >= MIN_CLUSTERS:
            return ""
        advice = "the interval is Student's over the clusters" if self.method == "cluster_t" else "read the interval with care"
        return f"only {self.n_clusters} clusters: too few for a bootstrap; {advice}"


def mean_interval(
    values: ArrayLike,
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = 0.95,
) -> Estimate:
    """The mean of `values` in [0, 1], one per item: right or not, or the share of its samples that are right.

    Wilson's interval where every value is 0 or 1 and no two items share a cluster; else by clusters. An empty name is a cluster of its own.
    Where all values are 0, or all 1, the clusters show no spread: Wilson's interval for as many outcomes as there are clusters.

    Raises ValueError for no values, values outside [0, 1], clusters that are not one per value, or a confidence outside (0, 1)."""
    values_Q = fractions(values)
    sums_G, sizes_G = cluster_sums(values_Q, clusters)
    n, n_clusters = len(values_Q), len(sums_G)
    value = float(values_Q.mean())
    is_binary = bool(np.isin(values_Q, (0.0, 1.0)).all())
    if value in (0.0, 1.0) or (n_clusters == n and is_binary):
        interval = wilson(round(value * n_clusters), n_clusters, confidence)
        return Estimate(value, interval.low, interval.high, n, n_clusters, "wilson")
    error, widening = jackknife(sums_G, sizes_G)
    t = t_quantile(n_clusters, confidence)
    if n_clusters < MIN_CLUSTERS:
        interval, method = around(value, t * error), "cluster_t"
    else:
        drawn_R = drawn_means(sums_G, sizes_G, seed=seed, n_resamples=n_resamples)
        interval, method = around(value, t * float(drawn_R.std()) * widening), "cluster_bootstrap"
    return Estimate(value, interval.low, interval.high, n, n_clusters, method)


def difference_interval(
    a: ArrayLike,
    b: ArrayLike,
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = 0.95,
) -> Estimate:
    """mean(a) − mean(b), where position i of both is the same item and all values lie in [0, 1]; by clusters. a and b swapped give the
    negated interval to the bit. Raises ValueError as `mean_interval` does, and for lengths that differ."""
    a_Q, b_Q = fractions(a), fractions(b)
    if len(a_Q) != len(b_Q):
        raise ValueError(f"difference_interval: {len(a_Q)} and {len(b_Q)} values; pass one of each per item")
    sums_G, sizes_G = cluster_sums(a_Q - b_Q, clusters)
    n, n_clusters = len(a_Q), len(sums_G)
    lead = round(float(sums_G.sum()), 9)
    value = lead / n
    t = t_quantile(n_clusters, confidence)
    error, widening = jackknife(sums_G, sizes_G)
    if n_clusters < MIN_CLUSTERS:
        half_width = t * error if n_clusters > 1 else math.inf
        return Estimate(value, max(-1.0, value - half_width), min(1.0, value + half_width), n, n_clusters, "cluster_t")
    drawn_R = drawn_means(_for_the_better(sums_G, sizes_G, lead), sizes_G, seed=seed, n_resamples=n_resamples)
    interval = oriented_interval(drawn_R, float(norm.sf(t * widening)), lead)
    return Estimate(value, interval.low, interval.high, n, n_clusters, "cluster_bootstrap")


def t_quantile(n_clusters: int, confidence: float) -> float:
    """Student's two-sided quantile with a degree of freedom less than there are clusters; infinite for one cluster."""
    tail = tail_of(confidence)
    return float(t_distribution.isf(tail, n_clusters - 1)) if n_clusters > 1 else math.inf


def jackknife(sums_G: Array, sizes_G: Array) -> tuple[float, float]:
    """The standard error of the mean by leaving out one cluster at a time, and its ratio to the bootstrap's, which is smaller. 0 and 1
    where the clusters do not differ, infinite and 1 where there is only one."""
    n_clusters, total, size = len(sums_G), sums_G.sum(), sizes_G.sum()
    if n_clusters == 1:
        return math.inf, 1.0
    without_G = (total - sums_G) / (size - sizes_G)
    error = math.sqrt((n_clusters - 1) / n_clusters * float(np.square(without_G - without_G.mean()).sum()))
    plain = math.sqrt(float(np.square(sums_G - total / size * sizes_G).sum())) / float(size)
    return (error, error / plain) if plain > 1e-12 else (0.0, 1.0)


def cluster_sums(values_Q: Array, clusters: Sequence[str] | None) -> tuple[Array, Array]:
    """The sum of the values in each cluster and how many there are, in order of first appearance."""
    if clusters is None:
        return values_Q, np.ones(len(values_Q))
    if len(clusters) != len(values_Q):
        raise ValueError(f"intervals: {len(clusters)} clusters for {len(values_Q)} values; name one per value")
    numbers: dict[tuple[str, int], int] = {}
    at_Q = [numbers.setdefault((name, -1 if name else at), len(numbers)) for at, name in enumerate(clusters)]
    return np.bincount(at_Q, weights=values_Q).astype(np.float64), np.bincount(at_Q).astype(np.float64)


def drawn_means(sums_G: Array, sizes_G: Array, *, seed: int | np.random.Generator, n_resamples: int) -> Array:
    """The mean over items of `n_resamples` draws of all clusters with replacement.

    As in `paired_bootstrap`, what is drawn is how often each kind of cluster comes, clusters of one sum and size being of a kind: the same
    distribution, at a cost that grows with the kinds and not with the items. Numbers come from PCG64."""
    if n_resamples < 1:
        raise ValueError(f"intervals: {n_resamples} resamples; draw at least one")
    generator = seed if isinstance(seed, np.random.Generator) else np.random.Generator(np.random.PCG64(seed))
    # sums of fractions differ in their last bits by the order of adding: that makes no new kind
    kinds, counts = np.unique(np.column_stack([sums_G.round(9), sizes_G]), axis=0, return_counts=True)
    at_once = max(1, _CELLS_AT_ONCE // len(kinds))
    means = []
    for start in range(0, n_resamples, at_once):
        drawn = generator.multinomial(len(sums_G), counts / len(sums_G), size=min(at_once, n_resamples - start))
        means.append((drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1]))
    return np.concatenate(means)


def fractions(values: ArrayLike) -> Array:
    """As an array. Raises ValueError where there are none, or one lies outside [0, 1]."""
    values_Q = np.asarray(values, dtype=np.float64)
    if values_Q.ndim != 1 or not len(values_Q):
        raise ValueError("intervals: no values; pass one per item, for at least one item")
    if not ((values_Q >= 0) & (values_Q <= 1)).all():
        raise ValueError(f"intervals: values from {values_Q.min()} to {values_Q.max()}; pass fractions in [0, 1]")
    return values_Q


def _for_the_better(sums_G: Array, sizes_G: Array, lead: float) -> Array:
    """The sums of differences as the better system sees them; where neither is, as that one whose sorted sums come last."""
    if lead:
        return sums_G if lead > 0 else -sums_G
    return max(sums_G, -sums_G, key=lambda sums: sorted(zip(sums.round(9), sizes_G, strict=True)))


def around(value: float, half_width: float) -> Interval:
    """The interval of a fraction strictly between 0 and 1, symmetric on the scale of logits, where widths grow by 1 / (p (1 − p))."""
    logit, half_width = math.log(value / (1 - value)), half_width / (value * (1 - value))
    return Interval(_expit(logit - half_width), _expit(logit + half_width))


def _expit(logit: float) -> float:
    return (1 + math.tanh(logit / 2)) / 2
