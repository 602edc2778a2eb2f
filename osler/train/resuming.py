"""An interrupted training goes on where its last complete state was kept, to the same curve and, on a CPU in float32, the same bytes.

States are the library's own checkpoints, under `.resume` in the folder of the training: weights as safetensors, the optimiser, the schedule
and the random numbers in files that are loaded as weights only. What the library does not keep is kept beside them: the random numbers that
the order of the epoch was drawn from, without which samplers that draw from the common ones, or from their own, would go on in another
order. The marker `complete.json` is written last; a state without it was being written when the process died, and counts for nothing.
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file
from transformers.trainer_callback import TrainerCallback

from osler.core.checkpoint import content_hash
from osler.core.records import write_text
from osler.train.curve import Curve
from osler.train.method import Course, Method
from osler.train.records import Sound
from osler.train.schedule import is_first_process, n_processes

RESUME, MARKER = ".resume", "complete.json"
log = logging.getLogger("osler.train")


@dataclass(frozen=True)
class Fingerprint:
    """Which training a state is of: `training` is all but how the optimiser goes about it, which `schedule` is. A reward that is a function
    has none: who changes it names another folder."""

    training: str
    schedule: str

    @classmethod
    def of(cls, course: Course, method: Method, sound: Sound) -> "Fingerprint":
        settings = TypeAdapter(type(method)).dump_python(method, mode="json")
        schedule = settings.pop("schedule")
        del schedule["save_every_s"]
        place = [schedule.pop("batch_size"), schedule.pop("accumulate"), n_processes()]
        digest = hashlib.sha256(json.dumps([settings, place, course.seed, content_hash(str(course.base))], sort_keys=True).encode())
        for record in sound.records:
            digest.update(json.dumps(record, sort_keys=True, default=str).encode() + b"\n")
        return cls(digest.hexdigest(), hashlib.sha256(json.dumps(schedule, sort_keys=True).encode()).hexdigest())


class Resuming(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Keeps the state each `save_every_s` seconds, and finds the one to go on from. `cost` says what this process has spent, by name;
    `before` is what was spent up to the state that it went on from, which is kept with the state."""

    def __init__(
        self, trainer: Any, course: Course, method: Method, sound: Sound, curve: Curve, cost: Callable[[], dict[str, float]]
    ) -> None:
        self._trainer, self._curve, self._every_s = trainer, curve, method.schedule.save_every_s
        self._fingerprint_of: Callable[[], Fingerprint] = lambda: Fingerprint.of(course, method, sound)
        self._fingerprint: Fingerprint | None = None
        self.folder = course.folder / RESUME
        self._cost = cost
        self.before: dict[str, float] = {}
        self._order: dict[str, torch.Tensor] = {}
        self._to_restore: dict[str, torch.Tensor] = {}
        self._saved_s = time.monotonic()
        self._library_save = trainer._save_checkpoint
        trainer._save_checkpoint = lambda model, trial: self.save()

    @property
    def fingerprint(self) -> Fingerprint:
        """Worked out for the first state that is kept or found: the base may take a while to read."""
        if self._fingerprint is None:
            self._fingerprint = self._fingerprint_of()
        return self._fingerprint

    def found(self) -> tuple[Path | None, int]:
        """The last complete state of this training and its step; none and 0 where there is none. What is of another training is deleted,
        and the log says so. After a stop by the guard, another schedule goes on from the state; else it is another training."""
        newest: Path | None = None
        marker: dict[str, Any] = {}
        for folder in sorted(self.folder.glob("checkpoint-*"), key=_step, reverse=True):
            if marker := _marker(folder):
                newest = folder
                break
        is_mine = newest is not None and marker["training"] == self.fingerprint.training
        is_same = is_mine and marker["schedule"] == self.fingerprint.schedule
        self._trainer.accelerator.wait_for_everyone()
        if newest is None or not (is_same or (is_mine and marker["is_stopped"])):
            if newest is not None:
                log.warning("%s: the state kept there is of another training (settings, seed, base or records); starting anew", self.folder)
            self.delete()
            return None, 0
        self.before = marker["spent"]
        self._to_restore = load_file(newest / f"order-{self._trainer.args.process_index}.safetensors")
        if not is_same:
            _keep_new_schedule(self._trainer)
        return newest, _step(newest)

    def spent(self) -> dict[str, float]:
        """In all, interrupted parts with it."""
        return {name: self.before.get(name, 0.0) + value for name, value in self._cost().items()}

    def delete(self) -> None:
        if is_first_process():
            shutil.rmtree(self.folder, ignore_errors=True)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        generator = _generator(kwargs["train_dataloader"])
        if self._to_restore:
            if "generator" in self._to_restore and generator is not None:
                generator.set_state(self._to_restore["generator"])
            torch.set_rng_state(self._to_restore["torch"])
            self._to_restore = {}
        self._order = _order(generator)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        is_last = state.global_step >= state.max_steps
        is_due = self._agreed(time.monotonic() - self._saved_s >= self._every_s)
        control.should_save = is_due and not is_last and self._is_between_draws()

    def _agreed(self, is_due: bool) -> bool:
        """What the first process says: the clocks of the others differ."""
        if n_processes() == 1:
            return is_due
        mine = torch.tensor(float(is_due and is_first_process()), device=self._trainer.accelerator.device)
        return float(self._trainer.accelerator.reduce(mine, reduction="sum")) > 0

    def _is_between_draws(self) -> bool:
        """Whether no replies are left that a policy in training drew for several steps: they are in no state."""
        if not hasattr(self._trainer, "_buffered_inputs"):
            return True
        return bool(self._trainer._step % (self._trainer.args.steps_per_generation * self._trainer.num_iterations) == 0)

    def stop(self) -> int:
        """The guard stops the training before the optimiser's step: keep what there is, open to another schedule. Returns the step that
        can be gone on from, 0 where there is none."""
        if self._trainer.state.global_step and not hasattr(self._trainer, "_buffered_inputs"):
            self.save(is_stopped=True)
        newest = max(self.folder.glob(f"checkpoint-*/{MARKER}"), key=lambda file: _step(file.parent), default=None)
        if newest is None:
            return 0
        if is_first_process():
            write_text(newest, json.dumps(_marker(newest.parent) | {"is_stopped": True}))
        return _step(newest.parent)

    def save(self, *, is_stopped: bool = False) -> None:
        """The state as it is now; older ones go once it is complete."""
        trainer = self._trainer
        folder = self.folder / f"checkpoint-{trainer.state.global_step}"
        if is_first_process():
            shutil.rmtree(folder, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
        trainer.accelerator.wait_for_everyone()
        is_amid = is_stopped or trainer.state.epoch != int(trainer.state.epoch)
        if is_stopped and trainer.state.epoch == int(trainer.state.epoch):
            torch.set_rng_state(self._order["torch"])  # the epoch that has begun will begin again
        output_dir, trainer.args.output_dir = trainer.args.output_dir, str(self.folder)
        try:
            self._library_save(trainer.model, None)
        finally:
            trainer.args.output_dir = output_dir
        order = self._order if is_amid else _order(_generator(trainer.callback_handler.train_dataloader))
        save_file(order, folder / f"order-{trainer.args.process_index}.safetensors")
        self._curve.secure()
        trainer.accelerator.wait_for_everyone()
        if is_first_process():
            (folder / "training_args.bin").unlink(missing_ok=True)
            self._complete(folder, is_stopped=is_stopped)
        self._saved_s = time.monotonic()

    def _complete(self, folder: Path, *, is_stopped: bool) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        marker = {"training": self.fingerprint.training, "schedule": self.fingerprint.schedule}
        write_text(folder / MARKER, json.dumps(marker | {"is_stopped": is_stopped, "spent": self.spent()}))
        for older in self.folder.glob("checkpoint-*"):
            if older != folder:
                shutil.rmtree(older, ignore_errors=True)


def _step(folder: Path) -> int:
    return int(folder.name.removeprefix("checkpoint-"))


def _marker(folder: Path) -> dict[str, Any]:
    """Empty where the state is not complete."""
    file = folder / MARKER
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _generator(batches: Any) -> torch.Generator | None:
    """The random numbers of the sampler's own, where it has some."""
    sampler = batches.batch_sampler
    while (inner := getattr(sampler, "batch_sampler", None) or getattr(sampler, "sampler", None)) is not None:
        sampler = inner
    generator = getattr(sampler, "generator", None)
    return generator if isinstance(generator, torch.Generator) else None


def _order(generator: torch.Generator | None) -> dict[str, torch.Tensor]:
    """What the order of an epoch is drawn from: the common random numbers, and the sampler's."""
    return {"torch": torch.get_rng_state()} | ({"generator": generator.get_state()} if generator is not None else {})


def _keep_new_schedule(trainer: Any) -> None:
    """Let the trainer load the optimiser's state but not the learning rate, decay and momenta that stand in it."""
    load = trainer._load_optimizer_and_scheduler

    def loaded(checkpoint: str) -> None:
        groups = [{name: value for name, value in group.items() if name != "params"} for group in trainer.optimizer.param_groups]
        base_lrs = list(trainer.lr_scheduler.base_lrs)
        load(checkpoint)
        scheduler = trainer.lr_scheduler
        scheduler.base_lrs = base_lrs
        for group, new, base, factor in zip(trainer.optimizer.param_groups, groups, base_lrs, scheduler.lr_lambdas, strict=True):
            group.update(new, lr=base * factor(scheduler.last_epoch), initial_lr=base)
        scheduler._last_lr = [group["lr"] for group in trainer.optimizer.param_groups]  # what is logged

    trainer._load_optimizer_and_scheduler = loaded
