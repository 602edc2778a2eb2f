"""A checkpoint becomes a tokenizer and a model, or an error in one sentence."""

from collections.abc import Callable
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoTokenizer

from osler.core.errors import ModelError


def load(path: str, auto_class: Any, what: str, objection: Callable[[Any, str], str | None]) -> tuple[Any, Any]:
    """Safetensors in float32, no code from the checkpoint, nothing from the network. `objection` says of its configuration and the names of
    its architectures why it is none of `what`, or None. Raises ModelError."""
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        wrong = objection(config, ", ".join(config.architectures or ["unknown"]))
        if wrong:
            raise ModelError(f"{path}: {wrong}")
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        model, report = auto_class.from_pretrained(
            path, dtype=torch.float32, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelError(f"{path}: no {what} could be loaded ({first_line}); check the path") from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise ModelError(f"{path}: the checkpoint lacks the weights {min(report['missing_keys'])}; copy or train it again")
    return tokenizer, model.eval()
