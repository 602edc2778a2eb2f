"""A causal language model on vLLM's own engine, as a setting: cheap to build and to read; `load` makes it heavy.

vLLM wants versions of other packages that training does not take (0.31 wants transformers below 5.18), so it lives in an environment of
its own: `pip install 'osler[vllm]'` without the extra `train`. From any other one, `vllm serve` and `kind: openai_http` do the same.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import ModelError
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.models.vllm_engine import VLLMModel

FLOOR = (0, 31)
"""The first version whose calls these are; `tests/models/vllm_schema.json` has its signatures."""


@dataclass(frozen=True, config=STRICT)
class VLLM:
    """Where a checkpoint lies and how vLLM runs it. `path` is a folder, or a name on the hub that is already in the local cache.

    `adapter`: the folder of a LoRA adapter, put on the base without merging; empty: none. `dtype`: `auto` is the checkpoint's own, but
    float16 for one of float32 (vLLM's rule). `max_model_len`: the most tokens of prompt and reply together; None: as many as the checkpoint
    takes. `gpu_memory_utilization`: the share of each GPU that the engine takes for itself; 0.92 is vLLM's own. `seed` is the engine's;
    every request brings its own. `has_logprobs` asks for the log-probabilities of what was written, before temperature and top-p.
    """

    path: str
    kind: Literal["vllm"] = "vllm"
    adapter: str = ""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1
    max_model_len: Annotated[int, Field(ge=16)] | None = None
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.92
    is_prefix_cached: bool = True
    has_logprobs: bool = False
    seed: Annotated[int, Field(ge=0)] = 0

    def load(self) -> "VLLMModel":
        """Starts the engine. Raises ModelError where vLLM is missing or too old, has no GPU, or cannot run the checkpoint."""
        check_installed()
        from osler.models.vllm_engine import VLLMModel

        return VLLMModel(self)


def check_installed() -> None:
    """Raises ModelError unless a vLLM is there that these calls were written for."""
    elsewhere = "pip install 'osler[vllm]' in an environment of its own, or serve the model and name kind: openai_http"
    try:
        import vllm
    except ImportError as error:
        raise ModelError(f"vllm: it cannot be imported ({error}); {elsewhere}") from error
    if version_of(vllm.__version__) < FLOOR:
        raise ModelError(f"vllm: version {vllm.__version__} is too old, at least {FLOOR[0]}.{FLOOR[1]} is needed; {elsewhere}")


def version_of(text: str) -> tuple[int, int]:
    """The first two numbers of a version; (0, 0) where there are none, as for a build of one's own."""
    numbers = [part for part in text.split(".")[:2] if part.isdigit()]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else (0, 0)
