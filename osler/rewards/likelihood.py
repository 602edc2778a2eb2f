"""The likelihood of a step under a policy as a reward; `load` makes it heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import Codec
from osler.core.prompt import Prompt
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.rewards.likelihood_engine import LikelihoodRewardModel


@dataclass(frozen=True, config=STRICT)
class Likelihood:
    """Where the causal language model lies whose probabilities are the scores. `pool` makes one number of a step's tokens: the geometric
    mean of their probabilities ("mean"; the inverse of the step's perplexity) or the least of them ("least").
    `device` and `dtype` as in `PRM`."""

    path: str
    kind: Literal["likelihood"] = "likelihood"
    pool: Literal["mean", "least"] = "mean"
    batch_size: Annotated[int, Field(ge=1)] = 32
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "cpu"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"

    def load(self, prompt: Prompt, codec: Codec) -> "LikelihoodRewardModel":
        from osler.rewards.likelihood_engine import LikelihoodRewardModel

        return LikelihoodRewardModel(self, prompt, codec)
