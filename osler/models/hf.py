"""A Hugging Face causal language model as a setting: cheap to build and to read; `load` makes it heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.checkpoint import content_hash
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.models.hf_engine import HuggingFaceModel

__all__ = ["HuggingFace", "content_hash"]


@dataclass(frozen=True, config=STRICT)
class HuggingFace:
    """Where a causal language model lies and how it is run. `path` is a folder, or a name on the hub that is already in the local cache.

    `dtype` "auto": float32 on a CPU, bfloat16 on a GPU, and the checkpoint's own where it is quantised. `device` "auto": the first CUDA
    device, else MPS, else the CPU. `adapter`: the folder of a PEFT adapter that is laid over the checkpoint, which stays as it is.

    `cache_mb`: so many MiB keep the keys and values of what was read and written, so that a search's next step reads only what is new. Off
    by default, for replies then differ in rounding with what is in the cache. Worth it from a few times the prompts of one batch.
    """

    path: str
    kind: Literal["hf"] = "hf"
    batch_size: Annotated[int, Field(ge=1)] = 256
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "cpu"
    adapter: str = ""
    cache_mb: Annotated[int, Field(ge=0)] = 0

    def load(self) -> "HuggingFaceModel":
        from osler.models.hf_engine import HuggingFaceModel

        return HuggingFaceModel(self)
