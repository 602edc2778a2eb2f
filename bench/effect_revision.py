"""Revision search against rejection sampling at equal tokens: how many right traces a token brings, and what a student learns from them.

Both stop at the first right trace of a case and draw at most twelve. Revision goes first; rejection sampling then goes through the same
cases, and on through further ones, until it has written as many tokens. Two policies search: one that never saw a revision, and one that
was shown as many revised traces of its worked cases (a mistake of the clinic's teacher, a lead, the true steps) as it was shown plain ones.
Every student starts from the same exercises and learns from the worked cases and one right trace a case. "end alone" are the traces of
revision from their last revision on, as if it had been right at once.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import effect
from effect import CODEC, PROMPT, SYSTEMS, TEACHER, Arms, Size, clinic, kept, larger, outcomes, run, schedule

from osler.clinic.teacher import mistaken_steps, read_case
from osler.clinic.worked import worked_steps
from osler.clinic.world import load_world
from osler.core.policy import Policy
from osler.core.question import Item
from osler.core.solution import Solution
from osler.core.trace import Step
from osler.data import ClinicSource
from osler.data.source import Worked
from osler.judges import JUDGES, QuestionReader
from osler.models import HuggingFace, Nano
from osler.search import RejectionSampling, Revision, Strategy
from osler.search.revise import LEADS, lead_of, revisions_of
from osler.stages.driver import LocalDriver
from osler.synthesise.exports import sft_record
from osler.synthesise.oracle import Oracle

REVISION = Revision(n_tries=3, n_revisions=3)
REJECTION = RejectionSampling(n=REVISION.max_requests, n_per_ask=1, max_right=1)
MAX_LENGTH = 512
"""In tokens: four conclusions in a row do not fit into the 256 of the other effects."""
SHARE = 4
"""Rejection sampling goes on by this part of the cases at a time, until its tokens are spent."""

effect.MAX_TOKENS = 360

Record = dict[str, Any]


def record_of(item: Item, steps: Sequence[str]) -> Record:
    return sft_record(item.question, [Step(step) for step in steps], PROMPT, CODEC)


def trained(start: Path, records: Sequence[Mapping[str, Any]], folder: Path, seed: int, epochs: float, rate: float = 2e-3) -> Path:
    if not (folder / "model.safetensors").exists():
        replace(schedule(epochs, rate), max_length=MAX_LENGTH).train(start, records, folder, seed=seed)
    return folder


def revised(worked: Worked, seed: int) -> Record:
    """The true steps after a mistake and a lead."""
    world = load_world().restricted_to(SYSTEMS)
    case = read_case(world, PROMPT.messages(worked.item.question))
    assert case is not None
    rng = random.Random(f"{seed}/{worked.item.id}")
    first, *rest = worked_steps(world, case)
    return record_of(worked.item, [*mistaken_steps(world, case, rng), f"{lead_of(rng.choice(list(LEADS)))} {first}", *rest])


def policies(folder: Path, source: ClinicSource, seed: int) -> tuple[Path, dict[str, Path]]:
    """The student that every arm starts from, and the two policies that search."""
    dataset = source.load(seed)
    exercises = [record_of(each.item, each.steps) for each in dataset.exercises]
    worked = [record_of(each.item, each.steps) for each in dataset.worked]
    base, start = folder / "base", folder / "student"
    if not (base / "model.safetensors").exists():
        turns = [message["content"] for record in [*worked, *exercises] for message in record["messages"]]
        Nano(max_length=MAX_LENGTH).create([*turns, *dataset.vocabulary, *LEADS.values()], base, seed=seed)
    trained(base, exercises, start, seed, 1.0, 3e-3)
    shown = [record for each in dataset.worked for record in (record_of(each.item, each.steps), revised(each, seed))]
    return start, {
        "plain": trained(start, worked, folder / "plain", seed, 2.0),
        "shown": trained(start, shown, folder / "shown", seed, 2.0),
    }


def searched(checkpoint: Path, strategy: Strategy, items: Sequence[Item], seed: int, max_tokens: int | None = None) -> dict[str, Any]:
    """One right trace a case, whole and from its last revision on, with the tokens written; until `max_tokens` are."""
    found: dict[str, Any] = {"n_items": 0, "tokens": 0, "right": []}
    size = len(items) if max_tokens is None else max(1, len(items) // SHARE)
    with asyncio.Runner() as loop:
        policy = Policy(HuggingFace(str(checkpoint)).load(), PROMPT, CODEC, QuestionReader(), replace(TEACHER, max_tokens=160), seed)
        driver = LocalDriver(policy, loop)
        for start in range(0, len(items), size):
            part = items[start : start + size]
            for solution in driver.drive(strategy, [item.question for item in part], Oracle(part, JUDGES)):
                if max_tokens is None or found["tokens"] < max_tokens:
                    found["tokens"] += solution.usage.completion_tokens
                    found["n_items"] += 1
                    found["right"] += _right(solution)
            if max_tokens is not None and found["tokens"] >= max_tokens:
                break
        driver.close()
    return found


def _right(solution: Solution) -> list[dict[str, Any]]:
    """The chosen trace where it is right."""
    if solution.chosen is None or solution.scores[solution.chosen][-1] < 1:
        return []
    trace = solution.candidates[solution.chosen]
    steps = [step.text for step in trace.steps]
    revisions = revisions_of(trace, solution.candidates)
    end = steps
    if revisions:
        n_steps, way = revisions[-1]
        end = [text for text in (steps[n_steps].removeprefix(lead_of(way)).strip(), *steps[n_steps + 1 :]) if text]
    return [{"id": solution.question.id, "steps": steps, "end": end, "n_revisions": len(revisions)}]


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    folder, source = folder / "revision", clinic(size)
    dataset = source.load(seed)
    pool = larger(source, 3).load(seed).search
    items, by_id = pool[: size.n_items], {item.id: item for item in pool}
    start, searching = policies(folder, source, seed)
    worked = [record_of(each.item, each.steps) for each in dataset.worked]
    arms: dict[str, dict[str, Any]] = {}
    for name, checkpoint in searching.items():
        revision = kept(folder / f"found {name} revision.json", lambda at=checkpoint: searched(at, REVISION, items, seed))  # type: ignore[misc]
        rejection = kept(
            folder / f"found {name} rejection.json",
            lambda at=checkpoint, most=revision["tokens"]: searched(at, REJECTION, pool, seed, most),  # type: ignore[misc]
        )
        told(seed, name, revision, rejection)
        arms[f"{name}: itself"] = kept(folder / f"{name} itself.json", lambda at=checkpoint: outcomes(at, dataset.answer))  # type: ignore[misc]
        for arm, found, part in (
            ("rejection", rejection, "steps"),
            ("revision", revision, "steps"),
            ("revision, end alone", revision, "end"),
        ):
            records = [*worked, *(record_of(by_id[each["id"]], each[part]) for each in found["right"])]
            arms[f"{name}: {arm}"] = kept(
                folder / f"{name} {arm}.json",
                lambda to=folder / f"{name} {arm}", own=records: {  # type: ignore[misc]
                    **outcomes(trained(start, own, to, seed, size.epochs), dataset.answer),
                    "n_records": len(own),
                },
            )
    return arms


def told(seed: int, name: str, revision: Mapping[str, Any], rejection: Mapping[str, Any]) -> None:
    """The yield of both searches."""
    for strategy, found in (("revision", revision), ("rejection", rejection)):
        n_right, n_revised = len(found["right"]), sum(each["n_revisions"] > 0 for each in found["right"])
        print(
            f"seed {seed}, {name}, {strategy}: {n_right} right of {found['n_items']} cases ({n_revised} after a revision), "
            f"{found['tokens']:,} tokens, {1000 * n_right / max(found['tokens'], 1):.2f} right a thousand tokens"
        )


if __name__ == "__main__":
    run(
        "Revision search against rejection sampling at equal tokens",
        arms_of,
        [
            (f"{name}: {one}", f"{name}: rejection")
            for name in ("plain", "shown")
            for one in ("revision", "revision, end alone")
        ],
    )  # fmt: skip
