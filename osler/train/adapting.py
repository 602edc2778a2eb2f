"""Adapters by PEFT: put on a base, which for QLoRA is kept in 4 bits."""

from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from safetensors.torch import load_file, save_file
from transformers import BitsAndBytesConfig
from transformers.utils import is_bitsandbytes_available

from osler.core.errors import UserError
from osler.train.adapter import LoRA
from osler.train.method import Method

HEAD = "score"
"""What transformers calls the new layer of a …ForTokenClassification model."""


Task = Literal["CAUSAL_LM", "TOKEN_CLS"]


def loading(base: Path, method: Method, task: Task = "CAUSAL_LM") -> dict[str, Any]:
    """How `from_pretrained` loads the base that the method trains. Raises UserError for a base that is an adapter itself, and for QLoRA
    where bitsandbytes is not here or does not run."""
    if (base / "adapter_config.json").is_file():
        raise UserError(f"{base}: this is an adapter, and training starts from a whole checkpoint; run: osler export {base} --merge FOLDER")
    precision = getattr(torch, method.weights)
    arguments = {"dtype": precision, "use_safetensors": True}
    if method.adapter is None or method.adapter.kind != "qlora":
        return arguments
    _require_bitsandbytes()
    in_4_bits = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=precision,
        llm_int8_skip_modules=[HEAD] if task == "TOKEN_CLS" else None,
    )
    return {**arguments, "quantization_config": in_4_bits}


def _require_bitsandbytes() -> None:
    advice = "or take adapter.kind: lora with weights: bfloat16"
    if not is_bitsandbytes_available():
        raise UserError(f"adapter.kind: qlora needs the package bitsandbytes; run: pip install bitsandbytes, {advice}")
    from transformers.integrations import validate_bnb_backend_availability

    if not validate_bnb_backend_availability(raise_exception=False):
        raise UserError(f"adapter.kind: bitsandbytes runs on no device of this machine; train where there is a CUDA device, {advice}")


def with_adapter(model: Any, adapter: LoRA, task: Task) -> PeftModel:
    """The model with the adapter's weights beside its own, which are frozen. A new head is trained and saved whole. Raises UserError where
    the model has no such layers."""
    has_head = task == "TOKEN_CLS"
    config = LoraConfig(
        task_type=task,
        r=adapter.r,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules="all-linear" if adapter.layers == "all" else list(adapter.layers),
        exclude_modules=[HEAD] if has_head else None,
        use_rslora=adapter.kind in ("rslora", "dora_rslora"),
        use_dora=adapter.kind in ("dora", "dora_rslora"),
        modules_to_save=[HEAD] if has_head else None,
    )
    if adapter.kind == "qlora":
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        raise UserError(f"adapter.layers: {str(error).split('. ')[0]}; name linear layers of the base, or all") from error
    base = Path(model.name_or_path)
    if base.is_dir():  # found again from wherever the adapter is loaded
        adapted.peft_config["default"].base_model_name_or_path = str(base.resolve())
    return adapted


def tidy(folder: Path) -> None:
    """What PEFT leaves with an adapter, without its card, which is an empty form. DoRA's magnitudes stand twice then: PEFT looks for them
    by one name, and `AutoModel….from_pretrained` by another, without which it goes on with those of the base (transformers 5.23)."""
    (folder / "README.md").unlink(missing_ok=True)
    file = folder / "adapter_model.safetensors"
    weights = load_file(file)
    magnitudes = {f"{name}.weight": weight.clone() for name, weight in weights.items() if name.endswith("lora_magnitude_vector")}
    if magnitudes:
        save_file({**weights, **magnitudes}, file, metadata={"format": "pt"})
