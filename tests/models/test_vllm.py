"""vLLM's engine, against signatures recorded from the real one: it needs a GPU, which tests do not have."""

import asyncio
import importlib.util
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.codec import CODECS
from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, Written, complete_all, is_async
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.judges import QuestionReader
from osler.models.hf import HuggingFace
from osler.models.vllm import VLLM, version_of
from osler.search import Greedy
from osler.search.drive import drive
from osler.search.drive_async import drive_async

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "vllm_schema.json").read_text())


def ask(question: str = "Which?", *, prefix: str = "", stop: str = "", seed: int = 0, written=(), **sampling) -> Request:
    settings = Sampling(**{"temperature": 0.0, "top_p": 1.0, "max_tokens": 12, **sampling})
    return Request((Message("user", question),), prefix, settings, stop, seed, written)


def replies_of(model, requests: Sequence[Request]) -> list[Reply]:
    return asyncio.run(model.complete(requests))


@pytest.fixture
def ending(tiny, copied, edit_json):
    """A checkpoint whose generation config ends a turn at every fourth token."""
    folder = copied(tiny)
    edit_json(folder / "generation_config.json", eos_token_id=list(range(1, 400, 4)))
    return folder


@pytest.fixture
def model(tiny, fake_vllm):
    return VLLM(str(tiny)).load()


def test_greedy_replies_are_those_of_the_engine_in_this_process(ending, fake_vllm):
    """Texts, endings and counts of tokens, of two engines that share nothing but the checkpoint. Of a token that ends a turn vLLM never
    shows the text, the engine in this process does where it is no special token: here one token in four ends a turn."""
    wrote = complete_all(HuggingFace(str(ending)).load(), [ask("Fever?", max_tokens=3)])[0].text
    requests = [ask(question, prefix=prefix, stop=stop) for question in ("Which?", "Fever?", "?") for prefix in ("", "Step 1:")
                for stop in ("", wrote[-1:])]  # fmt: skip
    ours = replies_of(VLLM(str(ending)).load(), requests)
    theirs = complete_all(HuggingFace(str(ending)).load(), requests)
    assert [(each.finish, each.usage) for each in ours] == [(each.finish, each.usage) for each in theirs]
    assert [each.text for each in ours if each.finish is Finish.STOP] == [each.text for each in theirs if each.finish is Finish.STOP]
    assert all(their.text.startswith(our.text) for our, their in zip(ours, theirs, strict=True))
    assert {each.finish for each in ours} >= {Finish.END, Finish.STOP}


def test_what_is_asked_of_the_engine(model, fake_vllm, tiny):
    assert is_async(model)
    request = ask("Fever?", prefix="Step 1:", stop="\n\nStep", seed=2**63 - 1, temperature=0.7, top_p=0.9, max_tokens=5)
    replies_of(model, [request])
    [asked] = fake_vllm.asked
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    rendered = "<|user|>Fever?<|end|><|assistant|>Step 1:"
    assert asked["prompt"] == {"prompt_token_ids": tokenizer(rendered, add_special_tokens=False).input_ids}
    assert asked["lora_request"] is None
    sampling = asked["sampling_params"]
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed) == (0.7, 0.9, 5, 2**63 - 1)
    assert (sampling.stop, sampling.n, sampling.logprobs) == (["\n\nStep"], 1, None)
    assert sampling.output_kind.name == "FINAL_ONLY"
    assert sampling.include_stop_str_in_output is False


def test_how_the_engine_is_started(tiny, fake_vllm):
    settings = VLLM(str(tiny), dtype="bfloat16", tensor_parallel_size=4, max_model_len=96, gpu_memory_utilization=0.5, seed=3)
    settings.load()
    [args] = fake_vllm.started
    assert (args["model"], args["dtype"], args["tensor_parallel_size"]) == (str(tiny), "bfloat16", 4)
    assert (args["max_model_len"], args["gpu_memory_utilization"], args["seed"]) == (96, 0.5, 3)
    assert args["enable_prefix_caching"] is True
    assert (args["load_format"], args["trust_remote_code"]) == ("safetensors", False)  # no code, no pickle
    assert args["enable_log_requests"] is False  # what is asked may be a patient's


def test_a_reply_goes_on_in_the_tokens_that_the_engine_wrote(model, fake_vllm, tiny):
    """Letter by letter, as no tokenizer would split it."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    letters = [tokenizer.convert_tokens_to_ids(letter) for letter in "ĠFever"]
    assert tokenizer.decode(letters) == " Fever"
    assert tokenizer(" Fever", add_special_tokens=False).input_ids != letters
    prefix = "Step 1: Fever.\n\nStep 2:"
    replies_of(model, [ask(prefix=prefix, written=((7, Written(" Fever", tuple(letters))),))])
    ids = fake_vllm.asked[0]["prompt"]["prompt_token_ids"]
    before = tokenizer("<|user|>Which?<|end|><|assistant|>Step 1:", add_special_tokens=False).input_ids
    after = tokenizer(".\n\nStep 2:", add_special_tokens=False).input_ids
    assert ids == before + letters + after
    assert tokenizer.decode(ids).endswith(prefix)


def test_what_was_written_is_told_with_the_stop_string_and_what_came_with_it(model, tiny):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    [whole] = replies_of(model, [ask()])
    assert whole.finish is Finish.LENGTH
    assert whole.written is not None
    assert tokenizer.decode(list(whole.written.token_ids)) == whole.written.text == whole.text
    stop = whole.text[3:5]
    [cut] = replies_of(model, [ask(stop=stop)])
    assert cut.finish is Finish.STOP
    assert stop not in cut.text
    assert cut.written is not None
    assert cut.written.text.startswith(cut.text + stop)
    assert cut.written.token_ids == whole.written.token_ids[: len(cut.written.token_ids)]
    assert cut.usage.completion_tokens == len(cut.written.token_ids)


def test_a_finished_turn_is_not_gone_on_from(ending, fake_vllm):
    replies = replies_of(VLLM(str(ending)).load(), [ask(question) for question in ("Which?", "Fever?", "?", "A rash?")])
    ended = [reply for reply in replies if reply.finish is Finish.END]
    assert ended
    assert all(reply.written is None for reply in ended)


def test_log_probabilities_are_those_of_a_forward_pass(tiny, fake_vllm):
    model = VLLM(str(tiny), has_logprobs=True).load()
    [reply] = replies_of(model, [ask(max_tokens=4)])
    assert fake_vllm.asked[0]["sampling_params"].logprobs == 0
    prompt = fake_vllm.asked[0]["prompt"]["prompt_token_ids"]
    assert reply.written is not None
    ids = [*prompt, *reply.written.token_ids]
    with torch.inference_mode():
        rows = AutoModelForCausalLM.from_pretrained(tiny).eval()(torch.tensor([ids])).logits[0].log_softmax(-1)
    expected = [float(rows[len(prompt) - 1 + at, token]) for at, token in enumerate(reply.written.token_ids)]
    assert reply.logprobs == pytest.approx(expected, abs=1e-5)
    assert all(value < 0 and math.isfinite(value) for value in reply.logprobs)


@pytest.mark.parametrize(
    ("finish", "stop_reason", "expected"),
    [
        ("stop", None, Finish.END),
        ("stop", 151643, Finish.END),
        ("stop", "\n\nStep", Finish.STOP),
        ("length", None, Finish.LENGTH),
        ("abort", None, Finish.ERROR),
        ("error", None, Finish.ERROR),
        ("repetition", None, Finish.ERROR),
    ],
)
def test_every_way_to_finish_is_known(fake_vllm, finish, stop_reason, expected):
    from osler.models.vllm_engine import _finish

    assert finish in SCHEMA["finish_reasons"]
    assert _finish(type("Sequence", (), {"finish_reason": finish, "stop_reason": stop_reason})) is expected


def test_a_prompt_that_is_too_long_and_a_setting_that_vllm_refuses_are_replies(model):
    long, hot, fine = replies_of(model, [ask("Fever. " * 100), ask(temperature=2.5), ask()])
    assert (long.finish, hot.finish, fine.finish) == (Finish.ERROR, Finish.ERROR, Finish.LENGTH)
    assert "VLLMValidationError: The decoder prompt (length" in long.error
    assert "temperature must be in [0, 2], got 2.5" in hot.error
    assert long.usage == Usage(0, 0, 1)


def test_what_went_wrong_inside_is_told_and_not_that_something_did(model, fake_vllm):
    error = fake_vllm.error.EngineGenerateError()
    error.__cause__ = RuntimeError("CUDA out of memory\nand more")
    fake_vllm.fails_with = error
    [reply] = replies_of(model, [ask()])
    assert (reply.finish, reply.error) == (Finish.ERROR, "RuntimeError: CUDA out of memory")


def test_a_dead_engine_ends_the_run(model, fake_vllm):
    fake_vllm.fails_with = fake_vllm.error.EngineDeadError()
    with pytest.raises(ModelError, match="vLLM's engine has died, as its log above says; run the command again"):
        replies_of(model, [ask(), ask("?")])


def test_closing_ends_its_processes(model, fake_vllm):
    asyncio.run(model.close())
    assert fake_vllm.n_shut_down == 1


def test_every_setting_that_can_change_a_reply_is_in_the_identity(tiny, ending, fake_vllm):
    """The weights by their content, not by their place."""
    variants = [VLLM(str(tiny)), VLLM(str(ending)), VLLM(str(tiny), dtype="bfloat16"), VLLM(str(tiny), max_model_len=64),
                VLLM(str(tiny), tensor_parallel_size=2), VLLM(str(tiny), has_logprobs=True)]  # fmt: skip
    identities = [each.load().identity for each in variants]
    assert len(set(identities)) == len(variants)
    assert all(each.startswith(f"vllm-{SCHEMA['version']}:") and str(tiny) not in each for each in identities)
    assert not VLLM(str(tiny)).load().is_reproducible


def test_a_search_finds_what_it_finds_on_the_engine_in_this_process(tiny, fake_vllm):
    questions = [Question(f"q-{number}", f"Which is {number}?", {"A": "Gout", "B": "Rash"}) for number in range(3)]

    def policy(model) -> Policy:
        return Policy(model, Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling())

    ours = asyncio.run(drive_async(Greedy(max_tokens=12), questions, policy(VLLM(str(tiny)).load())))
    theirs = drive(Greedy(max_tokens=12), questions, policy(HuggingFace(str(tiny)).load()))
    assert len(ours) == 3
    assert [(each.candidates[0].raw, each.usage) for each in ours] == [(each.candidates[0].raw, each.usage) for each in theirs]
    assert all(each.candidates[0].raw for each in ours)


# an adapter


@pytest.fixture
def adapter(tmp_path):
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"r": 12}')
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


def test_an_adapter_is_handed_over_with_room_for_its_rank(tiny, adapter, fake_vllm):
    model = VLLM(str(tiny), adapter=str(adapter)).load()
    assert (fake_vllm.started[0]["enable_lora"], fake_vllm.started[0]["max_lora_rank"]) == (True, 16)
    replies_of(model, [ask()])
    asked = fake_vllm.asked[0]["lora_request"]
    assert (asked.lora_path, asked.lora_int_id) == (str(adapter), 1)
    assert model.identity != VLLM(str(tiny)).load().identity
    (adapter / "adapter_model.safetensors").write_bytes(b"others")
    assert model.identity != VLLM(str(tiny), adapter=str(adapter)).load().identity


@pytest.mark.parametrize(("rank", "room"), [(1, 1), (2, 8), (16, 16), (17, 32), (512, 512)])
def test_the_least_room_that_is_enough(adapter, fake_vllm, rank, room):
    from osler.models.vllm_engine import LORA_RANKS, lora_rank

    assert list(LORA_RANKS) == SCHEMA["lora_ranks"]
    (adapter / "adapter_config.json").write_text(json.dumps({"r": rank}))
    assert lora_rank(str(adapter)) == room


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("adapter_config.json", '{"r": 513}', "the adapter's rank is 513, vLLM takes 512; merge it"),
        ("adapter_config.json", "{}", "the rank of the adapter cannot be read"),
        ("adapter_model.safetensors", None, "there is no adapter_model.safetensors in it"),
    ],
)
def test_an_adapter_that_cannot_be_used_is_refused(tiny, adapter, fake_vllm, file, content, message):
    (adapter / file).unlink() if content is None else (adapter / file).write_text(content)
    with pytest.raises(ModelError, match=message):
        VLLM(str(tiny), adapter=str(adapter)).load()


# what is missing


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vllm is installed here")
def test_without_vllm_it_is_said_what_to_do():
    with pytest.raises(ModelError, match=r"vllm: it cannot be imported \(No module named 'vllm'\); pip install 'osler\[vllm\]'"):
        VLLM("anything").load()


@pytest.mark.parametrize("version", ["0.30.2", "0.9", "dev"])
def test_an_old_vllm_is_refused(tiny, fake_vllm, version):
    fake_vllm.modules["vllm"].__version__ = version
    with pytest.raises(ModelError, match=f"version {version} is too old, at least 0.31 is needed"):
        VLLM(str(tiny)).load()


@pytest.mark.parametrize(("text", "expected"), [("0.31.0", (0, 31)), ("1.0rc1", (0, 0)), ("0.33.1.dev4+g1", (0, 33)), ("2.5", (2, 5))])
def test_versions_are_read_as_numbers(text, expected):
    assert version_of(text) == expected


def test_an_engine_that_does_not_start_is_one_sentence(tiny, fake_vllm):
    fake_vllm.starts_with = RuntimeError("Engine core initialization failed.\nSee root cause above.")
    with pytest.raises(ModelError, match=r"vLLM could not start \(Engine core initialization failed\.\); see its log above") as caught:
        VLLM(str(tiny)).load()
    assert "\n" not in str(caught.value)


def test_a_checkpoint_without_a_chat_template_or_without_a_tokenizer_is_refused(tiny, copied, tmp_path, fake_vllm):
    folder = copied(tiny)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="the tokenizer has no chat template"):
        VLLM(str(folder)).load()
    with pytest.raises(ModelError, match="no tokenizer could be loaded"):
        VLLM(str(tmp_path / "nothing")).load()


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError):
        VLLM("m", tensor_parallel=2)


# the fake is as strict as the real one


@pytest.mark.parametrize(("name", "wrong"), [("SamplingParams", "stops"), ("AsyncEngineArgs", "batch_size"), ("PoolingParams", "softmax")])
def test_the_fake_refuses_what_the_real_one_does_not_take(fake_vllm, name, wrong):
    with pytest.raises(TypeError, match=wrong):
        getattr(fake_vllm.modules["vllm"], name)(**{wrong: 1})


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vllm is not installed")
def test_the_recorded_signatures_are_those_of_the_installed_version():
    """Where a vLLM is at hand, whatever its version: what changed shows before it breaks."""
    spec = importlib.util.spec_from_file_location("record_vllm_schema", HERE / "record_vllm_schema.py")
    recorder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recorder)
    installed = recorder.record(Path(importlib.util.find_spec("vllm").origin).parents[1])
    assert {**installed, "version": ""} == {**SCHEMA, "version": ""}
