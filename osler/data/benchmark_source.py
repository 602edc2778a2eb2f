"""A benchmark by name as a source: its file where it lies, or its table from the hub."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError, UserError
from osler.core.question import STRICT, Item
from osler.data.benchmarks import BENCHMARKS
from osler.data.benchmarks.benchmark import Benchmark, joined
from osler.data.hub import hub_rows
from osler.data.item_set import ItemSet, item_set
from osler.data.mapped import map_rows
from osler.data.nearest import suggestion
from osler.data.source import Dataset
from osler.data.table import Row, format_of, read_rows, whole_file
from osler.data.table_source import set_name

DATA_FOLDER = "OSLER_DATA"
"""The environment variable that names a folder with the files of benchmarks, each at its usual place."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BenchmarkSource:
    """A benchmark by its name in `osler/data/benchmarks/`. `path` is its file, or a folder with it; left out, the folder OSLER_DATA is
    looked into, and then the hub. `split` and `search_split` are the hub's names; `search` is a further file of the same shape."""

    name: str
    kind: Literal["benchmark"] = "benchmark"
    path: Path | None = None
    search: Path | None = None
    split: str = ""
    search_split: str = ""
    option_seed: int | None = None
    is_strict: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read, as far as they are named."""
        benchmark = benchmark_named(self.name)
        path = _file_of(benchmark, self.path)
        beside = [path.with_name(join.file) for join in benchmark.joins] if path else []
        return tuple(whole_file(file) for file in (self.search, path, *beside) if file)

    def has(self, items: Literal["worked", "search"]) -> bool:
        """No benchmark comes with steps."""
        return items == "search" and bool(self.search or self.search_split)

    def item_set(self) -> ItemSet:
        """Raises UserError where the benchmark is not known or not to be found, and RecordError for its rows."""
        benchmark = benchmark_named(self.name)
        path = _file_of(benchmark, self.path)
        return self._from_file(benchmark, path) if path else self._from_hub(benchmark, self.split)

    def load(self, seed: int) -> Dataset:
        benchmark, answer = benchmark_named(self.name), self.item_set()
        searched: tuple[Item, ...] = ()
        if self.search:
            searched = self._from_file(benchmark, self.search).items
        elif self.search_split:
            searched = self._from_hub(benchmark, self.search_split).items
        return Dataset(worked=(), search=searched, answer=answer.items).check(self.name)

    def _from_file(self, benchmark: Benchmark, path: Path) -> ItemSet:
        is_bare = bool(benchmark.header) and format_of(path) in (".csv", ".tsv") and not _has_names(path, benchmark)
        header = benchmark.header if is_bare else ()
        rows, notes = list(read_rows(path, header)), list[str]()
        for join in benchmark.joins:
            beside = path.with_name(join.file)
            if not beside.is_file():
                raise RecordError(f"{beside}: {benchmark.name} needs this file beside {path.name}; put it there")
            rows, n_missing = joined(rows, list(read_rows(beside)), join)
            notes += [f"{n_missing} rows are not in {join.file} and are no part of this set"] if n_missing else []
        return self._set(benchmark, rows, set_name(benchmark.name, path), notes)

    def _from_hub(self, benchmark: Benchmark, split: str) -> ItemSet:
        hub = benchmark.hub
        if hub is None:
            raise UserError(f"{benchmark.name}: no table of it is known on the hub; name its file as {benchmark.name}:PATH")
        rows = list(hub_rows(hub.id, split or hub.split, hub.part))
        return self._set(benchmark, rows, f"{benchmark.name}-{split or hub.split}", [])

    def _set(self, benchmark: Benchmark, rows: Sequence[Row], name: str, notes: Sequence[str]) -> ItemSet:
        seed = benchmark.option_seed if self.option_seed is None else self.option_seed
        return benchmark_set(benchmark, rows, name, option_seed=seed, is_strict=self.is_strict, notes=notes)


def benchmark_named(name: str) -> Benchmark:
    """Raises UserError with the nearest name."""
    if name not in BENCHMARKS:
        known = ", ".join(sorted(BENCHMARKS))
        raise UserError(f"{name}: there is no benchmark of this name{suggestion(name, BENCHMARKS)}; choose among {known}")
    return BENCHMARKS[name]


def benchmark_set(
    benchmark: Benchmark,
    rows: Sequence[Row],
    name: str,
    *,
    option_seed: int | None = None,
    is_strict: bool = False,
    notes: Sequence[str] = (),
) -> ItemSet:
    """The items of a benchmark's rows. Raises RecordError where they are not its rows."""
    mapped = map_rows(rows, benchmark.shape_of(rows), name, is_strict=is_strict)
    made = item_set(
        benchmark.name,
        mapped,
        licence=benchmark.licence,
        citation=benchmark.citation,
        notes=(*benchmark.notes, *notes),
        option_seed=option_seed,
    )
    return _with_options_counted(benchmark, made, rows[0].where)


def _with_options_counted(benchmark: Benchmark, made: ItemSet, where: str) -> ItemSet:
    """The 4-option and the 5-option file of one examination have the same questions and other letters."""
    if benchmark.n_options is None:
        return made
    counts = [len(item.question.options) for item in made.items]
    others = [n for n in counts if n != benchmark.n_options]
    if len(others) == len(counts):
        near = [each.name for each in BENCHMARKS.values() if each.citation == benchmark.citation and each.n_options == others[0]]
        hint = f"this may be {near[0]!r}" if near else "check the file"
        raise RecordError(f"{where}: its questions have {others[0]} options and those of {benchmark.name} {benchmark.n_options}; {hint}")
    note = f"{len(others)} items have other than {benchmark.n_options} options"
    return replace(made, notes=(*made.notes, note)) if others else made


def _file_of(benchmark: Benchmark, path: Path | None) -> Path | None:
    """The file that is read; None: the hub is asked."""
    if path is not None:
        return _file_in(path, benchmark)
    folder = os.environ.get(DATA_FOLDER)
    if folder and benchmark.file and (file := Path(folder) / benchmark.file).is_file():
        return file
    return None


def _file_in(path: Path, benchmark: Benchmark) -> Path:
    if not path.is_dir():
        return path
    if benchmark.file:
        for file in (path / benchmark.file, path / Path(benchmark.file).name):
            if file.is_file():
                return file
    usual = f"{benchmark.file} is not in it" if benchmark.file else f"the files of {benchmark.name} have no usual name"
    raise RecordError(f"{path}: this is a folder, and {usual}; name the file itself")


def _has_names(path: Path, benchmark: Benchmark) -> bool:
    """Whether the first line of a CSV file holds names: any that a shape of the benchmark names, and none twice."""
    named = {name for columns in benchmark.shapes for name in columns.named() if len(name) > 1}
    try:
        first = next(iter(read_rows(path)), None)
    except RecordError:
        return False
    return first is not None and bool(named & first.values.keys())
