"""What our trainers do differently from the library's: tell whoever listens how far they are instead of printing, leave no pickle, and say
when nothing was saved."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from transformers.utils import logging

from osler.core.errors import UserError
from osler.core.records import write_text
from osler.train.adapter import adapted
from osler.train.adapting import loading, tidy
from osler.train.curve import Curve
from osler.train.energy import Meter
from osler.train.guard import Guard
from osler.train.merging import merge
from osler.train.method import Course, Method, Trained
from osler.train.records import Sound
from osler.train.resuming import Resuming
from osler.train.schedule import OnStep, is_first_process, n_processes

TRAINED = "training.json"


def causal_model(base: Path, method: Method, seed: int) -> Any:
    """The checkpoint at `base` as the method trains it: in its precision, with its adapter, whose first weights are the seed's."""
    model = AutoModelForCausalLM.from_pretrained(base, **loading(base, method))
    torch.manual_seed(seed)
    return adapted(model, method.adapter)


def trained(trainer: Any, course: Course, method: Method, sound: Sound, **further: Any) -> Trained:
    """Train, write the checkpoint and training.json to the course's folder, and say how it went. `further` are fields of `Trained`. An
    interrupted training goes on from its last state; each step leaves a line of curve.jsonl, and one whose loss is no number stops it."""
    started = time.monotonic()
    with Meter() as meter:
        curve = Curve(course.folder, is_writing=is_first_process())
        resuming = Resuming(
            trainer, course, method, sound, curve, lambda: {"seconds": time.monotonic() - started, "joules": meter.joules()}
        )
        state, step = resuming.found()
        curve.begin(step)
        for callback in (Reporting(course.on_step), curve, resuming, Guard(trainer, course.folder, sound.records, resuming)):
            trainer.add_callback(callback)
        steps = steps_of(quiet(trainer), state)
        if method.adapter:
            _save_adapted(trainer, course, method, is_merged=method.adapter.is_merged)
        else:
            save(trainer, course.folder)
    curve.draw()
    seconds, energy = round(resuming.spent()["seconds"], 1), meter.energy(resuming.before.get("joules", 0.0))
    cost: dict[str, Any] = {"seconds": seconds, "energy": energy, "resumed_at": step}
    outcome = Trained(curve.mean_loss(), steps, len(sound.records), sound.dropped, **cost, **further)
    if is_first_process():
        if trainer.processing_class is not None:
            trainer.processing_class.save_pretrained(course.folder)
        write_text(course.folder / TRAINED, json.dumps(asdict(outcome), indent=2, ensure_ascii=False) + "\n")
    resuming.delete()
    return outcome


class Reporting(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._on_step and is_first_process():
            self._on_step(state.global_step, state.max_steps)


def save(trainer: Any, folder: Path) -> None:
    """Write the checkpoint, without the pickle of its arguments that the trainer leaves beside it: the run has its recipe. Raises UserError
    where the shards of several processes were not put together."""
    trainer.save_model(str(folder))
    trainer.accelerator.wait_for_everyone()
    (folder / "training_args.bin").unlink(missing_ok=True)
    if not any(folder.glob("*.safetensors")):
        advice = "set fsdp_state_dict_type: FULL_STATE_DICT, or zero3_save_16bit_model: true, in the configuration of accelerate"
        raise UserError(f"{folder}: the processes kept the weights in shards and wrote no checkpoint; {advice}")


def _save_adapted(trainer: Any, course: Course, method: Method, *, is_merged: bool) -> None:
    """The adapter, and the whole checkpoint where it is merged: into the base as it lies on disk, for what was trained on may have 4
    bits."""
    adapter = course.folder / "adapter" if is_merged else course.folder
    save(trainer, adapter)
    if is_first_process():
        tidy(adapter)
        if is_merged:
            config = trainer.accelerator.unwrap_model(trainer.model).config
            merge(adapter, course.folder, base=str(course.base), precision=method.weights, config=config)


def steps_of(trainer: Any, state: Path | None = None) -> int:
    """Train, from the kept `state` where there is one, and say how many steps. Raises UserError where the processes know nothing of each
    other, and each would train alone on its share."""
    if trainer.args.world_size != n_processes():
        found = f"{n_processes()} processes were started and {trainer.args.world_size} train together"
        raise UserError(f"train: {found}; start them by `accelerate launch`, one for each device")
    outcome = trainer.train(resume_from_checkpoint=str(state)) if state else trainer.train()
    return int(outcome.global_step)


def quiet(trainer: Any) -> Any:
    """The trainer without its own printing, and without the bar of the checkpoint that it writes."""
    logging.disable_progress_bar()
    trainer.create_model_card = lambda **named: None  # TRL writes one with each state
    trainer.remove_callback(PrinterCallback)
    return trainer
