"""Notes with at most one wrong sentence: by hand, and as they are made."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from osler.clinic.generate import Split, split_of
from osler.clinic.notes.note_steps import read_note
from osler.clinic.notes.notes import Notes
from osler.clinic.notes.plant import NEEDED, WITH_ONE_RIGHT_NAME
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.clinic.world import load_world
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, NumberKey, TextKey
from osler.core.verdict import Outcome
from osler.judges import JUDGES, READERS

GOUT = """By the facts of the teaching clinic.

0 The visit is for big toe pain.
1 Examination reveals hot joint and high urate.
2 Not found: rash and cough.
3 Known background: {state}.
4 The assessment is {condition}.
5 Colchicine is begun, which suits this case.
6 In short, there is {summary}.

{question}"""
"""Colchicine and naproxen treat gout; a severe renal impairment forbids both, an active stomach ulcer naproxen alone."""
TRUE = {"state": "active stomach ulcer", "condition": "gout", "summary": "high urate and hot joint"}
WHICH = "One sentence of the note may be wrong. What is its number? Answer -1 where every sentence holds."


def task(text: str, **changed: str) -> Task:
    return Task("note-by-hand", "note_sentence", 1, text.format(**{**TRUE, "question": WHICH, **changed}), {}, NumberKey(99), ())


@cache
def made(split: Split = Split.TRAIN, n: int = 280) -> tuple[Task, ...]:
    return tuple(Notes().make(n, split, 1))


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, -1),
        ({"condition": "dengue"}, 4),
        ({"state": "severe renal impairment"}, 5),
        ({"summary": "hot joint and rash"}, 6),
        ({"summary": "hot joint and fever"}, 6),
    ],
)
def test_the_wrong_sentence_by_hand(changed: dict[str, str], wrong: int) -> None:
    assert Notes().solve(task(GOUT, **changed)) == NumberKey(wrong)


def test_the_right_name_by_hand() -> None:
    def right(what: str, text: str) -> object:
        return Notes().solve(task(text, question=f"One sentence of the note is wrong. Which {what} belongs in it?"))

    assert right("condition", GOUT.replace("{condition}", "lupus")) == TextKey(
        "gout", ("gouty arthritis", "podagra", "urate crystal arthritis")
    )
    assert right("drug", GOUT.replace("Colchicine", "Naproxen")) == TextKey("colchicine")
    assert right("body system", GOUT.replace("6 In short", "6 Gout counts as renal.\n7 In short")) == TextKey("musculoskeletal")
    assert right("drug class", GOUT.replace("6 In short", "6 Naproxen is of the class opioid.\n7 In short")) == TextKey("NSAID")


@pytest.mark.parametrize(
    ("step", "truth"),
    [
        ("gout alone explains big toe pain, hot joint and high urate.", Truth.TRUE),
        ("gout alone explains high urate, hot joint and big toe pain.", Truth.TRUE),
        ("gout alone explains big toe pain and hot joint.", Truth.FALSE),
        ("lupus alone explains big toe pain, hot joint and high urate.", Truth.FALSE),
        ("Sentence 4 holds: gout alone explains big toe pain, hot joint and high urate.", Truth.TRUE),
        ("Sentence 4 is wrong: gout does not explain rash.", Truth.FALSE),
        ("Sentence 5 is wrong: colchicine must be avoided in severe renal impairment.", Truth.TRUE),
        ("Sentence 5 is wrong: naproxen must be avoided in severe renal impairment.", Truth.FALSE),
        ("Sentence 5 is wrong: colchicine must be avoided in severe liver disease.", Truth.FALSE),
        ("Sentence 5 holds: colchicine treats gout and is safe in severe renal impairment.", Truth.FALSE),
        ("Sentence 6 holds: the note tells of hot joint and high urate.", Truth.TRUE),
        ("Sentence 6 holds: the note tells of hot joint and big toe pain.", Truth.FALSE),
        ("Sentence 9 holds: the note tells of hot joint and high urate.", Truth.FALSE),
        ("naproxen treats gout.", Truth.TRUE),
        ("colchicine does not treat dengue.", Truth.TRUE),
        ("gout never brings butterfly rash.", Truth.TRUE),
        ("gout never brings fever.", Truth.FALSE),
        ("The answer is 5.", Truth.TRUE),
        ("The answer is -1.", Truth.FALSE),
        ("Sentence 5 looks odd.", Truth.UNREADABLE),
    ],
)
def test_steps_by_hand(step: str, truth: Truth) -> None:
    assert Notes().check_step(task(GOUT, state="severe renal impairment"), step) is truth


def test_a_note_in_unknown_words_or_with_two_mistakes_is_not_solved() -> None:
    two = task(GOUT, condition="dengue", summary="hot joint and rash")
    odd = task(GOUT.replace("The visit is for", "Somebody mentions"))
    for each in (two, odd):
        with pytest.raises(UserError, match="make it anew"):
            Notes().solve(each)


def test_one_sentence_is_wrong_or_none_and_half_of_the_notes_are_right() -> None:
    for each in made():
        note = read_note(each.text, load_world())
        assert note is not None
        assert note.wrong(load_world()) == ([] if each.facts["wrong"] is None else [each.facts["wrong"]])
    asked = [each for each in made() if each.kind != "note_correction"]
    share = sum(each.facts["wrong"] is None for each in asked) / len(asked)
    assert 0.4 < share < 0.6
    assert all(each.facts["wrong"] is not None for each in made() if each.kind == "note_correction")


def test_the_kind_of_mistake_is_of_the_level() -> None:
    for each in made():
        if each.facts["mistake"]:
            note = read_note(each.text, load_world())
            assert note
            assert note.sentences[each.facts["wrong"]].says is NEEDED[each.facts["mistake"]]
    by_level = {level: {each.facts["mistake"] for each in made() if each.level == level} - {""} for level in range(1, 6)}
    assert by_level[4] == {"near_condition"}
    assert by_level[5] == {"unsafe_drug", "absent_finding"}
    assert sum(map(len, by_level.values())) == len(set[str]().union(*by_level.values())) == len(NEEDED)


def test_a_rival_of_level_4_misses_one_finding() -> None:
    conditions = load_world().conditions
    wrong = [each for each in made() if each.facts["mistake"] == "near_condition"]
    assert wrong
    for each in wrong:
        note = read_note(each.text, load_world())
        assert note
        stated = conditions[note.sentences[each.facts["wrong"]].words[0]]
        assert sum(not stated.explains(finding) for finding in each.facts["present"]) == 1


def test_sentences_are_numbered_from_0_and_five_to_nine() -> None:
    lengths = Counter[int]()
    for each in made():
        numbers = [int(number) for number in re.findall(r"^(\d+) ", each.text, re.MULTILINE)]
        assert numbers == list(range(len(numbers)))
        lengths[len(numbers)] += 1
    assert set(lengths) <= set(range(5, 10))
    assert len(lengths) >= 3


def test_splits_are_by_what_is_present() -> None:
    assert all(split_of(tuple(each.facts["present"])) is split for split in Split for each in made(split, 28))


def test_written_working_is_judged_right() -> None:
    for each in made(n=56):
        item = each.item()
        text = "\n".join(f"Step {number}: {step}" for number, step in enumerate(each.steps, 1))
        reading = READERS[item.key.kind].read(text, item.question)
        assert JUDGES[item.key.kind].judge(reading, item.key).outcome is Outcome.RIGHT, each.id


def test_no_correction_at_level_3() -> None:
    assert 3 not in WITH_ONE_RIGHT_NAME
    with pytest.raises(UserError, match="no correction at level 3"):
        Notes(levels=(3,), asks=("correction",)).make(1, Split.TRAIN, 0)
    assert {each.level for each in Notes(asks=("correction",)).make(12, Split.TRAIN, 0)} == {1, 2, 4, 5}


def test_neither_letter_nor_kinds_of_sentence_tell() -> None:
    """By the kinds of sentence of a note and its length, the commoner answer is right in little more than half of the notes."""
    flags = Notes(levels=(5,), asks=("flag",)).make(300, Split.TRAIN, 2)
    by_shape: dict[tuple[object, ...], Counter[str]] = {}
    for each in flags:
        note = read_note(each.text, load_world())
        assert note
        assert isinstance(each.key, ChoiceKey)
        shape = frozenset(sentence.says for sentence in note.sentences if sentence.says.value in ("given", "summary"))
        by_shape.setdefault((shape, len(note.sentences)), Counter())[each.key.letters[0]] += 1
    assert sum(max(answers.values()) for answers in by_shape.values()) / len(flags) < 0.6


def test_steps_of_another_note_are_checked_by_this_one() -> None:
    first, *others = [each for each in made() if each.kind == "note_sentence"][:6]
    closing = first.steps[-1]
    moved = [Notes().check_step(replace(other, steps=()), closing) for other in others]
    assert moved == [Truth.TRUE if other.steps[-1] == closing else Truth.FALSE for other in others]
