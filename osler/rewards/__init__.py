"""Parts that score steps."""

from osler.rewards.likelihood import Likelihood
from osler.rewards.prm import PRM

REWARDS: dict[str, type[PRM] | type[Likelihood]] = {"prm": PRM, "likelihood": Likelihood}

__all__ = ["PRM", "REWARDS", "Likelihood"]
