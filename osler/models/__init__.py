"""Parts that complete text. A base is where a policy comes from: random weights (nano) or a checkpoint (hf)."""

from osler.models.hf import HuggingFace
from osler.models.nano import Nano

BASES: dict[str, type[Nano] | type[HuggingFace]] = {"nano": Nano, "hf": HuggingFace}

AnyBase = Nano | HuggingFace

__all__ = ["BASES", "AnyBase", "HuggingFace", "Nano"]
