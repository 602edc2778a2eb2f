"""Items from the clinic's graph from few steps to many, against the same items shuffled: the same records, steps and learning rates.

A student is a nano model that was shown every edge of the graph in both directions, as a question with no options, so that what it lacks is
going several edges. The records are even paths of one to three steps with their true steps; those that are asked at the end are of other
routes. Trained in the order given, for one pass: TRL's trainer would shuffle otherwise. In "growing" paths of two steps come in after a
ninth of the records and of three after four tenths, mixed with the shorter ones to the end, as the sets of QwQ-Med-3 grow.

Right is a path: every step before the answer is true in the graph, and the last of them names the right option and no other. The letter
itself is no measure of this student, which finds it by chance (25 %) in every arm.

    python bench/effect_curriculum.py [--size tiny] [--seeds 1 2 3]
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from effect import CODEC, MAX_TOKENS, PROMPT, SIZES, Arms, Size, kept, records_of, run, schedule

from osler.clinic.generate import Split
from osler.clinic.paths.even_paths import EvenPaths
from osler.clinic.paths.language import write_link
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.question import ChoiceKey, Question
from osler.core.records import read_records
from osler.core.run import Run
from osler.core.trace import Step
from osler.judges import QuestionReader
from osler.models import HuggingFace, Nano
from osler.search import Greedy
from osler.stages.driver import LocalDriver
from osler.stages.material import TaskMaterial
from osler.stages.synthesising import RECORDS, synthesise
from osler.synthesis import Synthesis
from osler.synthesise import Order
from osler.synthesise.draft import Draft
from osler.synthesise.exports import sft_record

MAKER = EvenPaths(leave_out=())
BY = ("n_legs", "level")
NANO = Nano(vocab_size=2500)
ORDERS = {
    "curriculum": Order(by=BY),
    "growing": Order(how="growing", by=BY),
    "shuffled": Order(how="shuffled", by=BY),
}


def edges(seed: int) -> list[dict[str, Any]]:
    """Every edge of the graph from either end, shuffled."""
    atlas, graph = MAKER.atlas, MAKER.atlas.graph
    records = []
    for said, moves in atlas.phrases.moves.items():
        for move in moves:
            of_relation = graph.relations == graph.relation(move.relation)
            ends = zip(graph.heads[of_relation].tolist(), graph.tails[of_relation].tolist(), strict=True)
            for near, far in ends if move.is_forward else ((tail, head) for head, tail in ends):
                kind = atlas.phrases.kinds[graph.kinds[near]].one
                many = atlas.phrases.kinds[graph.kinds[far]].many
                question = Question(
                    f"edge {near} {said} {far}", f"According to the graph, which {many} {said} the {kind} {graph.names[near]}?"
                )
                step = write_link(atlas.phrases, move, graph.names[near], graph.names[far])
                records.append(sft_record(question, [Step(step)], PROMPT, CODEC))
    random.Random(f"{seed}/edges").shuffle(records)
    return records


def made(folder: Path, order: Order, n: int, seed: int) -> list[Draft]:
    synthesis = Synthesis(name="curriculum", seed=seed, material=TaskMaterial((MAKER,), n=n), blocks=(order,))
    with Run(folder) as run:
        synthesise(synthesis, run)
        return list(read_records(run.path(RECORDS), Draft))


def train(start: Path, records: Sequence[dict[str, Any]], folder: Path, seed: int, epochs: float, rate: float) -> Path:
    """As they come; what was trained before is found again."""
    if not (folder / "model.safetensors").exists():
        plain = [{name: record[name] for name in ("id", "messages")} for record in records]
        replace(schedule(epochs, rate), is_in_order=True).train(start, plain, folder, seed=seed)
    return folder


def student(folder: Path, size: Size, seed: int, texts: Sequence[str]) -> Path:
    known = edges(seed)
    if not (folder / "base" / "model.safetensors").exists():
        NANO.create([*texts, *(message["content"] for record in known for message in record["messages"])], folder / "base", seed=seed)
    n_passes = max(1, size.n_exercises // len(known))
    return train(folder / "base", known[: size.n_exercises], folder / "student", seed, n_passes, 3e-3)


def paths_of(checkpoint: Path, tasks: Sequence[Task]) -> dict[str, Any]:
    """Whether each answer's path is true and ends at the right option, and the share of right letters."""
    with asyncio.Runner() as loop:
        policy = Policy(HuggingFace(str(checkpoint)).load(), PROMPT, CODEC, QuestionReader(), Sampling(0, max_tokens=MAX_TOKENS))
        driver = LocalDriver(policy, loop)
        solutions = driver.drive(Greedy(max_tokens=MAX_TOKENS), [task.item().question for task in tasks])
        driver.close()
    answered = [
        (task, [step.text for step in solution.candidates[0].steps], solution.answer)
        for task, solution in zip(tasks, solutions, strict=True)
    ]
    return {
        "is_right": [is_right_path(task, steps) for task, steps, _ in answered],
        "letters": sum(isinstance(task.key, ChoiceKey) and answer in task.key.letters for task, _, answer in answered) / len(tasks),
        "tokens": sum(solution.usage.completion_tokens for solution in solutions),
    }


def is_right_path(task: Task, steps: Sequence[str]) -> bool:
    assert isinstance(task.key, ChoiceKey)
    named = [letter for letter, text in task.options.items() if steps[-2:-1] and text in steps[-2]]
    return named == [*task.key.letters] and all(MAKER.check_step(task, step) is Truth.TRUE for step in steps[:-1])


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    folder = folder / "curriculum"
    tasks = MAKER.make(size.n_answer, Split(size.split), seed)
    drafts = {name: made(folder / "made" / name, order, size.n_items, seed) for name, order in ORDERS.items()}
    assert len({frozenset(draft.id for draft in each) for each in drafts.values()}) == 1
    records = {name: records_of(each) for name, each in drafts.items()}
    texts = [message["content"] for record in records["shuffled"] for message in record["messages"]]
    start = student(folder, size, seed, texts)
    return {
        name: kept(
            folder / f"{name}.json",
            lambda name=name, own=own: {  # type: ignore[misc]
                **paths_of(train(start, own, folder / name, seed, 1.0, 2e-3), tasks),
                "n_records": len(own),
            },
        )
        for name, own in records.items()
    }


if __name__ == "__main__":
    SIZES["full"] = replace(SIZES["full"], n_items=6000, n_exercises=35_000)
    SIZES["dev"] = replace(SIZES["dev"], n_items=3000, n_exercises=12_000)
    run("Curriculum against shuffled", arms_of, [(name, "shuffled") for name in ORDERS if name != "shuffled"])
