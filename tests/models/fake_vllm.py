"""A `vllm` made from the signatures in `vllm_schema.json`: it takes no argument and has no attribute that the real one has not.

What stands behind it is a plain forward pass of transformers, token by token, with the stop rules of vLLM 0.31's detokenizer
(`vllm/v1/engine/detokenizer.py`) and the pooling of its token classifier (`vllm/model_executor/layers/pooler/tokwise/heads.py`).
"""

import ast
import enum
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

SCHEMA = json.loads(Path(__file__).with_name("vllm_schema.json").read_text())
UNREAD = object()
"""Stands for a default that is no literal."""


def signature(name: str) -> inspect.Signature:
    found: list[inspect.Parameter] = []
    is_made_of_fields = SCHEMA["callables"][name]["parameters"].keys() & {"*", "**"} == set() and "." not in name
    kind = inspect.Parameter.KEYWORD_ONLY if is_made_of_fields else inspect.Parameter.POSITIONAL_OR_KEYWORD
    for each, default in SCHEMA["callables"][name]["parameters"].items():
        if each == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
        elif each == "**":
            found.append(inspect.Parameter("rest", inspect.Parameter.VAR_KEYWORD))
        else:
            found.append(inspect.Parameter(each, kind, default=inspect.Parameter.empty if default is None else _literal(default)))
    return inspect.Signature(found)


def _literal(source: str) -> Any:
    try:
        return ast.literal_eval(source)
    except (ValueError, SyntaxError):
        return UNREAD


def bound(name: str, *arguments: Any, **named: Any) -> dict[str, Any]:
    """Every parameter with its value, as the real one would have it. Raises TypeError as the real one would."""
    taken = signature(name).bind(*arguments, **named)
    taken.apply_defaults()
    return dict(taken.arguments)


def record_class(name: str) -> type:
    """A class whose instances have what the real one is made with, and nothing else."""

    def take(self: Any, *arguments: Any, **named: Any) -> None:
        self.__dict__.update(bound(name, *arguments, **named))

    return type(name, (), {"__init__": take})


def error_classes() -> dict[str, type[Exception]]:
    made: dict[str, Any] = {"Exception": Exception}
    for name, bases in SCHEMA["errors"].items():
        made[name] = type(name, tuple(made[base] for base in bases), {})
    return made


class Fake:
    """The module tree, and what was asked of it."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.n_shut_down = 0
        self.fails_with: BaseException | None = None
        self.starts_with: BaseException | None = None
        self.error = SimpleNamespace(**error_classes())
        self.modules = self._modules()

    def _modules(self) -> dict[str, ModuleType]:
        tree = {name: ModuleType(name) for name in ("vllm", "vllm.exceptions", "vllm.lora", "vllm.lora.request", "vllm.sampling_params")}
        tree |= {name: ModuleType(name) for name in ("vllm.v1", "vllm.v1.engine", "vllm.v1.engine.exceptions")}
        kinds = enum.Enum("RequestOutputKind", SCHEMA["output_kinds"])  # type: ignore[misc]
        exported = {
            "AsyncEngineArgs": record_class("AsyncEngineArgs"),
            "AsyncLLMEngine": _engine_class(self),
            "LLM": _pooling_class(self),
            "PoolingParams": record_class("PoolingParams"),
            "SamplingParams": _sampling_class(self),
            "TokensPrompt": lambda **named: {key: value for key, value in bound("TokensPrompt", **named).items() if value is not UNREAD},
        }
        assert exported.keys() <= set(SCHEMA["exports"])
        tree["vllm"].__dict__.update(exported, __version__=SCHEMA["version"])
        tree["vllm.exceptions"].__dict__.update({name: getattr(self.error, name) for name in SCHEMA["errors"] if "Engine" not in name})
        tree["vllm.v1.engine.exceptions"].__dict__.update(
            {name: getattr(self.error, name) for name in SCHEMA["errors"] if "Engine" in name}
        )
        tree["vllm.lora.request"].__dict__.update(LoRARequest=record_class("LoRARequest"))
        tree["vllm.sampling_params"].__dict__.update(RequestOutputKind=kinds)
        return tree


def _sampling_class(fake: Fake) -> type:
    class SamplingParams(record_class("SamplingParams")):  # type: ignore[misc]
        def __init__(self, **named: Any) -> None:
            super().__init__(**named)
            if self.temperature > 2:  # as `_verify_args` has it
                raise fake.error.VLLMValidationError(f"temperature must be in [0, 2], got {self.temperature}.")
            if self.max_tokens < 1 or any(not each for each in self.stop or []):
                raise fake.error.VLLMValidationError("max_tokens must be at least 1, and stop cannot contain an empty string.")

    return SamplingParams


def _engine_class(fake: Fake) -> type:
    class AsyncLLMEngine:
        @classmethod
        def from_engine_args(cls, *arguments: Any, **named: Any) -> "AsyncLLMEngine":
            engine = cls()
            engine.args = bound("AsyncLLM.from_engine_args", *arguments, **named)["engine_args"]
            fake.started.append(vars(engine.args))
            if fake.starts_with:
                raise fake.starts_with
            assert engine.args.dtype in SCHEMA["dtypes"]
            engine.tokenizer = AutoTokenizer.from_pretrained(engine.args.model)
            engine.model = AutoModelForCausalLM.from_pretrained(engine.args.model).eval()
            return engine

        async def generate(self, *arguments: Any, **named: Any) -> Any:
            asked = bound("AsyncLLM.generate", *arguments, **named)
            assert asked["request_id"] not in [each["request_id"] for each in fake.asked]
            fake.asked.append(asked)
            if fake.fails_with:
                raise fake.fails_with
            yield _written(fake, self, asked["prompt"]["prompt_token_ids"], asked["sampling_params"])

        def shutdown(self, *arguments: Any, **named: Any) -> None:
            bound("AsyncLLM.shutdown", *arguments, **named)
            fake.n_shut_down += 1

    return AsyncLLMEngine


@torch.inference_mode()
def _written(fake: Fake, engine: Any, prompt: list[int], sampling: Any) -> Any:
    """vLLM's RequestOutput of one greedy or seeded sequence."""
    longest = engine.model.config.max_position_embeddings
    if len(prompt) >= longest:
        raise fake.error.VLLMValidationError(f"The decoder prompt (length {len(prompt)}) is longer than {longest}.")
    ends, draws = engine.model.generation_config.eos_token_id, torch.Generator().manual_seed(sampling.seed)
    ids, logprobs, text, finish = list[int](), list[Any](), "", ("length", None)
    while len(ids) < min(sampling.max_tokens, longest - len(prompt)):
        raw = engine.model(torch.tensor([[*prompt, *ids]])).logits[0, -1].log_softmax(-1)
        shares = (raw / (sampling.temperature or 1)).softmax(-1)
        ids.append(int(raw.argmax() if sampling.temperature == 0 else shares.multinomial(1, generator=draws)))
        logprobs.append({ids[-1]: Logprob(logprob=float(raw[ids[-1]]))})
        if ids[-1] in ([ends] if isinstance(ends, int) else ends):
            finish = ("stop", None if ids[-1] == engine.tokenizer.eos_token_id else ids[-1])
            break
        text = engine.tokenizer.decode(ids, skip_special_tokens=True)
        if found := next((stop for stop in sampling.stop or [] if stop in text), ""):
            text, finish = text[: text.index(found)], ("stop", found)
            break
    asked_for = None if sampling.logprobs is None else logprobs
    one = CompletionOutput(
        index=0, text=text, token_ids=ids, cumulative_logprob=None, logprobs=asked_for, finish_reason=finish[0], stop_reason=finish[1]
    )
    assert finish[0] in SCHEMA["finish_reasons"]
    return RequestOutput(request_id="1", prompt=None, prompt_token_ids=prompt, prompt_logprobs=None, outputs=[one], finished=True)


CompletionOutput, RequestOutput, Logprob = (record_class(name) for name in ("CompletionOutput", "RequestOutput", "Logprob"))
PoolingOutput, PoolingRequestOutput = record_class("PoolingOutput"), record_class("PoolingRequestOutput")


def _pooling_class(fake: Fake) -> type:
    class LLM:
        def __init__(self, *arguments: Any, **named: Any) -> None:
            made = bound("LLM", *arguments, **named)
            unknown = made.get("rest", {}).keys() - SCHEMA["callables"]["EngineArgs"]["parameters"].keys()
            if unknown:
                raise TypeError(f"EngineArgs got unexpected {unknown}")
            fake.started.append(made)
            if fake.starts_with:
                raise fake.starts_with
            assert made["runner"] in SCHEMA["runners"]
            self.runner, self.model = made["runner"], AutoModelForTokenClassification.from_pretrained(made["model"]).eval()
            self.llm_engine = SimpleNamespace(engine_core=SimpleNamespace(shutdown=self._shutdown))

        def _shutdown(self, *arguments: Any, **named: Any) -> None:
            bound("EngineCoreClient.shutdown", *arguments, **named)
            fake.n_shut_down += 1

        @torch.inference_mode()
        def encode(self, *arguments: Any, **named: Any) -> list[Any]:
            asked = bound("LLM.encode", *arguments, **named)
            fake.asked.append(asked)
            if fake.fails_with:
                raise fake.fails_with
            assert self.runner == "pooling"
            assert asked["pooling_task"] == "token_classify"
            assert asked["pooling_task"] in SCHEMA["pooling_tasks"]
            return [self._pooled(prompt["prompt_token_ids"], asked["pooling_params"]) for prompt in asked["prompts"]]

        def _pooled(self, ids: list[int], pooling: Any) -> Any:
            logits = self.model(torch.tensor([ids])).logits[0]  # (tokens, labels)
            data = logits if pooling.use_activation is False else logits.sigmoid()
            one = PoolingOutput(data=data)
            return PoolingRequestOutput(request_id="1", outputs=one, prompt_token_ids=ids, num_cached_tokens=0, finished=True)

    return LLM


def install(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake()
    for name, module in fake.modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("osler.models.vllm_engine", "osler.rewards.prm_vllm_engine"):  # they hold what they imported
        monkeypatch.delitem(sys.modules, name, raising=False)
    return fake
