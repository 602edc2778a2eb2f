"""TRL's SFTTrainer with the model's own loss.

TRL computes entropy and token accuracy beside the loss at every step, by a head of its own. Nobody reads them here, the loss is the same to
the last digit, and without them a step of the nano model takes three quarters of the time (`docs/log.md`).
"""

from typing import TYPE_CHECKING, Any

from datasets import Dataset
from transformers import AutoTokenizer, Trainer
from trl import SFTConfig, SFTTrainer

from osler.train import sft
from osler.train.method import Course, Trained
from osler.train.records import Sound
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.sft import SFT


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]  # trl has no types
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)


def train(method: "SFT", course: Course, sound: Sound) -> Trained:
    """See `SFT.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    has_markers = sft.has_markers(tokenizer.chat_template)
    trainer = PlainLossTrainer(
        model=causal_model(course.base, method),
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([row for record in sound.records for row in sft.rows(record, has_markers)]),
        args=SFTConfig(
            **method.schedule.arguments(str(course.folder), course.seed),
            max_length=method.max_length,
            assistant_only_loss=has_markers,
            train_sampling_strategy="sequential" if method.is_in_order else "random",
        ),
    )
    return trained(trainer, course, method, sound)
