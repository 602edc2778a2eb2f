"""The process reward model of `prm_engine.py`, its logits from vLLM's pooling runner.

vLLM 0.31 runs a …ForTokenClassification checkpoint as the causal body with the classifier `score` on every token
(`vllm/model_executor/models/adapters.py`), and gives the task `token_classify` a row per token of the prompt. Its step pooling finds steps
by one token that ends them; here a step ends where `StepEncoder` says, as in training, so all rows are asked for and ours are read.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer
from vllm import LLM, PoolingParams, TokensPrompt
from vllm.exceptions import VLLMError

from osler.core.checkpoint import content_hash
from osler.core.codec import Codec
from osler.core.encoding import EncodedSteps, StepEncoder
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.trace import Trace
from osler.rewards.prm_vllm import VLLMPRM


class PooledProcessRewardModel:
    """Implements `RewardModel`. A trace seen before is not scored again."""

    def __init__(self, settings: VLLMPRM, prompt: Prompt, codec: Codec) -> None:
        self._settings, self._prompt, self._codec = settings, prompt, codec
        self._encoder = StepEncoder(_load_tokenizer(settings.path))
        self._engine = _start(settings)
        self._known: dict[EncodedSteps, tuple[float, ...]] = {}

    @property
    def identity(self) -> str:
        return f"prm_vllm:{content_hash(self._settings.path)}:{self._settings.dtype}"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoded = [self._encode(trace) for trace in traces]
        new = list({each: None for each in encoded if each.ends and each not in self._known})
        for each, logits in zip(new, self._logits(new), strict=True):
            self._known[each] = tuple(logits[list(each.ends)].sigmoid().tolist())
        return [self._known[each] if each.ends else () for each in encoded]

    def close(self) -> None:
        """Ends the engine's processes and gives the GPUs back."""
        self._engine.llm_engine.engine_core.shutdown()

    def _logits(self, encoded: Sequence[EncodedSteps]) -> list[torch.Tensor]:
        """One logit for every token of each, of shape (tokens,)."""
        if not encoded:
            return []
        prompts = [TokensPrompt(prompt_token_ids=list(each.ids)) for each in encoded]
        # the activation that vLLM would apply depends on the checkpoint's config.json; the score is always the sigmoid
        raw = PoolingParams(use_activation=False)
        try:
            answers = self._engine.encode(prompts, raw, pooling_task="token_classify", use_tqdm=False)
        except VLLMError as error:
            raise ModelError(
                f"{self._settings.path}: vLLM cannot score this ({_first_line(error)}); allow a larger max_model_len"
            ) from error
        return [answer.outputs.data.float().reshape(-1) for answer in answers]

    def _encode(self, trace: Trace) -> EncodedSteps:
        turns = [{"role": message.role, "content": message.content} for message in self._prompt.messages(trace.question, trace.evidence)]
        return self._encoder.encode(turns, self._codec.chunks(trace.steps))


def _load_tokenizer(path: str) -> Any:
    """Raises ModelError unless a process reward model with its tokenizer lies there."""
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: no process reward model could be loaded ({_first_line(error)}); check the path") from error
    names = ", ".join(config.architectures or ["unknown"])
    if "TokenClassification" not in names or config.num_labels != 1:
        raise ModelError(f"{path}: this checkpoint is {names}, not a one-label …ForTokenClassification; train one with `kind: prm`")
    return tokenizer


def _start(settings: VLLMPRM) -> LLM:
    try:
        return LLM(
            model=settings.path,
            runner="pooling",
            dtype=settings.dtype,
            tensor_parallel_size=settings.tensor_parallel_size,
            max_model_len=settings.max_model_len,
            gpu_memory_utilization=settings.gpu_memory_utilization,
            load_format="safetensors",
            trust_remote_code=False,
            log_level="WARNING",
        )
    except (OSError, ValueError, RuntimeError, VLLMError) as error:
        raise ModelError(
            f"{settings.path}: vLLM could not start ({_first_line(error)}); see its log above, and osler doctor"
        ) from error  # fmt: skip


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
