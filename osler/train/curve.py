"""The curve of a training: a line for every optimiser step, on disk before the next one begins, and at the end a picture of it."""

import json
import os
from math import fsum
from pathlib import Path
from typing import Any

from transformers.trainer_callback import TrainerCallback

from osler.core.records import write_text
from osler.train.curve_picture import picture

CURVE, PICTURE = "curve.jsonl", "curve.svg"
_NOT_OF_THE_STEP = {"epoch", "step_time", "num_tokens"}
"""Where it stands, how long this machine took, and what this process has read so far, which starts again after an interruption."""


class Curve(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """`{"step", "loss", "grad_norm", "learning_rate", …}` of each step in curve.jsonl, with whatever else the method logs. `grad_norm` is
    that before clipping. All processes know the curve, `is_writing` one of them writes it."""

    def __init__(self, folder: Path, *, is_writing: bool) -> None:
        self._path, self._picture, self._is_writing = folder / CURVE, folder / PICTURE, is_writing
        self._rows: list[dict[str, Any]] = []

    def begin(self, after: int) -> None:
        """Start the curve, or take up that of an interrupted training: what lies beyond the step `after`, from whose state it goes on,
        is trained again."""
        kept = [row for row in map(_row, _lines(self._path)) if row and row["step"] <= after] if after else []
        self._rows = kept
        if self._is_writing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._path, "".join(json.dumps(row) + "\n" for row in kept))

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **kwargs: Any) -> None:
        state.log_history.clear()  # it would be written with every state that is kept
        if "loss" not in logs:  # the summary at the end
            return
        self._rows.append({"step": state.global_step, **{name: value for name, value in logs.items() if name not in _NOT_OF_THE_STEP}})
        if self._is_writing:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._rows[-1]) + "\n")

    def secure(self) -> None:
        """What is written is on the disk, before a state is that rests on it."""
        if self._is_writing and self._path.exists():
            with self._path.open("rb") as file:
                os.fsync(file.fileno())

    def mean_loss(self) -> float:
        """Over all steps, of every process together, those before an interruption with them; 0 where there was no step."""
        return fsum(row["loss"] for row in self._rows) / len(self._rows) if self._rows else 0.0

    def draw(self) -> None:
        if self._is_writing and self._rows:
            write_text(self._picture, picture(self._rows))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _row(line: str) -> dict[str, Any] | None:
    """None for the line that was being written when the process died."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "step" in row and "loss" in row else None
