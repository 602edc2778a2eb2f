"""Tables by columns: thousands of rows at a time, a column as a list of texts, which is several times as fast as row by row."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from osler.knowledge.graphs.lines import Tell, lines, n_fields_wrong, rows

N_ROWS = 1 << 14


class Block(NamedTuple):
    """The numbers of the lines, and each column, as long."""

    numbers: Sequence[int]
    columns: Sequence[Sequence[str]]


def blocks(path: Path, tell: Tell) -> Iterator[Block]:
    """The header first, alone as the one column of the first block: its names; then the rows. Raises RecordError with file:line where a row
    has another number of fields."""
    if ".csv" in path.suffixes:
        yield from _from_rows(path, rows(path, tell, comma=True))
        return
    numbered = enumerate(lines(path, tell), 1)
    header = next((line for _, line in numbered if line), "").split("\t")
    yield Block((1,), (header,))
    width = len(header)
    while given := list(islice(numbered, N_ROWS)):
        numbers, texts = zip(*given, strict=True)
        if {text.count("\t") for text in texts} != {width - 1}:
            given = [(number, text) for number, text in given if text]
            wrong = next(((number, text) for number, text in given if text.count("\t") != width - 1), None)
            if wrong:
                raise n_fields_wrong(path, wrong[0], wrong[1].count("\t") + 1, width)
            if not given:
                continue
            numbers, texts = zip(*given, strict=True)
        fields = "\t".join(texts).split("\t")
        yield Block(numbers, [fields[at::width] for at in range(width)])


def _from_rows(path: Path, table: Iterator[tuple[int, list[str]]]) -> Iterator[Block]:
    header = next(table, (1, [""]))[1]
    yield Block((1,), (header,))
    while given := list(islice(table, N_ROWS)):
        for number, row in given:
            if len(row) != len(header):
                raise n_fields_wrong(path, number, len(row), len(header))
        yield Block([number for number, _ in given], list(zip(*(row for _, row in given), strict=True)))
