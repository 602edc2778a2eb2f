"""The driver of a cluster: questions are leased to workers, and a lost worker's are leased again and taken up from its journal.

The workers' journals lie in the run folder, which every node has to see. Each has one writer and is read by others only when nobody writes
to it, so that the folder may lie on a network's file system.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osler.core.budget import Budget
from osler.core.model import Sampling, Usage
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.models import OpenAIHTTP
from osler.search.asks import Strategy
from osler.stages.context import Context
from osler.stages.journals import MAIN, journal_of, take_in
from osler.stages.leases import Lease, Leases
from osler.stages.worker import Hand, Scope, Solved, Work, WorkerLost

if TYPE_CHECKING:
    from osler.stages.cluster import Cluster


class ClusterDriver:
    """Implements `Driver`."""

    def __init__(self, cluster: "Cluster", context: Context, policy: str, sampling: Sampling) -> None:
        self._cluster, self._context = cluster, context
        self._policy, self._sampling = policy, sampling
        self._lost: list[Path] = []
        self._used: dict[bytes, Usage] = {}
        self._is_first = True

    def begin(self, hand: Hand) -> None:
        """Give a worker its part of the context: a journal of its own and, of a shared endpoint, its share of the requests in flight."""
        context = self._context.apart(journal_of(hand.number))
        base = context.recipe.seed_policy.base
        if isinstance(base, OpenAIHTTP):
            base = replace(base, max_in_flight=max(1, base.max_in_flight // len(self._cluster.hands)))
            recipe = replace(context.recipe, seed_policy=replace(context.recipe.seed_policy, base=base))
            context = replace(context, recipe=recipe)
        hand.process.begin.remote(Scope(context, self._policy, self._sampling))

    def drive(
        self,
        strategy: Strategy,
        questions: Sequence[Question],
        reward: str | RewardModel | None = None,
        *,
        budgets: Sequence[Budget] | None = None,
        seed: int | None = None,
    ) -> list[Solution]:
        if not self._is_first:  # now nobody reads or writes, and what one worker had is another's too
            take_in(self._context.run.folder, is_to_stay=True)
            self._lost = []
        self._is_first = False
        work = self._cluster.put(Work(strategy, reward, seed))
        leases = Leases(len(questions), len(self._cluster.hands), self._cluster.least, self._cluster.most)
        solutions: dict[int, Solution] = {}
        under_way: dict[Any, tuple[Hand, Lease]] = {}
        free = list(self._cluster.hands)
        while len(solutions) < len(questions):
            while free and (lease := leases.take()):
                hand = free.pop(0)
                under_way[self._sent(hand, work, lease, questions, budgets)] = (hand, lease)
            done = self._cluster.first_of(list(under_way))
            hand, lease = under_way.pop(done)
            try:
                solved: Solved = self._cluster.outcome(done)
            except WorkerLost:
                leases.give_back(lease)
                free.append(self._replaced(hand))
                continue
            free.append(hand)
            solutions.update(zip(lease.positions, solved.solutions, strict=True))
            self._count(solved)
            self._context.progress(len(solutions), len(questions))
        return [solutions[at] for at in range(len(questions))]

    def _sent(self, hand: Hand, work: Any, lease: Lease, questions: Sequence[Question], budgets: Sequence[Budget] | None) -> Any:
        own = [questions[at] for at in lease.positions]
        own_budgets = [budgets[at] for at in lease.positions] if budgets is not None else None
        return hand.process.drive.remote(work, own, own_budgets, [self._context.run.folder / MAIN, *self._lost])

    def _replaced(self, hand: Hand) -> Hand:
        self._lost.append(self._context.run.path(journal_of(hand.number)))
        new = self._cluster.replace(hand)
        self.begin(new)
        return new

    def _count(self, solved: Solved) -> None:
        """What replies cost, each once however many workers used it."""
        for key, usage in solved.used.items():
            if key not in self._used:
                self._used[key] = usage
                self._context.usage += usage
        self._context.solved(solved.solutions)
