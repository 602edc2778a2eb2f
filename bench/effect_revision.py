"""Revision search against rejection sampling at equal tokens: how many right traces a token brings, and what a student learns from them.

Both stop at the first right trace of a case. Revision goes first, with at most twelve traces a case; rejection sampling then draws one
trace for every case that is not solved yet, again and again, until it has written as many tokens. Three search: a policy that never saw a
revision; one that was shown a revised trace of each of its worked cases (a mistake of the clinic's teacher, a lead, the true steps) beside
the plain one; and the clinic's teacher itself, wrong in six replies of ten, which revises no better and no worse than it begins.
A student of what the second of them found starts from the exercises and learns from the worked cases and one right trace a case. "end
alone" are the traces of revision from their last revision on, as if it had been right at once.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import effect
from effect import CODEC, PROMPT, SYSTEMS, TEACHER, Arms, Size, clinic, kept, outcomes, run, schedule

from osler.clinic.teacher import ClinicTeacher, mistaken_steps, read_case
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
from osler.search import RejectionSampling, Revision
from osler.search.revise import LEADS, lead_of, revisions_of
from osler.stages.driver import LocalDriver
from osler.synthesise.exports import sft_record
from osler.synthesise.oracle import Oracle

Engine = HuggingFace | ClinicTeacher
REVISION = Revision(n_tries=3, n_revisions=3)
ONCE = RejectionSampling(n=1, n_per_ask=1, max_right=1)
MAX_LENGTH = 512
"""In tokens: four conclusions in a row do not fit into the 256 of the other effects."""
SHARE = 0.3
"""Of the cases of the other effects: most of them cost many traces here."""
MAX_ROUNDS = 40

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


def driver_of(engine: Engine, loop: asyncio.Runner, seed: int) -> LocalDriver:
    return LocalDriver(Policy(engine.load(), PROMPT, CODEC, QuestionReader(), replace(TEACHER, max_tokens=160), seed), loop)


def revision_of(engine: Engine, items: Sequence[Item], seed: int) -> dict[str, Any]:
    """One right trace a case, whole and from its last revision on, with the tokens written."""
    with asyncio.Runner() as loop:
        driver = driver_of(engine, loop, seed)
        solutions = driver.drive(REVISION, [item.question for item in items], Oracle(items, JUDGES))
        driver.close()
    right = [each for solution in solutions for each in _right(solution)]
    return {"right": right, "n_items": len(items), "tokens": sum(solution.usage.completion_tokens for solution in solutions)}


def rejection_of(engine: Engine, items: Sequence[Item], seed: int, max_tokens: int) -> dict[str, Any]:
    """The same of rejection sampling, round by round until `max_tokens` are written."""
    found: dict[str, Any] = {"right": [], "n_items": len(items), "tokens": 0}
    left = list(items)
    with asyncio.Runner() as loop:
        driver = driver_of(engine, loop, seed)
        for number in range(MAX_ROUNDS):
            if not left or found["tokens"] >= max_tokens:
                break
            solutions = driver.drive(ONCE, [item.question for item in left], Oracle(left, JUDGES), seed=1000 * seed + number)
            for solution in solutions:
                if found["tokens"] < max_tokens:
                    found["tokens"] += solution.usage.completion_tokens
                    found["right"] += _right(solution)
            solved = {each["id"] for each in found["right"]}
            left = [item for item in left if item.id not in solved]
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
    items = dataset.search[: round(SHARE * size.n_items)]
    by_id = {item.id: item for item in items}
    start, searching = policies(folder, source, seed)
    worked = [record_of(each.item, each.steps) for each in dataset.worked]
    arms: dict[str, dict[str, Any]] = {}
    engines: dict[str, Engine] = {name: HuggingFace(str(checkpoint)) for name, checkpoint in searching.items()}
    engines["teacher"] = ClinicTeacher(error_rate=0.6, body_systems=SYSTEMS)
    for name, engine in engines.items():
        revision = kept(folder / f"found {name} revision.json", lambda at=engine: revision_of(at, items, seed))  # type: ignore[misc]
        rejection = kept(
            folder / f"found {name} rejection.json",
            lambda at=engine, most=revision["tokens"]: rejection_of(at, items, seed, most),  # type: ignore[misc]
        )
        told(seed, name, revision, rejection)
        if name != "shown":
            continue
        arms[f"{name}: itself"] = kept(folder / f"{name} itself.json", lambda at=searching[name]: outcomes(at, dataset.answer))  # type: ignore[misc]
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
            ("shown: revision", "shown: rejection"),
            ("shown: revision, end alone", "shown: rejection"),
        ],
    )  # fmt: skip
