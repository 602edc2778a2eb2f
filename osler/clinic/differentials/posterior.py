"""The posterior over candidates that are equally likely beforehand, and its entropy in bits."""

import math
from collections.abc import Sequence


def normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]


def updated(prior: Sequence[float], chances: Sequence[float], *, is_present: bool) -> list[float]:
    """The posterior once a finding is seen to be there or not; `chances` are those of showing it, by candidate."""
    return normalised([before * (chance if is_present else 1 - chance) for before, chance in zip(prior, chances, strict=True)])


def entropy_bits(posterior: Sequence[float]) -> float:
    return -sum(share * math.log2(share) for share in posterior if share > 0)


def looked_for(posterior: Sequence[float], chances: Sequence[float]) -> tuple[float, float, float, float]:
    """What looking for a finding does: its probability, the entropy if it is there, the entropy if it is not, and the expected one."""
    p_present = sum(share * chance for share, chance in zip(posterior, chances, strict=True))
    if_present = entropy_bits(updated(posterior, chances, is_present=True))
    if_absent = entropy_bits(updated(posterior, chances, is_present=False))
    return p_present, if_present, if_absent, p_present * if_present + (1 - p_present) * if_absent
