"""Adapters: their scale, where they start, what they train, and that merging changes nothing."""

import hashlib
import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

from osler.core.codec import StepCodec
from osler.core.errors import UserError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.rewards.prm import PRM
from osler.train import adapting
from osler.train.adapter import LoRA
from osler.train.adapting import with_adapter
from osler.train.cpt import CPT
from osler.train.prm import TrainPRM
from osler.train.schedule import Schedule
from osler.train.sft import SFT

KINDS = ("lora", "rslora", "dora", "dora_rslora")
QUICK = Schedule(epochs=2, learning_rate=0.02, batch_size=2, warmup=0)
RECORDS = [
    {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
    for question, answer in [("Which?", "Step 1: Gout explains the toe."), ("Fever and a stiff neck?", "Step 1: The answer is A.")]
]
LABELLED = [
    {"prompt": [{"role": "user", "content": "Which?"}], "completions": ["Step 1: Gout.\n\n", "Step 2: A.\n\n"], "labels": [0.9, 0.1]},
    {"prompt": [{"role": "user", "content": "Why?"}], "completions": ["Step 1: Fever.\n\n"], "labels": [0.35]},
]
IDS = torch.tensor([[5, 9, 31, 7, 12, 80, 3]])


def put_on(tiny: Path, **settings: object) -> torch.nn.Module:
    return with_adapter(AutoModelForCausalLM.from_pretrained(tiny), LoRA(**settings), "CAUSAL_LM").eval()


def logits(folder: Path) -> torch.Tensor:
    with torch.no_grad():
        return AutoModelForCausalLM.from_pretrained(folder).eval()(IDS).logits


def stirred(model: torch.nn.Module) -> torch.nn.Module:
    """Every weight that would be trained, moved at random."""
    noise = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight += 0.3 * torch.randn(weight.shape, generator=noise)
    return model


@pytest.mark.parametrize(("kind", "scale"), [("lora", 16 / 64), ("dora", 16 / 64), ("rslora", 16 / 8), ("dora_rslora", 16 / 8)])
def test_the_scale_at_rank_64_and_alpha_16_is_a_quarter_or_with_rslora_two(tiny, kind, scale):
    layer = put_on(tiny, kind=kind, r=64, alpha=16).base_model.model.model.layers[0].self_attn.q_proj
    assert layer.scaling["default"] == scale


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_adapter_changes_no_bit(tiny, kind):
    with torch.no_grad():
        assert torch.equal(put_on(tiny, kind=kind)(IDS).logits, logits(tiny))


@pytest.mark.parametrize("kind", ["dora", "dora_rslora"])
def test_the_magnitudes_of_dora_start_as_the_norms_of_the_columns(tiny, kind):
    model = put_on(tiny, kind=kind)
    layer = model.base_model.model.model.layers[1].mlp.up_proj
    weight = layer.base_layer.weight
    norms = torch.stack([sum(row * row).sqrt() for row in weight.double()])  # of the columns of Wᵀ, as the paper writes it
    assert layer.lora_magnitude_vector["default"].weight.shape == (weight.shape[0],)
    assert torch.allclose(layer.lora_magnitude_vector["default"].weight.double(), norms, atol=1e-6)


def test_the_columns_of_a_merged_dora_have_the_magnitudes_as_their_norms(tiny):
    model = stirred(put_on(tiny, kind="dora_rslora"))
    magnitude = model.base_model.model.model.layers[0].mlp.down_proj.lora_magnitude_vector["default"].weight.detach().clone()
    merged = model.merge_and_unload().model.layers[0].mlp.down_proj.weight
    assert torch.allclose(merged.norm(dim=1), magnitude.abs(), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_adapter_gets_gradients(tiny, kind):
    model = put_on(tiny, kind=kind)
    model(IDS, labels=IDS).loss.backward()
    moved = [name for name, weight in model.named_parameters() if weight.grad is not None]
    assert len(moved) == 2 * 7 * (3 if "dora" in kind else 2)  # layers, linear layers in each, A, B and the magnitude
    assert all("lora_" in name for name in moved)
    assert not any("lm_head" in name or "embed" in name for name in moved)


def test_the_head_is_trained_whole_and_has_no_adapter(tiny):
    model = with_adapter(AutoModelForTokenClassification.from_pretrained(tiny, num_labels=1), LoRA(), "TOKEN_CLS")
    names = [name for name, weight in model.named_parameters() if weight.requires_grad and "lora_" not in name]
    assert names
    assert all(".score.modules_to_save." in name for name in names)
    assert not [name for name, _ in model.named_parameters() if "score" in name and "lora_" in name]


@pytest.mark.parametrize("kind", KINDS)
def test_the_merged_checkpoint_says_what_base_and_adapter_say(tiny, tmp_path, kind):
    before = {file.name: hashlib.sha256(file.read_bytes()).digest() for file in tiny.iterdir()}
    folder = tmp_path / "trained"
    SFT(schedule=QUICK, adapter=LoRA(kind=kind, r=4)).train(tiny, RECORDS, folder, seed=1)
    merged, apart = logits(folder), logits(folder / "adapter")
    assert float((merged - apart).abs().max()) < 1e-5
    assert float((merged - logits(tiny)).abs().max()) > 1e-2
    assert {file.name: hashlib.sha256(file.read_bytes()).digest() for file in tiny.iterdir()} == before
    assert AutoTokenizer.from_pretrained(folder).chat_template == AutoTokenizer.from_pretrained(tiny).chat_template
    assert sorted(file.name for file in (folder / "adapter").iterdir() if "adapter" in file.name) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    with torch.no_grad():
        by_peft = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), str(folder / "adapter")).eval()(IDS).logits
    assert float((merged - by_peft).abs().max()) < 1e-5
    assert not list(folder.rglob("README.md"))
    assert not list(folder.rglob("*.bin"))


def test_a_base_in_bfloat16_is_added_up_in_float32_and_rounded_once(tiny, tmp_path):
    folder, place = tmp_path / "trained", "model.layers.0.mlp.up_proj"
    SFT(schedule=QUICK, weights="bfloat16", adapter=LoRA(r=4, alpha=8)).train(tiny, RECORDS, folder, seed=1)
    adapter = load_file(folder / "adapter" / "adapter_model.safetensors")
    a, b = (adapter[f"base_model.model.{place}.lora_{side}.weight"] for side in "AB")
    assert a.dtype == b.dtype == torch.float32
    base = load_file(tiny / "model.safetensors")[f"{place}.weight"].bfloat16()
    expected = (base.float() + 8 / 4 * (b @ a)).bfloat16()
    assert torch.equal(load_file(folder / "model.safetensors")[f"{place}.weight"], expected)
    assert not torch.equal(expected, base)


def test_an_adapter_by_itself_finds_its_base_from_any_folder(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny.parent)
    folder = tmp_path / "trained"
    CPT(schedule=QUICK, max_length=32, adapter=LoRA(r=4, is_merged=False)).train(
        Path(tiny.name), [{"text": "Gout explains the toe."}] * 4, folder, seed=1
    )
    monkeypatch.chdir(tmp_path)
    assert not (folder / "model.safetensors").exists()
    assert float((logits(folder) - logits(tiny)).abs().max()) > 1e-3
    assert AutoTokenizer.from_pretrained(folder)("Gout").input_ids


def test_the_seed_draws_the_first_weights(tiny, tmp_path):
    frozen = Schedule(epochs=1, learning_rate=1e-12, batch_size=2, warmup=0)

    def a(seed: int, name: str) -> torch.Tensor:
        folder = tmp_path / name
        SFT(schedule=frozen, adapter=LoRA(r=4, is_merged=False)).train(tiny, RECORDS, folder, seed=seed)
        return load_file(folder / "adapter_model.safetensors")["base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"]

    one, again, other = a(1, "one"), a(1, "again"), a(2, "other")
    assert torch.equal(one, again)
    assert not torch.allclose(one, other, atol=1e-3)


def test_activations_computed_again_train_the_same_adapter(tiny, tmp_path):
    for name, is_recomputing in (("kept", False), ("again", True)):
        schedule = replace(QUICK, is_recomputing=is_recomputing)
        SFT(schedule=schedule, adapter=LoRA(r=4, is_merged=False)).train(tiny, RECORDS, tmp_path / name, seed=1)
    kept, again = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("kept", "again"))
    assert kept.keys() == again.keys()
    assert max(float((kept[name] - again[name]).abs().max()) for name in kept) < 1e-5
    assert any(float(weight.abs().max()) > 1e-3 for name, weight in again.items() if "lora_B" in name)


def scores(folder: Path) -> list[float]:
    trace = Trace(Question("q-1", "Why?", {"A": "Gout", "B": "Mumps"}), (Step("Uric acid is high."), Step("The answer is A.")))
    return list(PRM(str(folder)).load(Prompt.named("plain"), StepCodec()).score([trace])[0])


@pytest.mark.parametrize("kind", ["lora", "dora_rslora"])
def test_a_reward_model_with_an_adapter_is_an_ordinary_one_once_merged(tiny, tmp_path, kind):
    folder = tmp_path / "prm"
    TrainPRM(schedule=QUICK, adapter=LoRA(kind=kind, r=4)).train(tiny, LABELLED, folder, seed=1)
    with torch.no_grad():
        merged = AutoModelForTokenClassification.from_pretrained(folder).eval()(IDS).logits
        apart = AutoModelForTokenClassification.from_pretrained(folder / "adapter", num_labels=1).eval()(IDS).logits
    assert merged.shape == (1, IDS.shape[1], 1)
    assert float((merged - apart).abs().max()) < 1e-5
    head = load_file(folder / "adapter" / "adapter_model.safetensors")["base_model.model.score.weight"]
    assert torch.equal(load_file(folder / "model.safetensors")["score.weight"], head)
    config = AutoConfig.from_pretrained(folder)
    assert (config.num_labels, config.architectures) == (1, ["Qwen2ForTokenClassification"])
    assert len(scores(folder)) == 2
    assert all(0 < score < 1 for score in scores(folder))


def test_layers_that_the_base_does_not_have_are_named(tiny, tmp_path):
    with pytest.raises(UserError, match=r"^adapter.layers: Target modules \{'attention'\} not found in the base model; name linear"):
        SFT(adapter=LoRA(layers=("attention",))).train(tiny, RECORDS, tmp_path / "trained", seed=1)
    assert not (tmp_path / "trained").exists()


def test_training_does_not_start_from_an_adapter(tiny, tmp_path):
    SFT(schedule=QUICK, adapter=LoRA(r=4, is_merged=False)).train(tiny, RECORDS, tmp_path / "one", seed=1)
    for method, records in ((SFT(), RECORDS), (TrainPRM(), LABELLED)):
        with pytest.raises(UserError, match=r"one: this is an adapter, .*; run: osler export .*one --merge FOLDER$"):
            method.train(tmp_path / "one", records, tmp_path / "two", seed=1)


def test_qlora_without_bitsandbytes_says_what_to_install_before_anything_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(adapting, "is_bitsandbytes_available", lambda: False)
    with pytest.raises(UserError, match=r"^adapter.kind: qlora needs the package bitsandbytes; run: pip install bitsandbytes, or take"):
        adapting.loading(tmp_path / "nowhere", SFT(adapter=LoRA(kind="qlora")))


has_bitsandbytes = pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")


@has_bitsandbytes
def test_qlora_trains_an_adapter_on_four_bits_and_merges_it_into_the_whole_base(tiny, tmp_path):
    folder, place = tmp_path / "trained", "model.layers.0.mlp.up_proj"
    outcome = SFT(schedule=QUICK, adapter=LoRA(kind="qlora", r=4, alpha=8)).train(tiny, RECORDS, folder, seed=1)
    assert math.isfinite(outcome.loss)
    adapter = load_file(folder / "adapter" / "adapter_model.safetensors")
    a, b = (adapter[f"base_model.model.{place}.lora_{side}.weight"].float() for side in "AB")
    merged, base = (load_file(each / "model.safetensors")[f"{place}.weight"] for each in (folder, tiny))
    assert torch.allclose(merged, base + 2 * (b @ a), atol=1e-6)  # not the base as 4 bits have it
    assert float((merged - base).abs().max()) > 1e-3
    assert "quantization_config" not in (folder / "config.json").read_text()


@has_bitsandbytes
def test_qlora_leaves_the_head_of_a_reward_model_whole(tiny, tmp_path):
    TrainPRM(schedule=QUICK, adapter=LoRA(kind="qlora", r=4)).train(tiny, LABELLED, tmp_path / "prm", seed=1)
    assert all(0 < score < 1 for score in scores(tmp_path / "prm"))
