"""A GGUF file run by llama.cpp in this process, as a setting: cheap to build and to read; `load` makes it heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import ModelError
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.models.llamacpp_engine import LlamaCppModel


@dataclass(frozen=True, config=STRICT)
class LlamaCpp:
    """Where a .gguf file lies (`path`) and how it is run.

    `max_length`: the most tokens of one conversation; never more than the model was made for. `batch_size` conversations are written at
    once, and the cache has room for all of them: `max_length * batch_size` tokens, which is 256 KiB each for an 8B Llama in float32.
    `cache_dtype`: float32 gives the greedy answers of the checkpoint that was exported, float16 takes half the memory. `n_threads`: None is
    every core that this process may use. `n_gpu_layers`: -1 is all of them. `has_logprobs` asks for the log-probabilities of what was
    written, before temperature and top-p.
    """

    path: str
    kind: Literal["llamacpp"] = "llamacpp"
    max_length: Annotated[int, Field(ge=16)] = 4096
    batch_size: Annotated[int, Field(ge=1, le=256)] = 8
    cache_dtype: Literal["float32", "float16"] = "float32"
    n_threads: Annotated[int, Field(ge=1)] | None = None
    n_gpu_layers: Annotated[int, Field(ge=-1)] = 0
    has_logprobs: bool = False

    def load(self) -> "LlamaCppModel":
        """Raises ModelError where llama-cpp-python is not installed or the file is no model that it takes."""
        try:
            from osler.models.llamacpp_engine import LlamaCppModel
        except ModuleNotFoundError as error:
            if error.name != "llama_cpp":
                raise
            raise ModelError(f"{self.path}: llama-cpp-python is not installed; run: pip install 'osler[llamacpp]'") from error
        return LlamaCppModel(self)
