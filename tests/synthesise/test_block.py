"""The way of a draft through blocks: what a block drops among others stands where it was and goes no further."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from osler.core.errors import Drop
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft, DroppedDraft
from tests.synthesise.makings import item_draft, through


class Halve:
    """Two of one; the first is dropped with a note on it."""

    kind: ClassVar[str] = "halve"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        yield from ()
        return [DroppedDraft(draft.noting(half=1), self.kind, "first_half"), replace(draft, id=f"{draft.id}/2")]


class Refuse:
    kind: ClassVar[str] = "refuse"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        yield from ()
        raise Drop("no_more")


def test_one_of_several_may_be_dropped_with_what_was_noted_on_it() -> None:
    first, second = through([Halve()], [item_draft("a")], {})
    assert isinstance(first, DroppedDraft)
    assert (first.block, first.reason, first.draft.notes) == ("halve", "first_half", {"half": 1})
    assert isinstance(second, Draft)
    assert second.id == "a/2"


def test_what_was_dropped_meets_no_further_block() -> None:
    made = through([Halve(), Refuse()], [item_draft("a"), item_draft("b")], {})
    assert [(each.id, each.reason) for each in made if isinstance(each, DroppedDraft)] == [
        ("a", "first_half"),
        ("a/2", "no_more"),
        ("b", "first_half"),
        ("b/2", "no_more"),
    ]
