"""A checkpoint becomes a tokenizer and a model on its device, or an error in one sentence."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoTokenizer

from osler.core.checkpoint import content_hash, picked_device
from osler.core.errors import ModelError


class Checkpoint(NamedTuple):
    """`identity` is all of it that could change a score: its content, the type of number, the kind of device."""

    tokenizer: Any
    model: Any
    device: torch.device
    identity: str


class Wanted(NamedTuple):
    """`auto_class` loads it; `objection` says of its configuration and the names of its architectures why it is none of `what`, or None."""

    auto_class: Any
    what: str
    objection: Callable[[Any, str], str | None]


def load(path: str, wanted: Wanted, *, device: str, dtype: Literal["auto", "float32", "bfloat16"]) -> Checkpoint:
    """Safetensors, no code from the checkpoint, nothing from the network. Raises ModelError."""
    place = torch.device(picked_device(device, path, n_cuda=torch.cuda.device_count(), has_mps=torch.backends.mps.is_available()))
    number = getattr(torch, dtype) if dtype != "auto" else torch.float32 if place.type == "cpu" else torch.bfloat16
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        wrong = wanted.objection(config, ", ".join(config.architectures or ["unknown"]))
        if wrong:
            raise ModelError(f"{path}: {wrong}")
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        model, report = wanted.auto_class.from_pretrained(
            path, dtype=number, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True
        )
    except (ImportError, OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(f"{path}: no {wanted.what} could be loaded ({first_line}); check the path") from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise ModelError(f"{path}: the checkpoint lacks the weights {min(report['missing_keys'])}; copy or train it again")
    identity = f"{content_hash(path)}:{str(model.dtype).removeprefix('torch.')}:{place.type}"
    return Checkpoint(tokenizer, model.to(place).eval(), place, identity)
