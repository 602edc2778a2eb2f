"""Parts that complete text. A base is where a policy comes from: random weights (nano), a checkpoint (hf, vllm), or what only answers."""

from osler.models.hf import HuggingFace
from osler.models.llamacpp import LlamaCpp
from osler.models.nano import Nano
from osler.models.openai_http import OpenAIHTTP
from osler.models.vllm import VLLM

AnyEngine = HuggingFace | VLLM | LlamaCpp | OpenAIHTTP
"""What `load`s to a model."""

AnyBase = Nano | AnyEngine

BASES: dict[str, type[Nano] | type[HuggingFace] | type[VLLM] | type[LlamaCpp] | type[OpenAIHTTP]] = {
    "nano": Nano,
    "hf": HuggingFace,
    "vllm": VLLM,
    "llamacpp": LlamaCpp,
    "openai_http": OpenAIHTTP,
}

WITH_WEIGHTS = (Nano, HuggingFace, VLLM)
"""Bases whose weights lie here as a checkpoint: only these can be trained, give a reward model its body, or a likelihood."""

__all__ = ["BASES", "VLLM", "WITH_WEIGHTS", "AnyBase", "AnyEngine", "HuggingFace", "LlamaCpp", "Nano", "OpenAIHTTP"]
