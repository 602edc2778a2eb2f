"""Parts that score steps."""

from osler.rewards.prm import PRM

REWARDS: dict[str, type[PRM]] = {"prm": PRM}

__all__ = ["PRM", "REWARDS"]
