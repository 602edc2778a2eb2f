"""Rows of a table, from JSON Lines, JSON, CSV, TSV or Parquet, each also as `.gz`. Every error says file and line, or file and row.

JSON comes in four shapes: a list of rows; `{"question": {"0": …}, "key": {"0": …}}` or the same with lists, column by column, as pandas
writes it; rows by their id; and any of these as the only list or the only mapping within a mapping. JSON Lines is read under the name of
JSON as well.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from osler.core.errors import RecordError
from osler.data.parquet import parquet_rows
from osler.data.place import Place

_MAX_FIELD = 2**31 - 1
"""Python's csv refuses fields above 131,072 characters; clinical notes are longer."""


@dataclass(frozen=True)
class Row:
    """`where` is file:line, or `file: row n` where a format has no lines. Rows count from 1."""

    where: str
    values: Mapping[str, Any]


def read_rows(path: Path | str, header: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a file, or of what lies under a URL (`Place`), in its order. `header` names the columns of a CSV or TSV that has no first
    line with their names.

    JSON Lines, CSV, TSV and Parquet are read as they are asked for, JSON as a whole. Of a JSON file that holds several tables by name,
    `file.json#name` is one. Raises RecordError.
    """
    place, part = _parted(Place(path))
    suffix = _format_of(place)
    if suffix not in _FORMATS:
        raise RecordError(f"{place}: there is no reader for {suffix or 'a file without a suffix'!r}; use one of {', '.join(_FORMATS)}")
    if header and suffix not in (".csv", ".tsv"):
        raise RecordError(f"{place}: a header is for CSV and TSV, {suffix} names its columns itself; leave the header out")
    try:
        with _opened(place) as file:
            yield from _json(place, file, part) if part else _FORMATS[suffix](place, file, header)
    except FileNotFoundError as error:
        raise RecordError(f"{place}: there is no such file; check the path") from error
    except (OSError, EOFError, zlib.error) as error:  # gzip raises all three on a damaged file
        raise RecordError(f"{place}: cannot be read ({error}); check that it is whole and may be read") from error


def format_of(path: Path) -> str:
    """The suffix that names the format, in small letters, without `.gz`."""
    return _format_of(Place(path))


def _format_of(place: Place) -> str:
    suffixes = place.suffixes
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def whole_file(path: Path) -> Path:
    """The file that `file.json#name` names a table of."""
    return Path(_parted(Place(path))[0].given)


def _parted(place: Place) -> tuple[Place, str]:
    """A file and the name of the table in it, which is empty where none is given."""
    folder, slash, last = str(place.given).rpartition("/")
    name, mark, part = last.partition("#")
    if not mark or (not place.url and place.path.exists()):
        return place, ""
    whole = Place(folder + slash + name)
    if _format_of(whole) != ".json":
        raise RecordError(f"{place}: only a JSON file holds tables by name; leave out {mark + part!r}")
    return whole, part


@contextmanager
def _opened(place: Place) -> Iterator[IO[bytes]]:
    with place.open() as file:
        yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if place.suffix == ".gz" else file


def _jsonl(place: Place, file: IO[bytes], header: Sequence[str]) -> Iterator[Row]:
    for number, line in enumerate(file, 1):  # bytes are cut at \n alone: a text may hold U+2028
        where = f"{place}:{number}"
        text = _decoded(line, where).removeprefix("\ufeff") if number == 1 else _decoded(line, where)
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecordError(f"{where}: this is not JSON ({error}); correct the line") from error
        yield Row(where, _mapping(values, where))


def _json(place: Place, file: IO[bytes], part: str | Sequence[str]) -> Iterator[Row]:
    text = _decoded(file.read(), str(place)).removeprefix("\ufeff")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # JSON Lines under the name of JSON
            yield from _jsonl(place, io.BytesIO(text.encode()), ())
            return
        raise RecordError(f"{place}:{error.lineno}: this is not JSON ({error.msg}); correct the line") from error
    except RecursionError as error:
        raise RecordError(f"{place}: this is nested too deeply; write it as a list of rows") from error
    if part:
        if not isinstance(content, Mapping) or part not in content:
            known = ", ".join(content) if isinstance(content, Mapping) and len(content) < 30 else "no names of tables"
            raise RecordError(f"{place}: there is no table {part!r} in it; it has {known}")
        content = content[part]
    where_in = f"{place}#{part}" if part else str(place)
    for number, values in enumerate(_rows_in(content, place), 1):
        where = f"{where_in}: row {number}"
        yield Row(where, _mapping(values, where))


def _rows_in(content: Any, place: Place) -> Iterable[Any]:
    if isinstance(content, Mapping) and len(content) == 1 and _holds_rows(*content.values()):
        [content] = content.values()
    if isinstance(content, list):
        return content
    if isinstance(content, Mapping) and content:
        within = list(content.values())
        if len(within) > 1 and all(isinstance(column, Mapping | list) and _holds_rows(column) for column in within):
            raise RecordError(f"{place}: it holds the tables {', '.join(content)}; name one of them as {place.name}#NAME")
        if all(isinstance(column, list) for column in within):
            return _turned({name: dict(enumerate(column)) for name, column in content.items()}, place)
        if all(isinstance(column, Mapping) for column in within):
            return _turned(content, place) if _is_by_column(content) else ({"id": id, **row} for id, row in content.items())
    raise RecordError(f"{place}: these are no rows; write a list of objects, one for each row")


def _holds_rows(content: Any) -> bool:
    if isinstance(content, Mapping):
        return bool(content) and all(isinstance(part, Mapping | list) for part in content.values())
    return isinstance(content, list) and all(isinstance(part, Mapping) for part in content)


def _is_by_column(content: Mapping[str, Mapping[str, Any]]) -> bool:
    """pandas numbers the rows of every column alike, from 0."""
    first, *others = content.values()
    return list(first) == [str(number) for number in range(len(first))] and all(column.keys() == first.keys() for column in others)


def _turned(columns: Mapping[str, Mapping[Any, Any]], place: Place) -> Iterator[dict[str, Any]]:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise RecordError(f"{place}: its columns are not of one length ({lengths}); write a list of objects, one for each row")
    for number in next(iter(columns.values())):
        yield {name: column[number] for name, column in columns.items()}


def _separated(delimiter: str) -> Callable[[Place, IO[bytes], Sequence[str]], Iterator[Row]]:
    def rows(place: Place, file: IO[bytes], header: Sequence[str]) -> Iterator[Row]:
        csv.field_size_limit(_MAX_FIELD)
        lines = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""), delimiter=delimiter, strict=True)
        names, last = list(header), 0
        try:
            for fields in lines:
                where, last = f"{place}:{last + 1}", lines.line_num
                if not fields:
                    continue
                if not names:
                    names = _names(fields, where)
                    continue
                if not any(fields[len(names) :]):  # spreadsheets leave empty ones at the end
                    del fields[len(names) :]
                if len(fields) != len(names):
                    raise RecordError(f"{where}: it has {len(fields)} fields under {len(names)} names; correct it, or quote its text")
                yield Row(where, dict(zip(names, fields, strict=True)))
        except csv.Error as error:
            raise RecordError(f"{place}:{last + 1}: this is not a row ({error}); correct it") from error
        except UnicodeDecodeError as error:
            raise RecordError(f"{place}: after line {last}: this is not UTF-8 text; save the file as UTF-8") from error

    return rows


def _names(fields: Sequence[str], where: str) -> list[str]:
    names = [field.strip() for field in fields]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RecordError(f"{where}: two columns are called {twice!r}; give every column a name of its own")
    return names


def _parquet(place: Place, file: IO[bytes], header: Sequence[str]) -> Iterator[Row]:
    for number, values in parquet_rows(place, file):
        yield Row(f"{place}: row {number}", values)


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(f"{where}: this is not UTF-8 text ({error.reason}); save the file as UTF-8") from error


def _mapping(values: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise RecordError(f"{where}: a row is an object with a name for every value, not a {type(values).__name__}; correct it")
    return values


_FORMATS: dict[str, Callable[[Place, IO[bytes], Sequence[str]], Iterator[Row]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".parquet": _parquet,
}
