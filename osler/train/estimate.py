"""What a training would do, before it does it: its records in tokens, its steps, and the memory of its weights."""

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from osler.train.adapter import LoRA
from osler.train.method import Method
from osler.train.records import Row
from osler.train.schedule import n_processes

_BYTES = {"float32": 4.0, "bfloat16": 2.0}
_NF4_BYTES = 0.53
"""A weight in 4 bits, with its share of the constants of its block, quantised themselves (Dettmers et al., arXiv 2305.14314)."""
_TRAINED_BYTES = 3
"""A gradient and AdamW's two moments, each as wide as the weight."""


@dataclass(frozen=True)
class Estimate:
    """`n_tokens` are those of all texts in the records by the base's tokenizer, without what a chat template adds. `n_steps` is None where
    packing or the policy's own attempts decide it. `weight_bytes` holds the weights, `trained_bytes` the gradients and moments of those
    that are trained, on each device; activations come on top."""

    n_records: int
    n_tokens: int
    n_steps: int | None
    n_weights: int
    n_trained: int
    weight_bytes: float
    trained_bytes: float
    devices: str


def estimate(method: Method, base: Path, records: Sequence[Row]) -> Estimate:
    """Of a checkpoint in a folder. The weights are counted by the heads of their files alone."""
    shapes = [shape for file in sorted(base.glob("*.safetensors")) for shape in _shapes(file).items()]
    n_weights = sum(math.prod(shape) for _, shape in shapes)
    width = _BYTES[method.weights]
    n_trained, trained_width = (n_weights, width) if method.adapter is None else (_n_adapted(method.adapter, shapes), 4.0)
    weight_bytes = n_weights * (_NF4_BYTES if method.adapter and method.adapter.kind == "qlora" else width)
    n_tokens = _n_tokens(base, records)
    return Estimate(
        n_records=len(records),
        n_tokens=n_tokens,
        n_steps=_n_steps(method, len(records), n_tokens),
        n_weights=n_weights,
        n_trained=n_trained,
        weight_bytes=weight_bytes + (n_trained * trained_width if method.adapter else 0),
        trained_bytes=_TRAINED_BYTES * n_trained * trained_width,
        devices=_devices(),
    )


def _shapes(file: Path) -> dict[str, list[int]]:
    """The shape of each tensor, from the head of a safetensors file: 8 bytes with its length, then JSON."""
    with file.open("rb") as content:
        (length,) = struct.unpack("<Q", content.read(8))
        head: dict[str, Any] = json.loads(content.read(length))
    return {name: each["shape"] for name, each in head.items() if name != "__metadata__"}


def _n_adapted(adapter: LoRA, shapes: Sequence[tuple[str, Sequence[int]]]) -> int:
    """The weights of low-rank matrices beside every linear layer that is adapted, and of DoRA's norms."""
    chosen = [shape for name, shape in shapes if len(shape) == 2 and _is_adapted(adapter, name)]
    norms = sum(shape[0] for shape in chosen) if adapter.kind.startswith("dora") else 0
    return sum(adapter.r * sum(shape) for shape in chosen) + norms


def _is_adapted(adapter: LoRA, name: str) -> bool:
    layer = name.removesuffix(".weight").split(".")[-1]
    if adapter.layers == "all":
        return layer not in ("lm_head", "score") and "embed" not in layer and layer not in ("wte", "wpe")
    return layer in adapter.layers


def _n_tokens(base: Path, records: Sequence[Row]) -> int:
    tokenizer = AutoTokenizer.from_pretrained(base)
    texts = [text for record in records for text in _texts(record)]
    return sum(len(ids) for ids in tokenizer(texts, add_special_tokens=False).input_ids) if texts else 0


_READ = ("text", "messages", "prompt", "completion", "completions", "chosen", "rejected", "content")


def _texts(part: Any) -> Iterator[str]:
    """The texts in the columns that a method reads."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        yield from (text for name in _READ if name in part for text in _texts(part[name]))
    elif isinstance(part, Sequence):
        yield from (text for each in part for text in _texts(each))


def _n_steps(method: Method, n_records: int, n_tokens: int) -> int | None:
    schedule, kind = method.schedule, getattr(method, "kind", "")
    if schedule.max_steps:
        return schedule.max_steps
    if kind == "grpo" or getattr(method, "is_packed", False):
        return None
    n_rows = math.ceil((n_tokens + n_records) / getattr(method, "max_length", 1)) if kind == "cpt" else n_records
    return math.ceil(math.ceil(math.ceil(n_rows / schedule.batch_size) / schedule.accumulate) * schedule.epochs)


def _devices() -> str:
    n_gpus = torch.cuda.device_count()
    here = f"{n_gpus} GPU{'' if n_gpus == 1 else 's'} here" if n_gpus else "no GPU here"
    return f"{n_processes()} process{'' if n_processes() == 1 else 'es'}, {here}"
