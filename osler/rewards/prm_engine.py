"""The process reward model, read at the end of each step, in either form that `kind: prm` trains.

A head: a causal body with one logit, whose sigmoid is the step's score. MedS³ (arXiv 2501.12051) trains one logit of two and reads a
softmax over both; here the loss and the score use the same single logit. Tokens: a causal model with a marker behind each step, and the
score is the softmax over the logits of two tokens there (Med-PRM, arXiv 2506.11474).
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForTokenClassification

from osler.core.codec import Codec
from osler.core.encoding import EncodedSteps, StepEncoder, StepMarks
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
        wanted = Wanted(_EitherForm, "process reward model", _objection)
        tokenizer, self._model, self._device, self._checkpoint = load(settings.path, wanted, device=settings.device, dtype=settings.dtype)
        marks = _marks_of(self._model.config)
        if marks:
            _cut_head(self._model, marks.ids(tokenizer))
        self._encoder = StepEncoder(tokenizer, marks.marker if marks else "")
        self._known: dict[EncodedSteps, tuple[float, ...]] = {}

    @property
    def identity(self) -> str:
        return f"prm:{self._checkpoint}"

    @torch.inference_mode()
    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoded = [self._encode(trace) for trace in traces]
        new = {each: None for each in encoded if each.ends and each not in self._known}
        for batch, logits in run_shared(self._model, list(new), batch_size=self._settings.batch_size, device=self._device):
            for each, scores in zip(batch, _scores(logits.float()).tolist(), strict=True):
                self._known[each] = tuple(scores[end - each.n_prompt + 1] for end in each.ends)
        return [self._known[each] if each.ends else () for each in encoded]

    def _encode(self, trace: Trace) -> EncodedSteps:
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages(trace.question, trace.evidence)]
        return self._encoder.encode(turns, self._codec.chunks(trace.steps))


class _EitherForm:
    @staticmethod
    def from_pretrained(path: str, **settings: Any) -> Any:
        marks = _marks_of(AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False))
        return (AutoModelForCausalLM if marks else AutoModelForTokenClassification).from_pretrained(path, **settings)


def _scores(logits: torch.Tensor) -> torch.Tensor:
    """Of logits (rows, tokens, 1 or 2) the scores (rows, tokens)."""
    return logits[..., 0].sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)[..., 0]


def _cut_head(model: Any, ids: tuple[int, int]) -> None:
    """Leave of the head over the vocabulary the two rows that are read."""
    whole = model.get_output_embeddings()
    head = torch.nn.Linear(whole.in_features, len(ids), bias=whole.bias is not None, device=whole.weight.device, dtype=whole.weight.dtype)
    with torch.no_grad():
        head.weight.copy_(whole.weight[list(ids)])
        if whole.bias is not None:
            head.bias.copy_(whole.bias[list(ids)])
    model.set_output_embeddings(head)


def _marks_of(config: Any) -> StepMarks | None:
    """By which tokens a causal checkpoint speaks; None of any other, or where its config.json does not say so."""
    marks = getattr(config, "step_marks", None)
    return StepMarks(**marks) if marks and (config.architectures or [""])[0].endswith("ForCausalLM") else None


def _objection(config: Any, names: str) -> str | None:
    if ("TokenClassification" in names and config.num_labels == 1) or _marks_of(config):
        return None
    return f"this checkpoint is {names}, not a one-label …ForTokenClassification or one with `step_marks`; train one with `kind: prm`"
