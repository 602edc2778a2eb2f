"""The process reward model: a causal body with one logit, read at the end of each step. Sigmoid of that logit is the step's score.

MedS³ (arXiv 2501.12051) trains one logit of two and reads a softmax over both; here the loss and the score use the same single logit.
"""

from collections.abc import Sequence
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

from osler.core.codec import Codec
from osler.core.encoding import EncodedSteps, StepEncoder
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.trace import Trace
from osler.rewards.prm import PRM


class ProcessRewardModel:
    """Implements `RewardModel`. Traces of like length are scored together; a trace seen before is not scored again."""

    def __init__(self, settings: PRM, prompt: Prompt, codec: Codec) -> None:
        self._settings, self._prompt, self._codec = settings, prompt, codec
        tokenizer, self._model = _load(settings)
        self._encoder = StepEncoder(tokenizer)
        self._model.to(settings.device)
        self._model.eval()
        self._known: dict[EncodedSteps, tuple[float, ...]] = {}

    @property
    def identity(self) -> str:
        return f"prm:{self._settings.path}"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoded = [self._encode(trace) for trace in traces]
        new = sorted({each for each in encoded if each.ends and each not in self._known}, key=lambda each: (len(each.ids), each.ids))
        for start in range(0, len(new), self._settings.batch_size):
            self._score_batch(new[start : start + self._settings.batch_size])
        return [self._known[each] if each.ends else () for each in encoded]

    def _encode(self, trace: Trace) -> EncodedSteps:
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages(trace.question)]
        return self._encoder.encode(turns, self._codec.chunks(trace.steps))

    @torch.inference_mode()
    def _score_batch(self, batch: Sequence[EncodedSteps]) -> None:
        ids, mask = pad(batch)
        logits = self._model(input_ids=ids.to(self._settings.device), attention_mask=mask.to(self._settings.device)).logits[..., 0]
        scores = logits.float().sigmoid().tolist()
        for row, each in zip(scores, batch, strict=True):
            self._known[each] = tuple(row[end] for end in each.ends)


def pad(batch: Sequence[EncodedSteps]) -> tuple[torch.Tensor, torch.Tensor]:
    """Right-padded ids and attention mask, both (rows, tokens). What stands to the right of a step cannot change its score."""
    width = max(len(each.ids) for each in batch)
    ids = torch.tensor([[*each.ids, *[0] * (width - len(each.ids))] for each in batch])
    mask = torch.tensor([[1] * len(each.ids) + [0] * (width - len(each.ids)) for each in batch])
    return ids, mask


def _load(settings: PRM) -> tuple[Any, Any]:
    try:
        config = AutoConfig.from_pretrained(settings.path, local_files_only=True, trust_remote_code=False)
        if not any("TokenClassification" in name for name in config.architectures or []) or config.num_labels != 1:
            names = ", ".join(config.architectures or ["unknown"])
            raise ModelError(
                f"{settings.path}: this checkpoint is {names}, not a one-label …ForTokenClassification; train one with `kind: prm`"
            )
        tokenizer = AutoTokenizer.from_pretrained(settings.path, local_files_only=True, trust_remote_code=False)
        model, report = AutoModelForTokenClassification.from_pretrained(
            settings.path, dtype=torch.float32, use_safetensors=True, local_files_only=True, trust_remote_code=False,
            output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(f"{settings.path}: no process reward model could be loaded ({first_line}); check the path") from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise ModelError(f"{settings.path}: the checkpoint lacks the weights {min(report['missing_keys'])}; copy or train it again")
    return tokenizer, model
