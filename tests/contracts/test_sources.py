"""The contract of sources, run over every entry of the registry: ids unique and stable, the key among the options, the same seed the same
items, and the three lists apart. To add a source: one case below."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.differentials.maker import Differentials
from osler.core.question import ChoiceKey, DateKey, Item, NumberKey, RankedListKey, TextKey
from osler.data import SOURCES, BenchmarkSource, ClinicSource, FileSource, HubSource, SetsSource, Source, TableSource, TaskSource
from osler.data.columns import Columns
from osler.data.source import Dataset


def clinic(folder: Path) -> Source:
    return ClinicSource(n_worked=6, n_search=6, n_answer=6, n_orders=2, shares={"differential": 1, "diagnosis": 1, "pathway": 1})


def files(folder: Path) -> Source:
    def write(name: str, **fields: Any) -> Path:
        lettered = {"question": {"id": f"{name}-1", "text": "Which?", "options": {"A": "gout", "B": "flu"}}}
        records = [
            lettered | {"key": {"kind": "choice", "letters": ["A", "B"]}} | fields,
            {"question": {"id": f"{name}-2", "text": "Who?"}, "key": {"kind": "text", "text": "gout"}} | fields,
        ]
        path = folder / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, records)))
        return path

    return FileSource(worked=write("worked", steps=["The answer is A."]), search=write("search"), answer=write("answer"))


def rows(folder: Path, name: str, **fields: Any) -> Path:
    path = folder / f"{name}.jsonl"
    lettered = {"options": {"A": "gout", "B": "flu", "C": "croup", "D": "mumps"}, "answer_idx": "B", **fields}
    path.write_text("\n".join(json.dumps({"question": f"Which is {name} {at}?", **lettered}) for at in range(3)))
    return path


COLUMNS = Columns(text="question", options="options", key="answer_idx", steps="steps")


def table(folder: Path) -> Source:
    worked = rows(folder, "worked", steps=["The answer is B."])
    return TableSource(path=rows(folder, "answer"), columns=COLUMNS, worked=worked, search=rows(folder, "search"), option_seed=1)


def benchmark(folder: Path) -> Source:
    return BenchmarkSource(name="medqa", path=rows(folder, "test"), search=rows(folder, "train"), option_seed=1)


def hub(folder: Path) -> Source:
    """A folder of files stands for a data set of the hub."""
    for split in ("train", "validation", "test"):
        rows(folder, split, steps=["The answer is B."])
    return HubSource(id=str(folder), name="mine", columns=COLUMNS, search_split="validation", worked_split="train")


def tasks(folder: Path) -> Source:
    """Numbers and dates among the keys, as well as letters."""
    return TaskSource(makers=(Calculations(choice_share=0.5), Differentials()), n_worked=6, n_search=6, n_answer=6)


def sets(folder: Path) -> Source:
    named = [f"medqa:{rows(folder, name)}" for name in ("first", "second", "train")]
    return SetsSource(answer=tuple(named[:2]), search=(named[2],), option_seed=1)


CASES: dict[str, Callable[[Path], Source]] = {
    "clinic": clinic,
    "files": files,
    "table": table,
    "benchmark": benchmark,
    "hub": hub,
    "tasks": tasks,
    "sets": sets,
}
WITHOUT_WORKED = {"benchmark": "no benchmark comes with the steps of a teacher", "sets": "nor do several"}
each = pytest.mark.parametrize("kind", sorted(SOURCES))


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, no folder of ours, no cache but one of this test's own."""
    import datasets

    monkeypatch.delenv("OSLER_DATA", raising=False)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def dataset(kind: str, tmp_path: Path) -> Dataset:
    return CASES[kind](tmp_path).load(seed=3)


def all_items(dataset: Dataset) -> list[Item]:
    return [*(worked.item for worked in dataset.worked), *dataset.search, *dataset.answer]


def test_every_source_has_a_case() -> None:
    assert len(SOURCES) >= 5
    assert CASES.keys() == SOURCES.keys()
    assert all(getattr(source, "kind", kind) == kind for kind, source in SOURCES.items())


@each
def test_every_list_has_items(kind: str, dataset: Dataset) -> None:
    assert bool(dataset.worked) is (kind not in WITHOUT_WORKED)
    assert dataset.search
    assert dataset.answer
    assert all(worked.steps and all(worked.steps) for worked in dataset.worked)


@each
def test_ids_are_unique(dataset: Dataset) -> None:
    """A worked item may be told more than once; otherwise no id comes twice in any list, or in two."""
    ids = [*{worked.item.id for worked in dataset.worked}, *(item.id for item in (*dataset.search, *dataset.answer))]
    assert ids
    assert len(set(ids)) == len(ids)


@each
def test_ids_say_where_they_come_from(dataset: Dataset) -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", item.id) and not item.id.isdigit() for item in all_items(dataset))


@each
def test_the_same_seed_gives_the_same_items(kind: str, dataset: Dataset, tmp_path: Path) -> None:
    assert CASES[kind](tmp_path).load(seed=3) == dataset


@each
def test_loading_leaves_the_source_as_it_was(kind: str, tmp_path: Path) -> None:
    source = CASES[kind](tmp_path)
    first = source.load(seed=3)
    source.load(seed=4)
    assert source.load(seed=3) == first
    assert source == CASES[kind](tmp_path)


@each
def test_the_key_is_among_the_options(dataset: Dataset) -> None:
    assert all_items(dataset)
    for item in all_items(dataset):
        if isinstance(item.key, ChoiceKey):
            assert set(item.key.letters) <= item.question.options.keys(), item.id
        else:
            assert isinstance(item.key, TextKey | NumberKey | DateKey | RankedListKey)
            assert item.question.options == {}, item.id


@each
def test_letters_are_in_order_and_no_option_stands_twice(dataset: Dataset) -> None:
    for item in all_items(dataset):
        assert list(item.question.options) == [chr(ord("A") + at) for at in range(len(item.question.options))], item.id
        assert len(set(item.question.options.values())) == len(item.question.options), item.id


@each
def test_a_question_does_not_hold_its_key(dataset: Dataset) -> None:
    """Whatever answers is handed the question: nothing in it may name the key but the options, all alike."""
    for item in all_items(dataset):
        assert not hasattr(item.question, "key")
        if isinstance(item.key, TextKey):
            assert item.key.text not in item.question.text, item.id


@each
def test_the_vocabulary_holds_no_question(dataset: Dataset) -> None:
    texts = {item.question.text for item in all_items(dataset)}
    assert not any(text in word for word in dataset.vocabulary for text in texts)
