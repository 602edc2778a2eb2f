"""A process reward model on vLLM's pooling runner, as a setting; `load` makes it heavy. Where vLLM can live: `osler/models/vllm.py`."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import Codec
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.rewards.prm_vllm_engine import PooledProcessRewardModel


@dataclass(frozen=True, config=STRICT)
class VLLMPRM:
    """Where a process reward model lies, as `PRM`, and how vLLM runs it: as `VLLM`. Beside a policy on the same GPU, the two shares of
    `gpu_memory_utilization` add up to less than 1."""

    path: str
    kind: Literal["prm_vllm"] = "prm_vllm"
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1
    max_model_len: Annotated[int, Field(ge=16)] | None = None
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.3

    def load(self, prompt: Prompt, codec: Codec) -> "PooledProcessRewardModel":
        """Starts the engine. Raises ModelError where vLLM is missing, has no GPU, or cannot run the checkpoint."""
        try:
            from osler.rewards.prm_vllm_engine import PooledProcessRewardModel
        except ImportError as error:
            raise ModelError(f"{self.path}: vLLM cannot be imported ({error}); see osler doctor, or use kind: prm") from error
        return PooledProcessRewardModel(self, prompt, codec)
