"""Order: a curriculum from the easy to the hard, or the same drafts shuffled: one setting apart, and no id differs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import RecipeError
from osler.core.question import STRICT
from osler.synthesise.block import Kit
from osler.synthesise.draft import Draft, DroppedDraft


@dataclass(frozen=True, config=STRICT)
class Order:
    """`how`: as a `curriculum`, by the first note in `by`, among equals by the next, else as they came; or `shuffled` with the run's seed.

    A note is a number, named with dots where it stands in another: `level`, `n_legs`, `solved.student.n_right`. `is_downward`: from the
    greatest, as for how often a role was right. All drafts are held in memory. QwQ-Med-3 (arXiv 2507.13966) orders by the number of steps
    along a graph. Whoever trains must keep the order: `is_in_order` of `sft`."""

    kind: Literal["order"] = "order"
    how: Literal["curriculum", "shuffled"] = "curriculum"
    by: Annotated[tuple[str, ...], Field(min_length=1)] = ("level",)
    is_downward: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        """Raises RecipeError for a draft without one of the notes, shuffled or not."""
        placed = [(self._place(draft, kit.seed), number, draft) for number, draft in enumerate(drafts)]
        yield from (draft for _, _, draft in sorted(placed, key=lambda each: each[:2]))

    def _place(self, draft: Draft, seed: int) -> tuple[float, ...]:
        numbers = tuple(_number(draft, name) * (-1 if self.is_downward else 1) for name in self.by)
        return numbers if self.how == "curriculum" else (_chance(seed, draft.id),)


def _chance(seed: int, id: str) -> int:
    """Of each draft its own, so that what else is there does not matter."""
    return int.from_bytes(hashlib.sha256(f"{seed}/order/{id}".encode()).digest(), "big")


def _number(draft: Draft, name: str) -> float:
    value: Any = draft.notes
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RecipeError(f"blocks: order by {name!r}, which is no number on {draft.id!r}; put the block that notes it before this one")
    return value
