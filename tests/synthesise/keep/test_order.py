"""The order of drafts: by hand, and the same ids shuffled."""

import pytest

from osler.core.errors import RecipeError
from osler.synthesise.draft import Draft
from osler.synthesise.keep.order import Order
from tests.synthesise.makings import item_draft, kit_of


def drafts(*notes: dict) -> list[Draft]:  # type: ignore[type-arg]
    return [item_draft(id=f"item-{number}").noting(**each) for number, each in enumerate(notes)]


def ids(order: Order, given: list[Draft], seed: int = 0) -> list[str]:
    return [each.id for each in order.sift(iter(given), kit_of({}, seed=seed))]


NOTES = ((3, 1), (1, 2), (3, 0), (1, 2), (2, 9))
GIVEN = drafts(*({"level": level, "n_legs": n_legs} for level, n_legs in NOTES))


def test_from_the_easy_to_the_hard_equals_as_they_came() -> None:
    assert ids(Order(), GIVEN) == ["item-1", "item-3", "item-4", "item-0", "item-2"]
    assert ids(Order(by=("level", "n_legs")), GIVEN) == ["item-1", "item-3", "item-4", "item-2", "item-0"]
    assert ids(Order(is_downward=True), GIVEN) == ["item-0", "item-2", "item-4", "item-1", "item-3"]


def test_growing_each_value_comes_in_later_and_goes_on_to_the_end() -> None:
    """Of 3 values the second begins after a third of the time, the third after two thirds. By then two thirds of the 90 drafts of the
    lowest have come, and half of those of the second: those of the third are among the last 90 / 3 + 90 / 2 + 90 = 165 of 270."""
    given = drafts(*({"level": at % 3 + 1} for at in range(270)))
    levels = {draft.id: draft.notes["level"] for draft in given}
    grown = [levels[id] for id in ids(Order(how="growing"), given)]
    assert sorted(grown) == sorted(levels.values())
    assert set(grown[:15]) == {1}
    assert grown.index(2) == pytest.approx(90 / 3, abs=15)
    assert grown.index(3) == pytest.approx(270 - 165, abs=25)
    assert set(grown[-30:]) == {1, 2, 3}
    assert grown[0] == 1
    assert next(levels[id] for id in ids(Order(how="growing", is_downward=True), given)) == 3


def test_a_note_within_a_note_is_named_with_dots() -> None:
    given = drafts(*({"solved": {"student": {"n": 8, "n_right": n_right}}} for n_right in (2, 8, 5)))
    assert ids(Order(by=("solved.student.n_right",), is_downward=True), given) == ["item-1", "item-2", "item-0"]


def test_shuffled_are_the_same_ids_in_another_order_that_the_seed_alone_decides() -> None:
    given = drafts(*({"level": number} for number in range(40)))
    shuffled = ids(Order(how="shuffled"), given)
    assert sorted(shuffled) == sorted(ids(Order(), given))
    assert shuffled != ids(Order(), given)
    assert shuffled == ids(Order(how="shuffled"), given[::-1])
    assert shuffled != ids(Order(how="shuffled"), given, seed=1)
    assert [id for id in shuffled if id != "item-7"] == ids(Order(how="shuffled"), [each for each in given if each.id != "item-7"])


@pytest.mark.parametrize("how", ["curriculum", "growing", "shuffled"])
@pytest.mark.parametrize("notes", [{}, {"level": "hard"}, {"level": True}, {"level": {"n": 1}}])
def test_a_draft_without_the_note_is_an_error(how: str, notes: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(RecipeError, match=r"order by 'level', which is no number on 'item-1'"):
        ids(Order(how=how), drafts({"level": 1}, notes))  # type: ignore[arg-type]
