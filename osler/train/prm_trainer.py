"""Training of the process reward model: soft labels at the end of each step, by our own loss on `transformers.Trainer`.

TRL had a PRM trainer until 1.13; it cut soft labels to integers. Here a label of 0.35 stays 0.35 and a masked step counts for nothing.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer, Trainer, TrainingArguments

from osler.core.encoding import EncodedSteps, StepEncoder
from osler.train.adapter import adapted
from osler.train.adapting import loading
from osler.train.method import Course, Trained
from osler.train.records import Records, Row, Sound, Unsound
from osler.train.schedule import n_processes
from osler.train.trainer import causal_model, trained

if TYPE_CHECKING:
    from osler.train.prm import TrainPRM


def train(method: "TrainPRM", course: Course, checked: Sound) -> Trained:
    """See `TrainPRM.train`."""
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    is_head = method.form == "head"
    encoder = StepEncoder(tokenizer, "" if is_head else method.marks.marker)
    long = (_too_long(record, encoder, method.max_length) for record in checked.records)
    short = checked.once_more(method.kind, long, method.on_bad)
    trainer = _StepTrainer(
        model=_with_head(method, course) if is_head else _with_marks(method, course),
        mark_ids=None if is_head else method.marks.ids(tokenizer),
        processing_class=tokenizer,
        args=TrainingArguments(
            **method.schedule.arguments(str(course.folder), course.seed),
            remove_unused_columns=False,
            train_sampling_strategy="group_by_length",
        ),
        train_dataset=_Encoded(short.records, encoder, method),
        data_collator=_collate,
    )
    return trained(trainer, course, method, short)


def _with_head(method: "TrainPRM", course: Course) -> Any:
    """The body of the base under one new logit, which the seed draws."""
    how = loading(course.base, method, "TOKEN_CLS")
    config = AutoConfig.from_pretrained(course.base, num_labels=1)
    config.classifier_dropout = 0.0  # not every configuration knows it, so `from_pretrained` would hand it to the model, which refuses it
    torch.manual_seed(course.seed)
    model = AutoModelForTokenClassification.from_pretrained(course.base, config=config, **how)
    return adapted(model, method.adapter, "TOKEN_CLS")


def _with_marks(method: "TrainPRM", course: Course) -> Any:
    """The base itself; its config.json says by which tokens it speaks."""
    model = causal_model(course.base, method, course.seed)
    model.config.step_marks = asdict(method.marks)
    return model


def _too_long(record: Row, encoder: StepEncoder, max_length: int) -> Unsound | None:
    n_tokens = len(encoder.encode(record["prompt"], record["completions"]).ids)
    if n_tokens <= max_length:
        return None
    return Unsound("too_long", f"it has {n_tokens} tokens and max_length is {max_length}", "raise max_length")


class _Encoded(torch.utils.data.Dataset[dict[str, Any]]):
    """Records as ids, step ends and labels. `input_ids` is what the length-grouped sampler looks for."""

    def __init__(self, records: Records, encoder: StepEncoder, method: "TrainPRM") -> None:
        self._rows = [_encode(record, encoder, method) for record in records]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return self._rows[at]


def _encode(record: Row, encoder: StepEncoder, method: "TrainPRM") -> dict[str, Any]:
    encoded: EncodedSteps = encoder.encode(record["prompt"], record["completions"])
    counted = [(end, label) for end, label in zip(encoded.ends, method.labels_of(record), strict=True) if label is not None]
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
    def __init__(self, *, mark_ids: tuple[int, int] | None = None, **further: Any) -> None:
        super().__init__(**further)
        self.mark_ids = mark_ids
        self._loss_shifts_labels = False  # else the first label of each batch of a causal model would not be among those counted

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
        output, logits = _logits_of(model, inputs, self.mark_ids)
        total = binary_cross_entropy_with_logits(logits.float(), inputs["labels"], reduction="sum")
        n_steps = torch.tensor(len(logits)) if num_items_in_batch is None else num_items_in_batch
        n_averaged = 1 if num_items_in_batch is None else self.accelerator.num_processes  # over processes, gradients are averaged
        loss = total * n_averaged / n_steps
        return (loss, output) if return_outputs else loss


def _logits_of(model: Any, inputs: dict[str, torch.Tensor], mark_ids: tuple[int, int] | None) -> tuple[Any, torch.Tensor]:
    """What the model put out, and z of every counted step, shape (steps,). Of two tokens it is the difference of their logits: the softmax
    over the two is the sigmoid of it, and the cross-entropy of two classes the binary one."""
    ids_and_mask = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    if mark_ids is None:
        output = model(**ids_and_mask)
        return output, output.logits[inputs["rows"], inputs["ends"], 0]
    columns, places = torch.unique(inputs["ends"], return_inverse=True)  # the whole vocabulary is asked for at these positions alone
    output = model(**ids_and_mask, logits_to_keep=columns)
    good, bad = output.logits[inputs["rows"], places][:, list(mark_ids)].float().unbind(-1)
    return output, good - bad
