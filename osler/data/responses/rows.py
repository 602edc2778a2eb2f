"""Rows of a file of responses, one at a time: JSON Lines, JSON, CSV, TSV or Parquet, each also gzipped, on this disk or under a URL. Every
row knows where it stands."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from osler.core.errors import RecordError
from osler.data.parquet import parquet_rows
from osler.data.place import Place

_MAX_CELL = 1 << 30
_CANNOT_READ = (OSError, EOFError, zlib.error, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class Row:
    """One record and where it stands ("file:line"), for messages."""

    where: str
    record: dict[str, Any]

    def get(self, name: str) -> Any:
        """The value of a column, `a.b.0` being nested where no column has that very name. None where there is none."""
        if name in self.record or "." not in name:
            return self.record.get(name)
        value: Any = self.record
        for part in name.split("."):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    def first(self, names: tuple[str, ...]) -> Any:
        """The first value that there is among the columns, "" counting as none (an empty cell of a table)."""
        for name in names:
            value = self.get(name)
            if value is not None and value != "":
                return value
        return None

    def error(self, what: str) -> RecordError:
        """`what` is "what is wrong; what to do"."""
        return RecordError(f"{self.where}: {what}")


BadLines = list[RecordError]
"""Where lines that are no record go, when they are not to end the reading."""


def rows(path: Path, bad: BadLines | None = None) -> Iterator[Row]:
    """Every row of the file. A line that is no record is a RecordError, raised, or left in `bad` where that is given."""
    place = Place(path)
    suffixes = [suffix for suffix in place.suffixes if suffix != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    is_whole = suffix == ".json" and not _is_lines(place)
    with _opened(place) as file:
        if suffix in (".csv", ".tsv"):
            yield from _cells(place, file, "\t" if suffix == ".tsv" else ",", bad)
        elif suffix == ".parquet":
            yield from (Row(f"{place}: row {number}", record) for number, record in parquet_rows(place, file))
        elif is_whole:
            yield from _whole(place, file)
        else:
            yield from _lines(place, file, bad)


@contextmanager
def _opened(place: Place) -> Iterator[BinaryIO]:
    """The bytes of the file. Whatever keeps it from being read to its end is a RecordError."""
    try:
        with place.open() as file:
            yield io.BufferedReader(gzip.GzipFile(fileobj=file)) if place.suffix == ".gz" else file
    except FileNotFoundError as error:
        raise RecordError(f"{place}: there is no such file; check the path") from error
    except IsADirectoryError as error:
        raise RecordError(f"{place}: this is a folder; name a file in it") from error
    except _CANNOT_READ as error:
        raise RecordError(f"{place}: cannot be read to its end ({error}); get the file again, whole and in UTF-8") from error


def _lines(place: Place, file: BinaryIO, bad: BadLines | None) -> Iterator[Row]:
    for number, line in enumerate(file, 1):  # bytes break at \n alone: text may hold U+2028
        where = f"{place}:{number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            try:
                yield Row(where, _record(where, line))
            except RecordError as error:
                _refuse(error, bad)


def _refuse(error: RecordError, bad: BadLines | None) -> None:
    if bad is None:
        raise error
    bad.append(error)


def _record(where: str, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where}: is not JSON ({error}); correct the line or take it out") from error
    if not isinstance(record, dict):
        raise RecordError(f"{where}: is not a JSON object but a {type(record).__name__}; write one object a line")
    return record


def _is_lines(place: Place) -> bool:
    """Whether a `.json` file has a whole object in its first line and more lines after it."""
    with _opened(place) as file:
        first = file.readline().removeprefix(b"\xef\xbb\xbf")
        try:
            return isinstance(json.loads(first), dict) and bool(file.readline().strip())
        except (ValueError, RecursionError):
            return False


def _whole(place: Place, file: BinaryIO) -> Iterator[Row]:
    """A list of objects, or one object. Read at once: its parts cannot be told apart before."""
    try:
        value = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{place}: is not JSON ({error}); correct the file") from error
    for number, record in enumerate(value if isinstance(value, list) else [value], 1):
        where = f"{place}: record {number}" if isinstance(value, list) else str(place)
        if not isinstance(record, dict):
            raise RecordError(f"{where}: is not a JSON object but a {type(record).__name__}; write a list of objects")
        yield Row(where, record)


def _cells(place: Place, file: BinaryIO, delimiter: str, bad: BadLines | None) -> Iterator[Row]:
    csv.field_size_limit(_MAX_CELL)  # a response is often longer than the module's default
    reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""), delimiter=delimiter)
    try:
        names = next(reader, None)
        if not names:
            return
        for cells in reader:
            where = f"{place}:{reader.line_num}"
            if len(cells) == len(names):
                yield Row(where, dict(zip(names, cells, strict=True)))
            elif cells:
                _refuse(RecordError(f"{where}: has {len(cells)} cells under {len(names)} names; correct the line"), bad)
    except csv.Error as error:
        raise RecordError(f"{place}:{reader.line_num}: is not CSV ({error}); correct the line") from error
