"""Items from JSON Lines files: what is read, and one sentence that says what to do for everything that cannot be."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecordError, UserError
from osler.core.question import ChoiceKey, Item, NumberKey, Question, TextKey
from osler.data import FileSource
from osler.data.files import read_items, read_worked

OPTIONS = {"A": "gout", "B": "flu"}


def item(id: str = "q-1", **changes: Any) -> dict[str, Any]:
    return {"question": {"id": id, "text": "Which?", "options": OPTIONS}, "key": {"kind": "choice", "letters": ["B"]}} | changes


def written(folder: Path, *records: Mapping[str, Any] | str, name: str = "items.jsonl") -> Path:
    path = folder / name
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def said(path: Path) -> str:
    """The one sentence with which a source refuses this file of items to answer."""
    with pytest.raises(UserError) as error:
        FileSource(answer=path).load(seed=1)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message.rpartition("; ")[2].split()) >= 2, "what is wrong; what to do"
    return message.removeprefix(str(path))


def test_items_of_every_kind_of_key(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        item("q-1", group="joints"),
        {"question": {"id": "q-2", "text": "Who?"}, "key": {"kind": "text", "text": "gout", "synonyms": ["podagra"]}},
        {"question": {"id": "q-3", "text": "How much?"}, "key": {"kind": "number", "value": 3.5, "unit": "mg"}},
    )
    assert FileSource(answer=path).load(seed=1).answer == (
        Item(Question("q-1", "Which?", OPTIONS), ChoiceKey(("B",)), "joints"),
        Item(Question("q-2", "Who?"), TextKey("gout", ("podagra",))),
        Item(Question("q-3", "How much?"), NumberKey(3.5, "mg")),
    )


def test_worked_search_and_answer_are_three_files(tmp_path: Path) -> None:
    worked = written(tmp_path, item("w-1", steps=["flu fits.", "The answer is B."]), name="worked.jsonl")
    search, answer = written(tmp_path, item("s-1"), name="search.jsonl"), written(tmp_path, item("a-1"), name="answer.jsonl")
    dataset = FileSource(answer=answer, worked=worked, search=search).load(seed=1)
    assert [(each.item.id, each.steps) for each in dataset.worked] == [("w-1", ("flu fits.", "The answer is B."))]
    assert list(read_worked(worked)) == list(dataset.worked)
    assert [each.id for each in dataset.search] == ["s-1"]
    assert [each.id for each in dataset.answer] == ["a-1"]
    assert dataset.vocabulary == ()
    assert FileSource(answer=answer).load(seed=1).worked == ()


def test_the_order_of_the_file_is_kept_and_the_seed_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, *(item(f"q-{letter}") for letter in "zayb"))
    assert [each.id for each in FileSource(answer=path).load(seed=1).answer] == ["q-z", "q-a", "q-y", "q-b"]
    assert FileSource(answer=path).load(seed=1) == FileSource(answer=path).load(seed=2)


def test_blank_lines_windows_line_ends_and_line_separators_in_a_text(tmp_path: Path) -> None:
    text = "one\u2028two\u0085three"
    path = written(
        tmp_path, "", json.dumps(item("q-1")) + "\r", "  ", item("q-2", question={"id": "q-2", "text": text, "options": OPTIONS})
    )
    assert [each.question.text for each in FileSource(answer=path).load(seed=1).answer] == ["Which?", text]


BAD_LINES: dict[str, tuple[Any, str]] = {
    "no JSON": ("{'question': 1}", "Invalid JSON"),
    "half a line": ('{"question": {"id": "q-9"', "Invalid JSON: EOF"),
    "a list": ([1, 2], "Input should be an object"),
    "no question": ({"key": {"kind": "text", "text": "gout"}}, "question: Field required"),
    "no key": ({"question": {"id": "q-9", "text": "Who?"}}, "key: Field required"),
    "no id": (item(question={"text": "Which?", "options": OPTIONS}), "question.id: Field required"),
    "an empty id": (item(""), "question.id: String should have at least 1 character"),
    "an empty text": (item(question={"id": "q-9", "text": "  "}), "question.text: String should have at least 1 character"),
    "an unknown field": (item(anser="B"), "anser"),
    "an unknown kind of key": (item(key={"kind": "choise", "letters": ["B"]}), "choise"),
    "no kind of key": (item(key={"letters": ["B"]}), "'kind'"),
    "no letters": (item(key={"kind": "choice", "letters": []}), "letters"),
    "options without letters": (item(question={"id": "q-9", "text": "Which?", "options": ["gout", "flu"]}), "question.options"),
    "options with numbers": (
        item(question={"id": "q-9", "text": "Which?", "options": {"1": "gout", "2": "flu"}}),
        "option '1' is not a capital letter A-Z",
    ),
    "a choice without options": (
        item(question={"id": "q-9", "text": "Which?"}),
        "q-9: a choice key needs at least two options, found 0; add the options",
    ),
    "a choice of one option": (
        item(question={"id": "q-9", "text": "Which?", "options": {"A": "gout"}}, key={"kind": "choice", "letters": ["A"]}),
        "q-9: a choice key needs at least two options, found 1; add the options",
    ),
    "a key outside its options": (
        item("q-9", key={"kind": "choice", "letters": ["C"]}),
        "q-9: key 'C' is not among the options A, B; correct the key",
    ),
    "one of two keys outside": (item("q-9", key={"kind": "choice", "letters": ["A", "E"]}), "q-9: key 'E' is not among the options A, B"),
    "a small letter": (item("q-9", key={"kind": "choice", "letters": ["b"]}), "q-9: key 'b' is not among the options A, B"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_line_that_is_no_item(name: str, tmp_path: Path) -> None:
    """The good line and the blank one before it count: it is line 3."""
    line, wrong = BAD_LINES[name]
    message = said(written(tmp_path, item("q-1"), "", line if isinstance(line, str) else json.dumps(line), item("q-2")))
    assert message.startswith(":3: ")
    assert wrong in message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert said(tmp_path / "no.jsonl") == ": there is no such file; check the path"


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    assert "it must be a UTF-8 text file" in said(tmp_path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_bytes(b"\xff\xfe{\x00}\x00")
    assert "it must be a UTF-8 text file" in said(tmp_path / "items.jsonl")


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file(content: str, tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text(content)
    assert said(tmp_path / "items.jsonl") == ": there is no item to answer; name a file with at least one"


def test_an_id_that_comes_twice_in_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, item("q-1"), item("q-2"), item("q-1"))
    assert said(path) == ": the id 'q-1' comes twice; give every question an id of its own"
    with pytest.raises(RecordError, match="comes twice"):
        list(read_items(path))


@pytest.mark.parametrize("other", ["search", "worked"])
def test_an_id_that_comes_twice_over_the_files(other: str, tmp_path: Path) -> None:
    answer = written(tmp_path, item("q-1"))
    first = written(tmp_path, item("q-1", **({"steps": ["The answer is B."]} if other == "worked" else {})), name=f"{other}.jsonl")
    with pytest.raises(UserError, match=r"items\.jsonl: the id 'q-1' comes twice; ids must be unique over all files of a data set"):
        FileSource(answer=answer, **{other: first}).load(seed=1)


BAD_STEPS: dict[str, tuple[dict[str, Any], str]] = {
    "no steps": ({}, "steps: Field required"),
    "an empty list": ({"steps": []}, "steps: Tuple should have at least 1 item"),
    "an empty step": ({"steps": ["flu fits.", " "]}, "steps.1: String should have at least 1 character"),
    "one text": ({"steps": "flu fits."}, "steps: Input should be"),
}


@pytest.mark.parametrize("name", BAD_STEPS)
def test_a_worked_item_needs_steps(name: str, tmp_path: Path) -> None:
    fields, wrong = BAD_STEPS[name]
    worked = written(tmp_path, item("w-1", steps=["The answer is B."]), item("w-2", **fields), name="worked.jsonl")
    with pytest.raises(RecordError) as error:
        FileSource(answer=written(tmp_path, item("a-1")), worked=worked).load(seed=1)
    assert str(error.value).startswith(f"{worked}:2: ")
    assert wrong in str(error.value)


def test_a_worked_item_has_a_key_that_fits_like_any_other(tmp_path: Path) -> None:
    worked = written(tmp_path, item("w-1", steps=["Hm."], key={"kind": "choice", "letters": ["Z"]}), name="worked.jsonl")
    with pytest.raises(RecordError, match=r"worked\.jsonl:1: w-1: key 'Z' is not among the options A, B; correct the key"):
        FileSource(answer=written(tmp_path, item("a-1")), worked=worked).load(seed=1)
