"""vLLM's asynchronous engine in this process: it batches by itself, shares what prompts have in common, and takes prompts as token ids.

Written against 0.31 (`vllm/v1/engine/async_llm.py`, `vllm/sampling_params.py`, `vllm/outputs.py`). A stop string is found by vLLM after
each token; the reply's text ends before it.
"""

import asyncio
import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import vllm
from transformers import AutoTokenizer
from vllm import AsyncEngineArgs, AsyncLLMEngine, SamplingParams, TokensPrompt
from vllm.exceptions import VLLMError
from vllm.lora.request import LoRARequest
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

from osler.core.checkpoint import content_hash
from osler.core.errors import ModelError
from osler.core.model import Finish, Reply, Request, Usage
from osler.models.prompt_tokens import PromptTokens
from osler.models.vllm import VLLM

LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The sizes that vLLM makes room for (`MaxLoRARanks` in `vllm/config/lora.py`)."""


class VLLMModel:
    """Implements `AsyncModel`. What a request is batched with changes the rounding of its numbers, so that replies may differ: what is
    journalled stays."""

    def __init__(self, settings: VLLM) -> None:
        self._settings = settings
        self._adapter = adapter_of(settings.adapter)
        self._prompts = PromptTokens(load_tokenizer(settings.path))
        self._engine = _start(settings)
        self._numbers = count(1)
        self._identity = identity_of(settings)

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        return False

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        """See `AsyncModel.complete`. Raises ModelError where the engine has died: it answers nothing from then on."""
        asked = [asyncio.ensure_future(self._reply(request)) for request in requests]
        try:
            return list(await asyncio.gather(*asked))
        except EngineDeadError as error:
            raise ModelError(f"{self._settings.path}: vLLM's engine has died, as its log above says; run the command again") from error
        finally:
            for each in asked:
                each.cancel()

    async def close(self) -> None:
        """Ends the engine's processes and gives the GPUs back."""
        self._engine.shutdown()

    async def _reply(self, request: Request) -> Reply:
        try:
            prompt = TokensPrompt(prompt_token_ids=self._prompts.ids(request))
            answers = self._engine.generate(
                prompt, self._sampling(request), f"osler-{next(self._numbers)}", lora_request=self._adapter
            )  # fmt: skip
            last = [answer async for answer in answers][-1]
        except EngineDeadError:
            raise
        except EngineGenerateError as error:  # it only says that something else was wrong
            return _failed(error.__cause__ or error)
        except VLLMError as error:
            return _failed(error)
        return self._read(request, last)

    def _sampling(self, request: Request) -> SamplingParams:
        return SamplingParams(
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            max_tokens=request.sampling.max_tokens,
            seed=request.seed,
            stop=[request.stop] if request.stop else None,
            include_stop_str_in_output=False,
            logprobs=0 if self._settings.has_logprobs else None,  # 0: of the token that was drawn, and of no other
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _read(self, request: Request, answer: Any) -> Reply:
        """`answer` is vLLM's RequestOutput, of one sequence."""
        [sequence] = answer.outputs
        usage = Usage(len(answer.prompt_token_ids), len(sequence.token_ids), 1)
        finish = _finish(sequence)
        if finish is Finish.ERROR:
            return Reply("", finish, usage, f"vLLM ended it: {sequence.finish_reason}")
        stop = request.stop if finish is Finish.STOP else ""
        # what ends a turn is a token too, and nothing is written after it
        written = None if finish is Finish.END else self._prompts.written(sequence.text + stop, sequence.token_ids)
        return Reply(sequence.text, finish, usage, logprobs=_logprobs(sequence), written=written)


def _finish(sequence: Any) -> Finish:
    """vLLM says `stop` for the stop string, which it then names, and for what ends a turn, of which it names at most the token."""
    if sequence.finish_reason == "stop":
        return Finish.STOP if isinstance(sequence.stop_reason, str) else Finish.END
    return Finish.LENGTH if sequence.finish_reason == "length" else Finish.ERROR


def _logprobs(sequence: Any) -> tuple[float, ...]:
    if sequence.logprobs is None:
        return ()
    return tuple(at[token].logprob for at, token in zip(sequence.logprobs, sequence.token_ids, strict=True))


def _failed(error: BaseException) -> Reply:
    return Reply("", Finish.ERROR, Usage(0, 0, 1), f"{type(error).__name__}: {_first_line(error)}")


def identity_of(settings: VLLM) -> str:
    adapter = f"+{content_hash(settings.adapter)}" if settings.adapter else ""
    shape = f"{settings.dtype}:tp{settings.tensor_parallel_size}:{settings.max_model_len or 'full'}"
    extras = ":logprobs" if settings.has_logprobs else ""
    return f"vllm-{vllm.__version__}:{content_hash(settings.path)}{adapter}:{shape}{extras}"


def load_tokenizer(path: str) -> Any:
    """The checkpoint's own, with a chat template. Raises ModelError."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: no tokenizer could be loaded ({_first_line(error)}); check the path") from error
    if tokenizer.chat_template is None:
        raise ModelError(f"{path}: the tokenizer has no chat template; add one to tokenizer_config.json")
    return tokenizer


def adapter_of(folder: str) -> LoRARequest | None:
    """The adapter as vLLM is told of it. Raises ModelError for one that is not in safetensors."""
    if not folder:
        return None
    if not (Path(folder) / "adapter_model.safetensors").is_file():
        raise ModelError(f"{folder}: there is no adapter_model.safetensors in it; name the folder of a LoRA adapter")
    return LoRARequest(lora_name="adapter", lora_int_id=1, lora_path=folder)


def lora_rank(folder: str) -> int:
    """The least size of vLLM's that takes the adapter. Raises ModelError where none does."""
    file = Path(folder) / "adapter_config.json"
    try:
        rank = int(json.loads(file.read_text(encoding="utf-8"))["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file}: the rank of the adapter cannot be read; copy it again") from error
    fitting = [size for size in LORA_RANKS if size >= rank]
    if not fitting:
        raise ModelError(f"{file}: the adapter's rank is {rank}, vLLM takes {LORA_RANKS[-1]}; merge it into its base")
    return fitting[0]


def _start(settings: VLLM) -> AsyncLLMEngine:
    lora = {"enable_lora": True, "max_lora_rank": lora_rank(settings.adapter)} if settings.adapter else {}
    try:
        return AsyncLLMEngine.from_engine_args(
            AsyncEngineArgs(
                model=settings.path,
                runner="generate",
                dtype=settings.dtype,
                seed=settings.seed,
                max_model_len=settings.max_model_len,
                tensor_parallel_size=settings.tensor_parallel_size,
                gpu_memory_utilization=settings.gpu_memory_utilization,
                enable_prefix_caching=settings.is_prefix_cached,
                load_format="safetensors",
                trust_remote_code=False,
                enable_log_requests=False,  # what is asked may be a patient's
                disable_log_stats=True,
                log_level="WARNING",
                **lora,
            )
        )
    except (OSError, ValueError, RuntimeError, VLLMError) as error:
        raise ModelError(f"{settings.path}: vLLM could not start ({_first_line(error)}); see its log above, and osler doctor") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
