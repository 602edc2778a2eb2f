"""Lines of a file, `.gz` or not, and rows of a table: never a line without end in memory, every error with file:line."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from osler.core.errors import RecordError

MAX_LINE_BYTES = 4 << 20
MAX_FILE_BYTES = 4 << 30
MAX_WHOLE_BYTES = 192 << 20
_PIECE = 1 << 20

Tell = Callable[[str, str], None]
"""Takes what is amiss and where."""


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is packed with gzip, whatever it is called."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if is_packed else path.open("rb")


def lines(path: Path, tell: Tell) -> Iterator[str]:
    """Without their ends; NUL bytes are taken out and counted. Raises RecordError for a file that is missing, cut off, not UTF-8, or has a
    line or a size that no table has."""
    number = 0
    try:
        for piece in _pieces(path):
            text = piece.decode("utf-8-sig" if number == 0 else "utf-8")
            if "\0" in text:
                tell("NUL byte", f"{path}:{number + 1 + text[: text.index(chr(0))].count(chr(10))}")
                text = text.replace("\0", "")
            cut = text.split("\n")
            if cut[-1] == "":
                cut.pop()
            for line in cut:
                number += 1
                yield line[:-1] if line.endswith("\r") else line
    except FileNotFoundError as error:
        raise RecordError(f"{path}: there is no such file; check the path") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}:{number + 1}: not UTF-8 from about here ({error.reason}); save the file as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RecordError(f"{path}: cannot be read ({error}); fetch it again") from error


def _pieces(path: Path) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time."""
    left, size = b"", 0
    with opened(path) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            end = piece.rfind(b"\n") + 1
            if end:
                yield left + piece[:end]
                left = piece[end:]
            else:
                left += piece
            if len(left) > MAX_LINE_BYTES:
                raise RecordError(f"{path}: a line of more than {MAX_LINE_BYTES >> 20} MB; this is no table with a line for each row")
            if size > MAX_FILE_BYTES:
                raise RecordError(f"{path}: more than {MAX_FILE_BYTES >> 30} GB when unpacked; take a part of it")
    if left:
        yield left


def rows(path: Path, tell: Tell, *, comma: bool | None = None) -> Iterator[tuple[int, list[str]]]:
    """The number of its line and the fields of each row: at tabs as they stand, at commas with quotes as spreadsheets write them. Empty
    lines are passed over. `comma` None: by the name of the file."""
    if comma is None:
        comma = ".csv" in path.suffixes
    if not comma:
        yield from ((number, line.split("\t")) for number, line in enumerate(lines(path, tell), 1) if line)
        return
    reader = csv.reader(lines(path, tell), strict=True)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise RecordError(f"{path}:{reader.line_num}: {error}; quote fields as spreadsheets do, or use tabs") from error


def places(path: Path, header: Sequence[str], needed: Sequence[str], optional: Sequence[str] = ()) -> list[int | None]:
    """Where the columns stand, by name in any case. Raises RecordError, naming the columns found, where a needed one is missing."""
    found = {name.strip().lower(): at for at, name in reversed(list(enumerate(header)))}
    missing = [name for name in needed if name not in found]
    if missing:
        shown = ", ".join(name[:40] for name in header[:12])
        raise RecordError(f"{path}: no column {' or '.join(map(repr, missing))}; its columns are {shown}; rename or add it")
    return [found.get(name) for name in (*needed, *optional)]


def n_fields_wrong(path: Path, number: int, n: int, expected: int) -> RecordError:
    return RecordError(f"{path}:{number}: {n} fields where the header has {expected}; correct the line")


def whole(path: Path, max_bytes: int = MAX_WHOLE_BYTES) -> bytes:
    """All bytes of a file, unpacked. Raises RecordError where it cannot be read or is larger than allowed."""
    try:
        with opened(path) as file:
            found = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordError(f"{path}: cannot be read ({error}); fetch it again") from error
    if len(found) > max_bytes:
        raise RecordError(f"{path}: more than {max_bytes >> 20} MB when unpacked; take a part of it")
    return found
