"""TRL's GRPOTrainer without the groups that teach nothing.

TRL gives the attempts of a group without spread an advantage of zero, but computes them, counts them in the mean that the loss is, and
pulls them to the reference where the divergence has a weight. Here they are left out of all three.
"""

import warnings
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer
from transformers.trainer_callback import TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from osler.core.errors import UserError
from osler.core.records import read_records
from osler.train.curve import CURVE
from osler.train.grpo_marking import Marking, spreads
from osler.train.method import Course, Trained
from osler.train.records import Row, Sound, Unsound
from osler.train.rewarding import RewardFunction
from osler.train.schedule import n_processes
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.grpo import GRPO


class SpreadTrainer(GRPOTrainer):  # type: ignore[misc]  # trl has no types
    def __init__(self, *, marking: Marking, **arguments: Any) -> None:
        self._marking = marking
        super().__init__(reward_funcs=marking, **arguments)

    def _generate_and_score_completions(self, inputs: list[Row]) -> dict[str, Any]:
        """TRL's, and of each of this process's attempts whether it `is_kept`, and the `kept_share` of the attempts of all processes."""
        drawn: dict[str, Any] = super()._generate_and_score_completions(inputs)
        totals = self.accelerator.gather(torch.tensor(self._marking.totals, device=self.accelerator.device))
        has_spread, counts = spreads(totals.view(-1, self.num_generations).tolist())
        for name, n in counts.items():
            self._metrics["train"][name].append(n)
        is_kept = torch.tensor(has_spread, device=totals.device).repeat_interleave(self.num_generations)
        start = self.accelerator.process_index * len(inputs)
        drawn["is_kept"] = is_kept[start : start + len(inputs)]
        drawn["kept_share"] = is_kept.float().mean()
        n_tokens = (drawn["completion_mask"] * drawn["is_kept"][:, None]).sum()
        drawn["num_items_in_batch"] = self.accelerator.gather(n_tokens).sum()
        return drawn

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """TRL's loss of the attempts that are kept. Its means over the attempts of one part become the part's share of the mean over all
        that are kept; "dapo" divides by the tokens of all of them by itself."""
        is_kept = inputs["is_kept"]
        n_rows, n_kept = len(is_kept), int(is_kept.sum())
        rows = is_kept if n_kept else torch.arange(n_rows, device=is_kept.device) == 0  # every process has to compute something
        kept = {name: value[rows] if _has_rows(value, n_rows) else value for name, value in inputs.items()}
        loss: torch.Tensor = super()._compute_loss(model, kept)
        if n_kept == 0:
            return loss * 0.0
        return loss if self.loss_type == "dapo" else loss * n_kept / (inputs["kept_share"] * n_rows)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        super().log(logs, start_time)
        self._marking.note(logs)


class _Before(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Takes up what was logged before an interruption."""

    def __init__(self, course: Course, marking: Marking) -> None:
        self._curve, self._marking = course.folder / CURVE, marking

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step:
            for logged in read_records(self._curve, dict[str, Any]):
                self._marking.note(logged)


def train(method: "GRPO", course: Course, sound: Sound, reward: RewardFunction) -> Trained:
    """See `GRPO.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    model = causal_model(course.base, method, course.seed)
    sound = _short(method, sound, tokenizer, model.config.max_position_embeddings)
    marking = Marking(method, sound.records, reward, _ends(tokenizer, model))
    trainer = SpreadTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"prompt": record["prompt"], "at": at} for at, record in enumerate(sound.records)]),
        args=arguments(method, course, len(sound.records)),
        callbacks=[_Before(course, marking)],
        marking=marking,
    )
    if method.adapter and method.kl_beta:
        trainer.model.delete_adapter("ref")  # a copy of the new adapter, which does nothing yet: the base without it is the same
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)  # TRL asks it so
        return trained(trainer, course, method, sound, notes=marking.notes)


def arguments(method: "GRPO", course: Course, n_records: int) -> GRPOConfig:
    """What the method's settings are called in TRL. Raises UserError where attempts cannot be shared evenly, or records fill no batch."""
    shared, n_attempts = method.schedule.arguments(str(course.folder), course.seed), method.schedule.batch_size * method.n_attempts
    n_shares = method.n_parts * n_processes()
    if n_attempts % n_shares:
        raise UserError(f"grpo: {n_attempts} attempts cannot be shared evenly by {n_shares} parts; change n_parts or n_attempts")
    n_prompts = method.schedule.batch_size * method.schedule.accumulate * method.steps_per_draw
    if n_records < n_prompts:
        raise UserError(f"grpo: {n_records} records do not fill a batch of {n_prompts} prompts; lower schedule.batch_size, or give more")
    parts = method.schedule.accumulate * method.n_parts
    shared |= {"per_device_train_batch_size": n_attempts // n_shares, "gradient_accumulation_steps": parts}
    return GRPOConfig(
        **shared,
        num_generations=method.n_attempts,
        steps_per_generation=parts * method.steps_per_draw,
        num_iterations=method.n_iterations,
        max_completion_length=method.sampling.max_tokens,
        temperature=method.sampling.temperature,
        top_p=method.sampling.top_p,
        scale_rewards="none" if method.divide_by == "nothing" else method.divide_by,
        loss_type=method.loss,
        epsilon=method.clip_low,
        epsilon_high=method.clip_high,
        beta=method.kl_beta,
        mask_truncated_completions=method.is_masking_cut,
        shuffle_dataset=not method.is_in_order,
        use_vllm=method.engine == "vllm",
        vllm_mode="colocate",
        vllm_gpu_memory_utilization=method.vllm_memory,
    )


def _short(method: "GRPO", sound: Sound, tokenizer: Any, window: int) -> Sound:
    """Those whose prompt and attempt together fit the policy's `window` (tokens). Raises RecordError, or drops the others."""

    def check(record: Row) -> Unsound | None:
        n_prompt = len(tokenizer.apply_chat_template(record["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"])
        if n_prompt + method.sampling.max_tokens <= window:
            return None
        what = f"the prompt has {n_prompt} tokens and an attempt {method.sampling.max_tokens}; the policy takes {window}"
        return Unsound("too_long", what, "lower sampling.max_tokens")

    return sound.once_more(method.kind, map(check, sound.records), method.on_bad)


def _ends(tokenizer: Any, model: Any) -> list[int]:
    """What ends a turn: the tokenizer's end token and those of the generation config, as TRL and our own engines have it."""
    configured = model.generation_config.eos_token_id
    return [end for end in (tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])) if end is not None]


def _has_rows(value: Any, n_rows: int) -> bool:
    return isinstance(value, torch.Tensor) and value.ndim > 0 and len(value) == n_rows
