"""Accuracy against what it costs, as MedAgentsBench has it (Tang et al. 2025, arXiv 2503.07459): which systems no other beats at once in
accuracy and in cost."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """What a system gives and takes: its accuracy, and its cost per question in tokens, seconds or money."""

    system: str
    accuracy: float
    cost: float


def pareto_front(offers: Sequence[Offer]) -> list[Offer]:
    """Those that no other offer beats: by being as accurate and as cheap at least, and better in one of the two. The cheapest first; of two
    equal offers both stand, in the order given."""
    return sorted((offer for offer in offers if not any(_beats(other, offer) for other in offers)), key=lambda offer: offer.cost)


def _beats(one: Offer, other: Offer) -> bool:
    is_as_good = one.accuracy >= other.accuracy and one.cost <= other.cost
    return is_as_good and (one.accuracy > other.accuracy or one.cost < other.cost)
