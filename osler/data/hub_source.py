"""Any data set of the Hugging Face hub as a source, by its id."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.data.benchmark_source import benchmark_set
from osler.data.benchmarks import BENCHMARKS
from osler.data.benchmarks.benchmark import Benchmark, lettered
from osler.data.columns import Columns
from osler.data.hub import hub_rows
from osler.data.item_set import ItemSet, item_set
from osler.data.mapped import map_rows, present_in
from osler.data.source import Dataset, Worked
from osler.data.table import Row
from osler.data.table_source import id_part


@dataclass(frozen=True, kw_only=True, config=STRICT)
class HubSource:
    """A data set by its id, or a folder of its files. `part` is what the hub calls a configuration. `columns` may be left out for the data
    set of a known benchmark, and where the columns are `question`, `options` by letter and `answer_idx`. `search_split` and `worked_split`
    are further splits; the worked one has `steps` among its columns."""

    id: str
    kind: Literal["hub"] = "hub"
    split: str = "test"
    part: str | None = None
    revision: str | None = None
    columns: Columns | None = None
    name: str = ""
    search_split: str = ""
    worked_split: str = ""
    licence: str = ""
    citation: str = ""
    option_seed: int | None = None
    is_strict: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """None that could be named: a data set is told by its id and revision."""
        return ()

    def has(self, items: Literal["worked", "search"]) -> bool:
        return bool(self.worked_split if items == "worked" else self.search_split)

    def item_set(self) -> ItemSet:
        """Raises UserError where the data set cannot be had, and RecordError for its rows."""
        return self._set(self.split)

    def load(self, seed: int) -> Dataset:
        return Dataset(
            worked=self._worked(self.worked_split) if self.worked_split else (),
            search=self._set(self.search_split).items if self.search_split else (),
            answer=self.item_set().items,
        ).check(self.id)

    def _set(self, split: str) -> ItemSet:
        rows, name = self._rows(split), self._name(split)
        known = _known(self.id, self.part) if self.columns is None else None
        if known:
            seed = known.option_seed if self.option_seed is None else self.option_seed
            return benchmark_set(known, rows, name, option_seed=seed, is_strict=self.is_strict)
        columns = self.columns or _usual(rows, self.id)
        mapped = map_rows(rows, replace(columns, steps=None), name, is_strict=self.is_strict)
        return item_set(self.name or self.id, mapped, licence=self.licence, citation=self.citation, option_seed=self.option_seed)

    def _worked(self, split: str) -> tuple[Worked, ...]:
        if not (self.columns and self.columns.steps):
            raise UserError(f"{self.id}: worked items need a column with their steps; name it as columns.steps")
        return map_rows(self._rows(split), self.columns, self._name(split), is_strict=self.is_strict).worked

    def _rows(self, split: str) -> list[Row]:
        known = _known(self.id, self.part) if self.columns is None else None
        return list(hub_rows(self.id, split, known.hub.part if known and known.hub else self.part, self.revision))

    def _name(self, split: str) -> str:
        return f"{self.name or id_part(Path(self.id))}-{split}"


def _known(id: str, part: str | None) -> Benchmark | None:
    """The first benchmark that has this data set as its own; without a part, its usual part."""
    named = [each for each in BENCHMARKS.values() if each.hub and each.hub.id == id and part in (None, each.hub.part)]
    return named[0] if named else None


def _usual(rows: list[Row], id: str) -> Columns:
    """The columns of a table that are called as they usually are. Raises UserError for any other."""
    present = present_in(rows)
    for columns in (lettered(id="id"), lettered()):
        if not columns.missing_from(present):
            return columns
    raise UserError(
        f"hf:{id}: which of its columns make an item? It has {', '.join(sorted(present))}; write a .yaml file with `kind: hub`, the id and "
        "`columns`, and name that"
    )
