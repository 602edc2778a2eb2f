"""Limits and balance: who stays, how many, and in which order."""

from collections import Counter
from typing import Any

import pytest

from osler.core.errors import RecipeError
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.keep.balance import Balance
from osler.synthesise.keep.limit_per import LimitPer
from osler.synthesise.quality.whole import drawn
from tests.synthesise.makings import item_draft, kit_of

SIZES = {1: 3, 2: 40, 3: 7}
DRAFTS = [
    item_draft(f"item-{level}-{at}", right="ABD"[level - 1]).noting(level=level).with_authored(Authored("teacher", ("Urate é …",)))
    for at in range(40)
    for level in SIZES
    if at < SIZES[level]
]


def sifted(block: Any, drafts: list[Draft] = DRAFTS, seed: int = 0) -> tuple[list[Draft], list[DroppedDraft]]:
    found = list(block.sift(iter(drafts), kit_of({}, seed=seed)))
    assert [each.id for each in found] == [draft.id for draft in drafts]
    return [each for each in found if isinstance(each, Draft)], [each for each in found if isinstance(each, DroppedDraft)]


def levels(drafts: list[Draft]) -> dict[int, int]:
    return dict(Counter(draft.notes["level"] for draft in drafts))


def test_at_most_so_many_of_each_and_whoever_waited_is_the_same_as_before() -> None:
    kept, dropped = sifted(LimitPer(by="notes.level", n=5))
    assert levels(kept) == {1: 3, 2: 5, 3: 5}
    assert {each.id: each for each in DRAFTS} | {each.id: each for each in kept} == {each.id: each for each in DRAFTS}
    assert {(each.block, each.reason) for each in dropped} == {("limit_per", "over_limit")}
    assert Counter(each.detail for each in dropped) == {"2": 35, "3": 2}


def test_it_is_drawn_by_the_seed_and_not_the_first() -> None:
    found = {tuple(draft.id for draft in sifted(LimitPer(by="notes.level", n=5), seed=seed)[0]) for seed in range(10)}
    assert len(found) == 10
    assert sifted(LimitPer(by="notes.level", n=5), seed=3) == sifted(LimitPer(by="notes.level", n=5), seed=3)


def test_every_draft_of_a_group_is_as_likely_as_another() -> None:
    """5 of 40, 400 times: 50 for each, with a deviation of 6.6."""
    counts = Counter(at for seed in range(400) for at in drawn(["x"] * 40, {"x": 5}, str(seed)))
    assert len(counts) == 40
    assert 20 < min(counts.values()) <= max(counts.values()) < 80


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Balance(by="letter"), {1: 3, 2: 3, 3: 3}),
        (Balance(by="letter", ratio=1.5), {1: 3, 2: 4, 3: 4}),
        (Balance(by="letter", least=5), {1: 3, 2: 7, 3: 7}),
        (Balance(by="source"), SIZES),
    ],
)
def test_balance_against_the_smallest(block: Balance, expected: dict[int, int]) -> None:
    kept, dropped = sifted(block)
    assert levels(kept) == expected
    assert {each.reason for each in dropped} <= {"surplus"}


def test_of_nothing_comes_nothing() -> None:
    assert sifted(Balance(by="letter"), []) == sifted(LimitPer(by="source", n=1), []) == ([], [])


def test_a_note_that_nobody_wrote_is_a_wrong_recipe() -> None:
    with pytest.raises(RecipeError, match=r"^blocks: notes.domain is on no note of 'item-1-0'; put the block that writes it before"):
        sifted(LimitPer(by="notes.domain", n=1))
