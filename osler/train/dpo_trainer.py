"""TRL's DPOTrainer on tokens whose turns are ours (`turns.py`), with the reference asked once.

TRL's own tokens end every turn, and so would teach the policy to stop where a prefix of a search goes on.
"""

from typing import TYPE_CHECKING, Any

from datasets import Dataset
from transformers import AutoTokenizer
from trl import DPOConfig, DPOTrainer

from osler.train.dpo import SIDES
from osler.train.method import Course, Trained
from osler.train.records import Row, Sound, Unsound
from osler.train.reference import shared
from osler.train.trainer import causal_model, trained
from osler.train.turns import Noting, Turn, TurnEncoder, no_bars

if TYPE_CHECKING:
    from osler.train.dpo import DPO

NOTED = {
    "rewards/margins": "margin",
    "rewards/accuracies": "chosen_is_likelier",
    "rewards/chosen": "reward_of_chosen",
    "rewards/rejected": "reward_of_rejected",
}


class PairTrainer(Noting, DPOTrainer):  # type: ignore[misc]  # trl has no types
    noted = NOTED

    def _prepare_dataset(self, dataset: Dataset, *arguments: Any) -> Dataset:
        return dataset


def train(method: "DPO", course: Course, sound: Sound) -> Trained:
    """See `DPO.train`."""
    trainer, left = trainer_of(method, course, sound)
    return trained(trainer, course, method, left, notes=trainer.notes)


def trainer_of(method: "DPO", course: Course, found: Sound) -> tuple[PairTrainer, Sound]:
    """The trainer, and the records that it has. Raises RecordError for one that the template does not take, or that is too long."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    model = causal_model(course.base, method, course.seed)
    encoder = TurnEncoder(tokenizer, min(method.max_length, model.config.max_position_embeddings))
    rows = [_row(encoder, record) for record in found.records]
    left = found.once_more(method.kind, rows, method.on_bad)
    arguments = DPOConfig(
        **method.schedule.arguments(str(course.folder), course.seed),
        beta=method.beta,
        loss_type=method.loss,
        max_length=None,
        precompute_ref_log_probs=True,
    )
    sound = [row for row in rows if not isinstance(row, Unsound)]
    with no_bars(), shared(sound, course.folder) as asked:
        trainer = PairTrainer(model=model, processing_class=tokenizer, train_dataset=asked, args=arguments)
    if method.adapter:
        trainer.model.delete_adapter("ref")  # a copy of the new adapter, which does nothing yet: the base without it is the same
    return trainer, left


def _row(encoder: TurnEncoder, record: Row) -> dict[str, list[int]] | Unsound:
    """The columns that TRL makes of a record."""
    turns = []
    for side in SIDES:
        turn = encoder.encode(record["prompt"], record[side], is_open=side in (record.get("open") or ()))
        if isinstance(turn, Unsound):
            return turn
        turns.append(turn)
    chosen, rejected = turns
    return _amiss(chosen, rejected) or {"prompt_ids": chosen.prompt, "chosen_ids": chosen.said, "rejected_ids": rejected.said}


def _amiss(chosen: Turn, rejected: Turn) -> Unsound | None:
    if chosen.prompt != rejected.prompt:
        what = "the chat template writes another prompt before `chosen` than before `rejected`"
        return Unsound("prompts_differ", what, "use a template whose prompt does not depend on what follows")
    if chosen.said == rejected.said:
        return Unsound("same", "`chosen` and `rejected` are the same tokens", "leave it out")
    return None
