"""Traces become weights: one file per method."""

from osler.train.prm import TrainPRM
from osler.train.sft import SFT

TRAINERS: dict[str, type[SFT] | type[TrainPRM]] = {"sft": SFT, "prm": TrainPRM}

__all__ = ["SFT", "TRAINERS", "TrainPRM"]
