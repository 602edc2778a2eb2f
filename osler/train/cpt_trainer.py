"""Continued pre-training by TRL's SFTTrainer on plain texts."""

from typing import TYPE_CHECKING

from datasets import Dataset
from transformers import AutoTokenizer
from trl import SFTConfig

from osler.train.method import Course, Trained
from osler.train.records import Sound
from osler.train.sft_trainer import PlainLossTrainer
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.cpt import CPT


def train(method: "CPT", course: Course, sound: Sound) -> Trained:
    """See `CPT.train`."""
    trainer = PlainLossTrainer(
        model=causal_model(course.base, method),
        processing_class=AutoTokenizer.from_pretrained(course.base),
        train_dataset=Dataset.from_list([{"text": record["text"]} for record in sound.records]),
        args=SFTConfig(
            **method.schedule.arguments(str(course.folder), course.seed),
            max_length=method.max_length,
            packing=True,
            packing_strategy="wrapped",
        ),
    )
    return trained(trainer, course, method, sound)
