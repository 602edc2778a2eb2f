"""Several sets of items by their names as one source: what is searched on, and the benchmarks that are answered."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT, Item
from osler.data.item_specs import load_item_sets
from osler.data.source import Dataset


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SetsSource:
    """Sets as `load_item_sets` knows them: benchmarks and presets by name, files, tables, data sets of the hub. Every item to answer is of
    the group that is called as its set is, so that each benchmark has its own line. `option_seed` shuffles options; `n_each` takes the
    first so many items of each set to answer."""

    answer: Annotated[tuple[str, ...], Field(min_length=1)]
    kind: Literal["sets"] = "sets"
    search: tuple[str, ...] = ()
    option_seed: int | None = None
    n_each: Annotated[int, Field(ge=1)] | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that are named by their path."""
        named = [Path(spec.partition(":")[2] or spec) for spec in (*self.search, *self.answer) if not spec.startswith("hf:")]
        return tuple(path for path in named if path.suffix)

    def has(self, items: Literal["worked", "search"]) -> bool:
        return items == "search" and bool(self.search)

    def load(self, seed: int) -> Dataset:
        search, answer = self._items(self.search), self._items(self.answer, self.n_each)
        return Dataset(worked=(), search=tuple(search), answer=tuple(answer)).check("data")

    def _items(self, specs: tuple[str, ...], n_each: int | None = None) -> list[Item]:
        sets = [item_set for spec in specs for item_set in load_item_sets(spec, option_seed=self.option_seed)]
        return [replace(item, group=item_set.name) for item_set in sets for item in item_set.items[:n_each]]
