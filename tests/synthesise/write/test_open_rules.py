"""Rules of the open form, each with a case that it takes and one beside it that it leaves."""

import pytest

from osler.core.question import ChoiceKey, Item, Key, MultiKey, Question, TextKey
from osler.synthesise.write.open_rules import amiss, unfit

OPTIONS = {"A": "vitamin C", "B": "vitamin D", "C": "all of the above"}
SAILOR = "A sailor who eats no fruit has bleeding gums and loose teeth. "


def item(text: str, key: Key | None = None) -> Item:
    key = key or ChoiceKey(("A",))
    return Item(Question("q", text, {} if isinstance(key, TextKey) else OPTIONS), key)


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        (SAILOR + "Which vitamin does he lack?", None, None),
        (SAILOR + "Which vitamin does he lack?", TextKey("vitamin C"), "not_choice"),
        (SAILOR + "Which vitamin does he lack?", ChoiceKey(("A", "B")), "multi_answer"),
        (SAILOR + "Which vitamin does he lack?", MultiKey(("A", "B")), "multi_answer"),
        (SAILOR + "Which vitamin does he lack?", ChoiceKey(("C",)), "of_options"),
        ("Which vitamin prevents scurvy?", None, "short"),
        (SAILOR + "Which of these statements about him is incorrect?", None, "negated"),
        (SAILOR + "He may be given all of these EXCEPT:", None, "negated"),
        (SAILOR + "Which vitamin is NOT what he lacks at 2.5 mg a day?", None, "negated"),
        (SAILOR + "Which one shouldn't he take?", None, "negated"),
        (SAILOR + "He does not smoke, which is wrong of nobody. Which vitamin does he lack?", None, None),
        (SAILOR + "Which vitamin should he take for at least two weeks?", None, None),
        (SAILOR + "Which vitamin does he least lack?", None, "negated"),
    ],
)
def test_what_is_not_asked_without_options(text: str, key: Key | None, reason: str | None) -> None:
    assert unfit(item(text, key), min_words=10) == reason


@pytest.mark.parametrize("text", ["both A and B", "A and C", "none of these", "options A", "Neither"])
def test_a_key_that_speaks_of_options_is_none_without_them(text: str) -> None:
    named = Item(Question("q", SAILOR + "What is right?", {"A": text, "B": "x"}), ChoiceKey(("A",)))
    assert unfit(named, 5) == "of_options"


@pytest.mark.parametrize("text", ["hepatitis B", "vitamin A", "both kidneys fail", "group A streptococcus"])
def test_names_with_letters_are_names(text: str) -> None:
    named = Item(Question("q", SAILOR + "What is right?", {"A": text, "B": "x"}), ChoiceKey(("A",)))
    assert unfit(named, 5) == ("of_options" if text.startswith("both") else None)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("A sailor of 30 has bleeding gums. Which vitamin does he lack?", None),
        ("A sailor of 30 has bleeding gums. Which of the following does he lack?", "has_options"),
        ("A sailor of 30 has bleeding gums. What does he lack?\nA. vitamin C\nB. vitamin D", "has_options"),
        ("A sailor of 30 lacks vitamin C. Which vitamin does he lack?", "gives_answer"),
        ("A sailor of 30 lacks ascorbic\nacid. Which vitamin is that?", "gives_answer"),
        ("A sailor of 31 has bleeding gums. Which vitamin does he lack?", "new_number"),
        ("A sailor of 30 has bleeding gums for 2.5 days. Which vitamin does he lack?", "new_number"),
        ("A sailor has bleeding gums. Which vitamin does he lack?", None),
    ],
)
def test_what_is_amiss_with_a_rewritten_question(question: str, reason: str | None) -> None:
    assert amiss(question, ["vitamin C", "ascorbic acid"], "A sailor of 30 has bleeding gums. What does he lack?") == reason


def test_an_answer_that_the_question_had_before_is_not_given_away() -> None:
    before = "A man who takes aspirin bleeds. Which drug of his is it?"
    assert amiss("A man on aspirin bleeds. Which drug is it?", ["aspirin"], before) is None
