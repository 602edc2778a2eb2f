"""Training of the process reward model: soft labels at the end of each step, by our own loss on `transformers.Trainer`.

TRL had a PRM trainer until 1.13; it cut soft labels to integers. Here a label of 0.35 stays 0.35 and a masked step counts for nothing.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer, Trainer, TrainingArguments

from osler.core.encoding import EncodedSteps, StepEncoder
from osler.train.adapter import adapted
from osler.train.method import Course, Trained
from osler.train.records import Records, Sound
from osler.train.schedule import n_processes
from osler.train.trainer import trained

if TYPE_CHECKING:
    from osler.train.prm import TrainPRM


def train(method: "TrainPRM", course: Course, sound: Sound) -> Trained:
    """See `TrainPRM.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    config = AutoConfig.from_pretrained(course.base, num_labels=1)
    config.classifier_dropout = 0.0  # not every configuration knows it, so `from_pretrained` would hand it to the model, which refuses it
    torch.manual_seed(course.seed)  # the new logit's weights
    precision = getattr(torch, method.weights)
    model = AutoModelForTokenClassification.from_pretrained(course.base, config=config, dtype=precision, use_safetensors=True)
    trainer = _StepTrainer(
        model=adapted(model, method.adapter, "TOKEN_CLS"),
        processing_class=tokenizer,
        args=TrainingArguments(
            **method.schedule.arguments(str(course.folder), course.seed),
            remove_unused_columns=False,
            train_sampling_strategy="group_by_length",
        ),
        train_dataset=_Encoded(sound.records, StepEncoder(tokenizer)),
        data_collator=_collate,
    )
    return trained(trainer, course, method, sound)


class _Encoded(torch.utils.data.Dataset[dict[str, Any]]):
    """Records as ids, step ends and labels. `input_ids` is what the length-grouped sampler looks for."""

    def __init__(self, records: Records, encoder: StepEncoder) -> None:
        self._rows = [_encode(record, encoder) for record in records]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return self._rows[at]


def _encode(record: dict[str, Any], encoder: StepEncoder) -> dict[str, Any]:
    encoded: EncodedSteps = encoder.encode(record["prompt"], record["completions"])
    mask = record.get("mask") or [True] * len(record["labels"])
    counted = [(end, label) for end, label, counts in zip(encoded.ends, record["labels"], mask, strict=True) if counts]
    return {"input_ids": list(encoded.ids), "ends": [end for end, _ in counted], "labels": [label for _, label in counted]}


def _collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Right-padded ids (rows, tokens), and for every counted step of the batch its row, its position and its label, each (steps,)."""
    width = max(len(row["input_ids"]) for row in rows)
    return {
        "input_ids": torch.tensor([row["input_ids"] + [0] * (width - len(row["input_ids"])) for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows]),
        "rows": torch.tensor([at for at, row in enumerate(rows) for _ in row["ends"]], dtype=torch.long),
        "ends": torch.tensor([end for row in rows for end in row["ends"]], dtype=torch.long),
        "labels": torch.tensor([label for row in rows for label in row["labels"]], dtype=torch.float32),
    }


class _StepTrainer(Trainer):  # type: ignore[misc]  # transformers has no types
    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Groups of like length over the batches of all processes together, as one process would make them."""
        sampler = super()._get_train_sampler(train_dataset)
        sampler.batch_size *= n_processes()
        return sampler

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, num_items_in_batch: torch.Tensor | None = None
    ) -> Any:
        """Binary cross-entropy with soft labels, −y·log σ(z) − (1−y)·log(1−σ(z)), summed over the counted steps of these rows and divided
        by `num_items_in_batch`: how many the optimiser step has in all, over accumulated batches and processes. The trainer adds the parts
        up."""
        output = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        logits = output.logits[inputs["rows"], inputs["ends"], 0]
        total = binary_cross_entropy_with_logits(logits.float(), inputs["labels"], reduction="sum")
        n_steps = torch.tensor(len(logits)) if num_items_in_batch is None else num_items_in_batch
        n_averaged = 1 if num_items_in_batch is None else self.accelerator.num_processes  # over processes, gradients are averaged
        loss = total * n_averaged / n_steps.clamp(min=1)
        return (loss, output) if return_outputs else loss
