"""The driver for an engine far away: each ask is sent at once, and each search goes on when its own replies are in.

No search waits for another, so the engine's queue is kept full by however many searches are under way. What a search asks does not depend
on the order in which replies arrive, so its solution is the one that `drive` gives.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from osler.core.budget import Budget
from osler.core.calculation import Calculates
from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Finish, Reply, Request, Usage, complete_async, is_async
from osler.core.passage import Evidence, Retriever
from osler.core.policy import Policy
from osler.core.pooled import Pooled
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import Retrieve, Strategy
from osler.search.beside import Beside
from osler.search.underway import Got, Needs, Underway, underway

OnDone = Callable[[int, int], None]
"""Told after each search how many are done, of how many."""


async def drive_async(
    strategy: Strategy,
    questions: Sequence[Question],
    policy: Policy,
    reward: RewardModel | None = None,
    *,
    retriever: Retriever | None = None,
    calculators: Calculates | None = None,
    budgets: Sequence[Budget] | None = None,
    max_in_flight: int = 256,
    on_done: OnDone | None = None,
) -> list[Solution]:
    """`drive`, for a policy whose model is an `AsyncModel`. At most `max_in_flight` searches are under way, each with one ask in flight;
    the next question begins when one is done. What is scored or looked up is done in this thread, for searches that come to it together in
    one call.

    Where the engine cannot be reached for an ask (ConnectionError, TimeoutError), its replies are errors and the search goes on with
    them. Any other exception ends all searches: they are closed, then it is raised. So does cancelling.
    """
    model = policy.model
    if not is_async(model):
        raise RecipeError(f"search: {model.identity} answers synchronously; drive it with `drive`")
    if max_in_flight < 1:
        raise ValueError(f"drive_async: max_in_flight is {max_in_flight}; let at least one search be under way")
    searches = underway(strategy, questions, budgets)
    pools = _Pools.of(Beside(strategy, reward, retriever, calculators))
    waiting, done = iter(searches), count(1)

    async def work() -> None:
        for search in waiting:
            await _carry(search, policy, model, pools)
            if on_done:
                on_done(next(done), len(searches))

    try:
        await _all_or_none([asyncio.ensure_future(work()) for _ in range(min(max_in_flight, len(searches)))])
    finally:
        for search in searches:
            search.close()
    return [search.solution for search in searches if search.solution is not None]


async def _all_or_none(workers: Sequence["asyncio.Future[None]"]) -> None:
    """Wait for all of them; where one fails or this is cancelled, the rest are cancelled and waited for too."""
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@dataclass(frozen=True)
class _Pools:
    beside: Beside
    scores: Pooled[Trace, tuple[float, ...]]
    evidence: Pooled[Retrieve, list[list[Evidence]]]

    @classmethod
    def of(cls, beside: Beside) -> "_Pools":
        return cls(beside, Pooled(beside.scores), Pooled(beside.evidence))


async def _carry(search: Underway, policy: Policy, model: AsyncModel, pools: _Pools) -> None:
    """One search to its solution."""
    search.advance(None)
    while search.ask is not None:
        needs = Needs(policy)
        place = needs.collect(search.ask)
        scores = await pools.scores(needs.scored) if needs.scored else []
        evidence = await pools.evidence(needs.retrieved) if needs.retrieved else []
        calculations = pools.beside.calculations(needs.calculated)
        replies = await _replies(model, needs.requests) if needs.requests else []
        search.advance(*needs.answer(place, Got(replies, scores, evidence, calculations)))


async def _replies(model: AsyncModel, requests: Sequence[Request]) -> list[Reply]:
    try:
        return await complete_async(model, requests)
    except (ConnectionError, TimeoutError) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        return [Reply("", Finish.ERROR, Usage(), reason)] * len(requests)
