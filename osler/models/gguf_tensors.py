"""The weights of a checkpoint as llama.cpp names and lays them out, read one at a time."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from osler.core.errors import ModelError

Precision = Literal["f32", "f16", "bf16"]

TYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "f16": gguf.GGMLQuantizationType.F16,
    "bf16": gguf.GGMLQuantizationType.BF16,
}
_BYTES = {"f32": 4, "f16": 2, "bf16": 2}

_OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
_IN_LAYER = {
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
}
_QWEN2_BIASES = {f"self_attn.{part}_proj.bias": f"attn_{part}.bias" for part in "qkv"}
ROPE_FREQUENCIES = "rope_freqs.weight"


class CheckpointTensors:
    """The tensors that a Llama or Qwen2 checkpoint must have, and no others."""

    def __init__(self, folder: Path, config: Any) -> None:
        """Raises ModelError where the weights are not those of the configuration."""
        self._folder, self._config = folder, config
        self._names = _names(config)
        self._files = _files(folder)
        if config.tie_word_embeddings:
            self._files.pop("lm_head.weight", None)
        if lacking := self._names.keys() - self._files.keys():
            raise ModelError(f"{folder}: the checkpoint lacks the weights {min(lacking)}; copy or train it again")
        if unknown := self._files.keys() - self._names.keys():
            raise ModelError(f"{folder}: the weights {min(unknown)} have no place in GGUF; use llama.cpp's own convert_hf_to_gguf.py")

    def write(self, writer: gguf.GGUFWriter, path: Path, precision: Precision) -> int:
        """Write the whole file, one tensor in memory at a time. Returns how many tensors it has."""
        factors = rope_factors(self._config)
        if factors is not None:
            writer.add_tensor_info(ROPE_FREQUENCIES, factors.shape, factors.dtype, factors.nbytes, TYPES["f32"])
        shapes = self._shapes()
        for name, shape in shapes.items():
            kept = _kept_as(shape, precision)
            writer.add_tensor_info(self._names[name], shape, np.dtype(np.float32), math.prod(shape) * _BYTES[kept], TYPES[kept])
        writer.write_header_to_file(path)
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        if factors is not None:
            writer.write_tensor_data(factors)
        for name, weights in self._read(shapes):
            kept = _kept_as(weights.shape, precision)
            writer.write_tensor_data(gguf.quants.quantize(self._laid_out(name, weights), TYPES[kept]))
        return len(shapes) + (factors is not None)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for file in sorted(set(self._files.values())):
            with safe_open(file, framework="pt") as opened:
                for name in sorted(name for name, place in self._files.items() if place == file):
                    tensor = opened.get_slice(name)
                    if tensor.get_dtype() not in ("F32", "F16", "BF16"):
                        raise ModelError(f"{self._folder}: the weights {name} are quantised; export the checkpoint that they come from")
                    shapes[name] = tuple(tensor.get_shape())
        return shapes

    def _read(self, names: dict[str, tuple[int, ...]]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """In the order of `names`, which goes file by file."""
        for file in sorted(set(self._files.values())):
            with safe_open(file, framework="pt") as opened:
                for name in names:
                    if self._files[name] == file:
                        yield name, opened.get_tensor(name).to(torch.float32).numpy()

    def _laid_out(self, name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Llama's rotary halves lie interleaved in llama.cpp; Qwen2's are left as they are."""
        if self._config.model_type != "llama":
            return weights
        if name.endswith("q_proj.weight"):
            return interleaved(weights, self._config.num_attention_heads)
        if name.endswith("k_proj.weight"):
            return interleaved(weights, self._config.num_key_value_heads)
        return weights


def interleaved(weights: NDArray[np.float32], n_heads: int) -> NDArray[np.float32]:
    """The rows of each head, (first half, second half), taken in turn from both."""
    n_rows, n_columns = weights.shape
    return np.ascontiguousarray(weights.reshape(n_heads, 2, n_rows // n_heads // 2, n_columns).swapaxes(1, 2).reshape(n_rows, n_columns))


def rope_factors(config: Any) -> NDArray[np.float32] | None:
    """By how much Llama 3.1 slows each rotary frequency, shape (head_dim / 2,), after transformers' `_compute_llama3_parameters`; None for
    other kinds of rotary embedding."""
    rope = config.rope_parameters
    if rope["rope_type"] != "llama3":
        return None
    n = head_dim(config)
    wave_lengths = 2 * math.pi * rope["rope_theta"] ** (np.arange(0, n, 2) / n)
    context, factor = rope["original_max_position_embeddings"], rope["factor"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = (context / wave_lengths - low) / (high - low)
    factors = np.where(wave_lengths > context / low, factor, 1 / ((1 - smooth) / factor + smooth))
    return np.where(wave_lengths < context / high, 1.0, factors).astype(np.float32)


def head_dim(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _kept_as(shape: tuple[int, ...], precision: Precision) -> Precision:
    """Norms and biases stay in float32: llama.cpp computes with them in no other."""
    return precision if len(shape) > 1 else "f32"


def _names(config: Any) -> dict[str, str]:
    """Every tensor of the checkpoint, and its name in llama.cpp."""
    inside = _IN_LAYER | (_QWEN2_BIASES if config.model_type == "qwen2" else {})
    layers = range(config.num_hidden_layers)
    names = {f"model.layers.{layer}.{ours}": f"blk.{layer}.{theirs}" for layer in layers for ours, theirs in inside.items()}
    names |= _OUTSIDE
    if config.tie_word_embeddings:
        del names["lm_head.weight"]
    return names


def _files(folder: Path) -> dict[str, Path]:
    """In which file each tensor lies."""
    index = folder / "model.safetensors.index.json"
    try:
        if index.is_file():
            return {name: folder / file for name, file in json.loads(index.read_text())["weight_map"].items()}
        with safe_open(folder / "model.safetensors", framework="pt") as opened:
            return dict.fromkeys(opened.keys(), folder / "model.safetensors")
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"{folder}: the weights cannot be read ({error}); a GGUF file is made of model.safetensors") from error
