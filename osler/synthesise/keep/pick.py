"""Pick: a small set that is spread over domains, m1's way and s1's."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.quality.grouping import GroupBy, group_of
from osler.synthesise.quality.picking import Pickable, by_domain_and_length, by_domain_and_source
from osler.synthesise.quality.whole import chosen

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT)
class PickBySource:
    """`n` drafts, one after another: a domain with equal chances, a source within it, a draft of that; what is emptied is drawn no more.
    The rest is dropped as `not_picked`. m1 draws 1,000 of 23,493 so (arXiv 2504.00869, code, seed 42)."""

    kind: Literal["pick_by_source"] = "pick_by_source"
    n: Count = 1000
    by: GroupBy = "notes.domain"
    seed: int = 42
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        def choose(rows: Sequence[Pickable]) -> Mapping[int, str]:
            return dict.fromkeys(by_domain_and_source(rows, self.n, random.Random(self.seed)), "")

        return chosen(drafts, lambda draft: Pickable(group_of(draft, self.by), draft.origin.source), choose, self.kind, "not_picked")


@dataclass(frozen=True, config=STRICT)
class PickByLength:
    """`n` drafts: first those with a right trace from a source in `sure`, of at least so many tokens; then, until there are `n_even`, of a
    domain drawn with equal chances; then of one drawn by `weights`. Within a domain the k-th longest trace has the weight 2^−k. The note
    `picked` says how; the rest is dropped as `not_picked`.

    s1's 1,000 (arXiv 2501.19393, code): all right ones of GPQA and AIME, and of competition mathematics from 5,601 tokens on; 700; then
    domains as often as the benchmarks have them. A trace whose tokens nobody counted has as many as it has words."""

    kind: Literal["pick_by_length"] = "pick_by_length"
    n: Count = 1000
    n_even: Annotated[int, Field(ge=0)] = 700
    by: GroupBy = "notes.domain"
    sure: Mapping[str, int] = Field(default_factory=dict)
    weights: Mapping[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    seed: int = 42
    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _even_are_some_of_all(self) -> "PickByLength":
        if self.n_even > self.n:
            raise ValueError(f"of {self.n} no {self.n_even} can be drawn with even chances; give n_even at most n")
        return self

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        def choose(rows: Sequence[Pickable]) -> Mapping[int, str]:
            return by_domain_and_length(rows, self.n, self.n_even, self.weights, random.Random(self.seed))

        return chosen(drafts, self._row, choose, self.kind, "not_picked")

    def _row(self, draft: Draft) -> Pickable:
        lengths = [each.n_tokens or len(" ".join(each.steps).split()) for each in draft.authored]
        right = [length for each, length in zip(draft.authored, lengths, strict=True) if each.is_right]
        source = draft.origin.source
        is_sure = source in self.sure and max(right, default=-1) >= self.sure[source]
        return Pickable(group_of(draft, self.by), source, max(lengths, default=0), is_sure)
