import json
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet
import pytest

from osler.core.errors import RecordError, UserError
from osler.train.records import Records, Unsound, sound

ROWS = [{"text": "fever", "n": 1}, {"text": ""}, {"text": "gout", "n": 3}]


def check(record: dict) -> Unsound | None:
    return None if record["text"] else Unsound("empty_text", "the text is empty", "give it a text")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The same rows as JSONL, with a blank line in between, and as Parquet in groups of two."""
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
    lines.write_text("\n\n".join(json.dumps(row) for row in ROWS))
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), table, row_group_size=2)
    return lines, table


def test_rows_of_both_kinds_are_the_same_and_know_their_places(files: tuple[Path, Path]) -> None:
    """A column that a row leaves empty is not there, as it is not in JSONL."""
    lines, table = files
    records = Records.read(lines, table)
    assert list(records) == ROWS + ROWS
    assert [records.place(at) for at in range(6)] == [f"{lines}:{n}" for n in (1, 3, 5)] + [f"{table}:{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(("at", "line"), [(0, 3), (1, 2)], ids=["jsonl", "parquet"])
def test_what_is_amiss_is_said_with_its_place(files: tuple[Path, Path], at: int, line: int) -> None:
    with pytest.raises(RecordError, match=rf"^{files[at]}:{line}: the text is empty; give it a text, or set on_bad: drop$"):
        sound("cpt", Records.read(files[at]), check, "stop")


def test_what_is_dropped_is_counted_and_the_rest_keeps_its_places(files: tuple[Path, Path]) -> None:
    kept = sound("cpt", Records.read(*files), check, "drop")
    assert kept.dropped == {"empty_text": 2}
    assert [kept.records.place(at) for at in range(4)] == [f"{files[0]}:1", f"{files[0]}:5", f"{files[1]}:1", f"{files[1]}:3"]


def test_what_a_tokenizer_finds_is_counted_with_what_was_dropped_before(files: tuple[Path, Path]) -> None:
    """The same reason twice is two records, and the places are still those of the files."""
    first = sound("cpt", Records.read(*files), check, "drop")
    found = [Unsound("too_long", "it is too long", "cut it"), "tokens", "tokens", Unsound("empty_text", "nothing is left", "cut less")]
    left = first.once_more("cpt", found, "drop")
    assert left.dropped == {"empty_text": 3, "too_long": 1}
    assert [left.records.place(at) for at in range(2)] == [f"{files[0]}:5", f"{files[1]}:1"]
    with pytest.raises(RecordError, match=rf"^{files[0]}:1: it is too long; cut it, or set on_bad: drop$"):
        first.once_more("cpt", found, "stop")


def test_none_left_is_said_with_the_reasons() -> None:
    with pytest.raises(UserError, match=r"^cpt: there is no record to train on; all 2 were dropped \(empty_text 2\)$"):
        sound("cpt", [{"text": ""}] * 2, check, "drop")


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more"])
def test_what_is_no_parquet_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rows.parquet"
    file.write_bytes(content)
    with pytest.raises(RecordError, match=rf"^{file}: this cannot be read as Parquet [^\n]+; check the file$"):
        Records.read(file)
    with pytest.raises(RecordError, match=r"nowhere\.parquet: "):
        Records.read(tmp_path / "nowhere.parquet")
