"""Shuffling options: the right option stays right, whatever its letter."""

from collections import Counter

import pytest

from osler.core.errors import RecipeError
from osler.core.question import ChoiceKey
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.keep.shuffle_options import ShuffleOptions
from tests.synthesise.makings import item_draft, through


def shuffled(*drafts: Draft, seed: int | None = None) -> list[Draft]:
    found = through([ShuffleOptions(seed=seed)], drafts, {})
    assert all(isinstance(each, Draft) for each in found)
    return [each for each in found if isinstance(each, Draft)]


def right(draft: Draft) -> list[str]:
    assert isinstance(draft.asked.key, ChoiceKey)
    return [draft.asked.question.options[letter] for letter in draft.asked.key.letters]


def test_the_key_goes_with_its_option_and_letters_stay_in_order() -> None:
    drafts = [item_draft(f"item-{at}") for at in range(400)]
    found = shuffled(*drafts)
    assert {tuple(draft.asked.question.options) for draft in found} == {("A", "B", "C", "D")}
    assert {tuple(sorted(draft.asked.question.options.values())) for draft in found} == {
        ("vitamin A", "vitamin C", "vitamin D", "vitamin K")
    }
    assert {tuple(right(draft)) for draft in found} == {("vitamin C",)}
    letters = Counter(draft.asked.key.letters[0] for draft in found if isinstance(draft.asked.key, ChoiceKey))
    assert set(letters) == set("ABCD")
    assert min(letters.values()) > 65  # 100 expected of each, with a deviation of 8.7


def test_the_same_seed_and_id_give_the_same_letters_and_nothing_else_does() -> None:
    draft = item_draft()
    assert shuffled(draft, seed=42) == shuffled(draft, seed=42)
    orders = {tuple(shuffled(draft, seed=seed)[0].asked.question.options.values()) for seed in range(20)}
    orders |= {tuple(shuffled(item_draft(f"other-{at}"), seed=42)[0].asked.question.options.values()) for at in range(20)}
    assert len(orders) > 10


@pytest.mark.parametrize("last", ["All of the above", "None of the above.", "Both A and C", "B, C", "(a) and (d)", "Any of above"])
def test_options_that_mean_others_by_their_place_stay(last: str) -> None:
    draft = item_draft(right="D", A="urate", B="zinc", C="iron", D=last)
    for seed in range(5):
        [found] = shuffled(draft, seed=seed)
        assert found.item == draft.item
        assert found.notes == {"shuffled": False}


@pytest.mark.parametrize("last", ["Cord", "Vitamin A and B", "Hepatitis A or B", "Blood group A", "Aorta"])
def test_options_that_only_look_so_move(last: str) -> None:
    found = [shuffled(item_draft(right="D", A="urate", B="zinc", C="iron", D=last), seed=seed)[0] for seed in range(20)]
    assert {right(draft)[0] for draft in found} == {last}
    assert len({tuple(draft.asked.question.options.values()) for draft in found}) > 5


def test_letters_that_traces_name_are_not_moved() -> None:
    draft = item_draft().with_authored(Authored("teacher", ("It is A.",), answer="A"))
    with pytest.raises(RecipeError, match=r"^blocks: item-1 has traces, [^\n]+; put shuffle_options before"):
        shuffled(draft)
