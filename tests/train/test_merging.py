"""What cannot be merged is said in one sentence, and nothing is written."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

from osler.core.errors import UserError
from osler.models.nano import Nano
from osler.train.adapter import LoRA
from osler.train.adapting import tidy, with_adapter
from osler.train.merging import merge

IDS = torch.tensor([[5, 9, 31, 7]])


def left(model: torch.nn.Module, folder: Path) -> Path:
    """The adapter, moved at random, as a training leaves it."""
    noise = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight += 0.1 * torch.randn(weight.shape, generator=noise)
    model.save_pretrained(folder)
    tidy(folder)
    return folder


@pytest.fixture
def adapter(tiny: Path, tmp_path: Path) -> Path:
    return left(with_adapter(AutoModelForCausalLM.from_pretrained(tiny), LoRA(kind="dora", r=4), "CAUSAL_LM"), tmp_path / "adapter")


def test_a_head_of_several_labels_is_merged_with_its_body(tiny, tmp_path):
    body = AutoModelForTokenClassification.from_pretrained(tiny, num_labels=3)
    model = with_adapter(body, LoRA(r=4), "TOKEN_CLS")
    folder = left(model, tmp_path / "adapter")
    with torch.no_grad():
        expected = model.eval()(IDS).logits
    assert merge(folder, tmp_path / "whole") == str(tiny)
    with torch.no_grad():
        found = AutoModelForTokenClassification.from_pretrained(tmp_path / "whole").eval()(IDS).logits
    assert found.shape == (1, 4, 3)
    assert float((found - expected).abs().max()) < 1e-5


def test_a_base_keeps_its_own_precision(tiny, adapter, tmp_path):
    AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16).save_pretrained(tmp_path / "half")
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path / "half")
    merge(adapter, tmp_path / "whole", base=str(tmp_path / "half"))
    assert {weight.dtype for weight in load_file(tmp_path / "whole" / "model.safetensors").values()} == {torch.bfloat16}


def drop_file(name):
    return lambda folder: (folder / name).unlink()


def edit(**changes):
    def change(folder):
        file = folder / "adapter_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return change


def drop_weight(name):
    def change(folder):
        file = folder / "adapter_model.safetensors"
        save_file({key: weight for key, weight in load_file(file).items() if name not in key}, file, metadata={"format": "pt"})

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_file("adapter_config.json"), "there is no adapter_config.json in this folder; name the folder of a PEFT adapter$"),
        (drop_file("adapter_model.safetensors"), "there is no adapter_model.safetensors beside .*; save the adapter as safetensors$"),
        (edit(task_type="SEQ_CLS"), "this adapter is LORA for the task SEQ_CLS; layers of a CAUSAL_LM or TOKEN_CLS model can be merged$"),
        (edit(base_model_name_or_path=None), "it does not say which base it was made for; name it by --base$"),
        (drop_weight("layers.1.mlp.up_proj.lora_B"), r"it lacks the weights \S*layers.1.mlp.up_proj.lora_B\S*; name the base"),
        (edit(target_modules=["q_proj"]), r"has no place for \S+; name the base that it was made for by --base$"),
    ],
)
def test_what_does_not_fit_is_one_sentence(adapter, tmp_path, change, message):
    change(adapter)
    with pytest.raises(UserError, match=rf"^\S*adapter: [^\n]*{message}"):
        merge(adapter, tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_another_base_than_its_own_is_one_sentence(adapter, tmp_path):
    Nano(vocab_size=300, hidden_size=16, n_layers=2, n_heads=4, intermediate_size=32, max_length=64).create(["a b"], tmp_path / "x", seed=1)
    with pytest.raises(
        UserError, match=r"adapter: this adapter does not go with \S+x \([^\n]+\); name the base that it was made for by --base$"
    ):
        merge(adapter, tmp_path / "whole", base=str(tmp_path / "x"))
    assert not (tmp_path / "whole").exists()
