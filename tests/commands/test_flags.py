"""`osler grade --overlaps`: accuracy with and without the items that `osler overlap` found elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from osler.commands.flags import FLAGGED, UNFLAGGED, read_flags
from osler.commands.grade import GradeSettings, grade_files
from osler.commands.measured import measured
from osler.commands.overlap import overlap_files, write_overlaps
from osler.core.errors import RecordError, UserError

Items = Callable[..., str]
Answers = Callable[..., Path]
Write = Callable[..., Path]


@pytest.mark.parametrize("name", ["overlaps.jsonl", "overlaps.csv"])
def test_what_overlap_writes_is_read(name: str, tmp_path: Path, items: Items) -> None:
    """The corpus holds the first item whole, and nothing of the others."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("Which drug stands in drawer 1? aspirin metoprolol morphine alteplase\n\nThe kidney filters blood all day long.\n")
    write_overlaps(tmp_path / name, overlap_files(items("ABC"), str(corpus)))
    assert read_flags(tmp_path / name).keys() == {"q1", "q2", "q3"}
    assert read_flags(tmp_path / name)["q1"]


def test_accuracy_stands_with_and_without_them(items: Items, answers: Answers, write: Write) -> None:
    flags = write("overlaps.jsonl", [{"item_id": f"q{at}", "is_flagged": at < 3} for at in range(1, 6)])
    paths = [answers("ABAAA"), answers("ACC..", "large.jsonl")]
    rows = measured(grade_files(paths, GradeSettings(items("ABCAA"), overlaps=flags)))["metrics"]
    assert [(row["system"], row["group"], row["n"], row["n_right"]) for row in rows] == [
        ("small", "all", 5, 4),
        ("large", "all", 5, 2),
        ("small", FLAGGED, 2, 2),
        ("small", UNFLAGGED, 3, 2),
        ("large", FLAGGED, 2, 1),
        ("large", UNFLAGGED, 3, 1),
    ]


def test_where_all_or_none_are_flagged_there_is_one_row(items: Items, answers: Answers, write: Write) -> None:
    flags = write("overlaps.jsonl", [{"item_id": "q1", "is_flagged": False}])
    rows = measured(grade_files([answers("A")], GradeSettings(items("A"), overlaps=flags)))["metrics"]
    assert [row["group"] for row in rows] == ["all", UNFLAGGED]


def test_an_item_without_a_flag_is_refused(items: Items, answers: Answers, write: Write) -> None:
    flags = write("overlaps.jsonl", [{"item_id": "q1", "is_flagged": True}])
    with pytest.raises(UserError) as raised:
        measured(grade_files([answers("AB")], GradeSettings(items("AB"), overlaps=flags)))
    assert str(raised.value) == f"{flags}: it says nothing of the item 'q2'; look for the same items with `osler overlap`"


@pytest.mark.parametrize("row", ['{"item_id": "q2"}', '{"is_flagged": true}', '{"item_id": "q2", "is_flagged": "perhaps"}', "[1]"])
def test_a_row_that_says_nothing_is_named(row: str, tmp_path: Path) -> None:
    path = tmp_path / "overlaps.jsonl"
    path.write_text('{"item_id": "q1", "is_flagged": true}\n' + row + "\n")
    with pytest.raises(RecordError) as raised:
        read_flags(path)
    assert str(raised.value).startswith(f"{path}: row 2: item_id or is_flagged is missing")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file; name one that `osler overlap --to` wrote"):
        read_flags(tmp_path / "none.csv")
    (tmp_path / "broken.jsonl").write_text("{\n")
    with pytest.raises(RecordError, match=r"broken\.jsonl:1: this is no JSON"):
        read_flags(tmp_path / "broken.jsonl")
