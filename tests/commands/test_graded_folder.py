"""The folder of `osler grade --to`: what is in it, that it is the same every time, and what is said of a place that will not do."""

import csv
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from osler.commands.compare import CompareSettings, compare_files
from osler.commands.grade import GradeSettings, Grading, grade_files
from osler.commands.graded_folder import VERDICTS, as_csv, read_graded, write_graded
from osler.commands.measured import about, measured
from osler.core.errors import RunError, UserError
from osler.evaluate.comparison import Comparison
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import Metric

Items = Callable[..., str]
Answers = Callable[..., Path]


@pytest.fixture
def grading(items: Items, answers: Answers) -> Grading:
    spec = items("ABCD" * 10, group=["x", "y"] * 20)
    paths = [answers("ABCA" * 10, model="tiny, 7b"), answers("ABC." * 10, "large.jsonl")]
    return grade_files(paths, GradeSettings(spec, rules=("mmlu_pro",)))


def write_to(folder: Path, grading: Grading) -> Path:
    write_graded(folder, grading.graded, measured(grading), about(grading))
    return folder


def columns(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines).fieldnames or ())


def test_what_is_in_it(grading: Grading, tmp_path: Path) -> None:
    folder = write_to(tmp_path / "deep" / "graded", grading)
    assert sorted(path.name for path in folder.iterdir()) == ["grading.json", "metrics.csv", "metrics.json", "report.html", VERDICTS]
    assert read_graded(folder) == read_graded(folder / VERDICTS) == grading.graded
    assert len(json.loads((folder / "metrics.json").read_text())["metrics"]) == 6
    assert json.loads((folder / "grading.json").read_text())["title"] == "items"


def test_every_verdict_and_metric_has_the_columns_of_its_class(grading: Grading, tmp_path: Path) -> None:
    folder = write_to(tmp_path / "graded", grading)
    assert columns(folder / "metrics.csv") == [field.name for field in fields(Metric)]
    lines = (folder / VERDICTS).read_text().splitlines()
    assert len(lines) == 80
    assert all(list(json.loads(line)) == [field.name for field in fields(Graded)] for line in lines)
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["system"], row["group"], row["n"]) for row in rows[:2]] == [("tiny, 7b", "all", "40"), ("tiny, 7b", "x", "20")]
    assert rows[0]["cost_per_item"] == ""


def test_no_text_of_a_response_is_in_it(items: Items, write: Callable[..., Path], tmp_path: Path) -> None:
    """Verdicts can be passed on where responses may not be."""
    path = write("small.jsonl", [{"id": "q1", "output": "Mr Invented has a slow pulse. The answer is B."}])
    folder = write_to(tmp_path / "graded", grade_files([path], GradeSettings(items("B"))))
    files = list(folder.iterdir())
    assert len(files) == 5
    assert [file.name for file in files if "Invented" in file.read_text(encoding="utf-8")] == []


def test_the_same_again_gives_the_same_bytes(grading: Grading, tmp_path: Path) -> None:
    first, second = write_to(tmp_path / "one", grading), write_to(tmp_path / "two", grading)
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    assert len(before) == 5
    assert {path.name: path.read_bytes() for path in second.iterdir()} == before
    assert {path.name: path.read_bytes() for path in write_to(first, grading).iterdir()} == before


def test_a_comparison_has_no_verdicts_and_a_table_of_differences(grading: Grading, tmp_path: Path) -> None:
    compared = compare_files([write_to(tmp_path / "graded", grading)], CompareSettings())
    write_graded(tmp_path / "compared", [], compared.content, compared.about)
    names = ["comparisons.csv", "grading.json", "metrics.csv", "metrics.json", "report.html"]
    assert sorted(path.name for path in (tmp_path / "compared").iterdir()) == names
    assert columns(tmp_path / "compared" / "comparisons.csv") == [field.name for field in fields(Comparison)]


def test_a_place_that_is_a_file(grading: Grading, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for place in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(RunError) as raised:
            write_to(place, grading)
        assert str(raised.value).startswith(f"{place}: cannot be made a folder (")
        assert str(raised.value).endswith("); name another place with --to")


def test_a_place_that_cannot_be_written(grading: Grading, tmp_path: Path) -> None:
    (tmp_path / "graded" / "metrics.json").mkdir(parents=True)
    with pytest.raises(RunError, match=r"metrics\.json: cannot be written"):
        write_to(tmp_path / "graded", grading)


def test_a_csv_of_nothing_is_empty() -> None:
    assert as_csv([]) == ""


def test_cells_are_quoted_and_what_is_not_known_is_empty() -> None:
    assert as_csv([{"system": 'a "b", c', "n": None}]) == 'system,n\n"a ""b"", c",\n'


def test_places_without_verdicts(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        read_graded(tmp_path / "none")
    assert str(raised.value) == (
        f"{tmp_path / 'none'}: there is no such file; name a folder that `osler grade --to` or `osler run` left, or its verdicts.jsonl"
    )
    (tmp_path / VERDICTS).write_text("\n")
    with pytest.raises(UserError) as raised:
        read_graded(tmp_path)
    assert str(raised.value) == f"{tmp_path / VERDICTS}: there are no verdicts in it; grade at least one item"
