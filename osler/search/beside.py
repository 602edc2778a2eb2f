"""Beside: what stands beside a policy while it searches, and answers the asks that no model answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from osler.core.calculation import Calculates, Calculation
from osler.core.errors import RecipeError
from osler.core.passage import Evidence, Retriever
from osler.core.reward import RewardModel
from osler.core.trace import Trace
from osler.search.asks import Calculate, Retrieve, Strategy

T = TypeVar("T")


@dataclass(frozen=True)
class Beside:
    """A reward model, a retriever and calculators for `strategy`, each where there is one. Pure, all three: asked again, they answer the
    same, so none of their replies is journalled. What is asked for and not there is a RecipeError."""

    strategy: Strategy
    reward: RewardModel | None = None
    retriever: Retriever | None = None
    calculators: Calculates | None = None

    def scores(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        """The step scores of each trace."""
        if not traces:
            return []
        return self._there(self.reward, "scores", "reward model; name one under `reward`").score(traces)

    def evidence(self, asks: Sequence[Retrieve]) -> list[list[list[Evidence]]]:
        """For each ask, the evidence for each of its queries. Asks for as many passages from the same part are one call."""
        if not asks:
            return []
        retriever = self._there(self.retriever, "passages", "retriever; name one under `retriever`")
        found: dict[int, list[list[Evidence]]] = {}
        for alike in _alike(asks):
            first = asks[alike[0]]
            replies = iter(retriever.retrieve([query for at in alike for query in asks[at].queries], first.n, first.where))
            found |= {at: [next(replies) for _ in asks[at].queries] for at in alike}
        return [found[at] for at in range(len(asks))]

    def calculations(self, asks: Sequence[Calculate]) -> list[Calculation]:
        """One for each ask."""
        if not asks:
            return []
        calculators = self._there(self.calculators, "calculations", "calculator; hand some in")
        return [calculators.calculate(ask.calculator, ask.amounts) for ask in asks]

    def _there(self, part: T | None, asked: str, missing: str) -> T:
        if part is None:
            raise RecipeError(f"search: {type(self.strategy).__name__} asks for {asked}, but there is no {missing}")
        return part


def _alike(asks: Sequence[Retrieve]) -> list[list[int]]:
    """The positions of the asks that differ in their queries alone."""
    groups: dict[tuple[int, tuple[tuple[str, str], ...]], list[int]] = {}
    for at, ask in enumerate(asks):
        groups.setdefault((ask.n, tuple(sorted((ask.where or {}).items()))), []).append(at)
    return list(groups.values())
