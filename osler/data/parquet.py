"""Rows of a Parquet file, read and written some at a time."""

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

from osler.core.errors import RecordError, UserError
from osler.data.place import Place

_ROWS_AT_ONCE = 256
"""Texts may be long: pyarrow's own 65,536 of them, as Python's objects, may take gibibytes."""
_BUFFER = 1 << 20


def parquet_rows(place: Place, file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with its number, from 1. Raises RecordError, and UserError where pyarrow is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise UserError(f"{place}: reading Parquet needs pyarrow; install it with `pip install 'osler[hub]'`") from error
    number = 0
    try:
        whole = io.BytesIO(file.read()) if place.suffix == ".gz" else file
        table = parquet.ParquetFile(whole, buffer_size=_BUFFER, pre_buffer=False)
        for group in range(table.num_row_groups):  # one by one: asked for all, pyarrow fetches all
            for batch in table.iter_batches(_ROWS_AT_ONCE, [group]):
                for values in batch.to_pylist():
                    number += 1
                    yield number, values
    except pyarrow.ArrowException as error:
        raise RecordError(f"{place}: after row {number}: this is not Parquet ({' '.join(str(error).split())}); check the file") from error


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Some rows at a time, whole or not at all. `columns` says what each holds: text, texts, turns (messages), numbers, flag or flags.
    Raises UserError where pyarrow is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise UserError(f"{path}: writing Parquet needs pyarrow; install it with `pip install 'osler[hub]'`, or choose jsonl") from error
    turn = pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())])
    kinds = {"text": pyarrow.string(), "flag": pyarrow.bool_(), "turns": pyarrow.list_(turn)}
    kinds |= {
        "texts": pyarrow.list_(pyarrow.string()),
        "numbers": pyarrow.list_(pyarrow.float64()),
        "flags": pyarrow.list_(pyarrow.bool_()),
    }
    schema = pyarrow.schema([(name, kinds[column]) for name, column in columns.items()])
    part = path.with_name(path.name + ".part")
    stream = iter(rows)
    with parquet.ParquetWriter(part, schema) as writer:
        while batch := list(islice(stream, _ROWS_AT_ONCE)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
    part.replace(path)
