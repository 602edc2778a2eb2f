from pathlib import Path

import pytest

from osler.commands.grade import GradeSettings, grade_files
from osler.commands.weigh import Weighing
from osler.core.errors import UserError
from osler.core.records import write_records

ITEMS = [
    {"question": {"id": "q1", "text": "Which?", "options": {"A": "Gout", "B": "Measles"}}, "key": {"kind": "choice", "letters": ["A"]}},
    {"question": {"id": "q2", "text": "Why?", "options": {"A": "Rash", "B": "Fever"}}, "key": {"kind": "choice", "letters": ["B"]}},
    {"question": {"id": "q3", "text": "What?"}, "key": {"kind": "text", "text": "gout"}},
]


@pytest.fixture
def items(tmp_path: Path) -> str:
    write_records(tmp_path / "items.jsonl", ITEMS)
    return str(tmp_path / "items.jsonl")


@pytest.mark.parametrize(("form", "per"), [("letter", "option"), ("text", "character")])
def test_what_is_weighed_can_be_graded(form: str, per: str, items: str, tiny: Path, tmp_path: Path) -> None:
    records = Weighing(str(tiny), form, per).weigh(items)
    assert [(record["id"], sorted(record["option_logprobs"])) for record in records] == [("q1", ["A", "B"]), ("q2", ["A", "B"])]
    assert all(value < 0 for record in records for value in record["option_logprobs"].values())
    write_records(tmp_path / "weighed.jsonl", records)
    graded = grade_files([tmp_path / "weighed.jsonl"], GradeSettings(items, is_only_answered=True)).graded
    likeliest = [max(record["option_logprobs"], key=record["option_logprobs"].get) for record in records]
    assert [(row.system, row.answer) for row in graded] == [(f"base {form} per {per}", letter) for letter in likeliest]
    assert all(row.confidence is not None and row.confidence > 0.5 for row in graded)


def test_a_prompt_that_is_too_long_is_an_error_of_its_item_alone(tiny: Path, tmp_path: Path) -> None:
    long = {**ITEMS[1], "question": {**ITEMS[1]["question"], "text": "Why? " * 200}}  # type: ignore[dict-item]
    write_records(tmp_path / "items.jsonl", [ITEMS[0], long])
    first, second = Weighing(str(tiny)).weigh(str(tmp_path / "items.jsonl"))
    assert (first["error"], second["option_logprobs"]) == ("", {})
    assert "the model takes 128" in second["error"]


def test_what_there_is_not_is_refused(items: str, tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--form word: choose among letter, text"):
        Weighing(str(tiny), form="word")
    with pytest.raises(UserError, match="--per word: choose among option, token, character, byte"):
        Weighing(str(tiny), per="word")
    write_records(tmp_path / "open.jsonl", ITEMS[2:])
    with pytest.raises(UserError, match="no item has options to weigh"):
        Weighing(str(tiny)).weigh(str(tmp_path / "open.jsonl"))
