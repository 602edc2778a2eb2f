"""What the effects of making data are measured with: a student that learns from records, held-out cases, and paired differences over seeds.

A student is a nano model that was warmed up on exercises (what one condition explains of a case: the language and the facts, no reasoning
to an answer), so that what it learns about reasoning it learns from the records alone. Every arm of a seed starts from the same student.
What is done lies in the folder and is not done again.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from osler.clinic.case import CaseKind
from osler.clinic.teacher import ClinicTeacher
from osler.core.codec import CODECS
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Item
from osler.core.records import read_records
from osler.core.run import Run
from osler.core.trace import Step
from osler.data import ClinicSource
from osler.evaluate.paired import paired_test
from osler.judges import JUDGES, QuestionReader
from osler.models import HuggingFace, Nano
from osler.search import Greedy
from osler.stages.driver import LocalDriver
from osler.stages.material import ClinicMaterial
from osler.stages.synthesising import RECORDS, synthesise
from osler.synthesis import Role, Synthesis
from osler.synthesise import Keep, Solve
from osler.synthesise.draft import Draft
from osler.synthesise.exports import sft_record
from osler.train import SFT
from osler.train.schedule import Schedule

SYSTEMS = ("respiratory", "cardiovascular", "gastrointestinal", "neurological", "infectious", "endocrine")
PROMPT, CODEC = Prompt.named("plain"), CODECS["step"]
TEACHER = Sampling(temperature=1.0, top_p=1.0, max_tokens=200)
MAX_TOKENS = 120


@dataclass(frozen=True)
class Size:
    """How much of everything; `dev` is for choosing settings; `tiny` shows that a script runs, and its numbers mean
    nothing."""

    n_items: int
    n_exercises: int
    n_answer: int
    epochs: float
    split: Literal["dev", "heldout"] = "heldout"


SIZES = {"full": Size(1000, 4000, 800, 2.0), "dev": Size(1000, 4000, 400, 2.0, "dev"), "tiny": Size(40, 100, 40, 1.0)}


def clinic(size: Size, kind: CaseKind = CaseKind.DIAGNOSIS) -> ClinicSource:
    return ClinicSource(
        body_systems=SYSTEMS, shares={kind: 1.0}, n_present=4, n_worked=300, n_exercises=size.n_exercises,
        n_search=size.n_items, n_answer=size.n_answer, answer_split=size.split,
    )  # fmt: skip


def schedule(epochs: float, learning_rate: float = 2e-3) -> SFT:
    """As the demo trains (docs/log.md has how it was chosen, on the development split)."""
    settings = Schedule(epochs=epochs, learning_rate=learning_rate, batch_size=8, warmup=0.05, weight_decay=0.3, adam_beta2=0.98)
    return SFT(schedule=settings, max_length=256)


def student(folder: Path, source: ClinicSource, seed: int) -> Path:
    """Where the student of this seed lies that every arm starts from."""
    base, warm = folder / "base", folder / "student"
    if not (warm / "model.safetensors").exists():
        dataset = source.load(seed)
        pairs = [*dataset.worked, *dataset.exercises]
        records = [sft_record(each.item.question, [Step(step) for step in each.steps], PROMPT, CODEC) for each in pairs]
        turns = [message["content"] for record in records for message in record["messages"]]
        Nano().create([*turns, *dataset.vocabulary], base, seed=seed)
        schedule(1.0, 3e-3).train(base, records[len(dataset.worked) :], warm, seed=seed)
    return warm


def taught(folder: Path, source: ClinicSource, seed: int, *, error_rate: float = 0.0, is_verified: bool = True) -> list[Draft]:
    """What a teacher of the clinic wrote for the cases to search on, one trace each; `is_verified`: only what is right."""
    blocks = (Solve(n=1), *((Keep(),) if is_verified else ()))
    teacher = Role(engine=ClinicTeacher(error_rate=error_rate, body_systems=SYSTEMS), sampling=TEACHER, codec="step")
    synthesis = Synthesis(name="taught", seed=seed, material=ClinicMaterial(source), blocks=blocks, roles={"teacher": teacher})
    with Run(folder) as run:
        synthesise(synthesis, run)
        return list(read_records(run.path(RECORDS), Draft))


def records_of(drafts: Iterable[Draft], written: Callable[[Sequence[str]], Sequence[str]] = list) -> list[dict[str, Any]]:
    """Records to train on: every trace of every draft, as `written` has its steps."""
    return [
        {**sft_record(draft.asked.question, [Step(step) for step in written(each.steps)], PROMPT, CODEC), "draft": draft.id}
        for draft in drafts
        for each in draft.authored
    ]


def train(start: Path, records: Sequence[Mapping[str, Any]], folder: Path, seed: int, epochs: float) -> Path:
    """The student after the records; what was trained before is found again."""
    if not (folder / "model.safetensors").exists():
        plain = [{name: record[name] for name in ("id", "messages")} for record in records]
        schedule(epochs).train(start, plain, folder, seed=seed)
    return folder


def outcomes(checkpoint: Path, items: Sequence[Item]) -> dict[str, Any]:
    """Whether each item is answered rightly, greedily; and the tokens that it took."""
    with asyncio.Runner() as loop:
        model = HuggingFace(str(checkpoint)).load()
        driver = LocalDriver(Policy(model, PROMPT, CODEC, QuestionReader(), Sampling(temperature=0, max_tokens=MAX_TOKENS)), loop)
        solutions = driver.drive(Greedy(max_tokens=MAX_TOKENS), [item.question for item in items])
        driver.close()
    is_right = [
        solution.trace is not None
        and solution.trace.reading is not None
        and JUDGES[item.key.kind].judge(solution.trace.reading, item.key).is_right
        for item, solution in zip(items, solutions, strict=True)
    ]
    return {"is_right": is_right, "tokens": sum(solution.usage.completion_tokens for solution in solutions)}


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` returns, from the file where it was made before."""
    if not path.exists():
        content = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


Arms = Mapping[str, dict[str, Any]]


def table(by_seed: Mapping[int, Arms], compare: Sequence[tuple[str, str]]) -> str:
    """Accuracy of each arm over all seeds, and each difference with its 95 % bootstrap interval over the items of all seeds together."""
    names = list(next(iter(by_seed.values())))
    lines = ["| arm | right | records | by seed |", "|---|---|---|---|"]
    for name in names:
        each = [np.mean(arms[name]["is_right"]) for arms in by_seed.values()]
        n_records = ", ".join(str(arms[name].get("n_records", "")) for arms in by_seed.values())
        lines.append(f"| {name} | {np.mean(each):.1%} | {n_records} | {', '.join(f'{share:.1%}' for share in each)} |")
    lines += ["", "| difference | points [95 %] | by seed | |", "|---|---|---|---|"]
    for one, other in compare:
        a, b = ([right for arms in by_seed.values() for right in arms[name]["is_right"]] for name in (one, other))
        test = paired_test(np.array(a, float), np.array(b, float), seed=0)
        own = [100 * (np.mean(arms[one]["is_right"]) - np.mean(arms[other]["is_right"])) for arms in by_seed.values()]
        points = f"{100 * test.difference:+.1f} [{100 * test.low:+.1f}, {100 * test.high:+.1f}]"
        lines.append(f"| {one} − {other} | {points} | {', '.join(f'{each:+.1f}' for each in own)} | {test.word} |")
    return "\n".join(lines)


def run(name: str, arms_of: Callable[[Path, Size, int], Arms], compare: Sequence[tuple[str, str]]) -> None:
    """The command line of an effect: seeds, size and folder; prints the table of all seeds."""
    import datasets
    import torch
    import transformers

    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("runs/effects"))
    given = parser.parse_args()
    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(given.threads)
    by_seed = {seed: arms_of(given.folder / given.size / str(seed), SIZES[given.size], seed) for seed in given.seeds}
    print(f"\n{name}, seeds {', '.join(map(str, given.seeds))}, {given.size}\n\n{table(by_seed, compare)}")


def larger(source: ClinicSource, times: float) -> ClinicSource:
    """The same clinic with more cases to search on; the first are the same ones."""
    return replace(source, n_search=round(source.n_search * times))
