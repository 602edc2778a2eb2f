"""Means over items that were drawn in layers: items within groups, samples within items, and runs (seeds) across the same items."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as t_distribution

from osler.evaluate.intervals import (
    N_RESAMPLES,
    Array,
    Estimate,
    around,
    cluster_sums,
    drawn_means,
    fractions,
    jackknife,
    mean_interval,
)
from osler.evaluate.stats import Interval, tail_of, wilson


class _Part(NamedTuple):
    """The standard error that one group, or one layer, adds to a mean, its bootstrap counterpart, and its degrees of freedom."""

    error: float
    plain: float
    freedom: int


def hierarchical_bootstrap(
    right_Q_N: Sequence[ArrayLike],
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = 0.95,
) -> Estimate:
    """The mean over items of the share of an item's samples that are right, where items may have different numbers of samples.

    Clusters, or else items, are drawn with replacement, and a drawn item keeps all its samples. To draw the samples anew as well would
    count their spread twice, since an item's share already varies with them: Davison and Hinkley 1997, Bootstrap Methods and their
    Application, section 3.8, strategy 1 against strategy 2. With three samples it would be up to √(5/3) times as wide.

    Raises ValueError for an item without samples, and as `mean_interval` does."""
    if any(not len(np.atleast_1d(right_N)) for right_N in right_Q_N):
        raise ValueError("hierarchical_bootstrap: an item has no samples; leave it out or count it as wrong")
    shares_Q = [float(fractions(right_N).mean()) for right_N in right_Q_N]
    return mean_interval(shares_Q, clusters, seed=seed, n_resamples=n_resamples, confidence=confidence)


def crossed_bootstrap(
    right_R_Q: Sequence[ArrayLike],
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = 0.95,
) -> Estimate:
    """The mean over runs (trainings from different seeds) that all answered the same items, for runs and items not seen: `right_R_Q[r][q]`.

    Runs and clusters of items are drawn with replacement, independently of one another: the pigeonhole bootstrap of Owen 2007, Ann. Appl.
    Stat. 1(2):386–411. It is too wide where runs hardly differ, since what neither runs nor items explain counts in both. Few runs are made
    up for by Student's quantile with Satterthwaite's degrees of freedom. `n_clusters` is that of the items; `n` counts items.

    Raises ValueError for fewer than two runs or runs of different lengths, and as `mean_interval` does."""
    rows = [fractions(right_Q) for right_Q in right_R_Q]
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        raise ValueError("crossed_bootstrap: pass at least two runs over the same items; one run has mean_interval")
    table = np.array(rows)
    sums_R_G = np.array([cluster_sums(row, clusters)[0] for row in table])
    sizes_G = cluster_sums(table[0], clusters)[1]
    n_runs, n_clusters = sums_R_G.shape
    value = float(table.mean())
    if value in (0.0, 1.0):
        return _unvaried(value, table.shape[1], n_clusters, confidence)
    parts = [
        _Part(*_errors(table.mean(axis=1), np.ones(n_runs)), n_runs - 1),
        _Part(*_errors(sums_R_G.mean(axis=0), sizes_G), n_clusters - 1),
    ]
    drawn_R = _crossed_means(sums_R_G, sizes_G, seed, n_resamples)
    interval = _interval(value, drawn_R, parts, confidence)
    return Estimate(value, interval.low, interval.high, table.shape[1], n_clusters, "crossed_bootstrap")


def macro_average(
    values: ArrayLike,
    groups: Sequence[str],
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = 0.95,
) -> Estimate:
    """The mean of the groups' means, every group counting the same whatever its size.

    Stratified bootstrap: clusters are drawn within their group (Davison and Hinkley 1997, section 3.2), and the spread is corrected for
    small groups as in `mean_interval`, with Satterthwaite's degrees of freedom. A cluster that reaches into several groups is one in each.
    A group of a single cluster says nothing of its spread: [0, 1].

    Raises ValueError for groups that are not one per value, and as `mean_interval` does."""
    values_Q = fractions(values)
    if len(groups) != len(values_Q):
        raise ValueError(f"macro_average: {len(groups)} groups for {len(values_Q)} values; name one per value")
    generator = np.random.Generator(np.random.PCG64(seed))
    means: list[float] = []
    parts: list[_Part] = []
    drawn_R = np.zeros(n_resamples)
    members: dict[str, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    for places in members.values():
        sums_G, sizes_G = cluster_sums(values_Q[places], None if clusters is None else [clusters[at] for at in places])
        means.append(float(sums_G.sum() / sizes_G.sum()))
        error, plain = _errors(sums_G, sizes_G)
        parts.append(_Part(error / len(members), plain / len(members), len(sums_G) - 1))
        drawn_R += drawn_means(sums_G, sizes_G, seed=generator, n_resamples=n_resamples) / len(members)
    value, n_clusters = float(np.mean(means)), sum(part.freedom + 1 for part in parts)
    if value in (0.0, 1.0):
        return _unvaried(value, len(values_Q), n_clusters, confidence)
    interval = _interval(value, drawn_R, parts, confidence)
    return Estimate(value, interval.low, interval.high, len(values_Q), n_clusters, "stratified_bootstrap")


def _interval(value: float, drawn_R: Array, parts: Sequence[_Part], confidence: float) -> Interval:
    """From the spread of the draws, widened as the parts' jackknife errors say, with Student's quantile."""
    if any(math.isinf(part.error) for part in parts):
        return Interval(0.0, 1.0)
    variance = sum(part.error**2 for part in parts)
    plain = sum(part.plain**2 for part in parts)
    if not plain:
        return Interval(value, value)
    # Satterthwaite 1946, Biometrics Bull. 2(6):110–114
    freedom = variance**2 / sum(part.error**4 / part.freedom for part in parts)
    t = float(t_distribution.isf(tail_of(confidence), freedom))
    return around(value, t * float(drawn_R.std()) * math.sqrt(variance / plain))


def _errors(sums_G: Array, sizes_G: Array) -> tuple[float, float]:
    """The jackknife's standard error and the bootstrap's."""
    error, widening = jackknife(sums_G, sizes_G)
    return error, error / widening


def _crossed_means(sums_R_G: Array, sizes_G: Array, seed: int, n_resamples: int) -> Array:
    generator = np.random.Generator(np.random.PCG64(seed))
    n_runs, n_clusters = sums_R_G.shape
    kinds, counts = np.unique(np.vstack([sums_R_G.round(9), sizes_G]).T, axis=0, return_counts=True)
    runs = generator.multinomial(n_runs, np.full(n_runs, 1 / n_runs), size=n_resamples) / n_runs
    means = np.empty(n_resamples)
    at_once = max(1, 4_000_000 // len(kinds))
    for start in range(0, n_resamples, at_once):
        rows = slice(start, min(start + at_once, n_resamples))
        drawn = generator.multinomial(n_clusters, counts / n_clusters, size=rows.stop - rows.start)
        means[rows] = (runs[rows] * (drawn @ kinds[:, :-1])).sum(axis=1) / (drawn @ kinds[:, -1])
    return means


def _unvaried(value: float, n: int, n_clusters: int, confidence: float) -> Estimate:
    interval = wilson(round(value * n_clusters), n_clusters, confidence)
    return Estimate(value, interval.low, interval.high, n, n_clusters, "wilson")
