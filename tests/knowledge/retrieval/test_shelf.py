"""Passages on disk: what was put there comes back, by number and by filter; what is not whole is never used."""

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.retrieval import BM25
from osler.knowledge.retrieval.shelf import Shelf, keep

PASSAGES = (
    Passage("a", "heart failure", ("Cardiology", "Failure"), "book", 7, 3, 16, fields={"year": "2020"}),
    Passage("b", "heart block", source="atlas", fields={"year": "2021", "part": "2"}),
    Passage("c", "the answer", sought="what of the heart?", source="atlas"),
)


def test_what_was_put_there_comes_back(tmp_path: Path) -> None:
    shelf = keep(iter(PASSAGES), tmp_path)
    assert tuple(shelf) == PASSAGES
    assert len(shelf) == 3
    assert tuple(Shelf(shelf.folder)) == PASSAGES
    with pytest.raises(IndexError):
        shelf[3]


def test_what_is_searched(tmp_path: Path) -> None:
    assert list(keep(PASSAGES, tmp_path).texts()) == ["Cardiology\nFailure\nheart failure", "heart block", "what of the heart?"]


text = st.text(max_size=20)
passage = st.builds(
    Passage,
    id=st.text(min_size=1, max_size=8),
    text=text,
    heading=st.lists(text, max_size=3).map(tuple),
    source=text,
    page=st.none() | st.integers(0, 10**6),
    start=st.integers(0, 10**6),
    sought=text,
    fields=st.dictionaries(text.filter(lambda name: name != "source"), text, max_size=3),
)


@settings(max_examples=25, deadline=None)
@given(passages=st.lists(passage, max_size=6, unique_by=lambda each: each.id))
def test_any_passage_comes_back(tmp_path_factory: pytest.TempPathFactory, passages: list[Passage]) -> None:
    shelf = keep(passages, tmp_path_factory.mktemp("any"))
    assert list(shelf) == passages
    for asked in passages:
        for name, value in asked.fields.items():
            mask = shelf.mask({name: value})
            assert mask is not None
            assert mask.tolist() == [each.fields.get(name) == value for each in passages]


def test_the_same_content_has_one_folder_and_other_content_another(tmp_path: Path) -> None:
    first, again = keep(PASSAGES, tmp_path), keep(PASSAGES, tmp_path)
    other = keep(PASSAGES[::-1], tmp_path)
    assert first.folder == again.folder != other.folder
    assert sorted(tmp_path.iterdir()) == sorted({first.folder, other.folder})


@pytest.mark.parametrize(
    ("passages", "said"),
    [
        ([PASSAGES[0], PASSAGES[0]], "two passages have the id 'a'"),
        ([Passage("", "text")], "a passage has no id"),
        ([Passage("d", "text", fields={"source": "x"})], "'d' has a field 'source'"),
    ],
)
def test_passages_that_cannot_be_kept(tmp_path: Path, passages: list[Passage], said: str) -> None:
    with pytest.raises(UserError, match=said):
        keep(passages, tmp_path)
    assert list(tmp_path.iterdir()) == []


def found(shelf: Shelf, where: dict[str, str], n: int = 10) -> list[str]:
    return [evidence.id for evidence in BM25().load(shelf).retrieve(["heart"], n, where)[0]]


def test_filters_fill_up_to_n(tmp_path: Path) -> None:
    many = [
        Passage(f"p{at}", "heart " * (1 + at % 5), source="odd" if at % 2 else "even", fields={"third": str(at % 3)}) for at in range(60)
    ]
    shelf = keep(many, tmp_path)
    everything = [evidence.id for evidence in BM25().load(shelf).retrieve(["heart"], 60)[0]]
    right = {each.id for each in many if each.source == "odd" and each.fields["third"] == "1"}
    assert len(right) == 10
    assert found(shelf, {"source": "odd", "third": "1"}, 7) == [each for each in everything if each in right][:7]


def test_a_filter_of_nothing_finds_nothing(tmp_path: Path) -> None:
    assert found(keep([], tmp_path), {"source": "atlas"}) == []


def test_filters_that_nothing_fits(tmp_path: Path) -> None:
    shelf = keep(PASSAGES, tmp_path)
    assert found(shelf, {}) == ["b", "c", "a"]
    assert found(shelf, {"source": "nowhere"}) == []
    assert found(shelf, {"part": "2"}) == ["b"]
    with pytest.raises(UserError, match="no passage has a field 'yaer'; did you mean 'year'"):
        found(shelf, {"yaer": "2020"})


# what is not whole


def _cut(folder: Path, name: str) -> None:
    file = folder / name
    file.write_bytes(file.read_bytes()[:-3])


def _garble(folder: Path, name: str) -> None:
    file = folder / name
    file.write_bytes(b"\xff" * file.stat().st_size)


@pytest.mark.parametrize("name", ["passages.jsonl", "starts.npy", "column0.npy", "column0.json", "index.json"])
@pytest.mark.parametrize("damage", [_cut, _garble, lambda folder, name: (folder / name).unlink()])
def test_damaged_passages_are_named_with_the_remedy(tmp_path: Path, name: str, damage: Callable[[Path, str], None]) -> None:
    folder = keep(PASSAGES, tmp_path).folder
    damage(folder, name)
    with pytest.raises(UserError, match=r"delete the folder and build|build it again"):
        found(Shelf(folder), {"source": "atlas"})


@pytest.mark.parametrize("name", ["passages.npy", "scores.npy", "starts.npy", "words.json", "stop_words.json", "index.json"])
@pytest.mark.parametrize("damage", [_cut, _garble])
def test_a_damaged_index_is_named_with_the_remedy(tmp_path: Path, name: str, damage: Callable[[Path, str], None]) -> None:
    shelf = keep(PASSAGES, tmp_path)
    BM25().load(shelf)
    (index,) = shelf.folder.glob("bm25-*")
    damage(index, name)
    with pytest.raises(UserError, match="delete the folder and build"):
        found(shelf, {})


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_numbers_beyond_the_passages_are_not_followed(tmp_path: Path, backend: str) -> None:
    """The right size, and a passage's number that is none: no write beyond the scores."""
    shelf = keep(PASSAGES, tmp_path)
    BM25().load(shelf)
    (index,) = shelf.folder.glob("bm25-*")
    file = index / "passages.npy"
    content = file.read_bytes()
    file.write_bytes(content[:128] + b"\xff\xff\xff\x7f" * ((len(content) - 128) // 4))
    with pytest.raises(UserError, match="delete the folder and build"):
        BM25(backend=backend).load(shelf).retrieve(["heart"], 3)


def test_another_version_and_another_kind(tmp_path: Path) -> None:
    folder = keep(PASSAGES, tmp_path).folder
    about = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**about, "format": 999}))
    with pytest.raises(UserError, match="an index of format 999"):
        Shelf(folder)
    (folder / "index.json").write_text(json.dumps({name: value for name, value in about.items() if name != "hash"}))
    with pytest.raises(UserError, match=r"index\.json is missing or damaged"):
        Shelf(folder)
    (folder / "index.json").write_text(json.dumps({**about, "kind": "soup"}))
    with pytest.raises(UserError, match="of kind 'soup', not 'passages'"):
        Shelf(folder)
    with pytest.raises(UserError, match="no finished index here"):
        Shelf(tmp_path)


def test_a_half_built_folder_is_never_used_and_swept_away_a_day_later(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".unfinished-old", tmp_path / ".unfinished-new"
    for folder in (left, fresh):
        folder.mkdir()
        (folder / "passages.jsonl").write_text("{")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(left / "passages.jsonl", (long_ago, long_ago))
    os.utime(left, (long_ago, long_ago))
    assert tuple(keep(PASSAGES, tmp_path)) == PASSAGES
    assert not left.exists()
    assert fresh.exists()


def test_a_failure_while_building_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> object:
        yield PASSAGES[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        keep(broken(), tmp_path)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="no index can be written here"):
        keep(PASSAGES, tmp_path / "file")


def _build(folder: str, at: int) -> None:
    shelf = keep([Passage(f"p{number}", f"heart word{number}") for number in range(3000)], Path(folder))
    assert BM25().load(shelf).retrieve([f"word{at}"], 1)[0][0].id == f"p{at}"


def test_two_processes_build_the_same_index(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_build, args=(str(tmp_path), at)) for at in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    (folder,) = tmp_path.iterdir()
    assert len([each for each in folder.iterdir() if each.is_dir()]) == 1


def test_no_pickle_is_written(tmp_path: Path) -> None:
    shelf = keep(PASSAGES, tmp_path)
    BM25().load(shelf)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".json", ".jsonl", ".npy"}
    shutil.rmtree(shelf.folder)
