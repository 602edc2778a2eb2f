"""Records in and out: JSON Lines, written whole or not at all, read with file:line in every error."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecordError, RunError

T = TypeVar("T")


def write_text(path: Path, text: str) -> None:
    """Write beside the file and rename, so that a reader never sees half of it. Raises RunError where the disk refuses."""
    _write(path, [text])


def _write(path: Path, pieces: Iterable[str]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if not isinstance(error, OSError):
            raise
        raise RunError(f"{path}: cannot be written ({error.strerror}); free some space or check the permissions, then run again") from error


def write_records(path: Path, records: Iterable[Any]) -> None:
    """One JSON object a line, keys in the order of their fields; a million of them are never in memory as text."""
    adapter: TypeAdapter[Any] = TypeAdapter(Any)
    _write(path, (json.dumps(adapter.dump_python(record, mode="json"), ensure_ascii=False) + "\n" for record in records))


class _Readable(Protocol):
    """What has bytes to read and, as text, a name for messages: a path, or whatever else can be opened."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO: ...


def read_records(place: _Readable, kind: type[T]) -> Iterator[T]:
    """The records of a file, each checked to be a `kind`, as they are asked for: a file may be larger than memory. Blank lines are passed
    over. Raises RecordError with file:line."""
    for _, record in numbered_records(place, kind):
        yield record


def numbered_records(place: _Readable, kind: type[T]) -> Iterator[tuple[int, T]]:
    """`read_records` with the number of each one's line, from 1."""
    adapter = TypeAdapter(kind)
    for number, line in enumerate(_lines(place), 1):
        if line.strip():
            try:
                yield number, adapter.validate_json(line)
            except ValidationError as error:
                raise RecordError(f"{place}:{number}: {describe(error)}; correct the line") from error


def _lines(place: _Readable) -> Iterator[str]:
    """The lines of a file; bytes are cut at \\n alone, since a text may hold U+2028."""
    try:
        with place.open("rb") as file:
            for number, line in enumerate(file):
                yield line.decode("utf-8-sig" if number == 0 else "utf-8")
    except FileNotFoundError as error:
        raise RecordError(f"{place}: there is no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{place}: cannot be read ({error}); it must be a UTF-8 text file") from error


def describe(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, in one clause."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
