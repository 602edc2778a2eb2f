"""`osler overlap`: two sets of items or files of texts, and what is written of them."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from osler.commands.overlap import overlap_files, write_overlaps
from osler.core.errors import RecordError, UserError
from osler.report.overlap_table import overlap_table

VIGNETTE = "A 45 year old farmer has had a swollen knee since harvest and now cannot bend it; what is the next step in care?"
OTHER = "Which of these bones is the longest one in the leg of a grown horse that has never been shod?"


def written(path: Path, *records: Any) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


def item(id: str, text: str, *options: str) -> dict[str, Any]:
    lettered = dict(zip("ABCD", options or ("Rest", "Surgery"), strict=False))
    return {"question": {"id": id, "text": text, "options": lettered}, "key": {"kind": "choice", "letters": ["A"]}}


def test_items_against_a_file_of_paragraphs(tmp_path: Path) -> None:
    items = written(tmp_path / "items.jsonl", item("x-1", VIGNETTE), item("x-2", OTHER))
    (tmp_path / "book.txt").write_text(f"Chapter one.\n\nAn exercise. {VIGNETTE} Rest it.\n\n\nThe end.", encoding="utf-8")
    found = overlap_files(items, str(tmp_path / "book.txt"))
    assert [(each.item_id, each.is_flagged, each.partner_id) for each in found.overlaps] == [("x-1", True, "book-2"), ("x-2", False, None)]
    assert (found.n_items, found.n_texts, found.found) == (2, 3, {"exact": 0, "ngram": 1, "fuzzy": 0, "minhash": 0})
    assert found.rows[0].partner_text.startswith("An exercise.")


def test_tables_of_texts_and_short_questions_with_their_options(tmp_path: Path) -> None:
    items = written(tmp_path / "items.jsonl", item("x-1", "Which is true?", "The sky is blue", "Grass is red"))
    same = {"question": "Which is true?", "options": {"A": "Grass is red", "B": "The sky is blue"}}
    other = {"question": "Which is true?", "options": {"A": "Snow is hot", "B": "Fire is cold"}}
    found = overlap_files(items, written(tmp_path / "train.jsonl", other, same))
    assert [each.partner_id for each in found.overlaps] == ["train-00001"]


def test_a_set_against_itself_shows_what_it_repeats(tmp_path: Path) -> None:
    items = written(tmp_path / "items.jsonl", item("x-1", VIGNETTE), item("x-2", OTHER), item("x-3", VIGNETTE.replace("farmer", "sailor")))
    found = overlap_files(items, items)
    assert [each.partner_id for each in found.overlaps] == [None, None, "x-1"]
    assert found.n_texts == 3


def test_a_table_for_people_and_rows_for_machines(tmp_path: Path) -> None:
    items = written(tmp_path / "items.jsonl", item("x-1", VIGNETTE), item("x-2", OTHER))
    found = overlap_files(items, written(tmp_path / "train.jsonl", {"id": "t-9", "text": VIGNETTE}))
    console = Console(width=100, record=True, file=(tmp_path / "shown").open("w", encoding="utf-8"))
    console.print(overlap_table(found))
    shown = console.export_text()
    assert "exact: the same words" in shown
    assert "t-9: A 45 year old farmer" in shown
    write_overlaps(tmp_path / "to.jsonl", found)
    write_overlaps(tmp_path / "to.csv", found)
    lines = [json.loads(line) for line in (tmp_path / "to.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"item_id": "x-1", "is_flagged": True, "method": "exact", "partner_id": "t-9", "share": 1.0}
    with (tmp_path / "to.csv").open(encoding="utf-8", newline="") as file:
        assert [row["method"] for row in csv.DictReader(file)] == ["exact", ""]


def test_files_that_have_no_texts_are_named(tmp_path: Path) -> None:
    good = written(tmp_path / "good.jsonl", {"text": VIGNETTE})
    with pytest.raises(RecordError, match=r"bad\.jsonl:1: has no text under text, question, .*, only a; name a column"):
        overlap_files(written(tmp_path / "bad.jsonl", {"a": 1}), good)
    with pytest.raises(RecordError, match=r"mixed\.jsonl:2: 'text' is no text but a int"):
        overlap_files(good, written(tmp_path / "mixed.jsonl", {"text": "a"}, {"text": 3}))
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"empty\.txt: there are no texts in it"):
        overlap_files(str(tmp_path / "empty.txt"), good)
