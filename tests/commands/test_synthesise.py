"""The folder of a synthesis: what counts for its name and what does not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.commands.synthesis_plan import plan_rows
from osler.recipe.file import load_synthesis
from osler.stages.synthesis_run import what_counts

TEACHER = {"kind": "openai_http", "base_url": "http://127.0.0.1:8000/v1", "model": "teacher"}
ITEM = {"question": {"id": "q", "text": "Which?", "options": {"A": "this", "B": "that"}}, "key": {"kind": "choice", "letters": ["A"]}}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    for name in ("items", "test"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(ITEM) + "\n", encoding="utf-8")
    (tmp_path / "book.md").write_text("# Book\n\nA passage of a book.\n", encoding="utf-8")
    content: dict[str, Any] = {
        "name": "made",
        "seed": 1,
        "material": {"kind": "items", "sets": [str(tmp_path / "items.jsonl")]},
        "against": [str(tmp_path / "test.jsonl")],
        "retrieval": {"passages": [str(tmp_path / "book.md")]},
        "roles": {"teacher": {"engine": TEACHER}},
        "blocks": [{"kind": "solve"}, {"kind": "keep"}],
    }
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "override",
    [
        *(
            f"roles.teacher.engine.{name}"
            for name in ("key_env=MY_KEY", "max_in_flight=3", "timeout_s=5", "max_attempts=2", "deadline_s=9")
        ),
        "roles.teacher.price={read: 1, written: 2}",
        "exports=[grpo]",
        "retrieval.index=elsewhere",
        "window=7",
        "threads=1",
    ],
)
def test_how_it_is_done_and_what_is_made_of_it_finds_the_same_folder(recipe: Path, override: str) -> None:
    assert what_counts(load_synthesis(recipe, [override])) == what_counts(load_synthesis(recipe))


@pytest.mark.parametrize(
    "override",
    [
        "seed=2",
        "limit=3",
        "blocks.0.n=3",
        "roles.teacher.engine.base_url=http://127.0.0.1:8001/v1",
        "roles.teacher.engine.model=other",
        "roles.teacher.engine.thinking_tokens=100",
        "roles.teacher.sampling.temperature=0.1",
        "roles.teacher.codec=step",
        "material.option_seed=1",
    ],
)
def test_what_could_change_a_record_does_not(recipe: Path, override: str) -> None:
    assert what_counts(load_synthesis(recipe, [override])) != what_counts(load_synthesis(recipe))


@pytest.mark.parametrize("file", ["items.jsonl", "test.jsonl", "book.md"])
def test_the_content_of_a_file_counts(recipe: Path, file: str) -> None:
    before = what_counts(load_synthesis(recipe))
    place = recipe.parent / file
    place.write_text(place.read_text(encoding="utf-8").replace("passage", "place").replace("Which", "What"), encoding="utf-8")
    assert what_counts(load_synthesis(recipe)) != before


def test_the_content_of_a_checkpoint_counts_and_so_do_batches_in_this_process(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    config = tmp_path / "weights" / "config.json"
    near = f"roles.teacher.engine={{kind: hf, path: {config.parent}}}"
    seen = []
    for text in ("{}", "{ }"):
        config.write_text(text, encoding="utf-8")
        seen.append(what_counts(load_synthesis(recipe, [near])))
    assert seen[0] != seen[1]
    assert what_counts(load_synthesis(recipe, [near, "window=7"])) != seen[1]


def test_the_files_that_a_mapping_names_count(recipe: Path, tmp_path: Path) -> None:
    """The YAML stays as it is; the table that it names does not."""
    mapping = tmp_path / "bank.yaml"
    columns = {"text": "asked", "options": ["a", "b"], "key": "right"}
    mapping.write_text(yaml.safe_dump({"kind": "table", "name": "bank", "path": "bank.csv", "columns": columns}), encoding="utf-8")
    seen = []
    for word in ("gout", "flu"):
        (tmp_path / "bank.csv").write_text(f"asked,a,b,right\nWhich of these is {word}?,this,that,A\n", encoding="utf-8")
        seen.append(what_counts(load_synthesis(recipe, [f"material.sets=[{mapping}]"])))
    assert seen[0] != seen[1]


def test_a_plan_says_what_is_known_and_no_more(recipe: Path) -> None:
    rows = plan_rows(load_synthesis(recipe, ["roles.teacher.price={read: 0.5, written: 2}", "limit=1000"]))
    at = "openai_http teacher at http://127.0.0.1:8000/v1"
    assert rows == [
        ("material", f"items of {recipe.parent}/items.jsonl, at most 1,000", "most calls"),
        ("block 1", "solve: asks teacher", "8"),
        ("block 2", "keep", "0"),
        ("role teacher", f"{at}; prompt plain, codec think; a million tokens 0.5 read, 2 written", ""),
        ("against", f"{recipe.parent}/test.jsonl", ""),
        ("retrieval", f"{recipe.parent}/book.md", ""),
        ("exports", "sft", ""),
    ]
