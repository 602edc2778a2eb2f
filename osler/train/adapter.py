"""Adapters: which of the weights are trained."""

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LoRA:
    """Low-rank adapters on linear layers (Hu et al., arXiv 2106.09685): W₀ + s·BA, with s = alpha / r.

    `kind` rslora scales by alpha / √r instead (Kalajdzievski, arXiv 2312.03732); dora learns the norms of columns apart (Liu et al., arXiv
    2402.09353); dora_rslora does both, as Gazal-R1; qlora keeps the base in 4 bits (Dettmers et al., arXiv 2305.14314), where
    bitsandbytes runs. `layers` names them; "all" is every linear layer but the head. `is_merged`: the checkpoint is whole, with the
    adapter beside it in the folder `adapter`; else it is the adapter alone."""

    kind: Literal["lora", "rslora", "dora", "dora_rslora", "qlora"] = "lora"
    r: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[float, Field(gt=0)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    layers: tuple[str, ...] | Literal["all"] = "all"
    is_merged: bool = True


def adapted(model: Any, adapter: LoRA | None, task: Literal["CAUSAL_LM", "TOKEN_CLS"] = "CAUSAL_LM") -> Any:
    """The model with only the adapter's weights to train; the model itself where there is no adapter."""
    if adapter is None:
        return model
    from osler.train.adapting import with_adapter

    return with_adapter(model, adapter, task)
