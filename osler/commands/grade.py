"""`osler grade`: responses from anywhere, against items from anywhere. Needs no model, no GPU and no run."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item
from osler.core.response import Response
from osler.data.item_set import ItemSet
from osler.data.responses import read_responses
from osler.evaluate.grade import Graded
from osler.evaluate.responses import AnyJudge, grade_responses, without_response
from osler.judges import JUDGES, ChoiceReader, QuestionReader

CHUNK = 2000
"""How many responses one process grades at a time."""


@dataclass(frozen=True)
class GradeSettings:
    """How `osler grade` reads and counts.

    `form` names the form of the response files, or they tell it themselves. `statement` is which of several statements of an answer counts.
    Items without a response are counted as not answered, unless `is_only_answered`. `processes` share the work; judges that ask a model
    need one process.
    """

    form: str | None = None
    statement: Literal["last", "first"] = "last"
    is_only_answered: bool = False
    processes: int = 1


@dataclass
class Join:
    """What came of joining responses to items by their ids, counted as they pass."""

    n_responses: int = 0
    n_unknown: int = 0
    n_with_key: int = 0
    n_other_key: int = 0
    unknown_id: str = ""
    systems: dict[str, None] = field(default_factory=dict)

    def pass_on(self, paths: Sequence[Path], items: Mapping[str, Item], form: str | None) -> Iterator[tuple[Item, Response]]:
        """Every response that has an item, with it. One without a system is of the system that its file is named after."""
        for path in paths:
            name = path.name.split(".")[0]
            for response in read_responses(path, form):
                self.n_responses += 1
                item = items.get(response.item_id)
                if item is None:
                    self.n_unknown += 1
                    self.unknown_id = self.unknown_id or response.item_id
                    continue
                if not response.system:
                    response = replace(response, system=name)
                self._look_at_key(item, response)
                self.systems.setdefault(response.system)
                yield item, response

    def _look_at_key(self, item: Item, response: Response) -> None:
        if isinstance(item.key, ChoiceKey) and response.recorded.key is not None:
            self.n_with_key += 1
            self.n_other_key += response.recorded.key.strip().upper() not in item.key.letters


@dataclass(frozen=True)
class Grading:
    """Everything that was graded, and what came of joining."""

    graded: list[Graded]
    join: Join
    settings: GradeSettings


def grade_files(paths: Sequence[Path], item_sets: Sequence[ItemSet], settings: GradeSettings) -> Grading:
    """A verdict for every response and, unless only the answered count, for every item without one. Raises UserError where no response
    belongs to an item, and RecordError for a file that cannot be read."""
    every = [item for item_set in item_sets for item in item_set.items]
    items = {item.id: item for item in every}
    if len(items) < len(every):
        raise UserError("grade: the item sets have ids in common; grade them one at a time")
    join = Join()
    graded = list(_graded(join.pass_on(paths, items, settings.form), settings))
    if not graded:
        raise UserError(_nothing_joined(paths, items, join))
    if not settings.is_only_answered:
        graded += without_response(every, graded, list(join.systems))
    return Grading(graded, join, settings)


def _nothing_joined(paths: Sequence[Path], items: Mapping[str, Item], join: Join) -> str:
    names = ", ".join(map(str, paths))
    if not join.n_responses:
        return f"{names}: there are no responses; name a file that has some"
    return (
        f"{names}: none of the {join.n_responses} responses belongs to an item: their ids are like {join.unknown_id!r}, those of the items "
        f"like {next(iter(items), '')!r}; name the items that they were made for, or map the column that has the id"
    )


def _graded(answered: Iterable[tuple[Item, Response]], settings: GradeSettings) -> Iterator[Graded]:
    source = iter(answered)
    chunks = iter(lambda: list(islice(source, CHUNK)), [])
    if settings.processes == 1:
        part = _Part(settings.statement)
        for chunk in chunks:
            yield from part(chunk)
        return
    with ProcessPoolExecutor(settings.processes) as executor:
        waiting: deque[Future[list[Graded]]] = deque()
        for chunk in chunks:
            waiting.append(executor.submit(_Part(settings.statement), chunk))
            if len(waiting) > 2 * settings.processes:  # no more of a large file in memory than keeps the processes busy
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


@dataclass(frozen=True)
class _Part:
    """Grades one chunk, in this process or another."""

    statement: Literal["last", "first"]

    def __call__(self, chunk: Sequence[tuple[Item, Response]]) -> list[Graded]:
        reader = QuestionReader(choice=ChoiceReader(statement=self.statement))
        judges: Mapping[str, AnyJudge] = JUDGES
        return grade_responses(chunk, reader, judges)
