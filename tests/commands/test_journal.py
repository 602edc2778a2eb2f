"""`osler journal`: what it shows, merges and prunes, as a person types it."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from osler.cli import app, guarded
from osler.core.model import Finish, Reply, Usage
from osler.models.journal import Journal
from osler.report.journal_table import JournalRow, age, journal_table, size


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = guarded(lambda: app(["journal", *map(str, arguments)], prog_name="osler", standalone_mode=False))
        return Ran(code, *capsys.readouterr())

    return run


def kept(path: Path, identity: str, **texts: str) -> Path:
    with closing(Journal(path)) as journal:
        journal.keep([(key.encode(), Reply(text, Finish.END, Usage(10, 5, 1))) for key, text in texts.items()], identity)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A run folder whose journal has two models, and a journal that says another thing about `a`."""
    (tmp_path / "run").mkdir()
    kept(tmp_path / "run" / "journal.db", "hf:small [red]", a="one", b="two")
    kept(tmp_path / "run" / "journal.db", "http:large", c="three")
    return [tmp_path / "run", kept(tmp_path / "other.db", "hf:small [red]", a="another", d="four")]


def test_each_journal_has_a_table_by_model(osler, files):
    ran = osler(*files)
    assert (ran.code, ran.err) == (0, "")
    assert "journal.db:3replies" in "".join(ran.out.split())  # wherever a long path is folded
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["hf:small", "[red]", "2", "30", "0", "%"] in [row[:6] for row in rows]
    assert ["http:large", "1", "15", "0", "%"] in [row[:5] for row in rows]


def test_the_numbers_as_json(osler, files):
    content = json.loads(osler(*files, "--json").out)
    first, second = content["journals"]
    assert (first["path"], first["n_replies"], second["n_replies"]) == (str(files[0] / "journal.db"), 3, 2)
    assert [(share["model"], share["n_replies"], share["hit_rate"]) for share in first["models"]] == [
        ("hf:small [red]", 2, 0),
        ("http:large", 1, 0),
    ]
    assert "merged" not in content


def test_merging_tells_what_came_in_and_what_differed(osler, files, tmp_path):
    ran = osler(*files, "--merge", tmp_path / "all.db")
    assert ran.code == 0
    assert "5 replies read: 4 new, 0 there already, 1 different from the one that is kept" in ran.out
    assert f"{files[1]}: 'another' left out for 'one'" in ran.out
    again = json.loads(osler(*files, "--merge", tmp_path / "all.db", "--json").out)
    assert {name: again["merged"][name] for name in ("n_read", "n_added", "n_conflicts")} == {"n_read": 5, "n_added": 0, "n_conflicts": 1}
    assert again["merged"]["conflicts"][0]["left_out"] == "another"
    assert again["journals"][0]["n_replies"] == 4


def test_nothing_is_merged_into_a_journal_in_use(osler, files):
    with closing(Journal(files[1])) as journal:
        assert len(journal) == 2
        ran = osler(files[0], "--merge", files[1])
        assert (ran.code, len(journal)) == (2, 2)
    assert "another process has this journal open" in ran.err


def test_pruning_by_model(osler, files):
    ran = osler(files[0], "--prune", "--model", "large")
    assert "1 replies taken out" in ran.out
    assert [share["model"] for share in json.loads(osler(files[0], "--json").out)["journals"][0]["models"]] == ["hf:small [red]"]


def test_pruning_all_models_but_some_and_by_age(osler, files):
    with closing(sqlite3.connect(files[0] / "journal.db")) as db, db:
        db.execute("UPDATE uses SET began_at = ?", (int(time.time()) - 10 * 86400,))
    assert "0 replies taken out" in osler(files[0], "--prune", "--keep-model", "large", "--older-than", 11).out
    assert "2 replies taken out" in osler(files[0], "--prune", "--keep-model", "large", "--older-than", 9).out
    assert "1 replies taken out" in osler(files[0], "--prune", "--older-than", 9).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prune"], "nothing says what is to go; add --model, --keep-model or --older-than"),
        (["--model", "small"], "say what to prune; add --prune"),
        (["--prune", "--model", "small", "--merge", "all.db"], "two things; do one after the other"),
        (["--prune", "--model", "gpt"], "no model in this journal has 'gpt' in its name; it has 'hf:small [red]', 'http:large'"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence_and_changes_nothing(arguments, sentence, osler, files):
    before = (files[0] / "journal.db").read_bytes()
    ran = osler(files[0], *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in " ".join(ran.err.split())
    assert (files[0] / "journal.db").read_bytes() == before


def test_a_file_that_is_not_there_is_one_sentence(osler, tmp_path):
    ran = osler(tmp_path / "none.db")
    assert ran.code == 2
    assert "there is no such journal; check the path" in " ".join(ran.err.split())


# the table


def test_sizes_and_ages_in_the_unit_that_fits():
    assert [size(n) for n in (0, 999, 1000, 1_234_567, 2e9, 3e15)] == ["0 B", "999 B", "1.0 kB", "1.2 MB", "2.0 GB", "3000.0 TB"]
    assert [age(s) for s in (None, -1, 0, 59, 60, 7199, 90_000, 8e7)] == ["–", "0 s", "0 s", "59 s", "1 min", "1 h", "1 d", "925 d"]


def test_the_table_fits_sixty_columns():
    rows = [JournalRow("openai_http:https://host.example/v1:model-name@0123456789abcdef", 1_234_567, 9_876_543_210, 0.5, 12, 90_000)]
    console = Console(width=60)
    with console.capture() as captured:
        console.print(journal_table("runs/long-name-of-a-run/journal.db", 10**9, rows))
    text = captured.get()
    assert max(map(len, text.splitlines())) <= 60
    assert "1,234,567" in text
    assert "9,876,543,210" in text
    assert "50 %" in text
    assert "Failed" in text
