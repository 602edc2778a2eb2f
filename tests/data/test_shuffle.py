"""Options in another order: the key goes with its text, and options that refer to places stay where they are."""

import itertools

import pytest

from osler.core.question import ChoiceKey, Item, MultiKey, Question, TextKey
from osler.data.shuffle import refers_to_places, shuffled

TEXTS = {"A": "gout", "B": "flu", "C": "mumps", "D": "croup"}


def item(id: str = "q-1", *, options: dict[str, str] = TEXTS, letters: tuple[str, ...] = ("B",), text: str = "Which?") -> Item:
    return Item(Question(id, text, options), ChoiceKey(letters))


def right(item: Item) -> list[str]:
    assert isinstance(item.key, ChoiceKey | MultiKey)
    return sorted(item.question.options[letter] for letter in item.key.letters)


def test_the_key_follows_its_text() -> None:
    for seed in range(50):
        dealt = shuffled(item(letters=("B", "D")), seed)
        assert list(dealt.question.options) == ["A", "B", "C", "D"]
        assert sorted(dealt.question.options.values()) == sorted(TEXTS.values())
        assert right(dealt) == ["croup", "flu"]


def test_a_set_follows_as_well_and_stays_in_order() -> None:
    question = Question("q-1", "Which?", TEXTS, "multi")
    for seed in range(20):
        dealt = shuffled(Item(question, MultiKey(("A", "C", "D"))), seed)
        assert right(dealt) == ["croup", "gout", "mumps"]
        assert isinstance(dealt.key, MultiKey)
        assert list(dealt.key.letters) == sorted(dealt.key.letters)
    assert shuffled(Item(question, MultiKey(())), 1).key == MultiKey(())


def test_the_seed_and_the_id_decide_alone() -> None:
    assert shuffled(item(), 1) == shuffled(item(), 1)
    assert len({tuple(shuffled(item(), seed).question.options.values()) for seed in range(200)}) == 24
    assert len({tuple(shuffled(item(f"q-{at}"), 1).question.options.values()) for at in range(200)}) == 24


def test_every_place_is_as_likely_as_every_other() -> None:
    """4,000 draws of 4 places: 1,000 each, standard deviation 27.4; five of them are 137."""
    places = [key.letters[0] for at in range(4000) if isinstance(key := shuffled(item(f"q-{at}"), 7).key, ChoiceKey)]
    assert len(places) == 4000
    assert all(abs(places.count(letter) - 1000) < 137 for letter in "ABCD")


def test_letters_with_a_gap_keep_it() -> None:
    gap = {"A": "gout", "C": "flu"}
    assert {tuple(shuffled(item(options=gap, letters=("C",)), seed).question.options) for seed in range(10)} == {("A", "C")}


def test_what_has_no_letters_is_left_as_it_is() -> None:
    name = Item(Question("q-1", "Who?"), TextKey("gout"))
    assert shuffled(name, 1) is name


REFERRING = (
    "All of the above",
    "none of the above.",
    "None of these",
    "All of these",
    "Any of the above",
    "Both of the above",
    "None of above",
    "None",
    "All",
    "Neither",
    "All are correct",
    "All of the options given are correct",
    "More than one of the above",
    "First can be any of the above, but never the last",
    "Both A and C",
    "A and B",
    "A, B and D",
    "a, b are true & c, d are false",
    "Both (A) & (C)",
    "B or C",
    "1 and 3 only",
    "Only A and B",
    "Option B and C",
    "The same as option A",
    "As in the first answer",
    "Todas las anteriores",
    "Ninguna de las respuestas es correcta",
    "Aucune de ces réponses",
    "Keine der genannten Antworten",
    "Nessuna delle precedenti",
    "以上都不是",
)


@pytest.mark.parametrize("text", REFERRING)
def test_an_option_that_refers_to_others_keeps_all_in_place(text: str) -> None:
    referring = item(options={**TEXTS, "D": text})
    assert refers_to_places(referring)
    assert shuffled(referring, 1) is referring


FREE = (
    "Both kidneys are inflamed",
    "Hepatitis A vaccination",
    "98% or above.",
    "An opening in the wall above the cartilage",
    "All buccal cusps are of the same size",
    "None are oncogenic in themselves",
    "Two weeks of rest",
    "Alle 6 Stunden ein Mittel",
    "Vitamin D and calcium",
    "All-trans retinoic acid",
    "Both sensory and motor neurons",
    "First rib",
    "The patient's best treatment option is surgery",
)


@pytest.mark.parametrize("text", FREE)
def test_an_option_that_only_looks_like_it_is_dealt(text: str) -> None:
    assert not refers_to_places(item(options={**TEXTS, "D": text}))


def test_a_question_that_names_its_options_by_letter() -> None:
    assert refers_to_places(item(text="Is option B better than option C?"))
    assert not refers_to_places(item(text="Which vitamin is missing, and what are the options?"))


def test_some_order_other_than_the_first_comes_for_most_items() -> None:
    moved = [tuple(shuffled(item(f"q-{at}"), 3).question.options.values()) != tuple(TEXTS.values()) for at in range(100)]
    assert sum(moved) > 85  # 23 of 24 orders
    assert len(list(itertools.permutations(TEXTS))) == 24
