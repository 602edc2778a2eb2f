"""One uniform number per row and position, from the row's seed alone: what makes a reply independent of the rows beside it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def uniforms(seeds: Sequence[int], position: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), shape (rows,): SplitMix64 (Steele, Lea and Flood 2014) with `position` as its counter."""
    with np.errstate(over="ignore"):
        state = np.array(seeds, dtype=np.uint64) + _GAMMA * np.uint64(position + 1)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**53
