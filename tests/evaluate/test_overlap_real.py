"""Overlap in real question sets: copies and one-word edits planted among them, and what is known of their overlap."""

import gzip
import json
import random
from pathlib import Path

import pytest

from osler.evaluate.overlap import compared_text, overlaps, repeats

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not here: {DATA}")


def read(file: str) -> list[tuple[str, str]]:
    with gzip.open(DATA / file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(str(row["id"]), compared_text(row["question"], row.get("options", {}).values())) for row in rows]


def edited(text: str, rng: random.Random, new: str) -> str:
    said, kind = text.split(), rng.choice(["insert", "delete", "replace"])
    place = rng.randrange(len(said))
    said[place : place + (kind != "insert")] = [] if kind == "delete" else [new]
    return " ".join(said)


def test_planted_copies_are_all_found_and_nothing_else() -> None:
    rng = random.Random(1)
    items, others = read("medqa_usmle/test_4opt.jsonl.gz")[:600], read("raw_medqa2026_2_models/questions_1030.jsonl.gz")
    planted = rng.sample(items, 150)
    known = {each.item_id for each in overlaps(items, others) if each.is_flagged}  # two vignettes stand in both, reworded
    corpus = [*others[:500], *((f"c-{id}", f"Question: {text}\nThink step by step.") for id, text in planted)]
    rng.shuffle(corpus)
    found = {each.item_id for each in overlaps(items, corpus) if each.is_flagged}
    assert found - known == {id for id, _ in planted} - known
    assert len(known) <= 2


def test_planted_one_word_edits_in_short_questions() -> None:
    rng = random.Random(2)
    items = read("medmcqa/dev.jsonl.gz")[:1500]
    own = {each.item_id for each in repeats(items) if each.is_flagged} | {each.partner_id for each in repeats(items) if each.is_flagged}
    items = [(id, text) for id, text in items if id not in own]  # what the set itself repeats is no plant
    planted = rng.sample(items, 500)
    every = " ".join(text for _, text in items).split()
    corpus = [(f"c-{id}", edited(text, rng, rng.choice(every))) for id, text in planted]
    found = {each.item_id: each.partner_id for each in overlaps(items, corpus) if each.is_flagged}
    right = [id for id, partner in found.items() if partner == f"c-{id}"]
    assert len(right) / len(planted) >= 0.95
    assert len(right) / len(found) >= 0.95


def test_the_same_questions_with_other_options_are_the_same() -> None:
    """The 4- and the 5-option file of MedQA, row by row (said so by its source)."""
    four, five = read("medqa_usmle/test_4opt.jsonl.gz"), read("medqa_usmle/test_5opt.jsonl.gz")
    found = overlaps(four[:300], five)
    assert len(found) == 300
    assert all(each.is_flagged and each.item_id == each.partner_id for each in found)


def test_sets_that_do_not_overlap() -> None:
    found = overlaps(read("medqa_usmle/test_4opt.jsonl.gz"), read("medmcqa/dev.jsonl.gz"))
    assert [each.item_id for each in found if each.is_flagged] == []


def test_questions_that_a_set_repeats() -> None:
    """Of 4,436 rows 3,172 differ: 1,263 are empty, which says nothing of overlap, and two repeat another one to the letter."""
    items = read("healthsearchqa/questions.jsonl.gz")
    exact = [each for each in repeats(items) if each.method is not None and each.method.value == "exact"]
    assert len(items) - len({text for _, text in items}) == 1_264
    assert len(exact) == 2
