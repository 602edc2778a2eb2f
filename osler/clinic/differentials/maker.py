"""The maker of differentials: settings, tasks, and what is true of them."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.differentials.card import card_of
from osler.clinic.differentials.draw import Aim, Drawn, draw
from osler.clinic.differentials.load import files_of, load_profiles
from osler.clinic.differentials.profiles import Profiles
from osler.clinic.differentials.steps import Facts, check, write_steps
from osler.clinic.differentials.wording import LETTERS, NUMERALS, write_text
from osler.clinic.generate import Split, split_of
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey, Key, RankedListKey

MAX_TRIES_PER_TASK = 20_000
LevelNumber = Annotated[int, Field(ge=1, le=5)]


@dataclass(frozen=True, config=STRICT)
class Differentials:
    """Which conditions of a table fit what a patient has, what is ruled out, what to look for next, and the whole order.

    `profiles` is `clinic` for the teaching world, or a path: a graph with has_phenotype edges, the folder of the DDXPlus knowledge base, or
    a table (csv, tsv, jsonl) with the columns condition, finding and frequency. `asks` and `levels` take turns; no `asks`: all that the
    profiles bear.
    """

    kind: Literal["differentials"] = "differentials"
    profiles: str = "clinic"
    asks: tuple[Aim, ...] = ()
    levels: Annotated[tuple[LevelNumber, ...], Field(min_length=1)] = (1, 2, 3, 4, 5)

    @property
    def files(self) -> tuple[Path, ...]:
        return files_of(self.profiles)

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        """Raises UserError where the profiles cannot be read or cannot supply so many."""
        profiles = load_profiles(self.profiles)
        rng = Random(f"{seed}/{profiles.name}/{split}")
        turns = [(asked, level) for level in self.levels for asked in _borne(profiles, self.asks)]
        seen: set[tuple[str, str, frozenset[int]]] = set()
        tasks: list[Task] = []
        while len(tasks) < n:
            drawn = _fitting(rng, profiles, turns[len(tasks) % len(turns)], split, seen)
            if drawn is None:
                asked, level = turns[len(tasks) % len(turns)]
                raise UserError(
                    f"{profiles.name}: only {len(tasks)} of {n} differentials for {split}: no further one of level {level} that asks for"
                    f" {asked!r} was found in {MAX_TRIES_PER_TASK} tries; ask for fewer, for other levels or asks, or give more conditions"
                )
            tasks.append(_task(rng, profiles, drawn, f"differentials-{profiles.name}-{drawn.asked}-{drawn.level}-{split}-{len(tasks):05d}"))
        return tasks

    def check_step(self, task: Task, step: str) -> Truth:
        return check(Facts.of(task.facts), step)

    def solve(self, task: Task) -> Key:
        from osler.clinic.differentials.solve import solve

        return solve(task, load_profiles(self.profiles))

    def card(self) -> str:
        return card_of(load_profiles(self.profiles))


def _borne(profiles: Profiles, asks: tuple[Aim, ...]) -> tuple[Aim, ...]:
    """What to ask. Raises UserError where the profiles do not bear it."""
    missing: dict[Aim, str] = {}
    if not profiles.has_certain:
        missing["ruled_out"] = "no condition always shows a finding"
    if not profiles.is_graded:
        missing["ranked"] = "listed findings hardly differ in frequency"
    for asked in asks:
        if asked in missing:
            raise UserError(f"{profiles.name}: cannot ask for {asked!r}: {missing[asked]}; leave it out of asks")
    return asks or tuple(asked for asked in get_args(Aim) if asked not in missing)


def _fitting(
    rng: Random, profiles: Profiles, turn: tuple[Aim, int], split: Split, seen: set[tuple[str, str, frozenset[int]]]
) -> Drawn | None:
    """A draw of the split that was not seen yet, by what is asked, the condition that it came from, and what is there."""
    for _ in range(MAX_TRIES_PER_TASK):
        drawn = draw(rng, profiles, *turn)
        if drawn is None:
            continue
        condition = profiles.conditions[drawn.own]
        mark = (drawn.asked, condition, frozenset(drawn.present))
        if mark not in seen and split_of((f"condition {condition}", *(profiles.findings[finding] for finding in drawn.present))) is split:
            seen.add(mark)
            return drawn
    return None


def _task(rng: Random, profiles: Profiles, drawn: Drawn, task_id: str) -> Task:
    facts = _facts(profiles, drawn)
    n_present = len(drawn.present)
    text = write_text(rng, drawn.asked, facts.names[:n_present], facts.names[n_present:], facts.candidates, is_asked=profiles.is_asked)
    offered = {"next_finding": facts.options, "ranked": ()}.get(drawn.asked, facts.candidates)
    key = RankedListKey((facts.order[0],)) if drawn.asked == "ranked" else ChoiceKey((facts.right,))
    return Task(
        task_id, drawn.asked, drawn.level, text, dict(zip(LETTERS, offered, strict=False)), key, write_steps(facts), facts._asdict()
    )


def _facts(profiles: Profiles, drawn: Drawn) -> Facts:
    rows = [profiles.percents[candidate] for candidate in drawn.candidates]
    findings = (*drawn.present, *drawn.absent)
    marks = NUMERALS if drawn.asked == "next_finding" else tuple(LETTERS)
    draft = Facts(
        asked=drawn.asked,
        marks=marks[: len(rows)],
        candidates=tuple(profiles.conditions[candidate] for candidate in drawn.candidates),
        names=tuple(profiles.findings[finding] for finding in findings),
        n_present=len(drawn.present),
        percents=tuple(tuple(row.get(finding) for row in rows) for finding in findings),
        options=tuple(profiles.findings[finding] for finding in drawn.options),
        option_percents=tuple(tuple(row.get(finding) for row in rows) for finding in drawn.options),
        right=LETTERS[drawn.right],
        order=(),
        is_asked=profiles.is_asked,
    )
    posterior = draft.posterior_after(range(len(findings)))
    order = sorted(range(len(rows)), key=lambda at: -posterior[at])
    return draft._replace(order=tuple(draft.candidates[at] for at in order))
