"""TRL's SFTTrainer with the model's own loss, on tokens whose masks are ours (`masks.py`).

TRL computes entropy and token accuracy beside the loss at every step, by a head of its own. Nobody reads them here, the loss is the same to
the last digit, and without them a step of the nano model takes three quarters of the time (`docs/log.md`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from datasets import Dataset
from transformers import AutoTokenizer, Trainer
from trl import SFTConfig, SFTTrainer

from osler.train import sft
from osler.train.masks import ChatEncoder, Encoded
from osler.train.method import Course, Trained
from osler.train.packing import PackedRows, packed, require_separation
from osler.train.records import Sound, Unsound
from osler.train.schedule import is_first_process
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.sft import SFT


log = logging.getLogger("osler.train")


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]  # trl has no types
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)


def train(method: "SFT", course: Course, sound: Sound) -> Trained:
    """See `SFT.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    read = tokens_of(method, sound, tokenizer)
    if read.n_cut and is_first_process():
        lost = f"lost their ends, {read.n_tokens_cut} tokens in all"
        log.warning(
            "sft: %d of %d records %s; raise max_length %d to keep them", read.n_cut, len(read.sound.records), lost, method.max_length
        )
    model = causal_model(course.base, method, course.seed)
    rows = dataset(read.rows)
    if method.is_packed:
        require_separation(model)
        rows = packed(rows, method.max_length)
    arguments = SFTConfig(
        **method.schedule.arguments(str(course.folder), course.seed),
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        train_sampling_strategy="sequential" if method.is_in_order else "random",
    )
    trainer = PlainLossTrainer(model=model, processing_class=tokenizer, train_dataset=rows, args=arguments)
    if method.is_packed:
        trainer.data_collator = PackedRows(tokenizer.pad_token_id)
    notes = {"n_rows": len(rows), "n_tokens": sum(len(row.ids) for row in read.rows), "n_own_tokens": sum(row.n_own for row in read.rows)}
    notes["n_own_tokens_cut"] = read.n_own_tokens_cut
    return trained(trainer, course, method, read.sound, n_cut=read.n_cut, n_tokens_cut=read.n_tokens_cut, notes=notes)


@dataclass(frozen=True)
class Read:
    """The rows of the records that can be trained on; how many records were cut, and what was cut off them: tokens, and those of them that
    the assistant wrote."""

    rows: Sequence[Encoded]
    sound: Sound
    n_cut: int = 0
    n_tokens_cut: int = 0
    n_own_tokens_cut: int = 0


def tokens_of(method: "SFT", found: Sound, tokenizer: Any) -> Read:
    """Encode every record and cut it to length. Raises RecordError for one that the template does not take or of which nothing is left to
    train on, unless those are dropped."""
    encoder = ChatEncoder(tokenizer)
    whole = [encoder.encode(sft.messages(record, is_with_trace=method.is_with_trace)) for record in found.records]
    cut = [_within(rows, method.max_length) for rows in whole]
    left = found.once_more(method.kind, cut, method.on_bad)
    pairs = [(rows, short) for rows, short in zip(whole, cut, strict=True) if isinstance(rows, list) and isinstance(short, list)]
    n_tokens_cut = [_n_tokens(rows) - _n_tokens(short) for rows, short in pairs]
    return Read(
        [row for _, short in pairs for row in short],
        left,
        n_cut=sum(n > 0 for n in n_tokens_cut),
        n_tokens_cut=sum(n_tokens_cut),
        n_own_tokens_cut=sum(row.n_own for rows, _ in pairs for row in rows) - sum(row.n_own for _, short in pairs for row in short),
    )


def _within(rows: list[Encoded] | Unsound, max_length: int) -> list[Encoded] | Unsound:
    """The rows that still hold something of the assistant's, cut to length."""
    if isinstance(rows, Unsound):
        return rows
    left = [short for row in rows if (short := row.cut(max_length)).n_own]
    longest = max(len(row.ids) for row in rows)
    what = f"nothing that the assistant says lies within max_length {max_length} of its {longest} tokens"
    return left or Unsound("too_long", what, "raise max_length or shorten the prompt")


def _n_tokens(rows: list[Encoded]) -> int:
    return sum(len(row.ids) for row in rows)


def dataset(rows: Sequence[Encoded]) -> Dataset:
    """Columns `input_ids` and `labels`."""
    ids, labels = [row.ids for row in rows], [row.labels for row in rows]
    return Dataset.from_dict({"input_ids": _narrow(ids), "labels": _narrow(labels)})


def _narrow(column: Sequence[Sequence[int]]) -> list[Any]:
    return [np.array(each, dtype=np.int32) for each in column]
