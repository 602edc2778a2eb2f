"""An adapter and the checkpoint that it was made for become one checkpoint.

Each weight is added up in float32 and rounded once, whatever the base is kept in.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer
from transformers.utils import logging

from osler.core.errors import UserError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_AUTO = {"CAUSAL_LM": AutoModelForCausalLM, "TOKEN_CLS": AutoModelForTokenClassification}


def merge(adapter: Path, folder: Path, *, base: str = "", precision: str = "auto", config: Any = None) -> str:
    """Write the base with the adapter taken up, and the tokenizer, to `folder`; returns which base it was. `base` is the one that the
    adapter names unless given, and `config` is the base's own unless given; `precision` "auto" is what the base is kept in. Raises
    UserError where they do not go together, before anything is written."""
    settings = _settings(adapter)
    base = base or str(settings.base_model_name_or_path or "")
    if not base:
        raise UserError(f"{adapter}: it does not say which base it was made for; name it by --base")
    logging.disable_progress_bar()
    whole = _whole(adapter, settings.task_type, config)
    model = _with_adapter(adapter, settings, base, _base(adapter, base, settings.task_type, {**whole, "dtype": _dtype(precision)}))
    tokenizer = AutoTokenizer.from_pretrained(adapter if (adapter / "tokenizer_config.json").is_file() else base, local_files_only=True)
    model.merge_and_unload().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return base


def _dtype(precision: str) -> Any:
    return precision if precision == "auto" else getattr(torch, precision)


def _settings(adapter: Path) -> Any:
    if not (adapter / CONFIG).is_file():
        raise UserError(f"{adapter}: there is no {CONFIG} in this folder; name the folder of a PEFT adapter")
    if not (adapter / WEIGHTS).is_file():
        raise UserError(f"{adapter}: there is no {WEIGHTS} beside {CONFIG}; save the adapter as safetensors")
    try:
        settings = PeftConfig.from_pretrained(str(adapter))
    except (OSError, ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise UserError(f"{adapter / CONFIG}: PEFT cannot read it ({_first_line(error)}); copy the adapter again") from error
    if settings.is_prompt_learning or settings.task_type not in _AUTO:
        what = f"{settings.peft_type.value} for the task {settings.task_type}"
        raise UserError(f"{adapter}: this adapter is {what}; layers of a {' or '.join(_AUTO)} model can be merged")
    return settings


def _whole(adapter: Path, task: str, config: Any) -> dict[str, Any]:
    """What `from_pretrained` is told of the model's shape; the merged one has no 4 bits."""
    if config is None:
        return {"num_labels": _n_labels(adapter)} if task == "TOKEN_CLS" else {}
    config = deepcopy(config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    return {"config": config}


def _base(adapter: Path, base: str, task: str, how: dict[str, Any]) -> Any:
    try:
        return _AUTO[task].from_pretrained(base, use_safetensors=True, local_files_only=True, trust_remote_code=False, **how)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise UserError(f"{adapter}: its base {base!r} could not be loaded ({_first_line(error)}); name it by --base") from error


def _n_labels(adapter: Path) -> int:
    """How many the head has that was trained with the adapter."""
    with safe_open(adapter / WEIGHTS, "pt") as weights:
        return next((weights.get_slice(name).get_shape()[0] for name in weights.keys() if name.endswith("score.weight")), 1)  # noqa: SIM118


def _with_adapter(adapter: Path, settings: Any, base: str, model: Any) -> PeftModel:
    """PEFT alone would only warn of weights that have no place, or are not there."""
    try:
        weights = load_file(adapter / WEIGHTS)
        adapted = PeftModel(model, settings)
        unused = set_peft_model_state_dict(adapted, weights).unexpected_keys
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"{adapter}: this adapter does not go with {base} ({_first_line(error)}); name the base that it was made for by --base"
        ) from error
    lacking = get_peft_model_state_dict(adapted, save_embedding_layers=False).keys() - weights.keys()
    if unused or lacking:
        amiss = f"{base} has no place for {min(unused)}" if unused else f"it lacks the weights {min(lacking)}"
        raise UserError(f"{adapter}: {amiss}; name the base that it was made for by --base")
    return adapted


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
