"""The process reward model on vLLM's pooling runner, against signatures recorded from the real one."""

import importlib.util

import pytest
import torch

from osler.core.codec import StepCodec
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.rewards.prm import PRM
from osler.rewards.prm_vllm import VLLMPRM

PROMPT = Prompt("plain", "{question}{options}")
QUESTION = Question("q-1", "Which?", {"A": "Gout", "B": "Rash"})
STEPS = ("Fever suggests pneumonia.", "The film is clear.", "The answer is B.")


def trace(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


@pytest.fixture
def reward(tiny_prm, fake_vllm):
    return VLLMPRM(str(tiny_prm)).load(PROMPT, StepCodec())


def test_scores_are_those_of_the_model_in_this_process(tiny_prm, reward):
    """Also where the checkpoint's config.json would have vLLM apply another function, or none, to the logit."""
    traces = [trace(*STEPS[:n]) for n in range(4)] + [trace("Gout.")]
    expected = PRM(str(tiny_prm)).load(PROMPT, StepCodec()).score(traces)
    scores = reward.score(traces)
    assert [len(each) for each in scores] == [0, 1, 2, 3, 1]
    assert [score for each in scores for score in each] == pytest.approx([score for each in expected for score in each], abs=1e-5)
    assert len({round(score, 4) for each in scores for score in each}) > 2


def test_the_raw_logit_of_every_token_is_asked_for_once(reward, fake_vllm):
    reward.score([trace(*STEPS), trace(*STEPS), trace()])
    reward.score([trace(*STEPS)])
    [asked] = fake_vllm.asked
    assert len(asked["prompts"]) == 1
    assert asked["pooling_task"] == "token_classify"
    assert asked["pooling_params"].use_activation is False
    assert asked["use_tqdm"] is False


def test_nothing_to_score_asks_nothing(reward, fake_vllm):
    assert reward.score([]) == []
    assert reward.score([trace()]) == [()]
    assert fake_vllm.asked == []


def test_how_the_engine_is_started(tiny_prm, fake_vllm):
    VLLMPRM(str(tiny_prm), dtype="bfloat16", tensor_parallel_size=2, max_model_len=64).load(PROMPT, StepCodec())
    [made] = fake_vllm.started
    assert (made["runner"], made["dtype"], made["tensor_parallel_size"]) == ("pooling", "bfloat16", 2)
    assert made["trust_remote_code"] is False
    assert made["rest"] == {"max_model_len": 64, "load_format": "safetensors", "log_level": "WARNING"}


def test_the_weights_are_in_the_identity(tiny_prm, reward, copied, edit_json, fake_vllm):
    other = copied(tiny_prm)
    assert VLLMPRM(str(other)).load(PROMPT, StepCodec()).identity == reward.identity
    edit_json(other / "config.json", rms_norm_eps=0.5)
    assert VLLMPRM(str(other)).load(PROMPT, StepCodec()).identity != reward.identity


def test_closing_ends_its_processes(reward, fake_vllm):
    reward.close()
    assert fake_vllm.n_shut_down == 1


def test_a_policy_is_no_reward_model(tiny, fake_vllm, tmp_path):
    with pytest.raises(ModelError, match="this checkpoint is Qwen2ForCausalLM, not a one-label"):
        VLLMPRM(str(tiny)).load(PROMPT, StepCodec())
    with pytest.raises(ModelError, match="no process reward model could be loaded"):
        VLLMPRM(str(tmp_path)).load(PROMPT, StepCodec())
    assert fake_vllm.started == []


def test_what_vllm_refuses_is_one_sentence(tiny_prm, reward, fake_vllm):
    fake_vllm.fails_with = fake_vllm.error.VLLMValidationError("The decoder prompt is too long.\nMore.")
    with pytest.raises(ModelError, match=r"vLLM cannot score this \(The decoder prompt is too long\.\); allow a larger max_model_len"):
        reward.score([trace(*STEPS)])
    fake_vllm.starts_with = torch.OutOfMemoryError("CUDA out of memory.")
    with pytest.raises(ModelError, match=r"vLLM could not start \(CUDA out of memory\.\)"):
        VLLMPRM(str(tiny_prm)).load(PROMPT, StepCodec())


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vllm is installed here")
def test_without_vllm_it_is_said_what_to_do(tiny_prm):
    with pytest.raises(ModelError, match=r"vLLM cannot be imported \(No module named 'vllm'\); see osler doctor, or use kind: prm"):
        VLLMPRM(str(tiny_prm)).load(PROMPT, StepCodec())
