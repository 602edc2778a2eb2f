"""The process reward model: a causal body with one logit, read at the end of each step. Sigmoid of that logit is the step's score.

MedS³ (arXiv 2501.12051) trains one logit of two and reads a softmax over both; here the loss and the score use the same single logit.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForTokenClassification

from osler.core.codec import Codec
from osler.core.encoding import EncodedSteps, StepEncoder
from osler.core.prompt import Prompt
from osler.core.trace import Trace
from osler.rewards.checkpoint import Wanted, load
from osler.rewards.prm import PRM
from osler.rewards.shared_prompt import run_shared


class ProcessRewardModel:
    """Implements `RewardModel`. All step ends of a batch of traces are scored in one pass, and the prompt of a question is run once for all
    of its traces; a trace seen before is not scored again."""

    def __init__(self, settings: PRM, prompt: Prompt, codec: Codec) -> None:
        self._settings, self._prompt, self._codec = settings, prompt, codec
        wanted = Wanted(AutoModelForTokenClassification, "process reward model", _objection)
        tokenizer, self._model, self._device, self._checkpoint = load(settings.path, wanted, device=settings.device, dtype=settings.dtype)
        self._encoder = StepEncoder(tokenizer)
        self._known: dict[EncodedSteps, tuple[float, ...]] = {}

    @property
    def identity(self) -> str:
        return f"prm:{self._checkpoint}"

    @torch.inference_mode()
    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoded = [self._encode(trace) for trace in traces]
        new = {each: None for each in encoded if each.ends and each not in self._known}
        for batch, logits in run_shared(self._model, list(new), batch_size=self._settings.batch_size, device=self._device):
            for each, scores in zip(batch, logits[..., 0].float().sigmoid().tolist(), strict=True):
                self._known[each] = tuple(scores[end - each.n_prompt + 1] for end in each.ends)
        return [self._known[each] if each.ends else () for each in encoded]

    def _encode(self, trace: Trace) -> EncodedSteps:
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages(trace.question, trace.evidence)]
        return self._encoder.encode(turns, self._codec.chunks(trace.steps))


def _objection(config: Any, names: str) -> str | None:
    if "TokenClassification" in names and config.num_labels == 1:
        return None
    return f"this checkpoint is {names}, not a one-label …ForTokenClassification; train one with `kind: prm`"
