"""The process reward model as a setting; `load` makes it heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import Codec
from osler.core.prompt import Prompt
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.rewards.prm_engine import ProcessRewardModel


@dataclass(frozen=True, config=STRICT)
class PRM:
    """Where a process reward model lies: a …ForTokenClassification checkpoint with one label, or a …ForCausalLM one with `step_marks` in
    its config.json. `device` "auto": the first CUDA device, else MPS, else the CPU. `dtype` "auto": float32 on a CPU, bfloat16 on a GPU."""

    path: str
    kind: Literal["prm"] = "prm"
    batch_size: Annotated[int, Field(ge=1)] = 32
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "cpu"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"

    def load(self, prompt: Prompt, codec: Codec) -> "ProcessRewardModel":
        from osler.rewards.prm_engine import ProcessRewardModel

        return ProcessRewardModel(self, prompt, codec)
