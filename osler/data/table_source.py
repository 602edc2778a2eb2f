"""A file of any table as a source: the path, and which columns make an item."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.data.columns import Columns
from osler.data.item_set import ItemSet, item_set
from osler.data.mapped import Mapped, map_rows
from osler.data.place import Place
from osler.data.source import Dataset
from osler.data.table import format_of, read_rows, whole_file


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TableSource:
    """A file (JSON Lines, JSON, CSV, TSV, Parquet; also `.gz`) and its columns; `header` names those of a CSV file without a first line of
    names. Paths are relative to where the command runs; a URL is as good as a path.

    `worked` and `search` are further files with the same columns; the worked ones have `steps` among them. `option_seed` shuffles the
    options of all but the worked ones. `is_strict` refuses the first row that makes no item; otherwise it is dropped with its reason."""

    path: Path
    columns: Columns
    kind: Literal["table"] = "table"
    name: str = ""
    header: tuple[str, ...] = ()
    worked: Path | None = None
    search: Path | None = None
    licence: str = ""
    citation: str = ""
    option_seed: int | None = None
    is_strict: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(whole_file(path) for path in (self.worked, self.search, self.path) if path)

    def has(self, items: Literal["worked", "search"]) -> bool:
        return bool(self.worked if items == "worked" else self.search)

    def item_set(self) -> ItemSet:
        """Raises RecordError with file and line."""
        return self._set(self.path)

    def load(self, seed: int) -> Dataset:
        """Raises RecordError with file and line."""
        if self.worked and not self.columns.steps:
            raise UserError(f"{self.worked}: worked items need a column with their steps; name it as columns.steps")
        return Dataset(
            worked=self._mapped(self.worked, self.columns).worked if self.worked else (),
            search=self._set(self.search).items if self.search else (),
            answer=self.item_set().items,
        ).check(str(self.path))

    def _set(self, path: Path) -> ItemSet:
        mapped = self._mapped(path, replace(self.columns, steps=None))
        name = self.name or id_part(path)
        return item_set(name, mapped, licence=self.licence, citation=self.citation, option_seed=self.option_seed)

    def _mapped(self, path: Path, columns: Columns) -> Mapped:
        return map_rows(read_rows(path, self.header), columns, set_name(self.name, path), is_strict=self.is_strict)


def id_part(path: Path) -> str:
    """The name of a file without its suffixes, as it may stand in an id."""
    name = Place(path).name.lower().removesuffix(".gz").removesuffix(format_of(path))
    return re.sub(r"[^a-z0-9_]+", "-", name).strip("-") or "rows"


def set_name(name: str, path: Path) -> str:
    """What the ids begin with that are made of positions: "medqa-test", and not "medqa-medqa-test"."""
    part = id_part(path)
    return part if part.startswith(name) else f"{name}-{part}"
