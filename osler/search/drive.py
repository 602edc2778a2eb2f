"""The driver for an engine in this process: answers the asks of many searches at once, in synchronous waves.

A wave takes the next ask of every search that is still going, puts all their requests to the model together, and sends each search its
replies. There is no thread and no clock in it: what a search is sent depends on its own asks alone. For an engine far away there is
`drive_async`.
"""

from collections.abc import Callable, Sequence

from osler.core.budget import Budget
from osler.core.calculation import Calculates
from osler.core.errors import RecipeError
from osler.core.model import complete_all, is_sync
from osler.core.passage import Retriever
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.search.asks import Strategy, spends
from osler.search.beside import Beside
from osler.search.underway import Got, Needs, underway

OnWave = Callable[[int, int], None]
"""Told after each wave how many searches are done, of how many."""


def drive(
    strategy: Strategy,
    questions: Sequence[Question],
    policy: Policy,
    reward: RewardModel | None = None,
    *,
    retriever: Retriever | None = None,
    calculators: Calculates | None = None,
    budgets: Sequence[Budget] | None = None,
    on_wave: OnWave | None = None,
) -> list[Solution]:
    """Run the strategy on every question, all of them together. The solutions come in the order of the questions. `budgets` has one for
    each question, in place of the strategy's own.

    A search that is driven among others asks the same as alone. A strategy that asks for what is not there (scores without a reward model,
    passages without a retriever) is a RecipeError, and so is a model that answers asynchronously."""
    model = policy.model
    if not is_sync(model):
        raise RecipeError(f"search: {model.identity} answers asynchronously; drive it with `drive_async`")
    beside = Beside(strategy, reward, retriever, calculators)
    searches = underway(strategy, questions, budgets)
    for search in searches:
        search.advance(None)
    while going := [(search, search.ask) for search in searches if search.ask is not None]:
        # what is looked up first: the model then has the requests of every search in one go
        wave = [(search, ask) for search, ask in going if not spends(ask)] or going
        needs = Needs(policy)
        places = [needs.collect(ask) for _, ask in wave]
        looked_up = beside.scores(needs.scored), beside.evidence(needs.retrieved), beside.calculations(needs.calculated)
        got = Got(complete_all(model, needs.requests) if needs.requests else [], *looked_up)
        for (search, _), place in zip(wave, places, strict=True):
            search.advance(*needs.answer(place, got))
        if on_wave:
            on_wave(sum(search.solution is not None for search in searches), len(searches))
    return [search.solution for search in searches if search.solution is not None]
