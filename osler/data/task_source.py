"""Made tasks as a source: makers of the clinic's tasks, each with its settings."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.differentials.maker import Differentials
from osler.clinic.generate import Split
from osler.clinic.masked.masked import Masked
from osler.clinic.notes.entailments import Entailments
from osler.clinic.notes.notes import Notes
from osler.clinic.paths.even_paths import EvenPaths
from osler.clinic.paths.paths import Paths
from osler.clinic.paths.rare_paths import RarePaths
from osler.clinic.task import Maker, Task
from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.data.source import Dataset, Worked

MAKERS: dict[str, type[Maker]] = {
    "calculation": Calculations,
    "differentials": Differentials,
    "entailment": Entailments,
    "even_path": EvenPaths,
    "masked": Masked,
    "note": Notes,
    "path": Paths,
    "rare_path": RarePaths,
}

AnyMaker = Annotated[
    Calculations | Differentials | Entailments | EvenPaths | Masked | Notes | Paths | RarePaths, Field(discriminator="kind")
]

Count = Annotated[int, Field(ge=0)]
TASKS, CARDS = "tasks.jsonl", "cards.jsonl"


@dataclass(frozen=True, config=STRICT)
class TaskSource:
    """Tasks of `makers` in equal shares, shuffled together. Worked items and items to search on are of the training split, those to answer
    of `answer_split`: `dev` while settings are chosen, `heldout` when they are final. A maker's tasks have ids that begin with its kind,
    so that each kind is named once at most."""

    makers: Annotated[tuple[AnyMaker, ...], Field(min_length=1)]
    kind: Literal["tasks"] = "tasks"
    n_worked: Count = 600
    n_search: Count = 1200
    n_answer: Annotated[int, Field(ge=1)] = 1000
    answer_split: Literal["dev", "heldout"] = "heldout"

    @property
    def files(self) -> tuple[Path, ...]:
        """What the makers read: a graph, a table of profiles."""
        return tuple(path for maker in self.makers for path in getattr(maker, "files", ()))

    def has(self, items: Literal["worked", "search"]) -> bool:
        return bool(self.n_worked if items == "worked" else self.n_search)

    def load(self, seed: int) -> Dataset:
        kinds = [maker.kind for maker in self.makers]
        if len(set(kinds)) < len(kinds):
            raise UserError(f"tasks: two makers are of the kind {max(kinds, key=kinds.count)!r}; give one of them all its levels")
        training = self._tasks(Split.TRAIN, self.n_worked + self.n_search, seed)
        answer = self._tasks(Split(self.answer_split), self.n_answer, seed)
        return Dataset(
            worked=tuple(Worked(task.item(), task.steps) for task in training[: self.n_worked]),
            search=tuple(task.item() for task in training[self.n_worked :]),
            answer=tuple(task.item() for task in answer),
            files={TASKS: (*training, *answer), CARDS: tuple({"maker": maker, "card": maker.card()} for maker in self.makers)},
        ).check("tasks")

    def checking(self, tasks: Iterable[Task]) -> Callable[[str, str], str]:
        """The truth of a step about the task with this id."""
        makers: dict[str, Maker] = {maker.kind: maker for maker in self.makers}
        by_id = {task.id: task for task in tasks}
        return lambda task_id, step: makers[kind_of(task_id)].check_step(by_id[task_id], step).value

    def _tasks(self, split: Split, n: int, seed: int) -> list[Task]:
        tasks: list[Task] = []
        for number, maker in enumerate(self.makers, 1):
            tasks += maker.make(round(n * number / len(self.makers)) - len(tasks), split, seed)
        random.Random(f"{seed}/{split}").shuffle(tasks)
        return tasks


def kind_of(task_id: str) -> str:
    """The kind of the maker whose task has this id."""
    return task_id.split("-")[0]
