from pathlib import Path

import pytest

from osler.commands.flags import FLAGGED, UNFLAGGED, flagged_metrics, read_flags
from osler.core.errors import RecordError, UserError
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded


def graded(id: str, outcome: Outcome) -> Graded:
    return Graded("ours", id, "", outcome, "key", "A", is_truncated=False, n_tokens=None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flags.jsonl", '{"item_id": "q-1", "is_flagged": true}\n\n{"item_id": "q-2", "is_flagged": false}\n'),
        ("flags.csv", "item_id,is_flagged,share\nq-1,True,1.0\nq-2,False,0.0\n"),
    ],
)
def test_flags_are_read_from_either_form(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert read_flags(tmp_path / name) == {"q-1": True, "q-2": False}


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "flags.jsonl:1: this is no JSON"), ('{"id": "q-1"}', "row 1: item_id or is_flagged is missing"), ("[1]", "row 1: item_id")],
)
def test_a_file_of_something_else_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "flags.jsonl").write_text(text)
    with pytest.raises(RecordError, match=message):
        read_flags(tmp_path / "flags.jsonl")
    with pytest.raises(UserError, match="there is no such file"):
        read_flags(tmp_path / "none.jsonl")


def test_accuracy_stands_with_and_without_what_was_found() -> None:
    rows = [graded("q-1", Outcome.RIGHT), graded("q-2", Outcome.WRONG), graded("q-3", Outcome.RIGHT)]
    found = list(flagged_metrics(rows, {"q-1": True, "q-2": False, "q-3": False}, "flags"))
    assert [(row.group, row.n, row.accuracy) for row in found] == [(FLAGGED, 1, 1.0), (UNFLAGGED, 2, 0.5)]
    with pytest.raises(UserError, match="flags: it says nothing of the item 'q-3'"):
        list(flagged_metrics(rows, {"q-1": True, "q-2": False}, "flags"))
