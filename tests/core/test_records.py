import json
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import RecordError, RunError
from osler.core.question import ChoiceKey, Item, Question
from osler.core.records import read_records, write_records, write_text

ITEM = Item(Question("q-1", "Which?", {"A": "one", "B": "two"}), ChoiceKey(("B",)), group="heart")
TEXTS = st.text(st.sampled_from('ab"\\ \n\r\t\x0b\x1c\x85\u2028\u2029é😀') | st.characters(codec="utf-8"), min_size=1, max_size=12)


def test_records_come_back_as_they_went(tmp_path):
    other = Item(Question("q-2", "How {much} \u2028 is\x85left?", {"A": "ein Löffel", "B": "x\u2029y"}), ChoiceKey(("A",)))
    write_records(tmp_path / "items.jsonl", [ITEM, other])
    assert list(read_records(tmp_path / "items.jsonl", Item)) == [ITEM, other]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4))
def test_any_text_comes_back_as_it_went(texts, tmp_path_factory):
    """White space that Unicode counts as the end of a line (U+2028, U+0085) is text inside a record, not the end of it."""
    path = tmp_path_factory.mktemp("records") / "texts.jsonl"
    write_records(path, [{"text": text} for text in texts])
    assert list(read_records(path, dict[str, str])) == [{"text": text} for text in texts]


def test_one_record_is_one_line_of_plain_json_in_the_order_of_its_fields(tmp_path):
    write_records(tmp_path / "items.jsonl", [ITEM])
    assert (tmp_path / "items.jsonl").read_bytes() == (
        b'{"question": {"id": "q-1", "text": "Which?", "options": {"A": "one", "B": "two"}, "kind": null}, '
        b'"key": {"letters": ["B"], "kind": "choice"}, "group": "heart", "cluster": ""}\n'
    )


def test_no_records_make_an_empty_file(tmp_path):
    write_records(tmp_path / "none.jsonl", [])
    assert (tmp_path / "none.jsonl").read_bytes() == b""
    assert list(read_records(tmp_path / "none.jsonl", Item)) == []


def test_blank_lines_are_passed_over_and_still_counted(tmp_path):
    path = tmp_path / "numbers.jsonl"
    path.write_text("1\n\n   \n2\nthree\n")
    records = read_records(path, int)
    assert [next(records), next(records)] == [1, 2]
    with pytest.raises(RecordError, match=re.escape(f"{path}:5: ")):
        next(records)


def test_line_ends_of_another_system_are_read(tmp_path):
    path = tmp_path / "numbers.jsonl"
    path.write_bytes(b"1\r\n2\r\n3")
    assert list(read_records(path, int)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "Invalid JSON"),
        ("[]", ""),
        ('{"question": {"id": "q", "text": "?"}}', "key"),
        ('{"question": {"id": "q", "text": ""}, "key": {"kind": "text", "text": "a"}}', "question.text"),
        ('{"question": {"id": "q", "text": "?", "optoins": {}}, "key": {"kind": "text", "text": "a"}}', "question.optoins"),
        ('{"question": {"id": "q", "text": "?"}, "key": {"kind": "tekst", "text": "a"}}', "key"),
        ('{"question": {"id": "q-7", "text": "?"}, "key": {"kind": "choice", "letters": ["A"]}}', "add the options"),
        (
            '{"question": {"id": "q", "text": "?", "options": {"1": "a", "2": "b"}}, "key": {"kind": "text", "text": "a"}}',
            "letter the options",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_what_is_wrong_and_what_to_do(line, what, tmp_path):
    path = tmp_path / "items.jsonl"
    write_records(path, [ITEM])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(RecordError) as caught:
        list(read_records(path, Item))
    message = str(caught.value)
    assert message.startswith(f"{path}:2: ")
    assert what in message
    assert message.endswith("; correct the line")
    assert "\n" not in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecordError, match=re.escape(f"{tmp_path / 'none.jsonl'}: there is no such file; check the path")):
        list(read_records(tmp_path / "none.jsonl", Item))


def test_a_folder_is_no_file_of_records(tmp_path):
    with pytest.raises(RecordError, match=re.escape(f"{tmp_path}: cannot be read")):
        list(read_records(tmp_path, Item))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "items.jsonl").write_bytes(b"\xff\xfe{}")
    with pytest.raises(RecordError, match="must be a UTF-8 text file"):
        list(read_records(tmp_path / "items.jsonl", Item))


def test_a_second_write_replaces_the_first(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "new é")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new é"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_part_of_the_new_one(at, tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*(("os.fsync", full) if at == "fsync" else ("pathlib.Path.replace", full)))
    with pytest.raises(RunError, match=r"a\.txt: cannot be written \(No space left on device\); free some space") as caught:
        write_text(tmp_path / "a.txt", "new")
    assert isinstance(caught.value.__cause__, OSError)
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_records_that_cannot_be_made_into_json_leave_the_old_file(tmp_path):
    write_records(tmp_path / "a.jsonl", [1])

    def records():
        yield 2
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        write_records(tmp_path / "a.jsonl", records())
    assert (tmp_path / "a.jsonl").read_text() == "1\n"
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    """A file for a parent refuses root too, which no permission does."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.txt", tmp_path / "none" / "a.txt"):
        with pytest.raises(RunError, match=re.escape(f"{path}: cannot be written")):
            write_text(path, "a")


def test_numbers_keep_their_digits(tmp_path):
    write_records(tmp_path / "a.jsonl", [[0.35, 0.1 + 0.2, 1e-300, None]])
    assert json.loads((tmp_path / "a.jsonl").read_text()) == [0.35, 0.30000000000000004, 1e-300, None]


def test_a_byte_order_mark_does_not_spoil_the_first_line(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1}\n')
    assert list(read_records(path, dict[str, int])) == [{"id": 1}]
