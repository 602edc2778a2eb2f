"""Rows from every format, and the place in every error."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecordError
from osler.data.table import read_rows, whole_file

ROWS: list[dict[str, Any]] = [
    {"id": "a", "question": 'one\u2028two\u0085three, “quoted” "so"', "answer": "1"},
    {"id": "b", "question": "line\nbreak\tand tab", "answer": "2"},
]


def jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def separated(delimiter: str) -> Callable[[Sequence[dict[str, Any]]], bytes]:
    def write(rows: Sequence[dict[str, Any]]) -> bytes:
        import io

        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
        return file.getvalue().encode()

    return write


def parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    import io

    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), file)
    return file.getvalue()


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {str(at): row[name] for at, row in enumerate(rows)} for name in rows[0]}


WRITERS: dict[str, tuple[str, Callable[[Sequence[dict[str, Any]]], bytes]]] = {
    "jsonl": ("t.jsonl", jsonl),
    "ndjson": ("t.ndjson", jsonl),
    "jsonl under the name of json": ("t.json", jsonl),
    "a list": ("t.json", lambda rows: json.dumps(rows).encode()),
    "a list within": ("t.json", lambda rows: json.dumps({"questions": rows}).encode()),
    "columns as pandas writes them": ("t.json", lambda rows: json.dumps(columns(rows)).encode()),
    "columns as lists": ("t.json", lambda rows: json.dumps({name: [row[name] for row in rows] for name in rows[0]}).encode()),
    "rows by id": (
        "t.json",
        lambda rows: json.dumps({row["id"]: {name: row[name] for name in row if name != "id"} for row in rows}).encode(),
    ),
    "csv": ("t.csv", separated(",")),
    "tsv": ("t.tsv", separated("\t")),
    "parquet": ("t.parquet", parquet),
}


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("form", WRITERS)
def test_every_format_gives_the_same_rows(form: str, is_packed: bool, tmp_path: Path) -> None:
    name, write = WRITERS[form]
    path = tmp_path / (f"{name}.gz" if is_packed else name)
    path.write_bytes(gzip.compress(write(ROWS)) if is_packed else write(ROWS))
    rows = list(read_rows(path))
    assert [dict(row.values) for row in rows] == ROWS
    assert all(row.where.startswith(f"{path}:") for row in rows)


@pytest.mark.parametrize("form", ["jsonl", "a list", "csv", "tsv"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(form: str, tmp_path: Path) -> None:
    name, write = WRITERS[form]
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + write(ROWS))
    assert [dict(row.values) for row in read_rows(tmp_path / name)] == ROWS


def test_places_count_lines_and_blank_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n\n  \n{"a": 2}\n')
    assert [row.where for row in read_rows(path)] == [f"{path}:1", f"{path}:4"]


def test_a_row_of_a_csv_file_has_the_place_of_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"two\nlines"\n3,4\n')
    assert [row.where for row in read_rows(path)] == [f"{path}:2", f"{path}:4"]


def test_names_of_a_csv_file_that_has_none(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("What?,yes,no\n")
    assert [dict(row.values) for row in read_rows(path, ("question", "A", "B"))] == [{"question": "What?", "A": "yes", "B": "no"}]


def test_empty_fields_at_the_end_of_a_row_are_no_fields(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2,,,\n3,4\n")
    assert [dict(row.values) for row in read_rows(path)] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_field_longer_than_csv_takes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"note\n{'x' * 200_000}\n")
    [row] = read_rows(path)
    assert len(row.values["note"]) == 200_000


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """The second line is bad, and the first is there before anybody gets to it."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n{"a"\n')
    rows = read_rows(path)
    assert next(rows).values == {"a": 1}
    with pytest.raises(RecordError, match=r"t\.jsonl:2: this is not JSON"):
        next(rows)


def test_one_of_several_tables_in_a_file(tmp_path: Path) -> None:
    """As a list, and by id; the whole file says what it holds."""
    path = tmp_path / "all.json"
    path.write_text(json.dumps({"medqa": [{"a": 1}, {"a": 2}], "mmlu": {"anatomy-1": {"a": 3}, "anatomy-2": {"a": 4}}}))
    rows = list(read_rows(tmp_path / "all.json#medqa"))
    assert [(row.where, row.values) for row in rows] == [(f"{path}#medqa: row 1", {"a": 1}), (f"{path}#medqa: row 2", {"a": 2})]
    assert [row.values for row in read_rows(tmp_path / "all.json#mmlu")] == [{"id": "anatomy-1", "a": 3}, {"id": "anatomy-2", "a": 4}]
    assert whole_file(tmp_path / "all.json#mmlu") == path
    with pytest.raises(RecordError, match=r"all\.json: it holds the tables medqa, mmlu; name one of them as all\.json#NAME"):
        list(read_rows(path))
    with pytest.raises(RecordError, match=r"there is no table 'medmcqa' in it; it has medqa, mmlu"):
        list(read_rows(tmp_path / "all.json#medmcqa"))
    with pytest.raises(RecordError, match=r"only a JSON file holds tables by name; leave out '#x'"):
        list(read_rows(tmp_path / "t.csv#x"))


def test_a_file_whose_name_has_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "case #1.jsonl"
    path.write_text('{"a": 1}')
    assert [row.values for row in read_rows(path)] == [{"a": 1}]


BAD: dict[str, tuple[str, bytes, str]] = {
    "no file": ("missing.jsonl", b"", "there is no such file"),
    "an unknown suffix": ("t.xlsx", b"x", "there is no reader for '.xlsx'"),
    "half a line": ("t.jsonl", b'{"a": 1}\n{"a": ', "t.jsonl:2: this is not JSON"),
    "a list for a row": ("t.jsonl", b'{"a": 1}\n[1]\n', "t.jsonl:2: a row is an object with a name for every value, not a list"),
    "no UTF-8": ("t.jsonl", b'{"a": 1}\n{"a": "\xff"}\n', "t.jsonl:2: this is not UTF-8"),
    "broken JSON": ("t.json", b'[{"a": 1},\n{"a" 2}]', "t.json:2: this is not JSON"),
    "no rows": ("t.json", b'"text"', "these are no rows"),
    "columns of two lengths": ("t.json", b'{"a": [1, 2], "b": [1]}', "its columns are not of one length"),
    "too many fields": ("t.csv", b"a,b\n1,2\n1,2,3\n", "t.csv:3: it has 3 fields under 2 names"),
    "too few fields": ("t.csv", b"a,b\n1\n", "t.csv:2: it has 1 fields under 2 names"),
    "a quote that never ends": ("t.csv", b'a,b\n1,"2\n3,4\n', "t.csv:2: this is not a row"),
    "a name that comes twice": ("t.csv", b"a,a\n1,2\n", "t.csv:1: two columns are called 'a'"),
    "csv that is no UTF-8": ("t.csv", b"a,b\n1,\xff\n", "this is not UTF-8 text"),
    "gzip that is none": ("t.jsonl.gz", b'{"a": 1}', "cannot be read"),
    "gzip cut short": ("t.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1000)[:30], "cannot be read"),
    "no Parquet": ("t.parquet", b"PAR1 not quite", "this is not Parquet"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_one_sentence_with_its_place(name: str, tmp_path: Path) -> None:
    file, content, wrong = BAD[name]
    path = tmp_path / file
    if content:
        path.write_bytes(content)
    with pytest.raises(RecordError) as error:
        list(read_rows(path))
    message = str(error.value)
    assert message.startswith(str(tmp_path))
    assert wrong in message
    assert "\n" not in message
    assert len(message.rpartition("; ")[2].split()) >= 2, "what is wrong; what to do"


def test_importing_sources_imports_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import osler.data, sys; print(*({'pyarrow', 'datasets', 'pandas', 'torch'} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == ""
