"""Balance: groups that are about as large as one another."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.quality.grouping import GroupBy, group_of
from osler.synthesise.quality.whole import chosen, drawn


@dataclass(frozen=True, config=STRICT)
class Balance:
    """Of each group at most `ratio` times as many drafts as the smallest group has, drawn with the run's seed; the rest is dropped as
    `surplus`. A group of fewer than `least` drafts would take the others with it: it stays whole, and is not counted as the smallest.

    By `letter` no letter is a good guess, where traces name letters already; before they are written, `shuffle_options` costs no draft."""

    by: GroupBy
    kind: Literal["balance"] = "balance"
    ratio: Annotated[float, Field(ge=1)] = 1.0
    least: Annotated[int, Field(ge=1)] = 1
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        def choose(groups: Sequence[str]) -> Mapping[int, str]:
            sizes = Counter(groups)
            smallest = min((size for size in sizes.values() if size >= self.least), default=0)
            most = {group: int(smallest * self.ratio) if size >= self.least else size for group, size in sizes.items()}
            return drawn(groups, most, f"{kit.seed}/{self.kind}/{self.by}")

        return chosen(drafts, lambda draft: group_of(draft, self.by), choose, self.kind, "surplus")
