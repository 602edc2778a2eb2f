"""Terms of a reward for reinforcement learning: one file each, a setting with a pure function from an attempt to a number."""

from osler.rewards.terms.mix import RewardMix, Worth
from osler.rewards.terms.term import Kit, Seen, Term

__all__ = ["Kit", "RewardMix", "Seen", "Term", "Worth"]
