"""Pair: of the traces of a draft, taken as one search, the better and the worse."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft, Preference
from osler.synthesise.pairs import pairs_of
from osler.synthesise.solve.searched_drafts import preferences_of, solution_of

Rule = Literal["level_wise", "best_worst_sibling", "confusing"]
ALL = 1_000_000


@dataclass(frozen=True, config=STRICT)
class PairTraces:
    """At most `n` preferences by `rule` (`osler/synthesise/pairs.py`), beside those that the draft has. `is_finished`: of whole traces
    alone. A draft that then has fewer than `min_preferences` is dropped `no_pair`."""

    kind: Literal["pair"] = "pair"
    rule: Rule = "confusing"
    n: Annotated[int, Field(ge=1)] = 8
    is_finished: bool = True
    min_preferences: Annotated[int, Field(ge=0)] = 0
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        pairs = [pair for pair in pairs_of(self.rule, solution_of(draft), ALL) if pair.is_finished or not self.is_finished]
        made = preferences_of(draft, pairs[: self.n], self.rule, self.kind)
        return [with_preferences(draft, made, self.min_preferences)]


def with_preferences(draft: Draft, made: Sequence[Preference], min_preferences: int) -> Draft:
    """Raises Drop where there are too few of them."""
    preferences = (*draft.preferences, *made)
    if len(preferences) < min_preferences:
        n_right = sum(each.is_right for each in draft.authored)
        raise Drop("no_pair", f"{len(preferences)} pairs of {len(draft.authored)} traces, {n_right} of them right")
    return replace(draft, preferences=preferences)
