"""Passages from wherever they lie, a retriever of them, and a run that looks things up."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecipeError, RecordError, UserError
from osler.core.records import read_records
from osler.evaluate.truths import SolutionRecord
from osler.knowledge.retrieval import BM25
from osler.launch import launch
from osler.recipe.file import load_recipe
from osler.stages.retrieving import read_passages, retriever_named, retriever_of, shelf_of

BOOK = """# Joints

## Gout

A patient with gout has crystals of urate. The big toe hurts most often.

## Flu

A patient with flu has fever, and aches in every limb.
"""
RECIPE = """
name: looking
seed: 1
threads: 1
data: {{kind: clinic, body_systems: [musculoskeletal], difficulty: easy, n_present: 2, n_worked: 6, n_search: 4, n_answer: 4}}
seed_policy:
  base: {{kind: nano, vocab_size: 500, hidden_size: 16, n_layers: 1, n_heads: 2, intermediate_size: 32}}
  training: {{kind: sft, schedule: {{epochs: 1, learning_rate: 1.0e-3, batch_size: 8}}}}
prompt: with_passages
retrieval: {{passages: [{book}]}}
answer:
  sampling: {{max_tokens: 8}}
  systems:
    without: {{strategy: {{kind: greedy, max_tokens: 8}}}}
    with: {{strategy: {{kind: rag, n_passages: 1, within: {{kind: greedy, max_tokens: 8}}}}}}
"""


def lines(path: Path, *records: object) -> Path:
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records), encoding="utf-8")
    return path


def test_a_book_and_a_file_of_passages_lie_on_one_shelf(tmp_path: Path) -> None:
    book = tmp_path / "joints.md"
    book.write_text(BOOK)
    more = lines(
        tmp_path / "more.jsonl",
        {"id": "a", "text": "Colchicine treats gout.", "heading": ["Drugs"], "fields": {"year": 2001}},
        "",
        {"id": "b", "text": "Rest.", "source": "faq"},
    )
    pairs = lines(tmp_path / "pairs.jsonl", {"id": "c", "question": "What lowers urate?", "answer": "Allopurinol."})
    shelf = shelf_of([book, more, pairs], tmp_path / "index")
    assert [passage.text for passage in shelf] == [
        "A patient with gout has crystals of urate. The big toe hurts most often.",
        "A patient with flu has fever, and aches in every limb.",
        "Colchicine treats gout.",
        "Rest.",
        "Question: What lowers urate?\nAnswer: Allopurinol.",
    ]
    assert [(passage.source, passage.heading) for passage in shelf][2:] == [("more", ("Drugs",)), ("faq", ()), ("pairs", ())]
    assert shelf[2].fields == {"year": "2001"}
    assert shelf[4].sought == "What lowers urate?\nAllopurinol."


def test_what_is_sought_is_found_and_the_index_is_built_once(tmp_path: Path) -> None:
    book = tmp_path / "joints.md"
    book.write_text(BOOK)
    retriever = retriever_of(BM25(), [book], tmp_path / "index")
    [[first], [second]] = retriever.retrieve(["fever and aches", "urate crystals"], 1)
    assert (first.passage.heading[-1], second.passage.heading[-1]) == ("Flu", "Gout")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*") if path.is_file()}
    assert before
    again = retriever_of(BM25(), [book], tmp_path / "index")
    assert again.identity == retriever.identity
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*") if path.is_file()} == before


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": "a", "text": "Gout hurts."}))
    assert [passage.id for passage in read_passages(path)] == ["a"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", r"bad\.jsonl:2: this is no JSON; write one object a line"),
        ("[1]", r"bad\.jsonl:2: this is list, not an object"),
        ('{"id": "x"}', r"bad\.jsonl:2: 'text' is missing or no text"),
        ('{"id": "x", "text": "  "}', r"bad\.jsonl:2: 'text' is missing or no text"),
        ('{"text": "x"}', r"bad\.jsonl:2: 'id' is missing or no text"),
        ("[" * 100_000, r"bad\.jsonl:2: this is no JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    path = lines(tmp_path / "bad.jsonl", {"id": "a", "text": "good"}, line)
    with pytest.raises(RecordError, match=why):
        list(read_passages(path))


def test_nothing_to_find_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"empty\.jsonl: there is no passage in it"):
        shelf_of([lines(tmp_path / "empty.jsonl")], tmp_path / "index")
    with pytest.raises(UserError, match="there is no such file"):
        shelf_of([tmp_path / "none.md"], tmp_path / "index")
    with pytest.raises(UserError, match="--retriever bm26: there is no such retriever; choose among bm25, dense, hybrid"):
        retriever_named("bm26")


def recipe_of(folder: Path, text: str = RECIPE, *overrides: str) -> Any:
    book = folder / "joints.md"
    if not book.exists():
        book.write_text(BOOK)
    path = folder / "recipe.yaml"
    path.write_text(text.format(book=book), encoding="utf-8")
    return load_recipe(path, overrides)


def test_a_run_looks_things_up(tmp_path: Path) -> None:
    run = launch(recipe_of(tmp_path), tmp_path / "runs")[0]
    records = list(read_records(run / "solutions.jsonl", SolutionRecord))
    assert {(record.system, len(record.evidence)) for record in records} == {("without", 0), ("with", 1)}
    assert all(record.evidence[0].startswith("joints/") for record in records if record.system == "with")
    assert (run / "index").is_dir()


def test_another_book_is_another_run(tmp_path: Path) -> None:
    first = launch(recipe_of(tmp_path), tmp_path / "runs")[0]
    (tmp_path / "joints.md").write_text(BOOK + "\nGout comes back.\n")
    assert launch(recipe_of(tmp_path), tmp_path / "runs")[0] != first


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("prompt: with_passages", "prompt: plain", "prompt: 'plain' has no place for the passages of answer.systems.with"),
        ("retrieval: {{passages: [{book}]}}", "", r"answer\.systems\.with: rag looks passages up; say where they lie"),
        ("\nanswer:", "\nsearches: {{s: {{strategy: {{kind: rag, within: {{kind: mcts}}}}}}}}\nanswer:", "not trained on yet"),
    ],
)
def test_a_recipe_that_cannot_look_up_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        recipe_of(tmp_path, RECIPE.replace(old, new, 1))
