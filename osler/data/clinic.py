"""The teaching clinic as a source: seeded cases of three kinds, split by combination of findings."""

import random
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.case import Case, CaseKind
from osler.clinic.exercise import exercises_on, reordered
from osler.clinic.generate import Difficulty, Split, generate_cases
from osler.clinic.worked import worked_steps
from osler.clinic.world import World, load_world
from osler.core.question import STRICT
from osler.data.source import Dataset, Worked

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, config=STRICT)
class ClinicSource:
    """How many cases of which kind. `body_systems` restricts the world to some body systems (none: all of it).

    `shares` divides every list among the kinds of case. Each worked case is shown in `n_orders` random orders of its findings and options:
    the same facts, told again. `n_exercises` is how many exercises are written about the worked cases. `answer_split` is `dev` while
    settings are chosen and `heldout` when they are final.
    """

    kind: Literal["clinic"] = "clinic"
    body_systems: tuple[str, ...] = ()
    difficulty: Difficulty = Difficulty.MEDIUM
    shares: Mapping[CaseKind, Share] = Field(default_factory=lambda: {CaseKind.DIFFERENTIAL: 1.0}, min_length=1)
    n_options: Annotated[int, Field(ge=4, le=6)] = 4
    n_present: Annotated[int, Field(ge=2, le=6)] = 3
    n_worked: Count = 600
    n_orders: Annotated[int, Field(ge=1)] = 1
    n_exercises: Count = 0
    n_search: Count = 1200
    n_answer: Annotated[int, Field(ge=1)] = 1000
    answer_split: Literal["dev", "heldout"] = "heldout"

    def load(self, seed: int) -> Dataset:
        world = load_world().restricted_to(self.body_systems)
        training = self._cases(world, Split.TRAIN, self.n_worked + self.n_search, seed)
        answer = self._cases(world, Split(self.answer_split), self.n_answer, seed)
        worked = self._worked(world, training[: self.n_worked], random.Random(f"{seed}/orders"))
        exercises = exercises_on(world, training[: self.n_worked], self.n_exercises, random.Random(f"{seed}/exercises"))
        search = training[self.n_worked :]
        return Dataset(
            worked=tuple(worked),
            search=tuple(case.item(world) for case in search),
            answer=tuple(case.item(world) for case in answer),
            exercises=tuple(Worked(exercise.item, exercise.steps) for exercise in exercises),
            vocabulary=(*world.conditions, *world.findings, *(world.drugs if CaseKind.PATHWAY in self.shares else ())),
            files={"cases.jsonl": (*training, *answer)},
        ).check("clinic")

    def _cases(self, world: World, split: Split, n: int, seed: int) -> list[Case]:
        """`n` cases, of every kind in proportion, shuffled together."""
        total, reached = sum(self.shares.values()), 0.0
        cases: list[Case] = []
        for kind, share in self.shares.items():
            reached += share
            n_of_kind = round(n * reached / total) - len(cases)
            cases += generate_cases(
                world, kind, split, n_of_kind, seed=seed, difficulty=self.difficulty, n_options=self.n_options, n_present=self.n_present
            )
        random.Random(f"{seed}/{split}").shuffle(cases)
        return cases

    def _worked(self, world: World, cases: list[Case], rng: random.Random) -> list[Worked]:
        shown = [reordered(case, rng) if order else case for order in range(self.n_orders) for case in cases]
        return [Worked(case.item(world), worked_steps(world, case)) for case in shown]
