"""Supervised fine-tuning of a policy on traces, by TRL's SFTTrainer. Only what the assistant wrote is trained on."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.train.schedule import OnStep, Schedule


@dataclass(frozen=True, config=STRICT)
class SFT:
    """Train every weight of the policy. `max_length` cuts longer records (tokens). `is_in_order`: each epoch reads the records as they
    come, for a curriculum; else it shuffles them."""

    kind: Literal["sft"] = "sft"
    schedule: Schedule = Schedule()
    max_length: int = Field(default=8192, ge=16)
    is_in_order: bool = False

    def train(
        self, base: Path, records: Sequence[dict[str, Any]], folder: Path, *, seed: int, on_step: OnStep | None = None
    ) -> dict[str, float]:
        """Train the checkpoint at `base` on `{"messages": …}` records and write the new one to `folder`. Returns the final loss and the
        number of steps. Deterministic on a CPU in float32 with a fixed number of threads."""
        import torch
        from datasets import Dataset
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from trl import SFTConfig

        from osler.train.sft_trainer import PlainLossTrainer
        from osler.train.trainer import Reporting, quiet, save, trained

        if not records:
            raise UserError("sft: there is no record to train on; the stage before kept nothing")
        tokenizer = AutoTokenizer.from_pretrained(base)
        has_markers = re.search(r"\{%-?\s*generation\s*-?%\}", tokenizer.chat_template or "") is not None
        dataset = Dataset.from_list([row for record in records for row in _rows(record, has_markers)])
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, use_safetensors=True)
        trainer = PlainLossTrainer(
            model=model,
            processing_class=tokenizer,
            train_dataset=dataset,
            args=SFTConfig(
                **self.schedule.arguments(str(folder), seed),
                max_length=self.max_length,
                assistant_only_loss=has_markers,
                train_sampling_strategy="sequential" if self.is_in_order else "random",
            ),
            callbacks=[Reporting(on_step)],
        )
        outcome = trained(quiet(trainer), len(records))
        save(trainer, folder)
        return outcome


def _rows(record: dict[str, Any], has_markers: bool) -> list[dict[str, Any]]:
    """Messages where the chat template marks what the assistant wrote; else prompt and completion of each of its turns, whose loss TRL
    masks by itself."""
    messages = record["messages"]
    if has_markers:
        return [{"messages": messages}]
    turns = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
    return [{"prompt": messages[:at], "completion": messages[at : at + 1]} for at in turns]
