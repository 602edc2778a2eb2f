"""Material: what a synthesis is made from. Passages of books, items of a data set, tasks of the clinic; each becomes a stream of drafts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split
from osler.clinic.paths.path_maker import PathMaker
from osler.clinic.task import Maker, Task
from osler.core.question import STRICT
from osler.core.records import read_records
from osler.core.verdict import Outcome
from osler.data import ClinicSource, load_item_sets
from osler.data.task_source import AnyMaker
from osler.stages.retrieving import read_passages
from osler.synthesise.dated.texts import DatedText
from osler.synthesise.draft import Authored, Draft, Origin

SOURCE = "source"
"""The author of traces that came with an item."""

OURS = "Apache-2.0"
"""The licence of what osler itself knows: its clinic and its calculators."""


@dataclass(frozen=True, config=STRICT)
class PassageMaterial:
    """The passages of books and of JSONL files of passages, chunked to `max_words` words. `licence` is stated by whoever names them."""

    paths: Annotated[tuple[Path, ...], Field(min_length=1)]
    kind: Literal["passages"] = "passages"
    max_words: Annotated[int, Field(ge=1)] = 180
    licence: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        return self.paths

    def drafts(self, seed: int) -> Iterator[Draft]:
        for path in self.paths:
            for passage in read_passages(path, self.max_words):
                yield Draft(passage.id, Origin(passage.source, passage.id, self.licence), passages=(passage,))


@dataclass(frozen=True, config=STRICT)
class ItemMaterial:
    """The items of sets as `load_item_sets` knows them, one after another. `option_seed` shuffles their options."""

    sets: Annotated[tuple[str, ...], Field(min_length=1)]
    kind: Literal["items"] = "items"
    option_seed: int | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(Path(each.partition(":")[2] or each) for each in self.sets)

    def drafts(self, seed: int) -> Iterator[Draft]:
        for spec in self.sets:
            for item_set in load_item_sets(spec, option_seed=self.option_seed):
                for item in item_set.items:
                    yield Draft(item.id, Origin(item_set.name, item.id, item_set.licence), item=item)


@dataclass(frozen=True, config=STRICT)
class TaskMaterial:
    """`n` tasks of the training split of each maker. `is_worked`: with their true steps as a trace by "source". What is made from a graph
    has the licences of its edges, and notes of where it stands in the graph."""

    makers: Annotated[tuple[AnyMaker, ...], Field(min_length=1)]
    n: Annotated[int, Field(ge=1)]
    kind: Literal["tasks"] = "tasks"
    is_worked: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for maker in self.makers for path in getattr(maker, "files", ()))

    def drafts(self, seed: int) -> Iterator[Draft]:
        for maker in self.makers:
            for task in maker.make(self.n, Split.TRAIN, seed):
                traces = (Authored(SOURCE, task.steps, outcome=Outcome.RIGHT),) if self.is_worked else ()
                origin, notes = _of_task(maker, task)
                yield Draft(task.id, origin, item=task.item(), authored=traces, notes={"level": task.level, **notes})


def _of_task(maker: Maker, task: Task) -> tuple[Origin, Mapping[str, Any]]:
    if isinstance(maker, PathMaker):
        return Origin(f"graph {maker.place}", task.id, maker.licence(task)), maker.notes(task)
    return Origin(f"clinic {maker.kind}", task.id, "" if getattr(maker, "files", ()) else OURS), {}


@dataclass(frozen=True, config=STRICT)
class ClinicMaterial:
    """The cases of a clinic: those to search on, or (`is_worked`) the worked ones with their true steps as a trace by "source"."""

    clinic: ClinicSource
    kind: Literal["clinic"] = "clinic"
    is_worked: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        return ()

    def drafts(self, seed: int) -> Iterator[Draft]:
        dataset = self.clinic.load(seed)
        if self.is_worked:
            for each in dataset.worked:
                trace = Authored(SOURCE, each.steps, outcome=Outcome.RIGHT)
                yield Draft(each.item.id, Origin("clinic", each.item.id, OURS), item=each.item, authored=(trace,))
        else:
            yield from (Draft(item.id, Origin("clinic", item.id, OURS), item=item) for item in dataset.search)


@dataclass(frozen=True, config=STRICT)
class DatedMaterial:
    """Dated texts with the entities that they name: JSONL files of {"id", "date", "text", "entities": [{"name", "kind", "id"}]}."""

    paths: Annotated[tuple[Path, ...], Field(min_length=1)]
    kind: Literal["dated_texts"] = "dated_texts"
    licence: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        return self.paths

    def drafts(self, seed: int) -> Iterator[Draft]:
        for path in self.paths:
            for each in read_records(path, DatedText):
                yield each.draft(path.name.split(".")[0], self.licence)


AnyMaterial = PassageMaterial | ItemMaterial | TaskMaterial | ClinicMaterial | DatedMaterial
