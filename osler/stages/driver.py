"""Driver: what a stage hands its questions to. In this process it is the driver of `search/` that fits the engine."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.collection import Calculators
from osler.core.budget import Budget
from osler.core.errors import RecipeError
from osler.core.model import is_async
from osler.core.passage import Retriever
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.search.asks import Strategy
from osler.search.drive import drive
from osler.search.drive_async import drive_async

OnProgress = Callable[[int, int], None]


class Driver(Protocol):
    """Runs strategies on questions for one policy. What comes out is the same whichever driver it is, as far as the engine itself gives
    the same replies to the same requests."""

    def drive(
        self,
        strategy: Strategy,
        questions: Sequence[Question],
        reward: str | RewardModel | None = None,
        *,
        budgets: Sequence[Budget] | None = None,
        seed: int | None = None,
    ) -> list[Solution]:
        """One solution per question, in order. `reward` is one of the recipe's by name, or an object (the oracle); `budgets` has one for
        each question, in place of the strategy's own; `seed` stands in place of the run's."""
        ...


@dataclass(frozen=True)
class LocalDriver:
    """Drives in this process: by waves, or asynchronously on the event loop of `loop`, which an engine far away stays on."""

    policy: Policy
    loop: asyncio.Runner
    reward_named: Callable[[str], RewardModel] | None = None
    on_progress: OnProgress | None = None
    on_solved: Callable[[Sequence[Solution]], None] | None = None
    max_in_flight: int = 256
    retriever: Retriever | None = None

    def drive(
        self,
        strategy: Strategy,
        questions: Sequence[Question],
        reward: str | RewardModel | None = None,
        *,
        budgets: Sequence[Budget] | None = None,
        seed: int | None = None,
    ) -> list[Solution]:
        policy = self.policy if seed is None else replace(self.policy, seed=seed)
        scored_by = self._named(reward) if isinstance(reward, str) else reward
        beside: Any = {"retriever": self.retriever, "calculators": Calculators(CALCULATORS)}
        if is_async(policy.model):
            driven = drive_async(
                *(strategy, questions, policy, scored_by),
                **beside,
                budgets=budgets,
                max_in_flight=self.max_in_flight,
                on_done=self.on_progress,
            )
            solutions = self.loop.run(driven)
        else:
            solutions = drive(strategy, questions, policy, scored_by, **beside, budgets=budgets, on_wave=self.on_progress)
        if self.on_solved:
            self.on_solved(solutions)
        return solutions

    def _named(self, reward: str) -> RewardModel:
        if self.reward_named is None:
            raise RecipeError(f"search: there are no reward models by name here, so no {reward!r}; hand the model itself over")
        return self.reward_named(reward)

    def close(self) -> None:
        """Close the engine, on its own event loop where it has one."""
        model = self.policy.model
        if is_async(model):
            self.loop.run(model.close())
        else:
            model.close()
