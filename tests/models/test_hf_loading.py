"""What the engine can be made of: a device, a type of number, quantised weights, an adapter over a base."""

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from osler.core.checkpoint import content_hash
from osler.core.errors import ModelError
from osler.core.model import Message, Reply, Request, Sampling, complete_all
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.models.checkpoint import load_checkpoint
from osler.models.hf import HuggingFace
from osler.models.option_likelihood import OptionLikelihood

QUESTIONS = ["Which?", "Fever and a rash?", "Which of these explains a stiff neck and a rash that does not blanch?"]
REQUESTS = [
    Request((Message("user", text),), "", Sampling(temperature, 1.0, 24), "", 5) for text in QUESTIONS for temperature in (0.0, 1.0)
]


def replies(path: Path, **settings) -> list[Reply]:
    return complete_all(HuggingFace(str(path), **settings).load(), REQUESTS)


@pytest.fixture(scope="module")
def adapter(tiny, tmp_path_factory):
    """A LoRA adapter of the tiny model that changes what it says, and the model with the adapter merged in."""
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(3)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], lora_dropout=0.5, task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), config)
    for name, weights in model.named_parameters():
        if "lora_B" in name:  # begins at 0, where an adapter does nothing
            torch.nn.init.normal_(weights, std=0.5)
    model.save_pretrained(folder / "lora")
    model.merge_and_unload().save_pretrained(folder / "merged")
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / "merged" / file).write_bytes((tiny / file).read_bytes())
    return folder


def test_a_base_with_an_adapter_says_what_the_merged_model_says(tiny, adapter):
    expected = replies(adapter / "merged")
    assert replies(tiny, adapter=str(adapter / "lora")) == expected
    assert expected != replies(tiny)
    assert [reply.text for reply in replies(tiny, adapter=str(adapter / "lora"), cache_mb=4)] == [reply.text for reply in expected]


def test_options_are_as_likely_as_under_the_merged_model(tiny, adapter):
    question = Question("q", "Which?", {"A": "Gout", "B": "A rash and fever"})
    prompt = Prompt("plain", "{question}")
    laid_over = OptionLikelihood(HuggingFace(str(tiny), adapter=str(adapter / "lora")), prompt, form="text")
    merged, bare = (OptionLikelihood(HuggingFace(str(path)), prompt, form="text") for path in (adapter / "merged", tiny))
    sums = [each.logprobs([question])[0].sums for each in (laid_over, merged, bare)]
    assert sums[0] == pytest.approx(sums[1], abs=1e-4)
    assert abs(sums[1]["A"] - sums[2]["A"]) > 0.01
    assert laid_over.identity != bare.identity


def test_the_identity_names_base_and_adapter(tiny, adapter, copied, edit_weights):
    other = copied(adapter / "lora")
    weights = load_file(other / "adapter_model.safetensors")
    save_file({name: tensor * 1.01 for name, tensor in weights.items()}, other / "adapter_model.safetensors")
    names = [HuggingFace(str(tiny), adapter=str(folder)).load().identity for folder in (adapter / "lora", other)]
    base = content_hash(str(tiny))
    assert names == [f"hf:{base}+{content_hash(str(folder))}:float32:cpu" for folder in (adapter / "lora", other)]
    assert len({*names, f"hf:{base}:float32:cpu"}) == 3


def spoilt(name: str, folder: Path, tiny: Path) -> None:
    weights = folder / "adapter_model.safetensors"
    if name == "pickle":
        torch.save(load_file(weights), folder / "adapter_model.bin")
        weights.unlink()
    elif name == "prompt":
        get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), PromptTuningConfig("CAUSAL_LM", num_virtual_tokens=2)).save_pretrained(
            folder
        )
    elif name == "lacking":
        tensors = load_file(weights)
        tensors.pop(min(tensors))
        save_file(tensors, weights)
    elif name == "other layers":
        save_file({**load_file(weights), "base_model.model.model.layers.9.lora_A.weight": torch.zeros(1)}, weights)
    elif name == "other shapes":
        save_file({key: tensor[:2] for key, tensor in load_file(weights).items()}, weights)
    elif name == "other names":
        config = json.loads((folder / "adapter_config.json").read_text())
        (folder / "adapter_config.json").write_text(json.dumps({**config, "target_modules": ["c_attn"]}))
    else:
        (folder / name).unlink()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("pickle", "No such file"),
        ("adapter_config.json", "there is no adapter_config.json in this folder"),
        ("prompt", "PROMPT_TUNING adds tokens, not layers"),
        ("lacking", "this adapter lacks the weights base_model."),
        ("other layers", "has no place for its weights base_model."),
        ("other shapes", "does not go with"),
        ("other names", "does not go with"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused_in_one_sentence(name, part, tiny, adapter, copied):
    spoilt(name, folder := copied(adapter / "lora"), tiny)
    with pytest.raises(ModelError) as error:
        HuggingFace(str(tiny), adapter=str(folder)).load()
    assert part in str(error.value)
    assert str(error.value).startswith(f"{folder}: ")
    assert "\n" not in str(error.value)


def eighth(tensors: dict[str, torch.Tensor], *, is_restored: bool) -> None:
    """Weights of layers in float8 with one scale each, as DeepSeek's and Qwen's FP8 checkpoints have them; or what these stand for."""
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        scale = tensors[name].abs().max() / 448  # the greatest number of float8_e4m3
        small = (tensors[name] / scale).to(torch.float8_e4m3fn)
        if is_restored:
            tensors[name] = small.float() * scale
        else:
            tensors[name] = small
            tensors[f"{name}_scale_inv"] = scale.reshape(1, 1)


FP8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}


def test_a_checkpoint_in_float8_says_what_its_numbers_stand_for(tiny, copied, edit_json, edit_weights):
    """Without a GPU transformers makes ordinary numbers of them."""
    small, restored = copied(tiny), copied(tiny)
    edit_weights(small, lambda tensors: eighth(tensors, is_restored=False))
    edit_weights(restored, lambda tensors: eighth(tensors, is_restored=True))
    edit_json(small / "config.json", quantization_config=FP8)
    assert replies(small, dtype="float32") == replies(restored)
    assert replies(small, dtype="float32") != replies(tiny)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        (
            {"quant_method": "bitsandbytes", "load_in_4bit": True},
            "its quantised weights cannot be run here (Using `bitsandbytes` 4-bit quantization requires bitsandbytes",
        ),
        ({"quant_method": "nothing-known"}, "its weights are quantised by 'nothing-known', which transformers does not know"),
    ],
)
def test_quantised_weights_that_cannot_be_run_here_are_refused_in_one_sentence(settings, part, tiny, copied, edit_json, monkeypatch):
    monkeypatch.setattr("transformers.quantizers.quantizer_bnb_4bit.is_bitsandbytes_available", lambda: False)
    folder = copied(tiny)
    edit_json(folder / "config.json", quantization_config=settings)
    with pytest.raises(ModelError) as error:
        HuggingFace(str(folder)).load()
    assert str(error.value).startswith(f"{folder}: {part}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("n_cuda", "has_mps", "device", "number"), [(0, False, "cpu", "float32"), (0, True, "mps", "bfloat16"), (2, True, "cuda", "bfloat16")]
)
def test_auto_is_the_best_device_and_its_number(n_cuda, has_mps, device, number, tiny, monkeypatch):
    """No such device is at hand: what is moved there stays where it is, and says where it should be."""
    moved: list[str] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: has_mps)
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, place: [self, moved.append(str(place))][0])
    checkpoint = load_checkpoint(HuggingFace(str(tiny), device="auto"))
    assert moved == [device]
    assert str(checkpoint.model.dtype) == f"torch.{number}"
    assert checkpoint.identity == f"{content_hash(str(tiny))}:{number}:{device}"


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps"])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(device, tiny, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(device == "cuda:1"))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ModelError, match=rf"^{tiny}: there is no device '{device}' that torch could use; .*$"):
        HuggingFace(str(tiny), device=device).load()


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", ""])
def test_no_other_name_is_a_device(device):
    with pytest.raises(ValueError, match="device"):
        HuggingFace("there", device=device)


@pytest.mark.parametrize(("device", "where"), [("cpu", {}), ("cuda:1", {"device_map": {"": torch.device("cuda:1")}})])
def test_quantised_weights_are_read_onto_their_device_and_never_moved(device, where, tiny, copied, edit_json, monkeypatch):
    folder = copied(tiny)
    edit_json(folder / "config.json", quantization_config=FP8)
    model, given = AutoModelForCausalLM.from_pretrained(tiny), []

    def reads(path: str, **settings):
        given.append(settings)
        return model, {"missing_keys": []}

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with monkeypatch.context() as patch:
        patch.setattr("osler.models.checkpoint.AutoModelForCausalLM", type("Auto", (), {"from_pretrained": staticmethod(reads)}))
        patch.setattr(torch.nn.Module, "to", lambda *_: pytest.fail("the weights were moved"))
        load_checkpoint(HuggingFace(str(folder), device=device))
    assert {name: value for name, value in given[0].items() if name == "device_map"} == where
    assert given[0]["dtype"] == "auto"
