"""Bands, levels and who may solve an item: the published tables, line by line."""

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.errors import RecipeError
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.keep.levels import Levels
from osler.synthesise.keep.pass_band import PassBand
from osler.synthesise.keep.unsolved import Unsolved
from tests.synthesise.makings import item_draft, through


def solved(**counts: tuple[int, int]) -> Draft:
    """Right, and of how many, by role."""
    return item_draft().noting(solved={role: {"n_right": n_right, "n": n} for role, (n_right, n) in counts.items()})


def fate(block: Any, draft: Draft) -> str:
    [found] = through([block], [draft], {})
    return found.reason if isinstance(found, DroppedDraft) else "kept"


@pytest.mark.parametrize(
    ("block", "n", "expected"),
    [
        (PassBand(low=1, high=7), 16, {0: "too_hard", 1: "kept", 7: "kept", 8: "too_easy", 16: "too_easy"}),  # MedVLThinker
        # ReMEDY: at most two fifths of 16, which is 6.4
        (PassBand(low=7, high=15, low_reason="ambiguous"), 16, {6: "ambiguous", 7: "kept", 15: "kept", 16: "too_easy"}),
        (PassBand(low=1, low_reason="review"), 5, {0: "review", 1: "kept", 5: "kept"}),  # Fleming-R1: 5 misses of 5
        (PassBand(high=8 - 6), 8, {0: "kept", 2: "kept", 3: "too_easy"}),  # its second stage: 6 or more of 8 fail
        (PassBand(high=0), 1, {0: "kept", 1: "too_easy"}),
    ],
)
def test_bands(block: PassBand, n: int, expected: dict[int, str]) -> None:
    assert {n_right: fate(block, solved(student=(n_right, n))) for n_right in expected} == expected


def test_m1_keeps_what_both_small_models_get_wrong_and_the_teacher_right() -> None:
    blocks = [Unsolved(by=("small", "large")), PassBand(role="teacher", low=1)]
    for small, large, teacher in product((0, 1), repeat=3):
        [found] = through(blocks, [solved(small=(small, 1), large=(large, 1), teacher=(teacher, 1))], {})
        assert isinstance(found, Draft) is (not small and not large and bool(teacher))


def test_huatuogpt_o1_drops_what_all_three_get_right() -> None:
    block = Unsolved(by=("a", "b", "c"), most=2)
    for a, b, c in product((0, 1), repeat=3):
        assert fate(block, solved(a=(a, 1), b=(b, 1), c=(c, 1))) == ("too_easy" if a and b and c else "kept")


def test_what_a_band_drops_says_how_often_who_was_right() -> None:
    [found] = through([PassBand(role="base", high=3)], [solved(base=(5, 8))], {})
    assert isinstance(found, DroppedDraft)
    assert (found.block, found.detail) == ("pass_band", "base: 5 of 8 right")


def test_the_level_is_the_number_wrong_and_one() -> None:
    for n_right, level in ((5, 1), (4, 2), (3, 3), (2, 4), (1, 5), (0, 6)):
        [found] = through([Levels()], [solved(student=(n_right, 5))], {})
        assert isinstance(found, Draft)
        assert found.notes["level"] == level


@pytest.mark.parametrize("block", [PassBand(low=1), Unsolved(by=("student",)), Levels()])
def test_a_role_that_nobody_asked_is_a_wrong_recipe(block: Any) -> None:
    with pytest.raises(RecipeError, match=r"^blocks: [^\n]*'student'[^\n]*; put a block `solve` with `role: student` before this one$"):
        fate(block, solved(teacher=(1, 1)))


def test_an_empty_band_is_refused() -> None:
    with pytest.raises(ValidationError, match="the band from 3 to 2 is empty"):
        PassBand(low=3, high=2)
