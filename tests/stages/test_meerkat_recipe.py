"""The recipe itself on 200 passages of a real textbook: the teacher is played by the book's own glossary, so each yield is known.

A term is asked about once, in the first passage that has it, with the sentence that names it as the quote; by fixed rules of the term the
judge finds a second right option, the reader or the student fails. What has to come of it is worked out here from those rules alone.
"""

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from osler.core.model import Request
from osler.core.passage import Passage
from osler.core.question import ChoiceKey, Item, Question
from osler.core.records import read_records, write_records
from osler.models import OpenAIHTTP
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.recipe.file import load_synthesis
from osler.stages.retrieving import read_passages
from osler.stages.synthesis_run import run_synthesis
from osler.synthesise.draft import Draft, DroppedDraft

ROOT = Path(__file__).parents[2]
BOOK = ROOT.parent / "shared" / "data" / "openstax_anatomy_physiology_2e"
N = 200
ASKED = "A student of medicine prepares for an exam and meets this definition: {meaning}. Which term does it define?"


@cache
def glossary() -> dict[str, str]:
    """Meanings of terms of two letters and more, each term and each meaning once."""
    with gzip.open(BOOK / "glossary.jsonl.gz", "rt", encoding="utf-8") as lines:
        terms = [(" ".join(each["term"].split()), " ".join(each["meaning"].split())) for each in map(json.loads, lines)]
    meanings = Counter(meaning for _, meaning in terms)
    return {term: meaning for term, meaning in terms if len(term) > 1 and meanings[meaning] == 1 and "." not in term}


@cache
def passages() -> tuple[Passage, ...]:
    """From the first chapter on: the preface has no terms."""
    return tuple(islice(read_passages(BOOK / "cnxml.jsonl.gz"), 60, 60 + N))


def sentence_with(term: str, text: str) -> str:
    found = re.search(rf"[^.!?]*(?<!\w){re.escape(term)}(?!\w)[^.!?]*[.!?]", text)
    return found[0].strip().lstrip("-”’ ") if found and len(found[0].split()) >= 4 else ""


@cache
def home() -> Mapping[str, tuple[str, str]]:
    """By the text of a passage the term that it is asked about, and the sentence that names it."""
    taken: dict[str, tuple[str, str]] = {}
    used = set[str]()
    for passage in passages():
        for term in glossary():
            if term not in used and term in passage.text and (sentence := sentence_with(term, passage.text)):
                used.add(term)
                taken[passage.text] = (term, sentence)
                break
    return taken


def drawn(term: str, n: int, what: str) -> bool:
    """One term in `n`, always the same ones."""
    return int(hashlib.sha256(f"{what} {term}".encode()).hexdigest(), 16) % n == 0


def item(term: str, sentence: str) -> dict[str, Any]:
    others = [each for each in sorted(glossary()) if each[:1].lower() != term[:1].lower()]
    at = int(hashlib.sha256(term.encode()).hexdigest(), 16) % (len(others) - 3)
    steps = ["The definition is read word by word.", f"It fits what a book calls {term}.", "No other term on offer has this meaning."]
    return {
        "question": ASKED.format(meaning=glossary()[term]),
        "options": [others[at], term, *others[at + 1 : at + 3]],
        "answer": term,
        "steps": steps,
        "quotes": [sentence],
    }


@cache
def by_meaning() -> dict[str, str]:
    return {meaning: term for term, meaning in glossary().items()}


def term_of(text: str) -> str:
    before, after = ASKED.split("{meaning}")
    return by_meaning()[text.rpartition(before)[2].partition(after)[0]]


def plays(request: Request) -> str:
    text = request.messages[0].content
    if "You write exam items" in text:
        found = next((found for passage, found in home().items() if passage in text), None)
        return json.dumps(item(*found)) if found else "There is no term in it."
    term = term_of(text)
    if "You check one answer" in text:
        option = text.split("<answer>\n")[1].split("\n</answer>")[0]
        tempting = item(term, "")["options"][0]
        return json.dumps({"verdict": "right" if option == term or (drawn(term, 9, "judge") and option == tempting) else "wrong"})
    letters = {line[3:]: line[0] for line in text.splitlines() if re.match(r"[A-D]\. ", line)}
    is_open = "Passages that may help" in text
    fails = drawn(term, 7, "reader") if is_open else drawn(term, 5, "student")
    answer = letters[term] if not fails else next(letter for option, letter in letters.items() if option != term)
    return f"Step 1: It is the meaning of one of these terms.\n\nStep 2: The answer is {answer}."


def expected(contaminated: str) -> Counter[tuple[str, str]]:
    counts = Counter[tuple[str, str]]({("write_item", "malformed"): N - len(home())})
    for term, _ in home().values():
        if term == contaminated:
            counts["decontaminate", "contaminated"] += 1
        elif drawn(term, 9, "judge"):
            counts["one_right", "several_right"] += 1
        elif drawn(term, 7, "reader"):
            counts["answerable", "not_answerable"] += 1
        elif drawn(term, 5, "student"):
            counts["closed_book", "unsolved"] += 1
        else:
            counts["", "kept"] += 1
    return counts


@pytest.mark.slow
def test_on_a_real_book_every_yield_is_as_it_has_to_be_and_every_item_leads_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not BOOK.exists():
        pytest.skip(f"{BOOK.name}: the textbook is not here and may not be committed; put it into shared/data to run this test")
    monkeypatch.setattr(OpenAIHTTP, "load", lambda _: AsyncScriptedModel(ScriptedModel(lambda request, _: plays(request))))
    write_records(tmp_path / "book.jsonl", passages())
    contaminated = next(term for term, _ in home().values() if len(glossary()[term].split()) > 12)
    question = Question("test-1", ASKED.format(meaning=glossary()[contaminated]), {"A": contaminated, "B": "another"})
    write_records(tmp_path / "test.jsonl", [Item(question, ChoiceKey(("A",)))])
    changes = [f"material.paths=[{tmp_path / 'book.jsonl'}]", "material.licence=CC BY 4.0", f"against=[{tmp_path / 'test.jsonl'}]"]
    folder, counts = run_synthesis(load_synthesis(ROOT / "recipes" / "synthesis" / "meerkat_data.yaml", changes), tmp_path / "runs")
    kept = list(read_records(folder / "records.jsonl", Draft))
    dropped = Counter((each.block, each.reason) for each in read_records(folder / "dropped.jsonl", DroppedDraft))
    assert dropped + Counter({("", "kept"): len(kept)}) == expected(contaminated)
    assert counts.n_drafts == N
    assert len(kept) >= 50
    sources = {passage.id: passage for passage in passages()}
    for draft in kept:
        passage = sources[draft.origin.place]
        term, sentence = home()[passage.text]
        assert draft.id == f"{passage.id}/item-1"
        assert (draft.origin.source, draft.origin.licence) == (passage.source, "CC BY 4.0")
        assert draft.origin.span is not None
        assert passage.text[slice(*draft.origin.span)] == sentence
        assert isinstance(draft.asked.key, ChoiceKey)
        assert draft.asked.question.options[draft.asked.key.letters[0]] == term
        assert [each.is_right for each in draft.authored] == [True]
    assert len((folder / "exports" / "sft.jsonl").read_text(encoding="utf-8").splitlines()) == len(kept)
    letters = Counter(draft.asked.key.letters[0] for draft in kept if isinstance(draft.asked.key, ChoiceKey))
    assert set(letters) == set("ABCD")


def explains(request: Request) -> str:
    """By the number of the item: right, right after a wrong try, always wrong, right at once without reasons, and no form at all."""
    text = request.messages[0].content
    number = int(re.findall(r"case (\d+)", text)[0])
    [right] = [line[0] for line in text.splitlines() if line[3:] == f"finding {number}"]
    wrong = next(letter for letter in "ABCD" if letter != right)
    match number % 5:
        case 0:
            answer = right
        case 1:
            answer = right if request.seed % 2 else wrong
        case 2:
            answer = wrong
        case 3:
            return f"Step 1: The answer is {right}."
        case _:
            return f"{right}, I think."
    first = f"Case {number} has a long story in which one finding stands out from all others that are on offer."
    return f"Step 1: {first}\n\nStep 2: It is the one that the story names. The answer is {answer}."


def test_reasoning_for_items_is_kept_where_it_is_right_and_well_formed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAIHTTP, "load", lambda _: AsyncScriptedModel(ScriptedModel(lambda request, _: explains(request))))
    options = dict(zip("ABCD", ("sign", "mark", "spot", ""), strict=True))
    items = [
        Item(Question(f"q{n}", f"What stands out in case {n}?", {**options, "D": f"finding {n}"}), ChoiceKey(("D",))) for n in range(1, 41)
    ]
    write_records(tmp_path / "items.jsonl", items)
    tested = Question("t", "Which nerve is cut when the wrist drops after a night on a bench?", {"A": "radial", "B": "ulnar"})
    write_records(tmp_path / "test.jsonl", [Item(tested, ChoiceKey(("A",)))])
    changes = [f"material.sets=[{tmp_path / 'items.jsonl'}]", f"against=[{tmp_path / 'test.jsonl'}]"]
    folder, counts = run_synthesis(load_synthesis(ROOT / "recipes" / "synthesis" / "medqa_cot.yaml", changes), tmp_path / "runs")
    kept = {int(draft.id[1:]): draft for draft in read_records(folder / "records.jsonl", Draft)}
    # of the eight items that are right after a fair coin, one in sixteen is wrong four times: those go as `wrong` too
    unlucky = {n for n in range(1, 41) if n % 5 == 1} - set(kept)
    assert set(kept) == {n for n in range(1, 41) if n % 5 == 0 or (n % 5 == 1 and n not in unlucky)}
    assert counts.dropped == {"well_formed": {"few_steps": 8, "unread": 8}, "keep": {"wrong": 8 + len(unlucky)}}
    assert len(unlucky) <= 3
    assert all(each.is_right and len(each.steps) == 2 for draft in kept.values() for each in draft.authored)
    right = {key.letters[0] for draft in kept.values() if isinstance(key := draft.asked.key, ChoiceKey)}
    assert right == set("ABCD")  # the options were dealt anew
