"""Adapters by PEFT: put on, and merged into the weights that they were put on."""

from typing import Any, Literal

from peft import LoraConfig, PeftModel, get_peft_model

from osler.train.adapter import LoRA


def with_adapter(model: Any, adapter: LoRA, task: Literal["CAUSAL_LM", "TOKEN_CLS"]) -> PeftModel:
    """The model with the adapter's weights beside its own, which are frozen. A new head is trained and saved whole."""
    config = LoraConfig(
        task_type=task,
        r=adapter.r,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules="all-linear" if adapter.layers == "all" else list(adapter.layers),
        use_rslora=adapter.kind in ("rslora", "dora_rslora"),
        use_dora=adapter.kind in ("dora", "dora_rslora"),
        modules_to_save=["score"] if task == "TOKEN_CLS" else None,
    )
    return get_peft_model(model, config)


def merged(model: Any) -> Any:
    """The model whose own weights have taken up the adapter's."""
    return model.merge_and_unload() if isinstance(model, PeftModel) else model
