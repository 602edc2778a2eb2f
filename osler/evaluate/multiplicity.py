"""Many tests at once: p-values adjusted so that an adjusted value is compared with α as a single one would be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm 1979, Scand. J. Stat. 6(2):65–70, stepping down: the chance of even one false claim is at most α, however the tests depend on
    one another. For a handful of comparisons that are all to be believed. In the order given; ValueError for a p outside [0, 1]."""
    ranked, order = _ranked(p_values)
    n = len(ranked)
    return _unranked(np.minimum(1.0, np.maximum.accumulate(ranked * np.arange(n, 0, -1))), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57(1):289–300, stepping up: at most the share α of the claims is false, for tests
    that are independent or positively dependent. For many comparisons of which a few may be wrong. In the order given."""
    ranked, order = _ranked(p_values)
    n = len(ranked)
    return _unranked(np.minimum.accumulate((ranked * n / np.arange(1, n + 1))[::-1])[::-1], order)


def _ranked(p_values: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("multiplicity: a p-value lies outside [0, 1]; pass those of the tests that were made")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _unranked(adjusted: NDArray[np.float64], order: NDArray[np.intp]) -> list[float]:
    back = np.empty_like(adjusted)
    back[order] = adjusted
    return [float(p) for p in back]
