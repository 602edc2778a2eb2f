"""Continued pre-training by TRL's SFTTrainer, on chunks that we cut."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from datasets import Dataset
from transformers import AutoTokenizer
from trl import SFTConfig

from osler.core.errors import UserError
from osler.train.masks import IGNORED
from osler.train.method import Course, Trained
from osler.train.records import Records, Sound
from osler.train.sft_trainer import PlainLossTrainer
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.cpt import CPT

Chunk = np.ndarray[tuple[int], np.dtype[np.int32]]


def train(method: "CPT", course: Course, sound: Sound) -> Trained:
    """See `CPT.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    if tokenizer.eos_token_id is None:
        raise UserError(f"{course.base}: the tokenizer has no end-of-text token to set texts apart by; name one as eos_token")
    chunks = list(chunked(tokens_of(tokenizer, sound.records), method.max_length))
    trainer = PlainLossTrainer(
        model=causal_model(course.base, method, course.seed),
        processing_class=tokenizer,
        train_dataset=Dataset.from_dict({"input_ids": chunks, "labels": [_labels(chunk) for chunk in chunks]}),
        args=SFTConfig(
            **method.schedule.arguments(str(course.folder), course.seed),
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
    )
    n_tokens = sum(len(chunk) - 1 for chunk in chunks) + 1
    notes = {"n_tokens": n_tokens, "n_chunks": len(chunks), "n_tokens_of_last_chunk": len(chunks[-1])}
    return trained(trainer, course, method, sound, notes=notes)


def tokens_of(tokenizer: Any, records: Records) -> Chunk:
    """All texts one after the other, each closed by the end-of-text token."""
    texts = (tokenizer(record["text"], verbose=False)["input_ids"] for record in records)
    closed = (ids if ids[-1:] == [tokenizer.eos_token_id] else [*ids, tokenizer.eos_token_id] for ids in texts)
    return np.concatenate([np.array(ids, dtype=np.int32) for ids in closed])


def chunked(tokens: Chunk, max_length: int) -> Iterator[Chunk]:
    """Chunks of `max_length`, the last one shorter where they do not come out even. Each begins with the token that the one before ends
    with, so that every token but the very first is foretold once."""
    for start in range(0, len(tokens) - 1, max_length - 1):
        yield tokens[start : start + max_length]


def _labels(chunk: Chunk) -> Chunk:
    """Nothing foretells the first token of a chunk, and it must not count as if it did."""
    labels = chunk.copy()
    labels[0] = IGNORED
    return labels
