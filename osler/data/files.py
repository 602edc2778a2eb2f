"""Items from JSON Lines files: `{"question": {"id", "text", "options"}, "key": {"kind": "choice", "letters": ["B"]}}`, and a list of
`steps` where they are worked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError
from osler.core.question import STRICT, Item
from osler.core.records import read_records
from osler.data.place import Place
from osler.data.source import Dataset, Worked


@dataclass(frozen=True, config=STRICT, kw_only=True)
class _WorkedRecord(Item):
    steps: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class FileSource:
    """Paths are relative to where the command runs; a URL is as good as a path. `worked` and `search` may be left out where the recipe has
    no stage that reads them."""

    answer: Path
    kind: Literal["files"] = "files"
    worked: Path | None = None
    search: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.worked, self.search, self.answer) if path)

    def has(self, items: Literal["worked", "search"]) -> bool:
        return bool(self.worked if items == "worked" else self.search)

    def load(self, seed: int) -> Dataset:
        """Raises RecordError (file:line) for a line that is no item, and UserError for an id that comes twice or an empty file."""
        return Dataset(
            worked=tuple(read_worked(self.worked)) if self.worked else (),
            search=tuple(read_items(self.search)) if self.search else (),
            answer=tuple(read_items(self.answer)),
        ).check(str(self.answer))


def read_worked(path: Path) -> Iterator[Worked]:
    """The worked items of one file. An item may come several times, with other steps."""
    for record in read_records(Place(path), _WorkedRecord):
        yield Worked(Item(record.question, record.key, record.group, record.cluster), record.steps)


def read_items(path: Path) -> Iterator[Item]:
    """The items of one file. An id that comes twice is a RecordError."""
    seen: set[str] = set()
    for item in read_records(Place(path), Item):
        if item.id in seen:
            raise RecordError(f"{Place(path)}: the id {item.id!r} comes twice; give every question an id of its own")
        seen.add(item.id)
        yield item
