"""Benchmark: a public set of items by name, and how its files are read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from osler.core.errors import RecordError
from osler.data.columns import Columns
from osler.data.table import Row


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Where a benchmark lies on the Hugging Face hub. `part` is what the hub calls a configuration."""

    id: str
    split: str = "test"
    part: str | None = None


@dataclass(frozen=True, kw_only=True)
class Join:
    """A second table, in the file `file` beside the first, whose columns `columns` replace those of the rows that it names. A row's `id` is
    `prefix` and what the second table has under `by`. Where both tables have the column `same`, it has to say the same."""

    file: str
    id: str
    by: str
    columns: tuple[str, ...]
    prefix: str = ""
    same: str = ""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """`shapes` are the ways in which its tables are written; the first whose columns a table has is taken. `file` is its usual place,
    looked for where a folder is given; `header` names the columns of its CSV files. `option_seed` deals the options where the source has
    the right one always in the same place. `n_options` is how many every item has, where that is the same for all."""

    name: str
    shapes: tuple[Columns, ...]
    licence: str
    citation: str
    file: str = ""
    header: tuple[str, ...] = ()
    hub: Hub | None = None
    joins: tuple[Join, ...] = ()
    option_seed: int | None = None
    n_options: int | None = None
    notes: tuple[str, ...] = ()

    def shape_of(self, rows: Sequence[Row]) -> Columns:
        """Raises RecordError where the rows have the columns of no shape."""
        present = {name for row in rows for name in row.values}
        for columns in self.shapes:
            if not columns.missing_from(present):
                return columns
        nearest = min(self.shapes, key=lambda columns: len(columns.missing_from(present)))
        where = rows[0].where if rows else self.name
        raise RecordError(
            f"{where}: this is no table of {self.name}: there is no column {', '.join(map(repr, nearest.missing_from(present)))} beside "
            f"{', '.join(map(repr, sorted(present)))}; name the right file, or map its columns in a .yaml file"
        )


def lettered(**further: object) -> Columns:
    """The shape of most files: `question`, `options` by letter (or objects with `key` and `value`), `answer_idx` with the letter."""
    usual = Columns(text="question", options="options", option_label="key", option_text="value", key="answer_idx")
    return replace(usual, **further)  # type: ignore[arg-type]


def joined(rows: Sequence[Row], further: Sequence[Row], join: Join) -> tuple[list[Row], int]:
    """The rows that the second table names, with its columns; and how many it does not name. Raises RecordError where it names one twice,
    names one that is not there, or is about something else."""
    by_id = {f"{join.prefix}{row.values.get(join.by)}": row for row in further}
    if len(by_id) < len(further):
        raise RecordError(f"{further[0].where}: its column {join.by!r} names a row twice; keep one of the two")
    kept: list[Row] = []
    for row in rows:
        other = by_id.pop(_prefixed(str(row.values.get(join.id)), join.prefix), None)
        if other is None:
            continue
        if join.same and join.same in row.values and row.values[join.same] != other.values.get(join.same):
            raise RecordError(
                f"{other.where}: {join.same!r} is {other.values.get(join.same)!r} here and {row.values[join.same]!r} in {row.where}; "
                "the two tables do not belong together"
            )
        kept.append(Row(row.where, {**row.values, **{name: other.values.get(name) for name in join.columns}}))
    if by_id:
        raise RecordError(f"{next(iter(by_id.values())).where}: no row is called {min(by_id)!r}; the two tables do not belong together")
    return kept, len(rows) - len(kept)


def _prefixed(id: str, prefix: str) -> str:
    return id if id.startswith(prefix) else prefix + id
