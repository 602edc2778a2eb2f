"""Drafts that wait on disk come back as they were, in their order; those that need not wait do not."""

from itertools import count, islice
from typing import Any

import pytest

from osler.core.passage import Passage
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, Draft, DroppedDraft, Origin, Preference
from osler.synthesise.keep.decontaminate import Decontaminate
from osler.synthesise.keep.near_duplicates import AT_ONCE, NearDuplicates
from osler.synthesise.quality.whole import chosen
from tests.synthesise.makings import item_draft, kit_of

TRACE = Authored(
    "teacher", (" spaces stay ", "two\n\nparagraphs\u2028and é ≥ 😀"), "A.", labels=(None, 0.1), outcome=Outcome.RIGHT, flags=("revised",)
)
FULL = Draft(
    "full",
    Origin("book", "p-1", "CC BY 4.0", (3, 9)),
    item_draft("full").item,
    (Passage("p-1", "Text.", ("Part", "Chapter"), fields={"year": "2020"}),),
    (TRACE, Authored("student", (), raw=" raw ")),
    (Preference(TRACE, Authored("student", ()), "leaf_mean", 1),),
    {"solved": {"student": {"n": 5, "n_right": 0}}, "paths": [["a", 1.5, None, True]]},
)


def test_what_waited_is_the_same_and_what_is_not_chosen_is_dropped_with_its_row() -> None:
    drafts = [item_draft("a"), FULL, Draft("bare", Origin("book", "p-2")), item_draft("z")]
    found = list(chosen(drafts, lambda draft: draft.id.upper(), lambda rows: {1: "", 2: "even"}, "pick", "not_picked"))
    assert rows_of(found) == ["A", "full", "bare", "Z"]
    assert found[1] == FULL
    assert found[2] == drafts[2].noting(picked="even")
    assert found[0] == DroppedDraft(drafts[0], "pick", "not_picked", "A")


def rows_of(found: list[Draft | DroppedDraft]) -> list[str]:
    return [each.detail if isinstance(each, DroppedDraft) else each.id for each in found]


def test_nothing_is_taken_before_somebody_asks_and_no_choice_is_made_too_early() -> None:
    seen: list[int] = []

    def choose(rows: Any) -> dict[int, str]:
        seen.append(len(rows))
        return {}

    stream = chosen(iter([FULL, FULL]), str, choose, "pick", "not_picked")
    assert seen == []
    assert len(list(stream)) == 2
    assert seen == [2]


@pytest.mark.parametrize("block", [NearDuplicates(), Decontaminate()])
def test_a_stream_without_end_goes_through(block: Any) -> None:
    """At most two batches are taken for the first draft that comes out."""
    taken = count()
    drafts = (item_draft(f"item-{at}", f"{at * 7919} letters of {at * 104729} words, by {at * 1299709}?") for at in taken)
    first = list(islice(block.sift(drafts, kit_of({}, overlapping=lambda texts: {})), 3))
    assert [each.id for each in first] == ["item-0", "item-1", "item-2"]
    assert next(taken) <= 2 * AT_ONCE + 1
