"""A checkpoint becomes a tokenizer and a causal language model on its device, or an error in one sentence."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.quantizers import AutoHfQuantizer

from osler.core.checkpoint import content_hash, picked_device
from osler.core.errors import ModelError
from osler.models.hf import HuggingFace


class Checkpoint(NamedTuple):
    """`identity` is all of it that could change a reply: the content of base and adapter, the type of number, the kind of device."""

    tokenizer: Any
    model: PreTrainedModel
    device: torch.device
    identity: str


def load_checkpoint(settings: HuggingFace) -> Checkpoint:
    """Safetensors only, no code from the checkpoint. Raises ModelError."""
    has_mps, n_cuda = torch.backends.mps.is_available(), torch.cuda.device_count()
    device = torch.device(picked_device(settings.device, settings.path, n_cuda=n_cuda, has_mps=has_mps))
    config = _config(settings.path)
    is_quantised = bool(getattr(config, "quantization_config", None))
    dtype = _dtype(settings.dtype, device, is_quantised=is_quantised)
    # quantised weights are packed for their device while they are read, and some may not be moved
    where = {"device_map": {"": device}} if is_quantised and device.type != "cpu" else {}
    tokenizer, model = _loaded(settings.path, dtype, where)
    if not tokenizer("a", add_special_tokens=False).input_ids:  # what transformers makes of a missing tokenizer.json
        raise ModelError(f"{settings.path}: the tokenizer has no vocabulary; copy tokenizer.json beside the weights")
    content = content_hash(settings.path)
    if settings.adapter:
        model = _adapted(model, settings.adapter, settings.path)
        content += f"+{content_hash(settings.adapter)}"
    identity = f"{content}:{str(model.dtype).removeprefix('torch.')}:{device.type}"
    return Checkpoint(tokenizer, (model if is_quantised else model.to(device)).eval(), device, identity)


def _config(path: str) -> PreTrainedConfig:
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise _unloaded(path, error) from error
    if config.is_encoder_decoder or not any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in config.architectures or []):
        names = ", ".join(config.architectures or ["unknown"])
        raise ModelError(f"{path}: this checkpoint is {names}, not a causal language model; name a …ForCausalLM checkpoint")
    quantised = getattr(config, "quantization_config", None)
    if quantised and not AutoHfQuantizer.supports_quant_method(quantised):  # transformers would read the weights as if they were none
        method = quantised.get("quant_method")
        raise ModelError(
            f"{path}: its weights are quantised by {method!r}, which transformers does not know; take another form of this model"
        )
    return config


def _dtype(name: str, device: torch.device, *, is_quantised: bool) -> Any:
    """As `from_pretrained` takes it. What a quantised checkpoint leaves unquantised keeps its own type by default."""
    if name != "auto":
        return getattr(torch, name)
    if is_quantised:
        return "auto"
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def _loaded(path: str, dtype: Any, where: dict[str, Any]) -> tuple[Any, PreTrainedModel]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        model, report = AutoModelForCausalLM.from_pretrained(
            path, dtype=dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False, output_loading_info=True,
            **where,
        )  # fmt: skip
    except ImportError as error:  # a package for its quantised weights, which the message names
        raise ModelError(f"{path}: its quantised weights cannot be run here ({_first_line(error)}); install what is missing") from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise _unloaded(path, error) from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise ModelError(f"{path}: the checkpoint lacks the weights {min(report['missing_keys'])}; copy or train it again")
    return tokenizer, model


def _adapted(model: PreTrainedModel, adapter: str, path: str) -> PreTrainedModel:
    """The model with a PEFT adapter's layers in it, not merged. Its weights are read here, for PEFT itself would take a pickle as well."""
    try:
        from peft import PeftConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
        from safetensors.torch import load_file
    except ImportError as error:
        raise ModelError(f"{adapter}: adapters need the package peft; install osler[train]") from error
    if not (Path(adapter) / "adapter_config.json").is_file():
        raise ModelError(f"{adapter}: there is no adapter_config.json in this folder; name the folder of a PEFT adapter")
    try:
        config = PeftConfig.from_pretrained(adapter)
        weights = load_file(Path(adapter) / "adapter_model.safetensors")
        if config.is_prompt_learning:
            raise ModelError(f"{adapter}: {config.peft_type.value} adds tokens, not layers; name an adapter like LoRA")
        adapted = PeftModel(model, config)
        unused = set_peft_model_state_dict(adapted, weights).unexpected_keys
        lacking = get_peft_model_state_dict(adapted, save_embedding_layers=False).keys() - weights.keys()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"{adapter}: this adapter does not go with {path} ({_first_line(error)}); name the base that it was made for"
        ) from error
    if unused:
        raise ModelError(f"{adapter}: {path} has no place for its weights {min(unused)}; name the base that it was made for")
    if lacking:
        raise ModelError(f"{adapter}: this adapter lacks the weights {min(lacking)}; copy or train it again")
    base: PreTrainedModel = adapted.get_base_model()
    return base


def _unloaded(path: str, error: BaseException) -> ModelError:
    return ModelError(f"{path}: no causal language model could be loaded ({_first_line(error)}); check the path")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
