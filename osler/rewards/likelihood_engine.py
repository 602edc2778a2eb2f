"""The likelihood of a step under a causal language model, given everything before it. Nothing is trained.

A step is the tokens of its chunk without the delimiter at the end, for whether a step follows is not its own doing. Many tokenizers merge
the two (".\\n\\n" is one token where another step comes, "." where the turn ends): there the last token of the step counts as either of the
two, with the sum of their probabilities. So the score of a step depends on nothing after it.
"""

import math
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForCausalLM

from osler.core.codec import Codec
from osler.core.encoding import EncodedSteps, StepEncoder
from osler.core.prompt import Prompt
from osler.core.trace import Trace
from osler.rewards.checkpoint import Wanted, load
from osler.rewards.likelihood import Likelihood
from osler.rewards.shared_prompt import run_shared


class _Counted(NamedTuple):
    """The tokens of a trace that count, one after another: where each stands in the ids of the trace, what it is, and what it may be as
    well (else the same again); and how many each step has."""

    positions: list[int]
    ids: list[int]
    others: list[int]
    n_by_step: list[int]


class LikelihoodRewardModel:
    """Implements `RewardModel`: scores in (0, 1]. The prompt of a question is run once for all of its traces; a trace seen before is not
    scored again."""

    def __init__(self, settings: Likelihood, prompt: Prompt, codec: Codec) -> None:
        self._settings, self._prompt, self._codec = settings, prompt, codec
        wanted = Wanted(AutoModelForCausalLM, "causal language model", _objection)
        tokenizer, self._model, self._device, self._checkpoint = load(settings.path, wanted, device=settings.device, dtype=settings.dtype)
        self._encoder = StepEncoder(tokenizer)
        self._known: dict[EncodedSteps, tuple[float, ...]] = {}

    @property
    def identity(self) -> str:
        return f"likelihood:{self._checkpoint}:{self._settings.pool}"

    @torch.inference_mode()
    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoded = [self._encode(trace) for trace in traces]
        new = {each: trace for each, trace in zip(encoded, traces, strict=True) if each.ends and each not in self._known}
        for batch, logits in run_shared(self._model, list(new), batch_size=self._settings.batch_size, device=self._device):
            counted = [self._counted(each, self._codec.chunks(new[each].steps)) for each in batch]
            log_p = iter(_log_probabilities(logits, counted, [each.n_prompt for each in batch]))
            for each, (*_, n_by_step) in zip(batch, counted, strict=True):
                self._known[each] = tuple(self._pooled(list(islice(log_p, n))) for n in n_by_step)
        return [self._known[each] if each.ends else () for each in encoded]

    def _encode(self, trace: Trace) -> EncodedSteps:
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages(trace.question, trace.evidence)]
        return self._encoder.encode(turns, self._codec.chunks(trace.steps))

    def _counted(self, encoded: EncodedSteps, chunks: Sequence[str]) -> _Counted:
        counted = _Counted([], [], [], [])
        start = encoded.n_prompt
        for chunk, end in zip(chunks, encoded.ends, strict=True):
            ids, bare = encoded.ids[start : end + 1], self._encoder.ids(chunk.rstrip())
            n_same = next((at for at, (one, other) in enumerate(zip(ids, bare, strict=False)) if one != other), min(len(ids), len(bare)))
            n = n_same + (n_same < len(bare)) if bare else 1  # a chunk of white space alone has nothing else to count
            counted.positions.extend(range(start, start + n))
            counted.ids.extend(ids[:n])
            counted.others.extend((*ids[:n_same], *bare[n_same:n]) if bare else ids[:n])
            counted.n_by_step.append(n)
            start = end + 1
        return counted

    def _pooled(self, log_p: Sequence[float]) -> float:
        return math.exp(min(log_p) if self._settings.pool == "least" else math.fsum(log_p) / len(log_p))


def _log_probabilities(logits: torch.Tensor, counted: Sequence[_Counted], n_prompts: Sequence[int]) -> list[float]:
    """Of every counted token of every row, in order. What is said of a token stands at the one before it."""
    rows = torch.tensor([row for row, each in enumerate(counted) for _ in each.ids], device=logits.device)
    before = [at - n_prompt for each, n_prompt in zip(counted, n_prompts, strict=True) for at in each.positions]
    columns = torch.tensor(before, device=logits.device)
    ids = torch.tensor([*chain.from_iterable(each.ids for each in counted)], device=logits.device)
    others = torch.tensor([*chain.from_iterable(each.others for each in counted)], device=logits.device)
    of_all = logits.float().logsumexp(-1)[rows, columns]
    log_p, log_q = (logits[rows, columns, each].float() - of_all for each in (ids, others))
    either: list[float] = torch.where(ids == others, log_p, torch.logaddexp(log_p, log_q)).clamp(max=0).tolist()
    return either


def _objection(config: Any, names: str) -> str | None:
    if not config.is_encoder_decoder and names.endswith(("ForCausalLM", "LMHeadModel")):
        return None
    return f"this checkpoint is {names}, not a causal language model; name a policy's"
