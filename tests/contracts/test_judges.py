"""The contract of readers and judges, run over every entry of both registries: the key itself is right; each distractor, a negation, a
longer word that contains it and the empty string are not. To add a kind: one case below."""

from dataclasses import dataclass
from datetime import date

import pytest

from osler.core.question import ChoiceKey, DateKey, Item, Key, MultiKey, NumberKey, Question, RankedListKey, RubricKey, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges import JUDGES, READERS, QuestionReader

ANY_KEYS: tuple[Key, ...] = (ChoiceKey(("A",)), TextKey("gout"), NumberKey(3.5, "mg"), RankedListKey(("gout",)), RubricKey(("rest",)))
OPTIONS = {"A": "Diabetes", "B": "Diabetes insipidus", "C": "Low", "D": "Below normal"}


@dataclass(frozen=True)
class Case:
    """An item with ways to state its key, other answers, and longer words that contain the key's."""

    item: Item
    right: tuple[str, ...]
    distractors: tuple[str, ...]
    longer: tuple[str, ...]


CASES = {
    "multi": Case(
        Item(Question("q-7", "Which two?", OPTIONS, "multi"), MultiKey(("A", "C"))),
        right=("A, C", "C and A", "A and C", "A, C", "Diabetes and low", "A. Diabetes, C. Low"),
        distractors=("A", "A, B", "A, B and C", "diabetes insipidus", "none"),
        longer=("Diabetesol and lows", "prediabetes, low", "A1c, C", "Diabetes mellitus and low"),
    ),
    "choice": Case(
        Item(Question("q-1", "Which?", OPTIONS), ChoiceKey(("A",))),
        right=("A", "(A)", "Diabetes", "A. Diabetes", "option A"),
        distractors=("B", "diabetes insipidus", "C. Low", "below normal"),
        longer=("Diabetesol", "prediabetes", "Diabetes mellitus", "A1c", "Aspirin", "A-fib"),
    ),
    "text": Case(
        Item(Question("q-2", "Which?"), TextKey("diabetes", ("sugar disease",))),
        right=("diabetes", "Diabetes", "the sugar disease", "**diabetes**"),
        distractors=("diabetes insipidus", "gout", "sugar"),
        longer=("diabetesol", "prediabetes", "diabetes mellitus", "sugar diseases"),
    ),
    "number": Case(
        Item(Question("q-3", "How much?"), NumberKey(12, "mg", tolerance=0.1)),
        right=("12 mg", "12", "12.1 mg", "0.012 g", "**12** mg", "12 milligrams"),
        distractors=("13 mg", "1.2 mg", "-12 mg", "12 mL", "12 kg", "n/a"),
        longer=("120 mg", "112 mg", "12.5 mg", "12-lead", "CYP12", "1,212 mg"),
    ),
    "date": Case(
        Item(Question("q-4", "On which day?"), DateKey(date(2024, 6, 30))),
        right=("2024-06-30", "06/30/2024", "June 30, 2024", "30 June 2024", "**June 30, 2024**"),
        distractors=("2024-06-29", "06/03/2024", "June 30, 2023"),
        longer=("2024-06-301", "106/30/2024", "06/30/20245"),
    ),
    "ranked_list": Case(
        Item(Question("q-5", "Which are likely?"), RankedListKey(("diabetes",), {"diabetes": ("sugar disease",)})),
        right=("diabetes", "Diabetes, gout", "the sugar disease; gout", "**diabetes**"),
        distractors=("gout, diabetes", "diabetes insipidus", "sugar"),
        longer=("diabetesol", "prediabetes, gout", "diabetes mellitus"),
    ),
}
KINDS = sorted(JUDGES)
MODEL_JUDGED = {"rubric", "open", "claims"}
"""Free answers: their judges are handed a model, and have tests of their own."""


def outcome(kind: str, text: str) -> Outcome:
    item = CASES[kind].item
    reading = READERS[kind].read(text, item.question)
    assert QuestionReader().read(text, item.question) == reading
    return JUDGES[kind].judge(reading, item.key).outcome


def test_every_kind_has_a_reader_a_judge_and_a_case() -> None:
    assert READERS.keys() - MODEL_JUDGED == JUDGES.keys() == CASES.keys()
    assert READERS.keys() >= MODEL_JUDGED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("closing", ["The answer is {}.", "Thinking …\n\nFinal answer: {}", "\\boxed{{{}}}", "{}"])
def test_the_key_itself_is_right_and_each_distractor_is_wrong(kind: str, closing: str) -> None:
    case = CASES[kind]
    assert {text: outcome(kind, closing.format(text)) for text in case.right} == dict.fromkeys(case.right, Outcome.RIGHT)
    assert {text: outcome(kind, closing.format(text)) for text in case.distractors} == dict.fromkeys(case.distractors, Outcome.WRONG)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("closing", ["The answer is not {}.", "The answer isn't {}.", "I don't think the answer is {}.", "not {}"])
def test_a_negation_is_no_answer(kind: str, closing: str) -> None:
    assert {outcome(kind, closing.format(text)) for text in CASES[kind].right} == {Outcome.NO_ANSWER}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("closing", ["The answer is {}.", "Answer: {}", "\\boxed{{{}}}", "{}"])
def test_a_longer_word_is_not_right(kind: str, closing: str) -> None:
    assert Outcome.RIGHT not in {outcome(kind, closing.format(text)) for text in CASES[kind].longer}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " \n", "\0", "\ud800", "**", "\\boxed{", "The answer is"])
def test_nothing_is_no_answer(kind: str, text: str) -> None:
    assert outcome(kind, text) is (
        Outcome.NO_ANSWER if text not in ("\0", "\ud800") or kind not in ("text", "ranked_list") else Outcome.WRONG
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_abstention_keeps_its_word_and_another_kind_of_key_is_not_judged(kind: str) -> None:
    judge, key = JUDGES[kind], CASES[kind].item.key
    for abstention in Abstention:
        verdict = judge.judge(Reading(abstention=abstention), key)
        assert (verdict.outcome, verdict.reason) == (Outcome.NO_ANSWER, abstention.value)
    for reading in (Reading("A"), Reading(abstention=Abstention.EMPTY)):
        verdicts = [judge.judge(reading, other) for other in ANY_KEYS if other.kind != kind]
        assert {(verdict.outcome, verdict.reason) for verdict in verdicts} == {(Outcome.UNJUDGED, "wrong_kind")}
        assert all(verdict.reading == reading for verdict in verdicts)
