"""Every benchmark on the invented rows of its docstring, and what keeps one benchmark from being taken for another."""

import gzip
import importlib
import json
import pkgutil
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import osler.data.benchmarks
from osler.core.errors import RecordError
from osler.core.question import ChoiceKey, ClaimsKey, DateKey, Item, MultiKey, NumberKey, OpenKey, RubricKey
from osler.data import BenchmarkSource, load_items
from osler.data.benchmarks import BENCHMARKS, PRESETS
from osler.data.benchmarks.benchmark import Benchmark
from osler.data.benchmarks.mmlu import MEDICAL_SUBJECTS, SCIENCE_SUBJECTS
from osler.data.mapped import map_rows
from osler.data.table import Row


def invented_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows in the docstrings of the benchmarks' modules, by benchmark: `name: {…}`, an indented line going on with it."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for module in pkgutil.iter_modules(osler.data.benchmarks.__path__):
        doc = importlib.import_module(f"osler.data.benchmarks.{module.name}").__doc__ or ""
        for name, text in re.findall(r"^(\w+): (\{.*(?:\n +\S.*)*)", doc, re.MULTILINE):
            rows.setdefault(name, []).append(json.loads(re.sub(r"\n +", " ", text)))
    return rows


ROWS = invented_rows()
JOINED = "medcalc_bench_corrected"


def item_of(benchmark: Benchmark, values: Mapping[str, Any]) -> Item:
    """One row by itself. Where only a whole table proves how it counts its options, one is put beside it that does."""
    rows = [Row("t.jsonl:1", values)]
    columns = benchmark.shape_of(rows)
    made = map_rows(rows, columns, f"{benchmark.name}-test", is_strict=True)
    [item] = made.items
    return item


def test_every_benchmark_has_an_invented_row() -> None:
    assert len(BENCHMARKS) >= 24
    assert ROWS.keys() - {"labels"} == BENCHMARKS.keys() - {JOINED}


@pytest.mark.parametrize(("name", "at"), [(name, at) for name in sorted(ROWS) if name in BENCHMARKS for at in range(len(ROWS[name]))])
def test_an_invented_row_becomes_an_item(name: str, at: int) -> None:
    benchmark = BENCHMARKS[name]
    item = item_of(benchmark, ROWS[name][at])
    assert item.question.text
    assert re.fullmatch(r"[A-Za-z][\w-]*", item.id), "an id says where it is from"
    if benchmark.n_options:
        assert len(item.question.options) == benchmark.n_options


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_shape_of_a_benchmark_differs_and_says_what_has_to_be_stated(name: str) -> None:
    benchmark = BENCHMARKS[name]
    assert benchmark.name == name
    assert benchmark.licence
    assert benchmark.citation
    assert len(set(map(repr, benchmark.shapes))) == len(benchmark.shapes)


def key_of(name: str, at: int = 0) -> Any:
    return item_of(BENCHMARKS[name], ROWS[name][at]).key


def test_keys_are_read_as_each_source_writes_them() -> None:
    """Derived by hand from the rows in the docstrings."""
    assert key_of("medqa") == ChoiceKey(("A",))
    assert [key_of("medqa", at) for at in (2, 3, 4)] == [ChoiceKey(("B",)), ChoiceKey(("A",)), ChoiceKey(("B",))]
    assert item_of(BENCHMARKS["medqa"], ROWS["medqa"][4]).id == "medqa-0007"
    assert key_of("medmcqa", 1) == ChoiceKey(("A",))  # cop counts from 0 where it is 0
    assert key_of("headqa", 0) == ChoiceKey(("B",))  # ra is the label of an answer
    assert key_of("headqa", 1) == ChoiceKey(("A",))
    assert key_of("medxpertqa") == ChoiceKey(("B",))
    assert key_of("afrimed_qa", 0) == ChoiceKey(("A",))
    assert key_of("afrimed_qa", 1) == MultiKey(("A", "C"))
    assert key_of("casimedicos", 1) == ChoiceKey(("B",))
    assert key_of("mmlu_medical", 1) == ChoiceKey(("A",))
    assert key_of("mmlu_stem") == ChoiceKey(("B",))
    assert key_of("mmlu_pro_health", 1) == ChoiceKey(("B",))
    assert key_of("pubmedqa", 1) == ChoiceKey(("A",))
    assert key_of("pubmedqa", 2) == ChoiceKey(("B",))
    assert key_of("bioasq_yesno", 1) == ChoiceKey(("A",))
    assert key_of("bioasq_yesno", 2) == ChoiceKey(("B",))
    assert key_of("medcalc_bench", 0) == NumberKey(20, low=19, high=21)
    assert key_of("medcalc_bench", 1) == NumberKey(2, is_rounded=True)
    assert key_of("medcalc_bench", 2) == DateKey(date(2024, 12, 6))
    assert key_of("medcalc_bench", 3) == NumberKey(23, "days", is_rounded=True)
    assert key_of("medcalc_bench", 4) == NumberKey(-10, low=-10.5, high=-9.5)
    assert key_of("medication_qa") == OpenKey("A day.")
    assert key_of("healthsearchqa") == ClaimsKey()
    assert key_of("k_qa") == RubricKey(("A cold is not serious",), ("Rest helps",))
    assert key_of("mednli", 0) == ChoiceKey(("C",))
    assert key_of("mednli", 1) == ChoiceKey(("A",))
    assert key_of("long_context", 1) == ChoiceKey(("B",))


def test_texts_groups_and_clusters() -> None:
    abstract = item_of(BENCHMARKS["pubmedqa"], ROWS["pubmedqa"][0])
    assert abstract.question.text == "Some drank tea.\n\nSome did not.\n\nDoes tea help?"
    assert abstract.cluster == "1"
    assert item_of(BENCHMARKS["pubmedqa_no_context"], ROWS["pubmedqa_no_context"][0]).question.text == "Does tea help?"
    number = item_of(BENCHMARKS["medcalc_bench"], ROWS["medcalc_bench"][0])
    assert number.question.text == "He weighs 80 kg and is 2 m tall.\n\nWhat is his body mass index in kg/m²?"
    assert (number.group, number.cluster) == ("Body Mass Index", "n-1")
    assert item_of(BENCHMARKS["medcalc_bench"], ROWS["medcalc_bench"][4]).id == "medcalc-5"
    assert item_of(BENCHMARKS["medqa"], ROWS["medqa"][1]).group == "step1"
    assert item_of(BENCHMARKS["medxpertqa"], ROWS["medxpertqa"][0]).question.text == "Which of these?"
    assert item_of(BENCHMARKS["mmlu_pro_health"], ROWS["mmlu_pro_health"][1]).id == "mmlupro-2"
    relation = item_of(BENCHMARKS["mednli"], ROWS["mednli"][0])
    assert relation.question.text.startswith("He has no fever.\n\nHe is hot.\n\nDoes the second statement follow")


def test_gpqa_is_never_asked_with_the_right_option_first_everywhere(tmp_path: Path) -> None:
    row = ROWS["gpqa_medical"][0]
    rows = [{**row, "Record ID": f"rec{at}", "Question": f"Question {at}?"} for at in range(40)]
    made = load_items(f"gpqa_medical:{written(tmp_path, *rows)}")
    letters = {item.key.letters[0] for item in made.items if isinstance(item.key, ChoiceKey)}
    assert letters == set("ABCD")
    assert all(item.question.options[item.key.letters[0]] == "Uracil" for item in made.items if isinstance(item.key, ChoiceKey))
    assert any("shuffled with seed 0" in note for note in made.notes)


def written(folder: Path, *rows: Mapping[str, Any], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_five_option_file_is_not_taken_for_the_four_option_one(tmp_path: Path) -> None:
    """The two have the same questions under other letters: 600 of 1,273 keys differ."""
    path = written(tmp_path, *ROWS["medqa_5"])
    with pytest.raises(RecordError, match="its questions have 5 options and those of medqa 4; this may be 'medqa_5'"):
        load_items(f"medqa:{path}")
    assert len(load_items(f"medqa_5:{path}").items) == 1


def test_a_table_of_another_benchmark_is_refused_with_the_columns_that_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"rows\.jsonl:1: this is no table of pubmedqa: there is no column 'pmid', 'contexts' beside"):
        load_items(f"pubmedqa:{written(tmp_path, *ROWS['medqa'][:1])}")


def corrected(folder: Path, *labels: Mapping[str, Any]) -> str:

    (folder / "corrected_labels.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(label) + "\n" for label in labels).encode()))
    return f"{JOINED}:{written(folder, *ROWS['medcalc_bench'][:4])}"


def test_corrected_labels_take_the_place_of_the_published_ones(tmp_path: Path) -> None:
    """Row 1 has none that can be computed, row 2 another; rows 3 and 4 were not looked at and are left out."""
    points = {"unique_id": "2", "calculator": "Points", "answer": "3", "lower": "2.85", "upper": "3.15"}
    made = load_items(corrected(tmp_path, *ROWS["labels"], points))
    assert [(item.id, item.key) for item in made.items] == [
        ("medcalc-1", NumberKey(None)),
        ("medcalc-2", NumberKey(3, is_rounded=True)),
    ]
    assert "2 rows are not in corrected_labels.jsonl.gz and are no part of this set" in made.notes


def test_corrected_labels_of_something_else_are_refused(tmp_path: Path) -> None:
    label = ROWS["labels"][0]
    with pytest.raises(RecordError, match="'calculator' is 'Points' here and 'Body Mass Index' in"):
        load_items(corrected(tmp_path, {**label, "calculator": "Points"}))
    with pytest.raises(RecordError, match="no row is called 'medcalc-99'; the two tables do not belong together"):
        load_items(corrected(tmp_path, {**label, "unique_id": "99"}))
    with pytest.raises(RecordError, match="its column 'unique_id' names a row twice"):
        load_items(corrected(tmp_path, label, label))


def test_corrected_labels_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"corrected_labels\.jsonl\.gz: medcalc_bench_corrected needs this file beside rows\.jsonl"):
        load_items(f"{JOINED}:{written(tmp_path, *ROWS['medcalc_bench'][:1])}")


def test_mmlu_as_its_authors_publish_it_without_names(tmp_path: Path) -> None:
    path = tmp_path / "anatomy_test.csv"
    path.write_text("Bile is made in the,liver,lung,heart,skin,A\nThe talus is a,nerve,bone,vein,gland,B\n")
    made = load_items(f"mmlu_medical:{path}")
    assert [(item.id, item.key) for item in made.items] == [
        ("mmlu_medical-anatomy_test-00000", ChoiceKey(("A",))),
        ("mmlu_medical-anatomy_test-00001", ChoiceKey(("B",))),
    ]


def test_only_the_subjects_of_a_benchmark_are_kept(tmp_path: Path) -> None:
    rows = [{"question": f"{subject}?", "subject": subject, "choices": ["a", "b", "c", "d"], "answer": 0} for subject in ("anatomy", "law")]
    made = load_items(f"mmlu_medical:{written(tmp_path, *rows)}")
    assert [item.group for item in made.items] == ["anatomy"]
    assert "1 rows are no part of this set" in made.notes
    assert (len(set(MEDICAL_SUBJECTS)), len(set(SCIENCE_SUBJECTS))) == (6, 18)


def test_presets_are_of_known_benchmarks() -> None:
    assert {"meerkat_seven", "mirage", "medqa"} <= PRESETS.keys()
    assert {name for names in PRESETS.values() for name in names} <= BENCHMARKS.keys()
    assert len(set(PRESETS["meerkat_seven"])) == 7
    assert len(set(PRESETS["mirage"])) == 5


def test_a_benchmark_without_a_table_on_the_hub_asks_for_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSLER_DATA", raising=False)
    with pytest.raises(Exception, match="jama_challenge: no table of it is known on the hub; name its file as jama_challenge:PATH"):
        BenchmarkSource(name="jama_challenge").item_set()
