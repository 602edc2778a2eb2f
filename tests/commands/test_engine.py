"""Which engine a word on the command line names."""

import pytest

from osler.commands.engine import engine_named, settings_of
from osler.core.errors import UserError
from osler.models import VLLM, HuggingFace, LlamaCpp, OpenAIHTTP


def test_a_word_names_its_engine() -> None:
    assert engine_named("models/policy") == HuggingFace("models/policy")
    assert engine_named("policy.gguf", ["max_length=512"]) == LlamaCpp("policy.gguf", max_length=512)
    assert engine_named("http://127.0.0.1:8000/v1", ["model=small"]) == OpenAIHTTP("http://127.0.0.1:8000/v1", "small")
    assert engine_named("models/policy", ["kind=vllm", "tensor_parallel_size=2"]) == VLLM("models/policy", tensor_parallel_size=2)


@pytest.mark.parametrize(
    ("policy", "settings", "message"),
    [
        ("http://127.0.0.1:8000/v1", [], r"--engine model=NAME"),
        ("models/policy", ["kind=nano"], r"--engine kind=nano: there is no such engine; choose among hf, vllm, llamacpp, openai_http"),
        ("models/policy", ["dtipe=float32"], r"--engine: hf: .*dtipe"),
        ("models/policy", ["dtype"], r"--engine dtype: write it as NAME=VALUE"),
        ("models/policy", ["dtype=[1"], r"--engine dtype=\[1: the value is not YAML; put it in quotes"),
    ],
)
def test_what_does_not_fit_is_said(policy: str, settings: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        engine_named(policy, settings)


def test_values_are_read_as_yaml() -> None:
    assert settings_of(["n=4", "is_vote=true", "name=four", "x=null"]) == {"n": 4, "is_vote": True, "name": "four", "x": None}
