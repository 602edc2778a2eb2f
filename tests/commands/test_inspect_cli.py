"""`osler inspect` as a person types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from osler.cli import app, guarded
from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, DroppedDraft
from tests.synthesise.makings import item_draft

ROOT = Path(__file__).parents[2]
Osler = Callable[..., tuple[int, str, str]]


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]) -> Osler:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = guarded(lambda: app(["inspect", *map(str, arguments)], prog_name="osler", standalone_mode=False))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def records(tmp_path: Path) -> Path:
    right = Authored("teacher", ("Scurvy \x1b[2J[bold]x[/bold].",), "The answer is A.", answer="A", outcome=Outcome.RIGHT)
    write_records(tmp_path / "records.jsonl", [item_draft(f"r{at}").with_authored(right) for at in range(25)])
    return tmp_path / "records.jsonl"


def test_three_records_or_as_many_as_asked_for(osler: Osler, records: Path) -> None:
    code, out, err = osler(records)
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if line.startswith(("1. r", "2. r", "3. r", "4. r"))] == ["1. r0", "2. r1", "3. r2"]
    _, out, _ = osler(records, "-n", "1", "--from", "25")
    assert "25. r24" in out
    assert "trace by teacher (AI-written) · right · answer A" in out
    assert "[bold]x[/bold]" in out
    assert "\x1b" not in out


def test_json_has_whole_lines_and_no_character_that_a_terminal_obeys(osler: Osler, records: Path) -> None:
    _, out, _ = osler(records, "--id", "r7", "--json")
    assert json.loads(out) == json.loads(records.read_text().splitlines()[7])
    assert out.isascii()
    assert "\x1b" not in out


def test_a_sheet_draws_twenty_and_its_reviews_come_back(osler: Osler, records: Path, tmp_path: Path) -> None:
    code, out, _ = osler(records, "--html", tmp_path / "sheet.html")
    assert code == 0
    assert out.startswith("20 records: ")
    assert "drawn by chance (seed 0)" in (tmp_path / "sheet.html").read_text()
    assert osler(records, "--html", tmp_path / "named.html", "--id", "r3")[0] == 0
    assert "1 record of records.jsonl, as named" in (tmp_path / "named.html").read_text()
    lines = [{"id": "r3", "verdict": "drop", "comment": "no", "reviewer": "Ada"}, {"id": "r4", "verdict": "keep", "reviewer": "Ada"}]
    write_records(tmp_path / "ada.jsonl", lines)
    code, out, _ = osler(records, "--reviews", tmp_path / "ada.jsonl", "--to", tmp_path / "kept.jsonl")
    assert code == 0
    assert "1 to keep, 1 to drop, with a comment 1" in " ".join(out.split())
    assert "24 records: " in out
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 24
    code, out, _ = osler(records, "--reviews", tmp_path / "ada.jsonl", "--json")
    assert json.loads(out)["n_dropped"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--id", "r99"), "there is no record 'r99'"),
        (("--reason", "wrong"), "no line has a reason"),
        (("--by", "colour"), "--by colour: choose among group, reason, source"),
        (("--to", "x.jsonl"), "--to: it takes what reviewers said; name their files with --reviews"),
        (("--reviews", "missing.jsonl"), "missing.jsonl: there is no such file"),
    ],
)
def test_what_is_wrong_is_one_sentence(osler: Osler, records: Path, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = osler(records, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_dropped_drafts_at_sixty_columns(records: Path, tmp_path: Path) -> None:
    write_records(tmp_path / "dropped.jsonl", [DroppedDraft(item_draft("d1"), "keep", "wrong", "2 traces")])
    command = [sys.executable, "-m", "osler", "inspect", str(tmp_path / "dropped.jsonl"), "--reason", "wrong"]
    env = os.environ | {"COLUMNS": "60", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=120)
    assert "dropped by: keep: wrong" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 60
