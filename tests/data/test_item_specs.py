"""Items by a word: which source is meant, and what is said where none is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item, Question
from osler.data import BenchmarkSource, TableSource, load_item_sets, load_items
from osler.data.columns import Columns

OPTIONS = {"A": "gout", "B": "flu", "C": "croup", "D": "mumps"}
OWN = {"question": {"id": "q-1", "text": "Which?", "options": OPTIONS}, "key": {"kind": "choice", "letters": ["B"]}}
LETTERED = {"id": "m-1", "question": "Which?", "options": OPTIONS, "answer_idx": "B"}


@pytest.fixture(autouse=True)
def _no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSLER_DATA", raising=False)


def written(path: Path, *rows: Mapping[str, Any] | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def said(spec: str) -> str:
    with pytest.raises(UserError) as error:
        load_items(spec)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_path_to_items_of_our_own(tmp_path: Path) -> None:
    path = written(tmp_path / "my answers.jsonl", {**OWN, "group": "joints", "cluster": "case-1"})
    made = load_items(str(path))
    assert made.items == (Item(Question("q-1", "Which?", OPTIONS), ChoiceKey(("B",)), "joints", "case-1"),)
    assert (made.name, made.licence, len(made.content_hash)) == ("my-answers", "not stated", 64)


def test_items_of_our_own_that_are_none(tmp_path: Path) -> None:
    assert ":1: this is no item as osler writes them; say which benchmark it is, as NAME:" in said(
        str(written(tmp_path / "a.jsonl", LETTERED))
    )
    bad = {**OWN, "key": {"kind": "choice", "letters": ["E"]}}
    assert ":2: q-1: key 'E' is not among the options" in said(str(written(tmp_path / "b.jsonl", OWN, bad)))
    assert ":2: the id 'q-1' comes twice" in said(str(written(tmp_path / "c.jsonl", OWN, OWN)))
    assert "there is no item in it" in said(str(written(tmp_path / "d.jsonl", "")))


def test_a_benchmark_and_its_file(tmp_path: Path) -> None:
    made = load_items(f"medqa:{written(tmp_path / 'test.jsonl', LETTERED)}")
    assert [item.id for item in made.items] == ["m-1"]
    assert (made.name, made.licence) == ("medqa", "MIT")
    assert "2009.13081" in made.citation


def test_a_benchmark_and_a_folder_with_its_file(tmp_path: Path) -> None:
    written(tmp_path / "medbullets" / "test_4opt.jsonl.gz")
    (tmp_path / "medbullets" / "test_4opt.jsonl.gz").unlink()
    assert "this is a folder, and medqa_usmle/test_4opt.jsonl.gz is not in it; name the file itself" in said(f"medqa:{tmp_path}")


def test_the_folder_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    path = tmp_path / "medqa_usmle" / "test_4opt.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(json.dumps(LETTERED).encode()))
    monkeypatch.setenv("OSLER_DATA", str(tmp_path))
    assert [item.id for item in load_items("medqa").items] == ["m-1"]
    assert BenchmarkSource(name="medqa").files == (path,)


def test_a_benchmark_without_an_id_of_its_own_has_positions(tmp_path: Path) -> None:
    rows = [{name: row for name, row in LETTERED.items() if name != "id"} | {"question": f"Q{at}?"} for at in range(2)]
    made = load_items(f"medqa:{written(tmp_path / 'medqa-test.jsonl', *rows)}")
    assert [item.id for item in made.items] == ["medqa-test-00000", "medqa-test-00001"]


YAML = """
kind: table
name: mine
path: rows.csv
licence: CC0
citation: Ourselves
columns:
  text: question
  options: [yes_text, no_text]
  key: right
  key_as: text
"""


def test_a_mapping_file_names_a_table_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "rows.csv", "question,yes_text,no_text,right", "Is it?,It is,It is not,It is not")
    made = load_items(str(written(tmp_path / "mine.yaml", YAML)))
    assert made.items == (Item(Question("mine-rows-00000", "Is it?", {"A": "It is", "B": "It is not"}), ChoiceKey(("B",))),)
    assert (made.name, made.licence, made.citation) == ("mine", "CC0", "Ourselves")


def test_a_mapping_file_may_name_a_benchmark(tmp_path: Path) -> None:
    written(tmp_path / "rows.jsonl", LETTERED)
    assert len(load_items(str(written(tmp_path / "b.yaml", "{kind: benchmark, name: medqa, path: rows.jsonl}"))).items) == 1


BAD_YAML = {
    "no YAML": ("{kind: [", "this is not YAML"),
    "no mapping": ("text", "a mapping has `kind: table`"),
    "an unknown kind": ("{kind: tabel, path: x}", "tabel"),
    "an unknown setting": (YAML.replace("  key: right", "  kye: right"), "there is no setting 'kye', did you mean 'key'?"),
    "code": ("!!python/object/apply:os.getcwd []", "this is not YAML"),
}


@pytest.mark.parametrize("name", BAD_YAML)
def test_a_mapping_file_that_is_none(name: str, tmp_path: Path) -> None:
    content, wrong = BAD_YAML[name]
    assert wrong in said(str(written(tmp_path / "bad.yaml", content)))


def test_names_that_are_not_known() -> None:
    assert "there is no benchmark or file of this name, did you mean 'medmcqa'?" in said("medmcqq")
    assert "did you mean 'mirage'?" in said("Mirage2")
    assert "there is no such file; check the path" in said("runs/no/answer.jsonl")
    with pytest.raises(UserError, match="did you mean 'medqa'"):
        BenchmarkSource(name="medqa4").item_set()


def test_a_preset_gives_several_sets(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no\.jsonl: there is no such file"):
        load_item_sets(f"medqa:{tmp_path / 'no.jsonl'}")
    path = written(tmp_path / "test.jsonl", LETTERED)
    assert [made.name for made in load_item_sets(f"medqa:{path}")] == ["medqa"]


def test_several_sets_are_not_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.data.item_specs.PRESETS", {"two": ("medqa", "usmle_sample")})
    path = written(tmp_path / "test.jsonl", LETTERED)
    assert [made.name for made in load_item_sets(f"two:{path}")] == ["medqa", "usmle_sample"]
    with pytest.raises(UserError, match="these are 2 sets of items; name one of medqa, usmle_sample"):
        load_items(f"two:{path}")


def test_options_are_shuffled_and_rows_refused_where_that_is_asked(tmp_path: Path) -> None:
    rows = [{**LETTERED, "id": f"m-{at}", "question": f"Q{at}?"} for at in range(20)]
    path = written(tmp_path / "test.jsonl", *rows, {**LETTERED, "id": "m-x", "answer_idx": "E"})
    made = load_items(f"medqa:{path}", option_seed=1)
    assert {item.question.options[item.key.letters[0]] for item in made.items if isinstance(item.key, ChoiceKey)} == {"flu"}
    assert len({item.key for item in made.items}) == 4
    assert [(dropped.where, dropped.reason) for dropped in made.dropped] == [(f"{path}:21", "key_not_an_option")]
    with pytest.raises(UserError, match=r"test\.jsonl:21: the key 'E' is not among the options A, B, C, D"):
        load_items(f"medqa:{path}", is_strict=True)


def test_a_table_of_worked_items_needs_their_steps(tmp_path: Path) -> None:
    path = written(tmp_path / "test.jsonl", LETTERED)
    source = TableSource(path=path, columns=Columns(text="question", options="options", key="answer_idx"), worked=path)
    with pytest.raises(UserError, match=r"worked items need a column with their steps; name it as columns\.steps"):
        source.load(seed=1)
