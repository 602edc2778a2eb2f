"""TRL's KTOTrainer on tokens whose turns are ours (`turns.py`), with the reference asked once.

TRL sets the last record of an epoch against itself where it is alone in its batch: the divergence is then the record's own log-ratio. Here
it is set against the record before it.
"""

import random
from typing import TYPE_CHECKING, Any

from datasets import Dataset
from transformers import AutoTokenizer
from trl import KTOConfig, KTOTrainer

from osler.train.kto import two_sided
from osler.train.method import Course, Trained
from osler.train.records import Sound
from osler.train.reference import shared
from osler.train.trainer import causal_model, trained
from osler.train.turns import Noting, Turn, TurnEncoder, no_bars

if TYPE_CHECKING:
    from osler.train.kto import KTO

NOTED = {"rewards/margins": "margin", "rewards/chosen": "reward_of_wanted", "rewards/rejected": "reward_of_unwanted", "kl": "divergence"}


class LabelTrainer(Noting, KTOTrainer):  # type: ignore[misc]  # trl has no types
    noted = NOTED

    def _prepare_dataset(self, dataset: Dataset, *arguments: Any) -> Dataset:
        return dataset


def train(method: "KTO", course: Course, sound: Sound) -> Trained:
    """See `KTO.train`."""
    trainer, left = trainer_of(method, course, sound)
    n_wanted = sum(record["label"] for record in left.records)
    n_unwanted = len(left.records) - n_wanted
    balance = method.desirable_weight * n_wanted / (method.undesirable_weight * n_unwanted)
    trainer.notes.update({"n_wanted": n_wanted, "n_unwanted": n_unwanted, "balance": round(balance, 4)})
    return trained(trainer, course, method, left, notes=trainer.notes)


def trainer_of(method: "KTO", course: Course, found: Sound) -> tuple[LabelTrainer, Sound]:
    """The trainer, and the records that it has, in their order. Raises RecordError for one that the template does not take, or that is too
    long."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    model = causal_model(course.base, method, course.seed)
    encoder = TurnEncoder(tokenizer, min(method.max_length, model.config.max_position_embeddings))
    turns = [encoder.encode(record["prompt"], record["completion"]) for record in found.records]
    left = two_sided(found.once_more(method.kind, turns, method.on_bad))
    encoded = [turn for turn in turns if isinstance(turn, Turn)]
    order = random.Random(course.seed).sample(range(len(encoded)), len(encoded))
    records = left.records.picked(order)
    arguments = KTOConfig(
        **method.schedule.arguments(str(course.folder), course.seed),
        beta=method.beta,
        desirable_weight=method.desirable_weight,
        undesirable_weight=method.undesirable_weight,
        max_length=None,
        precompute_ref_log_probs=True,
    )
    rows = columns([encoded[at] for at in order], [record["label"] for record in records], arguments.per_device_train_batch_size)
    with no_bars(), shared(rows, course.folder) as asked:
        trainer = LabelTrainer(model=model, processing_class=tokenizer, train_dataset=asked, args=arguments)
    if method.adapter:
        trainer.model.delete_adapter("ref")  # a copy of the new adapter, which does nothing yet: the base without it is the same
    return trainer, Sound(records, left.dropped)


def columns(turns: list[Turn], labels: list[bool], batch_size: int) -> list[dict[str, Any]]:
    """The columns that TRL makes of records: among them the completion of the record before, in the batch and round it."""
    rows = []
    for at, (turn, label) in enumerate(zip(turns, labels, strict=True)):
        start = at - at % batch_size
        is_alone = at == start == len(turns) - 1
        other = turns[at - 1] if at > start or is_alone else turns[min(start + batch_size, len(turns)) - 1]
        rows.append({"prompt_ids": turn.prompt, "completion_ids": turn.said, "KL_completion_ids": other.said, "label": label})
    return rows
