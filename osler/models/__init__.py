"""Parts that complete text. A base is where a policy comes from: random weights (nano), a checkpoint (hf), or another's engine."""

from osler.models.hf import HuggingFace
from osler.models.llamacpp import LlamaCpp
from osler.models.nano import Nano
from osler.models.openai_http import OpenAIHTTP

BASES: dict[str, type[Nano] | type[HuggingFace] | type[LlamaCpp] | type[OpenAIHTTP]] = {
    "nano": Nano,
    "hf": HuggingFace,
    "llamacpp": LlamaCpp,
    "openai_http": OpenAIHTTP,
}

AnyBase = Nano | HuggingFace | LlamaCpp | OpenAIHTTP

AnyEngine = HuggingFace | LlamaCpp | OpenAIHTTP
"""What `load`s to a model."""

WITH_WEIGHTS = (Nano, HuggingFace)
"""Bases whose weights lie here as a checkpoint: only these can be trained, give a reward model its body, or a likelihood."""

__all__ = ["BASES", "WITH_WEIGHTS", "AnyBase", "AnyEngine", "HuggingFace", "LlamaCpp", "Nano", "OpenAIHTTP"]
