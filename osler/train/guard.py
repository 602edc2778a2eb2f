"""A loss or a gradient that is no number stops the training, before the optimiser takes it into the weights."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers.trainer_callback import TrainerCallback

from osler.core.errors import UserError
from osler.core.records import write_records
from osler.train.records import Records
from osler.train.resuming import Resuming
from osler.train.schedule import is_first_process, n_processes

NAN_BATCH = "nan_batch.jsonl"


class Guard(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Raises UserError with the step, once the records of its batch are written to nan_batch.jsonl and the state before it is kept."""

    def __init__(self, trainer: Any, folder: Path, records: Records, resuming: Resuming) -> None:
        self._trainer, self._records, self._resuming = trainer, records, resuming
        self._path = folder / (NAN_BATCH if is_first_process() else f"nan_batch.{trainer.args.process_index}.jsonl")
        self._batches: list[Any] = []
        self._norm: Any = None
        draw, norm = trainer.get_batch_samples, trainer._get_grad_norm

        def drawn(*arguments: Any) -> Any:
            batches, n_items = draw(*arguments)
            self._batches = batches
            return batches, n_items

        def normed(*arguments: Any, **named: Any) -> Any:
            self._norm = norm(*arguments, **named)
            return self._norm

        trainer.get_batch_samples, trainer._get_grad_norm = drawn, normed

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        loss, norm = self._together(self._trainer._tr_loss), self._norm if self._norm is not None else 0.0
        if torch.isfinite(torch.as_tensor(loss)) and torch.isfinite(torch.as_tensor(norm)):
            return
        what = f"its loss is {float(loss)}" if not torch.isfinite(torch.as_tensor(loss)) else f"its gradient's norm is {float(norm)}"
        step = state.global_step + 1
        write_records(self._path, ({"step": step, **row} for row in self._found()))
        last = self._resuming.stop()
        after = f"it then goes on from step {last}" if last else "it then starts from the base"
        advice = "look at the records, or lower schedule.learning_rate, and give the same command again"
        raise UserError(f"{self._path}: step {step} was stopped with this batch, because {what}; {advice}: {after}")

    def _together(self, loss: torch.Tensor) -> torch.Tensor:
        return loss if n_processes() == 1 else self._trainer.accelerator.reduce(loss.detach().clone(), reduction="sum")

    def _found(self) -> Iterator[dict[str, Any]]:
        """The records of the batch with their places; what it says, decoded, of rows that no record is found for. Rows that a method draws
        replies for stand in the batch as they are."""
        for batch in self._batches:
            if isinstance(batch, list):
                yield from map(self._of_prompt, batch)
            else:
                for ids, mask in zip(batch["input_ids"], batch.get("attention_mask", torch.ones_like(batch["input_ids"])), strict=True):
                    yield from self._of_row(ids[mask.bool()].tolist())

    def _of_prompt(self, row: dict[str, Any]) -> dict[str, Any]:
        if isinstance(at := row.get("at"), int):
            return {"place": self._records.place(at), "record": self._records[at]}
        return {"record": json.loads(json.dumps(row, default=str))}

    def _of_row(self, ids: list[int]) -> Iterator[dict[str, Any]]:
        numbers = self._numbers(ids)
        for at in numbers:
            yield {"place": self._records.place(at), "record": self._records[at]}
        if not numbers:
            yield {"decoded": self._decoded(ids)}

    def _numbers(self, ids: list[int]) -> list[int]:
        """The records whose tokens these are; else, where rows are not records (packed, cut, or a row per turn), those that have the most
        of their texts in it."""
        rows = self._trainer.train_dataset
        if len(rows) == len(self._records):
            exact = [at for at in range(len(rows)) if list(rows[at].get("input_ids") or []) == ids]
            if exact:
                return exact
        text = self._decoded(ids)
        shares = [_share(list(_texts(record)), text) for record in self._records]
        best = max(shares, default=0.0)
        return [at for at, share in enumerate(shares) if share == best and best > 0]

    def _decoded(self, ids: list[int]) -> str:
        tokenizer = self._trainer.processing_class
        return str(tokenizer.decode(ids)) if tokenizer is not None else " ".join(map(str, ids))


def _texts(value: Any, name: str = "") -> Iterator[str]:
    """Every text in a record, but ids and roles."""
    if isinstance(value, str) and name not in ("id", "role", "kind"):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, key)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, name)


def _share(texts: list[str], text: str) -> float:
    """The share of characters that stand in `text` as they are."""
    n_all = sum(len(each.strip()) for each in texts)
    return sum(len(each.strip()) for each in texts if each.strip() and each.strip() in text) / n_all if n_all else 0.0
