"""The trap set is well formed, its outcomes are counted as they should be, and the one reader comes out of it."""

import json
from collections import Counter

import pytest

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.judges import QuestionReader
from osler.judges.traps import TRAPS, Trap, TrapOutcome, load_traps

OPEN = {
    **dict.fromkeys(
        ("bare-seems-right", "bare-pick-here", "bare-is-my-final-answer", "german-antwort-ist-richtig", "yes-no-yes-dash"),
        "abstains: a statement in words that it does not know",
    ),
    **dict.fromkeys(
        ("negation-isnt-its", "negation-text-then-text", "negation-three-unlikely-one-likely", "set-only-rest-denied"),
        "abstains: what is denied and what is stated stand side by side",
    ),
    **dict.fromkeys(("negation-each-option-judged", "negation-each-option-judged-in-a-list"), "abstains: each option is judged in turn"),
    **dict.fromkeys(("set-are-live", "set-texts"), "abstains: a plain sentence with the options in it"),
    **dict.fromkeys(("several-or-possibly", "boxed-two-adjacent", "hack-all-boxes"), "abstains, but not because there are several"),
}
"""Traps that the reader does not come out of yet, with what it makes of them. One that it comes out of is taken off the list."""
CHOICE = Question("q", "Which?", {"A": "gout", "B": "sepsis"})


def trap(values: tuple[str, ...] = (), abstentions: tuple[Abstention, ...] = (), question: Question = CHOICE) -> Trap:
    return Trap("some-trap", "some_group", question, "A text.", "A reason.", values, abstentions)


def test_there_are_many_and_each_is_its_own() -> None:
    traps = load_traps()
    assert len(traps) >= 420
    assert [id for id, n in Counter(each.id for each in traps).items() if n > 1] == []
    assert [text for text, n in Counter((each.question.id, each.text) for each in traps).items() if n > 1] == []
    assert len({each.group for each in traps}) >= 30
    assert {"choice", "multi", "number", "date", "text", "ranked_list"} == {each.question.answer_kind for each in traps}


def test_a_question_is_the_same_wherever_it_stands() -> None:
    questions = {each.question.id: each.question for each in load_traps()}
    assert len(questions) >= 30
    assert [each.id for each in load_traps() if questions[each.question.id] != each.question] == []


def test_what_is_right_can_be_read_from_the_question() -> None:
    lettered = [(each, value) for each in load_traps() if each.question.answer_kind == "choice" for value in each.values]
    assert len(lettered) >= 300
    assert [each.id for each, value in lettered if value not in each.question.options] == []
    sets = [(each, value) for each in load_traps() if each.question.answer_kind == "multi" for value in each.values]
    assert sets
    assert [each.id for each, value in sets if value != ",".join(sorted(value.split(",")))] == []


def test_reasons_are_sentences_and_several_readings_are_rare() -> None:
    traps = load_traps()
    assert [each.id for each in traps if each.reason[0].islower() or not each.reason.endswith(".")] == []
    assert 0 < sum(bool(each.values and each.abstentions) for each in traps) < len(traps) / 10


def test_letters_of_every_position_are_right_somewhere() -> None:
    letters = {value for each in load_traps() if each.question.answer_kind == "choice" for value in each.values}
    assert letters == set("ABCDEHIJ")


def test_the_file_is_one_object_a_line_and_shows_what_cannot_be_seen() -> None:
    lines = TRAPS.read_text(encoding="utf-8").split("\n")
    assert lines[-1] == ""
    assert len([json.loads(line) for line in lines[:-1]]) == len(load_traps())
    hidden = ("\u200b", "\u200f", "\u2028", "\u00a0", "\ufeff", "\u202f")
    assert [json.loads(line)["id"] for line in lines[:-1] if any(character in line for character in hidden)] == []


@pytest.mark.parametrize(
    ("made", "reading", "outcome"),
    [
        (trap(values=("B",)), Reading("B"), TrapOutcome.RIGHT),
        (trap(values=("B",)), Reading("A"), TrapOutcome.FALSE_ANSWER),
        (trap(values=("B",)), Reading(abstention=Abstention.SEVERAL), TrapOutcome.ABSTAINED),
        (trap(abstentions=(Abstention.SEVERAL,)), Reading(abstention=Abstention.SEVERAL), TrapOutcome.RIGHT),
        (trap(abstentions=(Abstention.SEVERAL,)), Reading(abstention=Abstention.EMPTY), TrapOutcome.OTHER_REASON),
        (trap(abstentions=(Abstention.SEVERAL,)), Reading("A"), TrapOutcome.FALSE_ANSWER),
        (trap(("B",), (Abstention.SEVERAL,)), Reading(abstention=Abstention.SEVERAL), TrapOutcome.RIGHT),
        (trap(values=("5.2 mmol/L",), question=Question("q", "?", kind="number")), Reading("5.2mmol/l"), TrapOutcome.RIGHT),
        (trap(values=("52 mmol/L",), question=Question("q", "?", kind="number")), Reading("5.2 mmol/L"), TrapOutcome.FALSE_ANSWER),
        (trap(values=("radial nerve",), question=Question("q", "?")), Reading("The Radial Nerve"), TrapOutcome.RIGHT),
        (trap(values=("radial nerve",), question=Question("q", "?")), Reading("ulnar nerve"), TrapOutcome.FALSE_ANSWER),
        (trap(values=("",), question=Question("q", "?", {"A": "x", "B": "y"}, "multi")), Reading(""), TrapOutcome.RIGHT),
    ],
)
def test_what_a_reading_is_worth(made: Trap, reading: Reading, outcome: TrapOutcome) -> None:
    assert made.read(reading) is outcome


def test_a_reader_that_gives_no_reason_for_abstaining_is_right_to_abstain() -> None:
    assert trap(abstentions=(Abstention.REFUSED,)).outcome(None) is TrapOutcome.RIGHT
    assert trap(values=("A",)).outcome(None) is TrapOutcome.ABSTAINED


def test_a_trap_without_a_right_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        trap()


def test_open_traps_are_few_and_there() -> None:
    assert OPEN.keys() <= {each.id for each in load_traps()}
    assert len(OPEN) < len(load_traps()) / 20


def test_the_reader_comes_out_of_every_other_trap() -> None:
    reader = QuestionReader()
    readings = [(each, reader.read(each.text, each.question)) for each in load_traps()]
    assert readings
    fallen = [
        f"{each.read(reading).value}: {each.id}: {each.text[:80]!r} is {' or '.join((*each.values, *each.abstentions))}, "
        f"read as {reading.value if reading.value is not None else reading.abstention} by {reading.method}"
        for each, reading in readings
        if each.read(reading) is not TrapOutcome.RIGHT and each.id not in OPEN
    ]
    assert not fallen, "\n".join([f"{len(fallen)} of {len(readings)}", *fallen])
