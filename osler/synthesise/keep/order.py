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
    """`how`: as a `curriculum`, by the first note in `by`, among equals by the next, else as they came; `growing`, where each value of the
    first note comes in later than the one before and is then mixed with all before it to the end; or `shuffled` with the run's seed.

    A note is a number, named with dots where it stands in another: `level`, `n_legs`, `solved.student.n_right`. `is_downward`: from the
    greatest, as for how often a role was right. All drafts are held in memory. QwQ-Med-3 (arXiv 2507.13966) trains on sets that grow
    by the number of steps along a graph. Whoever trains must keep the order: `is_in_order` of `sft`."""

    kind: Literal["order"] = "order"
    how: Literal["curriculum", "growing", "shuffled"] = "curriculum"
    by: Annotated[tuple[str, ...], Field(min_length=1)] = ("level",)
    is_downward: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        """Raises RecipeError for a draft without one of the notes, shuffled or not."""
        known = list(drafts)
        numbers = [tuple(_number(draft, name) * (-1 if self.is_downward else 1) for name in self.by) for draft in known]
        values = sorted({first for first, *_ in numbers})
        starts = {value: at / len(values) for at, value in enumerate(values)}
        places = [self._place(each, starts[each[0]], _chance(kit.seed, draft.id)) for each, draft in zip(numbers, known, strict=True)]
        yield from (known[at] for at in sorted(range(len(known)), key=lambda at: (places[at], at)))

    def _place(self, numbers: tuple[float, ...], start: float, chance: float) -> tuple[float, ...]:
        """`start` is the share of the values that are lower."""
        match self.how:
            case "curriculum":
                return numbers
            case "growing":
                return (start + (1 - start) * chance,)
            case "shuffled":
                return (chance,)


def _chance(seed: int, id: str) -> float:
    """In [0, 1), of each draft its own, so that what else is there does not matter."""
    return int.from_bytes(hashlib.sha256(f"{seed}/order/{id}".encode()).digest()[:8], "big") / 2**64


def _number(draft: Draft, name: str) -> float:
    value: Any = draft.notes
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RecipeError(f"blocks: order by {name!r}, which is no number on {draft.id!r}; put the block that notes it before this one")
    return value
