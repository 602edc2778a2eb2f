"""`osler synthesise` at the command line: what it shows before it begins, what it says at the end, and what a person can mend."""

import json
from pathlib import Path

import pytest

from osler.cli import app, guarded
from osler.core.run import Run
from osler.recipe.file import load_synthesis
from tests.synthesise.teacher_recipes import recipe, solved
from tests.synthesise.teacher_server import TeacherServer
from tests.test_cli import process

CLINIC = Path(__file__).parents[1] / "recipes" / "synthesis" / "clinic_solved.yaml"
TEACHER = "roles.teacher.engine={kind: clinic_teacher, error_rate: 0.3}"


def called(*arguments: object) -> int:
    return guarded(lambda: app(["synthesise", *map(str, arguments)], standalone_mode=False))


def test_a_dry_run_at_60_columns_imports_nothing_heavy_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from osler.cli import app\n"
        f"app(['synthesise', {str(CLINIC)!r}, '--dry-run', '--runs', {str(tmp_path / 'runs')!r}], standalone_mode=False)\n"
        "print('heavy:', [name for name in ('torch', 'transformers', 'datasets', 'ray') if name in sys.modules])"
    )
    ran = process(code=code)
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 60
    assert "…" not in ran.out
    rows = {line.split("  ")[1].strip(): line.split() for line in ran.out.splitlines() if line.startswith("  ")}
    assert rows["material"][1:4] == ["200", "cases", "of"]
    assert rows["block 1"] == ["block", "1", "solve:", "asks", "teacher", "8"]
    assert rows["block 2"] == ["block", "2", "keep", "0"]
    assert rows["role teacher"][2:4] == ["hf", "models/teacher;"]
    assert "heavy: []" in ran.out
    assert list(tmp_path.iterdir()) == []


def test_the_end_says_what_became_of_the_material(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (CLINIC, "--set", TEACHER, "--set", "blocks.0.n=1", "--limit", 40, "--runs", tmp_path)
    assert called(*arguments, "--set", "roles.teacher.price={read: 1000000, written: 0}") == 0
    said = capsys.readouterr().out
    [folder] = tmp_path.iterdir()
    counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    rows = [line.split() for line in said.splitlines()]
    assert ["drafts", "40"] in rows
    assert ["records", str(counts["n_records"])] in rows
    assert ["dropped", "by", "keep", "wrong", str(40 - counts["n_records"])] in rows
    assert ["teacher", "calls", "40"] in rows
    n_read = counts["usage"]["teacher"]["prompt_tokens"]
    assert ["teacher", "cost", f"{n_read:,.2f}"] in rows
    assert ["a", "record", "cost", f"{n_read / counts['n_records']:,.4f}"] in rows
    assert 0 < counts["n_records"] < 40


def test_requests_that_failed_for_good_are_exit_code_1_and_the_next_run_mends_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with TeacherServer(is_down=lambda number: number < 2) as teacher:
        path = recipe(tmp_path, teacher.url, solved(tmp_path, 8), max_attempts=3)
        assert called(path, "--runs", tmp_path / "runs") == 1
        assert "2 drafts were dropped as requests failed for good; run the same command again" in capsys.readouterr().err.replace("\n", " ")
        teacher.is_down = lambda number: False
        assert called(path, "--runs", tmp_path / "runs") == 0
        assert teacher.n_repeated == 0


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert called(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("osler: ")
    assert "Traceback" not in said
    assert said.count("\n") == 1
    return said


def test_what_a_person_can_mend_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    assert "no.yaml: the recipe cannot be read" in refused(capsys, "no.yaml")
    path = recipe(tmp_path, "http://127.0.0.1:9/v1", solved(tmp_path, 3), max_attempts=1)
    assert "http://127.0.0.1:9/v1" in refused(capsys, path, "--runs", runs)
    (tmp_path / "bank.jsonl").unlink()
    assert "bank.jsonl: there is no such file" in refused(capsys, path, "--runs", runs, "--set", f"roles.{TEACHER[6:]}")
    (tmp_path / "bank.jsonl").write_text('{"question": 1}\n', encoding="utf-8")
    assert "bank.jsonl:1: " in refused(capsys, path, "--runs", runs, "--set", f"roles.{TEACHER[6:]}")


def test_a_folder_in_use_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (CLINIC, "--set", TEACHER, "--limit", 2, "--runs", tmp_path)
    assert called(*arguments) == 0
    [folder] = tmp_path.iterdir()
    with Run(folder):
        assert "another process is working on this run" in refused(capsys, *arguments)


def test_an_id_that_comes_twice_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.dumps({"id": "p", "text": text}) for text in ("One passage of a book.", "Another passage of it.")]
    (tmp_path / "book.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    content = f"name: twice\nseed: 1\nmaterial: {{kind: passages, paths: [{tmp_path}/book.jsonl]}}\nblocks:\n- {{kind: strip}}\n"
    (tmp_path / "twice.yaml").write_text(content, encoding="utf-8")
    assert "the id 'p' comes twice" in refused(capsys, tmp_path / "twice.yaml", "--runs", tmp_path / "runs")


def test_fresh_forgets_and_does_it_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (CLINIC, "--set", TEACHER, "--limit", 5, "--runs", tmp_path)
    assert called(*arguments) == 0
    [folder] = tmp_path.iterdir()
    records = (folder / "records.jsonl").read_bytes()
    (folder / "records.jsonl").write_text("spoilt", encoding="utf-8")
    assert called(*arguments, "--fresh") == 0
    assert (folder / "records.jsonl").read_bytes() == records
    assert load_synthesis(folder / "recipe.yaml").limit == 5
