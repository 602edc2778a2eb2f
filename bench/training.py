"""How fast is training? Ratios, each against a named other, on the same machine and in the same run.

    python bench/training.py [sft] [sft_packed] [packing] [prm] [--pairs 3]

sft         wall time of our SFT (read the records, tokenise, train, save the checkpoint) against TRL's bare SFTTrainer on the same
            records with the same schedule. To be reached: at most 1.15 times as long.
sft_packed  the same of packed records of unequal length. TRL puts a whole batch into one row, as flash attention needs it.
packing     our SFT unpacked against packed, on records of unequal length: the same tokens are trained on, in about as many steps. To be
            reached: 1.3 times as fast. Attention of sdpa, which separates packed records by a mask.
prm         wall time of a process reward model's training, in either form, against our SFT unpacked on the same traces in the same batches.
            To be reached: at most 1.10 times as long.

The nano model of `osler/models/nano.py`, on reasoning about the clinic's cases. The two of a pair take turns, and the one that begins
changes from pair to pair; the ratio is that of the fastest of each, the median of the pairs' own ratios stands beside it. About two minutes
on two cores.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import datasets
import torch
import transformers
import trl
from search import CLINIC, CODEC, PROMPT, machine, row
from transformers.trainer_callback import PrinterCallback

from osler.core.encoding import StepMarks
from osler.core.trace import Step, Trace
from osler.models.nano import Nano
from osler.synthesise.exports import prm_record, sft_record
from osler.synthesise.labels import LabelledTrace
from osler.train.prm import TrainPRM
from osler.train.records import Records
from osler.train.schedule import Schedule
from osler.train.sft import SFT

MAX_LENGTH, N_EQUAL, N_UNEQUAL = 512, 200, 192
SCHEDULE = {"learning_rate": 3e-3, "warmup": 0.05}


class Place:
    """A folder with a nano model that nobody trained, and files of records."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.base, self._n_trained = folder, folder / "base", 0
        dataset = CLINIC.load(1)
        self.records = [sft_record(each.item.question, [Step(text) for text in each.steps], PROMPT, CODEC) for each in dataset.worked]
        turns = [message["content"] for record in self.records for message in record["messages"]]
        Nano(max_length=MAX_LENGTH).create([*turns, *dataset.vocabulary], self.base, seed=1)

    def written(self, name: str, records: list[dict[str, Any]]) -> Path:
        file = self.folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        return file

    def next(self) -> Path:
        """Where the next checkpoint goes."""
        self._n_trained += 1
        return self.folder / f"trained-{self._n_trained}"


def unequal(records: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Records whose turns have a log-normal number of words, median 33: what is cut from or repeated of their own."""
    random, made = Random(1), []
    for at in range(n):
        asked, said = (message["content"].split() for message in records[at % len(records)]["messages"][-2:])
        n_words = min(150, max(4, round(random.lognormvariate(3.5, 0.9))))
        said = (said * (n_words // len(said) + 1))[:n_words]
        made.append({"messages": [{"role": "user", "content": " ".join(asked[:8])}, {"role": "assistant", "content": " ".join(said)}]})
    return made


def ours(place: Place, file: Path, schedule: Schedule, *, is_packed: bool) -> Any:
    sft = SFT(schedule=schedule, max_length=MAX_LENGTH, is_packed=is_packed)
    return sft.train(place.base, Records.read(file), place.next(), seed=1)


def bare(place: Place, file: Path, schedule: Schedule, *, is_packed: bool) -> None:
    """TRL as it comes, without a line of its log for each step."""
    folder = place.next()
    records = [{"messages": json.loads(line)["messages"]} for line in file.read_text().splitlines()]
    arguments = {**schedule.arguments(str(folder), 1), "logging_strategy": "no", "max_length": MAX_LENGTH, "packing": is_packed}
    trainer = trl.SFTTrainer(
        model=transformers.AutoModelForCausalLM.from_pretrained(place.base),
        processing_class=transformers.AutoTokenizer.from_pretrained(place.base),
        train_dataset=datasets.Dataset.from_list(records),
        args=trl.SFTConfig(**arguments, assistant_only_loss=True),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.save_model()


def compared(names: tuple[str, str], pair: tuple[Callable[[], Any], Callable[[], Any]], n_pairs: int, limit: str) -> None:
    """The two in turns, after a run of each that warms up."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for at in range(n_pairs + 1):
        for which in (0, 1) if at % 2 else (1, 0):
            started = time.perf_counter()
            pair[which]()
            if at:
                seconds[which].append(time.perf_counter() - started)
    for name, spent in zip(names, seconds, strict=True):
        row(name, f"{min(spent):.2f} s", f"median {median(spent):.2f} s")
    ratios = [first / second for first, second in zip(*seconds, strict=True)]
    row(f"ratio ({limit})", f"{min(seconds[0]) / min(seconds[1]):.2f}", f"median {median(ratios):.2f}")


def sft(place: Place, n_pairs: int) -> None:
    against_trl(place, n_pairs, place.records[:N_EQUAL], Schedule(batch_size=8, **SCHEDULE), is_packed=False)  # type: ignore[arg-type]


def sft_packed(place: Place, n_pairs: int) -> None:
    against_trl(place, n_pairs, unequal(place.records, N_UNEQUAL), Schedule(batch_size=3, **SCHEDULE), is_packed=True)  # type: ignore[arg-type]


def against_trl(place: Place, n_pairs: int, records: list[dict[str, Any]], schedule: Schedule, *, is_packed: bool) -> None:
    file, form = place.written(f"packed-{is_packed}", records), "packed" if is_packed else "unpacked"
    both = [partial(train, place, file, schedule, is_packed=is_packed) for train in (ours, bare)]
    compared((f"ours, {len(records)} records, {form}", f"TRL {trl.__version__}, {form}"), (both[0], both[1]), n_pairs, "at most 1.15")


def packing(place: Place, n_pairs: int) -> None:
    file = place.written("unequal", unequal(place.records, N_UNEQUAL))
    n_steps = N_UNEQUAL // 16
    whole = ours(place, file, Schedule(batch_size=16, max_steps=1), is_packed=False).notes
    rows = ours(place, file, Schedule(batch_size=1, max_steps=1), is_packed=True).notes
    per_step = -(-rows["n_rows"] // n_steps)
    row(f"{whole['n_rows']} records of {whole['n_tokens']:,} tokens", f"{rows['n_rows']} rows", f"{per_step} a step")
    compared(
        ("unpacked, batches of 16", f"packed, batches of {per_step} rows"),
        (
            lambda: ours(place, file, Schedule(batch_size=16, **SCHEDULE), is_packed=False),  # type: ignore[arg-type]
            lambda: ours(place, file, Schedule(batch_size=per_step, **SCHEDULE), is_packed=True),  # type: ignore[arg-type]
        ),
        n_pairs,
        "at least 1.3",
    )


def prm(place: Place, n_pairs: int) -> None:
    """Every step has a label; a marker makes each step a token longer."""
    worked = [(each.item.question, tuple(Step(text) for text in each.steps)) for each in CLINIC.load(1).worked[:400]]
    labelled = [LabelledTrace(Trace(question, steps), (0.5,) * len(steps), is_right=True) for question, steps in worked]
    file = place.written("steps", [prm_record(each, PROMPT, CODEC) for each in labelled])
    talks = place.written("worked", place.records[:400])
    schedule = Schedule(batch_size=8, **SCHEDULE)  # type: ignore[arg-type]
    for form in ("head", "tokens"):
        method = TrainPRM(schedule=schedule, form=form, marks=StepMarks(marker="#"))  # type: ignore[arg-type]
        compared(
            (f"prm, {form}, {len(labelled)} records", "our SFT, unpacked"),
            (
                lambda method=method: method.train(place.base, Records.read(file), place.next(), seed=1),  # type: ignore[misc]
                lambda: ours(place, talks, schedule, is_packed=False),
            ),
            n_pairs,
            "at most 1.10",
        )


SECTIONS: dict[str, Callable[[Place, int], None]] = {"sft": sft, "sft_packed": sft_packed, "packing": packing, "prm": prm}


def main() -> None:
    parser = argparse.ArgumentParser(description="how fast training is, against named others")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=list(SECTIONS))
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}"
    print(f"{machine()}; {versions}; {torch.get_num_threads()} threads", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for section in asked.sections:
            print(section, flush=True)
            SECTIONS[section](place, asked.pairs)


if __name__ == "__main__":
    main()
