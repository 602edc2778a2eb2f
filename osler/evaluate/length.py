"""Length against right and wrong. Moëll, Sand Aronsson and Akbar 2025, "Medical Reasoning in LLMs: An In-Depth Analysis of DeepSeek R1"
(arXiv 2504.00016), find the wrong answers of a reasoning model longer, and propose a limit of 5,000 characters as a sign of doubt.

Lengths are tokens or characters, of what was written for one item. A relation here is none of cause: hard items have both long and wrong
answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, pearsonr, spearmanr
from scipy.stats import t as t_distribution

from osler.evaluate.stats import Interval, tail_of, wilson

MIN_ITEMS = 4
N_RESAMPLES = 2_000


@dataclass(frozen=True)
class LengthBand:
    """The `n` answers from `low` to `high` long, both included, and the accuracy among them with Wilson's 95 % interval."""

    low: float
    high: float
    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float


@dataclass(frozen=True)
class LengthAnalysis:
    """`n` answers. `spearman` is the rank correlation of length with right (1) or not (0), negative where longer ones are more often wrong,
    and `point_biserial` Pearson's; None where all are right, all wrong, or all of one length. `difference` is the mean length of the right
    minus that of the others. Each `…_interval` is of 95 %, None where its number is."""

    n: int
    n_right: int
    mean_right: float | None
    mean_other: float | None
    difference: float | None
    difference_interval: Interval | None
    spearman: float | None
    spearman_interval: Interval | None
    point_biserial: float | None
    bands: tuple[LengthBand, ...]


def length_analysis(
    lengths: Sequence[float], right: Sequence[bool], *, seed: int, n_bands: int = 4, n_resamples: int = N_RESAMPLES
) -> LengthAnalysis:
    """Accuracy by bands of length, in as equal parts as ties allow, the correlations, and the mean lengths.

    Raises ValueError for lengths that differ in number from the verdicts, or fewer than four answers."""
    if len(lengths) != len(right) or len(lengths) < MIN_ITEMS:
        raise ValueError(f"length: {len(lengths)} lengths and {len(right)} verdicts; pass one of each per answer, for at least {MIN_ITEMS}")
    length_Q, right_Q = np.asarray(lengths, dtype=np.float64), np.asarray(right, dtype=bool)
    ours, others = length_Q[right_Q], length_Q[~right_Q]
    is_varied = bool(len(ours) and len(others) and length_Q.min() < length_Q.max())
    spearman = float(spearmanr(length_Q, right_Q).statistic) if is_varied else None
    has_both = len(ours) > 0 and len(others) > 0
    return LengthAnalysis(
        n=len(length_Q),
        n_right=len(ours),
        mean_right=float(ours.mean()) if len(ours) else None,
        mean_other=float(others.mean()) if len(others) else None,
        difference=float(ours.mean() - others.mean()) if has_both else None,
        difference_interval=difference_of_means(ours, others, seed=seed, n_resamples=n_resamples)
        if min(len(ours), len(others)) > 1
        else None,
        spearman=spearman,
        spearman_interval=None if spearman is None else rank_interval(spearman, len(length_Q)),
        point_biserial=float(pearsonr(length_Q, right_Q.astype(np.float64)).statistic) if is_varied else None,
        bands=tuple(_bands(length_Q, right_Q, n_bands)),
    )


def rank_interval(rho: float, n: int, confidence: float = 0.95) -> Interval:
    """Of a rank correlation: Fisher's z with the variance (1 + ρ²/2) / (n − 3) of Bonett and Wright 2000, Psychometrika 65(1):23–28. From
    n = 4 on; ValueError below."""
    if n < MIN_ITEMS:
        raise ValueError(f"length: a correlation over {n} answers; its interval needs at least {MIN_ITEMS}")
    if abs(rho) >= 1:
        return Interval(rho, rho)
    half_width = float(norm.isf(tail_of(confidence))) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return Interval(math.tanh(math.atanh(rho) - half_width), math.tanh(math.atanh(rho) + half_width))


def difference_of_means(
    a: NDArray[np.float64], b: NDArray[np.float64], *, seed: int, n_resamples: int = N_RESAMPLES, confidence: float = 0.95
) -> Interval:
    """Of mean(a) − mean(b) for two independent lists: the bootstrap, each list drawn by itself (Efron and Tibshirani 1993, chapter 8), its
    percentiles moved out to those of Student's quantile with Welch's degrees of freedom (Welch 1947, Biometrika 34:28–35; the "expanded
    percentile" of `intervals.py`). ValueError unless both have at least two."""
    if min(len(a), len(b)) < 2:
        raise ValueError("length: two lists of at least two numbers each; one number has no spread")
    parts = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    middle = float(a.mean() - b.mean())
    if not sum(parts):
        return Interval(middle, middle)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn_R = [_drawn_mean(a, generator) - _drawn_mean(b, generator) for _ in range(n_resamples)]
    tail = float(norm.sf(t_distribution.isf(tail_of(confidence), freedom)))
    low, high = np.quantile(drawn_R, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _drawn_mean(values: NDArray[np.float64], generator: np.random.Generator) -> float:
    return float(values[generator.integers(len(values), size=len(values))].mean())


def _bands(length_Q: NDArray[np.float64], right_Q: NDArray[np.bool_], n_bands: int) -> list[LengthBand]:
    """Cut at the quantiles; equal lengths share a band, so that there may be fewer bands."""
    cuts = np.unique(np.quantile(length_Q, np.arange(1, n_bands) / n_bands))
    band_Q = np.searchsorted(cuts, length_Q, side="left")
    bands = []
    for at in np.unique(band_Q):
        inside = band_Q == at
        n, n_right = int(inside.sum()), int(right_Q[inside].sum())
        interval = wilson(n_right, n)
        bands.append(LengthBand(float(length_Q[inside].min()), float(length_Q[inside].max()), n, n_right / n, interval.low, interval.high))
    return bands
