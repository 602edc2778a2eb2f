"""Records to train on, each with the place it came from; and what is amiss with one, found before the first step."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, overload

from osler.core.errors import RecordError, UserError
from osler.core.records import numbered_records

Row = dict[str, Any]
OnBad = Literal["stop", "drop"]
"""What a record that cannot be trained on does: stop the training before its first step, or be dropped and counted by its reason."""


@dataclass(frozen=True)
class Unsound:
    """Why a record cannot be trained on: `reason` is a short snake_case word that becomes a column, `what` and `advice` are for the person
    who reads the message."""

    reason: str
    what: str
    advice: str


class Records(Sequence[Row]):
    """Rows, and of each the place it came from, as `file:line`."""

    def __init__(self, rows: Iterable[Row], places: Sequence[str] | None = None) -> None:
        self._rows = list(rows)
        self._places = places

    @classmethod
    def read(cls, *paths: Path) -> "Records":
        """Of JSONL files, or Parquet. Raises RecordError with file:line, or file:row, for what is no JSON object, or no Parquet."""
        rows, places = [], []
        for path in paths:
            for number, row in _parquet_rows(path) if path.suffix == ".parquet" else numbered_records(path, dict[str, Any]):
                rows.append(row)
                places.append(f"{path}:{number}")
        return cls(rows, places)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Records":
        """Themselves, where they know their places already."""
        return rows if isinstance(rows, Records) else cls(rows)

    def place(self, at: int) -> str:
        return self._places[at] if self._places else f"record {at + 1}"

    def picked(self, numbers: Sequence[int]) -> "Records":
        """Those at these positions, which keep their places."""
        return Records([self._rows[at] for at in numbers], [self.place(at) for at in numbers])

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Records": ...
    def __getitem__(self, at: int | slice) -> "Row | Records":
        return self._rows[at] if isinstance(at, int) else self.picked(range(*at.indices(len(self))))


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Each row with its number, from 1; what a row leaves empty is not in it."""
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise UserError(f"{path}: reading Parquet needs pyarrow; install it with `pip install 'osler[train]'`") from error
    try:
        batches = parquet.ParquetFile(path).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from ((number, {name: value for name, value in row.items() if value is not None}) for number, row in enumerate(rows, 1))
    except (OSError, pyarrow.ArrowException) as error:
        raise RecordError(f"{path}: this cannot be read as Parquet ({' '.join(str(error).split())}); check the file") from error


@dataclass(frozen=True)
class Sound:
    """The records that can be trained on, and how many were dropped for each reason."""

    records: Records
    dropped: dict[str, int] = field(default_factory=dict)

    def once_more(self, kind: str, found: Iterable[object], on_bad: OnBad) -> "Sound":
        """Where a tokenizer has seen them: `found` has for each record why it is unsound after all, or whatever it became. As `sound`, and
        what was dropped before is counted with it."""
        each = iter(found)
        left = sound(kind, self.records, lambda _: amiss if isinstance(amiss := next(each), Unsound) else None, on_bad)
        return Sound(left.records, dict(Counter(self.dropped) + Counter(left.dropped)))


def sound(kind: str, rows: Sequence[Row], check: Callable[[Row], Unsound | None], on_bad: OnBad) -> Sound:
    """Look at every record before anything is trained. Raises RecordError with the place of the first one that is amiss and its advice, or
    drops such ones where `on_bad` says so; raises UserError where none is left. `kind` is the trainer's."""
    records, kept, dropped = Records.of(rows), [], dict[str, int]()
    if not records:
        raise UserError(f"{kind}: there is no record to train on; the stage before kept nothing, or the file is empty")
    for at, record in enumerate(records):
        amiss = check(record)
        if amiss is None:
            kept.append(at)
        elif on_bad == "stop":
            raise RecordError(f"{records.place(at)}: {amiss.what}; {amiss.advice}, or set on_bad: drop")
        else:
            dropped[amiss.reason] = dropped.get(amiss.reason, 0) + 1
    if not kept:
        reasons = ", ".join(f"{reason} {n}" for reason, n in dropped.items())
        raise UserError(f"{kind}: there is no record to train on; all {len(records)} were dropped ({reasons})")
    return Sound(records if not dropped else records.picked(kept), dropped)
