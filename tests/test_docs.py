"""The documents are true to the code: links lead somewhere, the tree is the tree, and the README's commands run (on recipes/smoke.yaml)."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "GLOSSARY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_links_within_the_repository_lead_somewhere() -> None:
    links = [(path, link) for path in DOCUMENTS for link in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))]
    assert links
    assert [(str(path), link) for path, link in links if not (path.parent / link).exists()] == []


def test_every_folder_and_file_of_the_tree_is_there_and_every_folder_is_in_it() -> None:
    tree = README.split("## The house")[1].split("```")[1]
    named = re.findall(r"^ {2}(\w+(?:/|\.py))", tree, re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "osler" / name).exists()] == []
    folders = {path.name for path in (ROOT / "osler").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {name.rstrip("/") for name in named if name.endswith("/")} == folders


def test_the_readme_says_how_many_conditions_and_drugs_there_are() -> None:
    from osler.clinic.world import load_world

    world = load_world()
    systems = {condition.system for condition in world.conditions.values()}
    assert f"{len(world.conditions)} conditions, {len(systems)} body systems, {len(world.drugs)} drugs" in README


def test_no_placeholder_is_left() -> None:
    assert re.findall(r"@@\w*|TODO|FIXME", "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)) == []


LOOKED_UP = "## What models look up, and tasks that can be checked"


def readme_commands(section: str = "## Using it") -> list[str]:
    block = README.split(section)[1].split("```")[1].replace("\\\n", " ")
    return [line.split(" #")[0].strip() for line in block.splitlines() if line.startswith("osler")]


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    done = osler("run", "recipes/smoke.yaml", "--runs", str(runs))
    assert done.returncode == 0, done.stderr
    [folder] = runs.iterdir()
    return folder


def osler(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "osler", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("command", readme_commands())
def test_the_readmes_commands_run(command: str, smoke_run: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": "q1", "text": "A patient has wheeze. What is the diagnosis?"}\n', encoding="utf-8")
    filled = command.replace("runs/demo-…", str(smoke_run)).replace("questions.jsonl", str(questions))
    for written in ("solutions.jsonl", "round_1.gguf"):
        filled = filled.replace(written, str(tmp_path / written))
    arguments = shlex.split(filled)[1:]
    if "recipes/smoke.yaml" in arguments:
        arguments += ["--runs", str(smoke_run.parent)]
    done = osler(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if "--to" in arguments:
        assert '"id": "q1"' in (tmp_path / "solutions.jsonl").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", readme_commands(LOOKED_UP))
def test_the_readmes_commands_about_what_is_looked_up_run(command: str, smoke_run: Path, tmp_path: Path) -> None:
    """With a book and a graph of our own in place of theirs."""
    (tmp_path / "book.md").write_text("# Calcium\n\nParathyroid hormone raises blood calcium in a patient.\n", encoding="utf-8")
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "nodes.tsv").write_text("id\ttype\tname\nR:1\tdrug\taspirin\nD:1\tdisease\tpain\n", encoding="utf-8")
    edges = "head\trelation\ttail\tsources\nR:1\ttreats\tD:1\tours|EveryCure\n"
    (tmp_path / "graph" / "edges.tsv").write_text(edges, encoding="utf-8")
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": "q1", "text": "A patient has wheeze. What is the diagnosis?"}\n', encoding="utf-8")
    ours_for = {"book.epub": tmp_path / "book.md", "my_graph/": tmp_path / "graph", "questions.jsonl": questions}
    for written, ours in {**ours_for, "runs/demo-…": smoke_run}.items():
        command = command.replace(written, str(ours))
    arguments = shlex.split(command)[1:]
    if "lookup" in arguments:
        arguments += ["--index", str(tmp_path / "index")]
    done = osler(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_readme_has_commands_to_run() -> None:
    assert len(readme_commands()) >= 6
    assert len(readme_commands(LOOKED_UP)) >= 6
