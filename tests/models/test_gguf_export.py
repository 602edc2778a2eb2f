"""What stands in an exported file, read back with the `gguf` package and held against the checkpoint. That llama.cpp answers from it as the
checkpoint does: `test_llamacpp.py`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader, TokenType
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from osler.core.errors import ModelError
from osler.models.gguf_export import export_gguf

TIED_AND_OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
LAYER = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def tensors_of(file: Path) -> dict[str, np.ndarray]:
    return {tensor.name: np.array(tensor.data) for tensor in GGUFReader(file).tensors}


def value(file: Path, key: str) -> Any:
    field = GGUFReader(file).get_field(key)
    assert field is not None, key
    return field.contents()


def renamed(name: str) -> str:
    """By hand, from llama.cpp's names of a Llama's tensors."""
    if name in TIED_AND_OUTSIDE or name == "lm_head.weight":
        return TIED_AND_OUTSIDE.get(name, "output.weight")
    _, _, layer, rest = name.split(".", 3)
    part, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{LAYER[part]}.{kind}"


@pytest.fixture(scope="module")
def exported(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    export_gguf(tiny, file)
    return file


@pytest.fixture(scope="module")
def llama(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of 6 heads over 2 of keys, untied, with the rotary embedding of Llama 3.1 and 5 embeddings that no token has."""
    folder = tmp_path_factory.mktemp("llama") / "base"
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    rope = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "original_max_position_embeddings": 64}
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 5, hidden_size=48, intermediate_size=32, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, max_position_embeddings=256, rope_parameters={**rope, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        tie_word_embeddings=False, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    torch.manual_seed(1)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config_file = folder / "tokenizer_config.json"
    config_file.write_text(json.dumps({**json.loads(config_file.read_text()), "tokenizer_class": "PreTrainedTokenizerFast"}))
    return folder


def test_every_tensor_of_a_qwen2_is_there_as_it_was(tiny, exported):
    weights = load_file(tiny / "model.safetensors")
    found = tensors_of(exported)
    assert found.keys() == {renamed(name) for name in weights}
    assert "output.weight" not in found  # tied: llama.cpp takes the embeddings
    for name, tensor in weights.items():
        assert np.array_equal(found[renamed(name)], tensor.numpy()), name


def test_queries_and_keys_of_a_llama_are_laid_out_anew_and_nothing_else_is(llama, tmp_path):
    export_gguf(llama, tmp_path / "llama.gguf")
    weights, found = load_file(llama / "model.safetensors"), tensors_of(tmp_path / "llama.gguf")
    assert found.keys() == {renamed(name) for name in weights} | {"rope_freqs.weight"}
    half = 48 // 6 // 2
    for name, tensor in weights.items():
        theirs, n_heads = found[renamed(name)], {"q_proj": 6, "k_proj": 2}.get(name.split(".")[-2], 0)
        for head in range(n_heads):
            rows = tensor.numpy()[head * 2 * half :]
            for pair in range(half):  # llama.cpp turns rows 2i and 2i + 1 of a head together, transformers i and half + i
                assert np.array_equal(theirs[head * 2 * half + 2 * pair], rows[pair])
                assert np.array_equal(theirs[head * 2 * half + 2 * pair + 1], rows[half + pair])
        assert n_heads or np.array_equal(theirs, tensor.numpy()), name


def test_the_frequencies_of_llama_3_are_those_of_transformers(llama, tmp_path):
    export_gguf(llama, tmp_path / "llama.gguf")
    slowed, _ = ROPE_INIT_FUNCTIONS["llama3"](AutoConfig.from_pretrained(llama), torch.device("cpu"))
    plain = 1 / 10000 ** (torch.arange(0, 8, 2) / 8)
    factors = tensors_of(tmp_path / "llama.gguf")["rope_freqs.weight"]
    assert len(set(factors.tolist())) > 2
    assert np.allclose(factors, (plain / slowed).numpy(), rtol=1e-6)


@pytest.mark.parametrize(("precision", "dtype"), [("f16", torch.float16), ("bf16", torch.bfloat16)])
def test_matrices_are_rounded_as_torch_rounds_and_norms_are_not(tiny, tmp_path, precision, dtype):
    export_gguf(tiny, tmp_path / "half.gguf", precision)
    weights = load_file(tiny / "model.safetensors")
    for tensor in GGUFReader(tmp_path / "half.gguf").tensors:
        [original] = [each for name, each in weights.items() if renamed(name) == tensor.name]
        if original.ndim == 1:
            assert tensor.tensor_type is GGMLQuantizationType.F32
            assert np.array_equal(tensor.data, original.numpy())
        else:
            assert tensor.tensor_type.name.lower() == precision
            assert np.array_equal(np.array(tensor.data).view(np.int16), original.to(dtype).view(torch.int16).numpy())


def test_a_checkpoint_in_parts_gives_the_same_file(tiny, tmp_path, exported):
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    model.save_pretrained(tmp_path / "base", max_shard_size="40KB")
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path / "base")
    assert len(list((tmp_path / "base").glob("*.safetensors"))) > 1
    export_gguf(tmp_path / "base", tmp_path / "parts.gguf")
    parts, whole = tensors_of(tmp_path / "parts.gguf"), tensors_of(exported)
    assert parts.keys() == whole.keys()
    assert all(np.array_equal(parts[name], whole[name]) for name in whole)


def test_the_shape_is_the_configuration_s(llama, tmp_path):
    export_gguf(llama, tmp_path / "llama.gguf")
    keys = {
        "general.architecture": "llama",
        "llama.block_count": 2,
        "llama.context_length": 256,
        "llama.embedding_length": 48,
        "llama.feed_forward_length": 32,
        "llama.attention.head_count": 6,
        "llama.attention.head_count_kv": 2,
        "llama.rope.dimension_count": 8,
        "llama.rope.freq_base": 10000.0,
        "general.name": "base",
    }
    assert {key: value(tmp_path / "llama.gguf", key) for key in keys} == keys


def test_the_tokens_are_the_tokenizer_s(tiny, exported):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    assert value(exported, "tokenizer.ggml.tokens") == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    merges = json.loads((tiny / "tokenizer.json").read_text())["model"]["merges"]
    assert value(exported, "tokenizer.ggml.merges") == [" ".join(pair) for pair in merges]
    special = [TokenType(kind) is TokenType.CONTROL for kind in value(exported, "tokenizer.ggml.token_type")]
    assert [token for token, is_special in enumerate(special) if is_special] == [0, 1, 2, 3, 4]
    assert value(exported, "tokenizer.ggml.pre") == "qwen2"  # docs/design/0001-pre-tokeniser.md
    assert value(exported, "tokenizer.ggml.eos_token_id") == tokenizer.convert_tokens_to_ids("<|end|>")
    assert value(exported, "tokenizer.ggml.padding_token_id") == tokenizer.convert_tokens_to_ids("<|pad|>")
    assert value(exported, "tokenizer.ggml.add_bos_token") is False


def test_embeddings_without_a_token_are_marked_unused(llama, tmp_path):
    export_gguf(llama, tmp_path / "llama.gguf")
    n_tokens = len(AutoTokenizer.from_pretrained(llama))
    kinds = value(tmp_path / "llama.gguf", "tokenizer.ggml.token_type")
    assert len(kinds) == n_tokens + 5
    assert [at for at, kind in enumerate(kinds) if TokenType(kind) is TokenType.UNUSED] == [*range(n_tokens, n_tokens + 5)]


def test_further_tokens_that_end_a_turn_are_named(tiny, copied, edit_json, tmp_path):
    folder = copied(tiny)
    edit_json(folder / "generation_config.json", eos_token_id=[7, 1, 9])
    export_gguf(folder, tmp_path / "ends.gguf")
    assert [value(tmp_path / "ends.gguf", f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom")] == [1, 7, 9]


def test_the_file_is_made_whole_or_not_at_all(tiny, tmp_path, monkeypatch):
    (tmp_path / "old.gguf").write_bytes(b"what was there")
    monkeypatch.setattr("osler.models.gguf_tensors.gguf.quants.quantize", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(ModelError, match=r"old\.gguf: the file cannot be written \(No space left\)"):
        export_gguf(tiny, tmp_path / "old.gguf")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("old.gguf", b"what was there")]


def config_with(**changes: Any) -> Callable[[Path, Callable[..., None]], None]:
    return lambda folder, edit_json: edit_json(folder / "config.json", **changes)


def tokenizer_with(part: str, **changes: Any) -> Callable[[Path, Callable[..., None]], None]:
    """Changes in `part` of tokenizer.json; of a list, in its first member."""

    def change(folder: Path, edit_json: Callable[..., None]) -> None:
        found = json.loads((folder / "tokenizer.json").read_text())[part]
        changed = [{**found[0], **changes}, *found[1:]] if isinstance(found, list) else {**found, **changes}
        edit_json(folder / "tokenizer.json", **{part: changed})

    return change


def without_template(folder: Path, edit_json: Callable[..., None]) -> None:
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    edit_json(folder / "tokenizer_config.json", chat_template=None)


def as_adapter(folder: Path, edit_json: Callable[..., None]) -> None:
    (folder / "adapter_config.json").write_text("{}")


REFUSED = {
    "another architecture": (config_with(architectures=["Qwen2ForTokenClassification"]), "this checkpoint is Qwen2ForTokenClassification"),
    "another activation": (config_with(hidden_act="gelu"), "the activation gelu"),
    "another rotary embedding": (
        config_with(rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}),
        "rotary embeddings of type dynamic",
    ),
    "windows": (config_with(use_sliding_window=True, sliding_window=64, max_window_layers=0, layer_types=None), "sliding windows"),
    "one layer more": (config_with(num_hidden_layers=3, layer_types=None), "lacks the weights model.layers.2."),
    "one layer less": (config_with(num_hidden_layers=1, layer_types=None), "no place in GGUF"),
    "fewer embeddings": (config_with(vocab_size=300), "has no embedding"),
    "no chat template": (without_template, "has no chat template"),
    "an adapter": (as_adapter, "this is an adapter"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_answer_differently_is_refused(kind, tiny, copied, edit_json, tmp_path):
    change, message = REFUSED[kind]
    folder = copied(tiny)
    change(folder, edit_json)
    with pytest.raises(ModelError, match=message) as refusal:
        export_gguf(folder, tmp_path / "out.gguf")
    assert str(refusal.value).startswith(f"{folder}: ")
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.glob("*.gguf*")) == []


OTHER_TOKENIZERS = {
    "other splits": (tokenizer_with("pre_tokenizer", type="Whitespace"), "does not split as one of those"),
    "normalised": (lambda folder, edit_json: edit_json(folder / "tokenizer.json", normalizer={"type": "Lowercase"}), "does not split"),
    "words taken whole": (tokenizer_with("model", ignore_merges=True), "does not split"),
    "fallback to bytes": (tokenizer_with("model", byte_fallback=True), "no plain byte-level BPE"),
    "a token with the space before it": (tokenizer_with("added_tokens", lstrip=True), "takes the white space or the words around it"),
}


@pytest.mark.parametrize("kind", OTHER_TOKENIZERS)
def test_a_tokenizer_that_llama_cpp_does_not_have_is_refused(kind, llama, copied, edit_json, tmp_path):
    """A Llama's: a Qwen2's is replaced on loading by Qwen2's own splits."""
    change, message = OTHER_TOKENIZERS[kind]
    folder = copied(llama)
    change(folder, edit_json)
    with pytest.raises(ModelError, match=message):
        export_gguf(folder, tmp_path / "out.gguf")


def test_weights_that_are_no_floats_are_refused(tiny, copied, edit_weights, tmp_path):
    folder = copied(tiny)
    edit_weights(folder, lambda tensors: tensors.update({"model.norm.weight": tensors["model.norm.weight"].to(torch.int8)}))
    with pytest.raises(ModelError, match="are quantised"):
        export_gguf(folder, tmp_path / "out.gguf")


def test_what_is_no_checkpoint_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="this is no checkpoint folder"):
        export_gguf(tmp_path, tmp_path / "out.gguf")
