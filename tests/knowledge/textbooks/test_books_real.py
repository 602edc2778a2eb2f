"""The two OpenStax books, where they are: as many modules, terms and exercises as the publisher's files hold."""

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from osler.core.question import ChoiceKey
from osler.knowledge.textbooks.pairs import passages_of_pairs
from osler.knowledge.textbooks.passages import Cutting, n_words, passages_of
from osler.knowledge.textbooks.read import read_textbook
from osler.knowledge.textbooks.textbook import Textbook

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not beside the checkout ({DATA})")


@cache
def book(name: str) -> Textbook:
    return read_textbook(DATA / name)


ANATOMY, PHARMACOLOGY = "openstax_anatomy_physiology_2e", "openstax_pharmacology"


@pytest.mark.parametrize(("name", "n_modules", "n_terms"), [(ANATOMY, 198, 3190), (PHARMACOLOGY, 203, 937)])
def test_every_module_and_every_term_is_there(name: str, n_modules: int, n_terms: int) -> None:
    """The counts are those of `<document>` and `<definition>` in the files."""
    assert len({section.module for section in book(name).sections}) == n_modules
    assert len(book(name).terms) == n_terms
    assert not [fault for fault in book(name).faults if "left out" in fault or "broken" in fault]


def test_the_keys_of_anatomy_are_the_publishers() -> None:
    """714 with key, A 175, B 190, C 185, D 164 (the data's own card); the other 512 have a solution in words."""
    items = book(ANATOMY).items()
    letters = Counter(item.key.letters[0] for item in items if isinstance(item.key, ChoiceKey))
    assert letters == {"A": 175, "B": 190, "C": 185, "D": 164}
    assert len(items) - letters.total() == 370 + 142
    assert len({item.id for item in items}) == len(items)


def test_exercises_kept_on_a_server_are_counted() -> None:
    """477 exercises, of which the 5 practice problems have a text."""
    assert len(book(PHARMACOLOGY).exercises) == 5
    assert book(PHARMACOLOGY).faults["exercises that the book keeps elsewhere"] == 472


def test_passages_of_anatomy_are_of_the_size_that_retrieval_was_measured_on() -> None:
    """408,367 words in 3,400 passages, by another program (its own way of joining what stands between boxes)."""
    passages = passages_of(book(ANATOMY))
    assert sum(n_words(passage.text) for passage in passages) == pytest.approx(408_367, rel=0.002)
    assert len(passages) == pytest.approx(3400, rel=0.05)
    assert len({passage.id for passage in passages}) == len(passages)
    assert max(n_words(passage.text) for passage in passages if passage.fields["kind"] == "text") <= 180


@pytest.mark.parametrize("name", [ANATOMY, PHARMACOLOGY])
def test_a_passage_is_its_span(name: str) -> None:
    sections = {section.id: section for section in book(name).sections}
    passages = passages_of(book(name), Cutting(n_overlap=1))
    assert passages
    for passage in passages:
        section = sections[passage.id.removeprefix(f"{book(name).slug}/").rpartition(":")[0]]
        assert passage.text == passage.fields.get("head", "") + section.text[passage.start : passage.end]


def test_pairs_of_medquad_keep_their_names() -> None:
    """Every row that has an answer, but for pairs that come again, which another way of counting finds."""
    with gzip.open(DATA / "medquad" / "qa.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    passages = passages_of_pairs(rows, "medquad", fields=("focus", "qtype"))
    pairs = {(" ".join(row["question"].split()), " ".join((row["answer"] or "").split())) for row in rows}
    assert len(passages) == pytest.approx(sum(bool(answer) for _, answer in pairs), rel=0.001)
    assert len({passage.id for passage in passages}) == len(passages) > 10_000
