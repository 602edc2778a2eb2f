"""Limit per: at most so many drafts of each group."""

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
class LimitPer:
    """Of each group at most `n` drafts, drawn with the run's seed; the rest is dropped as `over_limit`. AlphaMed (arXiv 2505.17952): 1,200
    of each level are enough."""

    by: GroupBy
    n: Annotated[int, Field(ge=1)]
    kind: Literal["limit_per"] = "limit_per"
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        def choose(groups: Sequence[str]) -> Mapping[int, str]:
            return drawn(groups, dict.fromkeys(groups, self.n), f"{kit.seed}/{self.kind}/{self.by}")

        return chosen(drafts, lambda draft: group_of(draft, self.by), choose, self.kind, "over_limit")
