"""How well step scores tell true steps from false ones, and how near they are to the chance that a step is true. Pure functions.

`scores` lie in [0, 1] and `truths` has one for each; ValueError is raised where there are none, or not as many.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import rankdata

N_BINS = 10


@dataclass(frozen=True)
class ScoreBin:
    """The `n` steps scored above `low` and up to `high` (the first bin has 0 too), their mean score and the share of true ones among them;
    None where there are none."""

    low: float
    high: float
    n: int
    mean_score: float | None
    true_rate: float | None


def auroc(scores: Sequence[float], truths: Sequence[bool]) -> float | None:
    """The chance that a true step scores above a false one, ties counting half (Mann and Whitney 1947; Hanley and McNeil 1982); None where
    all are true or all false."""
    _check(scores, truths)
    n_true = sum(truths)
    n_pairs = n_true * (len(truths) - n_true)
    if not n_pairs:
        return None
    rank_sum = float(sum(rank for rank, truth in zip(rankdata(scores), truths, strict=True) if truth))
    return (rank_sum - n_true * (n_true + 1) / 2) / n_pairs


def brier(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """The mean of (score − truth)², truth being 1 or 0 (Brier 1950, Mon. Weather Rev. 78(1):1–3; half of the original, which sums over both
    events). 0 is perfect; to say ½ of everything gives ¼."""
    _check(scores, truths)
    return math.fsum((score - truth) ** 2 for score, truth in zip(scores, truths, strict=True)) / len(scores)


def score_bins(scores: Sequence[float], truths: Sequence[bool], n_bins: int = N_BINS) -> list[ScoreBin]:
    """The reliability diagram in `n_bins` of equal width (Guo et al. 2017, arXiv 1706.04599)."""
    _check(scores, truths)
    edges = [at / n_bins for at in range(n_bins + 1)]
    members: list[list[tuple[float, bool]]] = [[] for _ in range(n_bins)]
    for score, truth in zip(scores, truths, strict=True):
        members[bisect_left(edges[1:-1], score)].append((score, truth))
    return [_bin(low, high, each) for low, high, each in zip(edges[:-1], edges[1:], members, strict=True)]


def mass_bins(scores: Sequence[float], truths: Sequence[bool], n_bins: int = N_BINS) -> list[ScoreBin]:
    """The reliability diagram in at most `n_bins` of about as many scores each, so that no bin is all but empty (Nguyen and O'Connor 2015,
    arXiv 1508.05154, section 3). Equal scores share a bin: a bin ends with the first different score after its share of all is reached.
    `low` of the first is 0; else it is the bin before's `high`, its highest score."""
    _check(scores, truths)
    pairs = sorted(zip(scores, truths, strict=True), key=lambda pair: pair[0])
    bins: list[ScoreBin] = []
    members: list[tuple[float, bool]] = []
    n_binned = 0
    for at, pair in enumerate(pairs):
        members.append(pair)
        is_last = at + 1 == len(pairs)
        if is_last or (pairs[at + 1][0] != pair[0] and (n_binned + len(members)) * n_bins >= (len(bins) + 1) * len(pairs)):
            n_binned += len(members)
            bins.append(_bin(bins[-1].high if bins else 0.0, pair[0], members))
            members = []
    return bins


def expected_calibration_error(bins: Sequence[ScoreBin]) -> float:
    """Σ n/N · |share of true steps − mean score| over the bins (Naeini, Cooper and Hauskrecht 2015, AAAI 29; Guo et al. 2017)."""
    n_all = sum(each.n for each in bins)
    return math.fsum(each.n * abs((each.true_rate or 0.0) - (each.mean_score or 0.0)) for each in bins) / n_all


def _bin(low: float, high: float, members: Sequence[tuple[float, bool]]) -> ScoreBin:
    n = len(members)
    if not n:
        return ScoreBin(low, high, 0, None, None)
    return ScoreBin(low, high, n, math.fsum(score for score, _ in members) / n, sum(truth for _, truth in members) / n)


def _check(scores: Sequence[float], truths: Sequence[bool]) -> None:
    if len(scores) != len(truths) or not scores:
        raise ValueError(f"calibration: {len(scores)} scores and {len(truths)} truths; pass one of each per step, for at least one step")
