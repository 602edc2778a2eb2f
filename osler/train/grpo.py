"""Group-relative policy optimisation (Shao et al., arXiv 2402.03300), by TRL's GRPOTrainer: the policy writes several attempts at each
prompt, a reward says what each is worth, and those that are worth more than their group's mean become likelier."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.model import Sampling
from osler.core.question import STRICT
from osler.train.method import Course, Method, Trained
from osler.train.records import Row, Unsound, sound
from osler.train.rewarding import RewardFunction
from osler.train.schedule import OnStep


@dataclass(frozen=True, config=STRICT)
class AttemptSampling(Sampling):
    """How attempts are drawn: never greedily, and from the whole vocabulary unless told otherwise, for below a `top_p` of 1 the policy is
    trained as if it had been 1."""

    temperature: Annotated[float, Field(gt=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GRPO(Method):
    """Train the policy on `{"prompt": [messages], "item": …}` records and the marks of its own attempts.

    `schedule.batch_size` counts prompts, each with `n_attempts`; they are computed in `n_parts`, for memory. What is drawn at once serves
    `steps_per_draw` steps, `n_iterations` times over.

    The advantage of an attempt is its mark less its group's mean, divided by the spread of its group's or batch's marks (the standard
    deviation of a sample, TRL's) or by nothing (Fleming-R1, arXiv 2509.15279). `loss`, over the tokens that count: "dapo" their mean over
    the batch (arXiv 2503.14476), "grpo" the mean over attempts of each one's mean, "dr_grpo" their sum by attempts × max_tokens (arXiv
    2503.20783). The ratio to the policy that wrote is clipped to 1 − clip_low … 1 + clip_high. `kl_beta` weighs the divergence from the
    base. A group without spread teaches nothing: it is dropped from loss and normaliser, and counted.

    `overlong_buffer`: over the last so many tokens before the limit the mark falls by up to 1 (Med-R³, arXiv 2507.23541, has 3072); 0:
    never. `is_masking_cut`: an attempt that the limit ended is not trained on. `is_in_order`: prompts are read as they come.

    Group of 8, rate 1e-6 and no divergence under rules for rewards: MedVLThinker (arXiv 2508.02669) and Med-R³; the rest of the defaults
    is TRL's. `engine` vllm draws on the training's own GPU, of whose memory it takes the share `vllm_memory`."""

    kind: Literal["grpo"] = "grpo"
    usual_rate: ClassVar[float] = 1e-6
    n_attempts: Annotated[int, Field(ge=2)] = 8
    n_parts: Annotated[int, Field(ge=1)] = 1
    steps_per_draw: Annotated[int, Field(ge=1)] = 1
    n_iterations: Annotated[int, Field(ge=1)] = 1
    sampling: AttemptSampling = AttemptSampling()
    divide_by: Literal["group", "batch", "nothing"] = "group"
    loss: Literal["dapo", "grpo", "dr_grpo"] = "dapo"
    clip_low: Annotated[float, Field(gt=0, lt=1)] = 0.2
    clip_high: Annotated[float, Field(gt=0)] = 0.2
    kl_beta: Annotated[float, Field(ge=0)] = 0.0
    overlong_buffer: Annotated[int, Field(ge=0)] = 0
    is_masking_cut: bool = False
    is_in_order: bool = False
    engine: Literal["transformers", "vllm"] = "transformers"
    vllm_memory: Annotated[float, Field(gt=0, lt=1)] = 0.3

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.overlong_buffer > self.sampling.max_tokens:
            raise ValueError(f"overlong_buffer: it is longer than the {self.sampling.max_tokens} tokens of an attempt; shorten it")
        return self

    def train(
        self,
        base: Path,
        records: Sequence[Row],
        folder: Path,
        *,
        seed: int,
        on_step: OnStep | None = None,
        reward: RewardFunction | None = None,
        check_for_reward: Callable[[Row], Unsound | None] = lambda record: None,
    ) -> Trained:
        """Train the checkpoint at `base` and write the new one to `folder`. Deterministic on a CPU in float32 with a fixed number of
        threads, where the reward is. Raises RecordError for a record that cannot be trained on, unless those are dropped, and for an
        attempt whose mark is no number; UserError where the records do not fill a batch, and where there is no reward.
        `check_for_reward`: what is amiss with a record that the reward compares attempts with."""
        if reward is None:
            raise UserError("grpo: nothing says what an attempt is worth; name it under `reward`")
        from osler.train.grpo_trainer import train

        def amiss(record: Row) -> Unsound | None:
            return check(record) or check_for_reward(record)

        return train(self, Course(base, folder, seed, on_step), sound(self.kind, records, amiss, self.on_bad), reward)


def check(record: Row) -> Unsound | None:
    """What is amiss with a record, before a tokenizer has seen it."""
    for column in ("prompt", "item"):
        if not record.get(column):
            return Unsound("missing_column", f"there is no `{column}`", "give it a prompt of {role, content} and the item as JSON")
    if not isinstance(record["prompt"], list) or record["prompt"][-1].get("role") != "user":
        return Unsound("no_question", "the prompt does not end with what the user says", "leave the answer out of it")
    return None


def overlong(n_tokens: int, max_tokens: int, buffer: int) -> float:
    """What the length of an attempt adds to its mark: 0 up to `buffer` tokens before the limit, then falling to −1 at the limit."""
    return min(-(n_tokens - (max_tokens - buffer)) / buffer, 0.0) if buffer else 0.0
