"""Statements that a note entails, contradicts or leaves open: by hand, and as they are made."""

from collections import Counter
from functools import cache

import pytest

from osler.clinic.generate import Split, split_of
from osler.clinic.notes.entailments import Entailments
from osler.clinic.notes.statements import BY_LEVEL, STATEMENTS
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import ChoiceKey
from osler.core.verdict import Outcome
from osler.judges import JUDGES, READERS

GOUT = "The visit is for big toe pain. Examination reveals hot joint. Not found: rash and cough."
WITH_ULCER = f"{GOUT} The record lists active stomach ulcer."
DENGUE = "Complaints are low platelets. Examination reveals purple spots and eye pain and recent travel. Not found: cough and rash."
"""Dengue alone has all four; it always brings a high fever and never a runny nose."""
LETTER = {"entailed": "A", "contradicted": "B", "neutral": "C"}


def task(note: str, statement: str) -> Task:
    options = {letter: label for label, letter in LETTER.items()}
    return Task(
        "entailment-by-hand", "entailment", 1, f"By hand:\n\n{note}\n\nStatement: {statement}\n\nWell?", options, ChoiceKey(("A",)), ()
    )


@cache
def made(split: Split = Split.TRAIN, n: int = 360) -> tuple[Task, ...]:
    return tuple(Entailments().make(n, split, 1))


@pytest.mark.parametrize(
    ("note", "statement", "label"),
    [
        (GOUT, "There is hot joint.", "entailed"),
        (GOUT, "There is rash.", "contradicted"),
        (GOUT, "There is no rash.", "entailed"),
        (GOUT, "One cannot find fever.", "neutral"),
        (GOUT, "There are both hot joint and fever.", "neutral"),
        (GOUT, "There are both rash and fever.", "contradicted"),
        (GOUT, "There is neither rash nor cough.", "entailed"),
        (GOUT, "There is neither rash nor fever.", "neutral"),
        (GOUT, "There is rash or fever, or both.", "neutral"),
        (GOUT, "There is hot joint or fever, or both.", "entailed"),
        (GOUT, "At least one of rash and cough is there.", "contradicted"),
        (GOUT, "The condition here can bring high urate.", "entailed"),
        (GOUT, "The condition here can bring butterfly rash.", "contradicted"),
        (GOUT, "The condition here never brings vertigo.", None),
        (GOUT, "The condition here never brings tremor.", "neutral"),
        (DENGUE, "On a closer look there is high fever.", "entailed"),
        (DENGUE, "A closer look shows runny nose.", "contradicted"),
        (DENGUE, "A closer look shows no headache.", "neutral"),
        (WITH_ULCER, "Here colchicine treats the condition and is safe.", "entailed"),
        (WITH_ULCER, "Here naproxen treats the condition and is safe.", "contradicted"),
        (GOUT, "Here naproxen treats the condition and is safe.", "neutral"),
        (GOUT, "Here propranolol treats the condition and is safe.", "contradicted"),
        (WITH_ULCER, "Although it treats the condition, naproxen must be avoided here.", "entailed"),
        (WITH_ULCER, "Although it treats the condition, colchicine must be avoided here.", "contradicted"),
        (WITH_ULCER, "Although it is safe here, propranolol does not treat the condition.", "entailed"),
        (GOUT, "Here propranolol is safe, but is no treatment.", "neutral"),
        (GOUT, "Somebody is unwell.", None),
        ("Somebody is unwell.", "There is rash.", None),
    ],
)
def test_labels_by_hand(note: str, statement: str, label: str | None) -> None:
    if label is None:
        with pytest.raises(UserError, match="make it anew"):
            Entailments().solve(task(note, statement))
    else:
        assert Entailments().solve(task(note, statement)) == ChoiceKey((LETTER[label],))


@pytest.mark.parametrize(
    ("step", "truth"),
    [
        ("gout alone explains big toe pain and hot joint.", Truth.TRUE),
        ("dengue alone explains big toe pain and hot joint.", Truth.FALSE),
        ("The note tells of hot joint.", Truth.TRUE),
        ("The note tells of rash.", Truth.FALSE),
        ("The note says that rash is absent.", Truth.TRUE),
        ("The note does not speak of fever, and gout neither always nor never brings it.", Truth.TRUE),
        ("The note does not speak of rash, and gout neither always nor never brings it.", Truth.FALSE),
        ("The note does not speak of butterfly rash, but gout never brings it.", Truth.TRUE),
        ("The note does not speak of fever, but gout always brings it.", Truth.FALSE),
        ("Nothing says whether gout can bring tremor.", Truth.TRUE),
        ("Nothing says whether gout can bring fever.", Truth.FALSE),
        ("naproxen treats gout.", Truth.TRUE),
        ("naproxen must be avoided in active stomach ulcer.", Truth.TRUE),
        ("naproxen must be avoided in weak heart.", Truth.FALSE),
        ("naproxen is safe in active stomach ulcer.", Truth.FALSE),
        ("The note tells no background, and some forbid naproxen.", Truth.FALSE),
        ("So the statement is true.", Truth.TRUE),
        ("So the statement is open.", Truth.FALSE),
        ("The answer is A.", Truth.TRUE),
        ("The answer is C.", Truth.FALSE),
        ("Naproxen is rather old.", Truth.UNREADABLE),
    ],
)
def test_steps_by_hand(step: str, truth: Truth) -> None:
    posed = task(WITH_ULCER, "Although it treats the condition, naproxen must be avoided here.")
    assert Entailments().check_step(posed, step) is truth


def test_every_statement_has_every_label_alike() -> None:
    """What is commonest by the wording of a statement is right in hardly more than a third."""
    counts: dict[str, Counter[str]] = {}
    for each in made():
        assert isinstance(each.key, ChoiceKey)
        counts.setdefault(each.facts["statement"], Counter())[each.key.letters[0]] += 1
    assert counts.keys() == STATEMENTS.keys()
    assert sum(max(labels.values()) for labels in counts.values()) / len(made()) < 0.4
    assert all(max(labels.values()) - min(labels.values()) <= 1 for labels in counts.values())


def test_words_of_the_statement_do_not_tell() -> None:
    """The commonest label of a statement with the same finding or drug, learnt on other tasks, is right in less than 60 %."""
    level = Entailments(levels=(4, 5))
    learnt: dict[tuple[str, ...], Counter[object]] = {}
    for each in level.make(600, Split.TRAIN, 0):
        learnt.setdefault((each.facts["statement"], *each.facts["words"]), Counter())[each.key] += 1
    asked = level.make(90, Split.HELDOUT, 0)
    guesses = [learnt.get((each.facts["statement"], *each.facts["words"])) for each in asked]
    hits = [guess.most_common(1)[0][0] == each.key for guess, each in zip(guesses, asked, strict=True) if guess]
    assert len(hits) > 60
    assert sum(hits) / len(hits) < 0.6


def test_levels_have_their_statements_and_only_3_and_4_tell_the_condition() -> None:
    for each in made():
        assert each.facts["statement"] in BY_LEVEL[each.level]
        is_told = "The assessment is" in each.text or "All of this is due to" in each.text
        assert is_told is (each.level in (3, 4))


def test_no_two_findings_of_a_task_contain_one_another() -> None:
    for each in made():
        if each.level < 3:
            names = {*each.facts["present"], *each.facts["absent"], *each.facts["words"]}
            assert not [(one, other) for one in names for other in names if one != other and one in other], each.id


def test_splits_are_by_what_is_present() -> None:
    assert all(split_of(tuple(each.facts["present"])) is split for split in Split for each in made(split, 30))


def test_written_working_is_judged_right() -> None:
    for each in made()[:60]:
        item = each.item()
        text = "\n".join(f"Step {number}: {step}" for number, step in enumerate(each.steps, 1))
        reading = READERS[item.key.kind].read(text, item.question)
        assert JUDGES[item.key.kind].judge(reading, item.key).outcome is Outcome.RIGHT, each.id
