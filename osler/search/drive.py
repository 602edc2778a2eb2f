"""The driver: answers the asks of many searches at once, in synchronous waves.

A wave takes the next ask of every search that is still going, puts all their requests to the model together, and sends each search its
replies. There is no thread and no clock in it: what a search is sent depends on its own asks alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from osler.core.errors import BudgetSpent, RecipeError
from osler.core.model import Reply, Request, Usage, complete_all
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import All, Ask, Propose, Score, Searching, Strategy

OnWave = Callable[[int, int], None]
"""Told after each wave how many searches are done, of how many."""


@dataclass
class _Search:
    """One search under way."""

    question: Question
    searching: Searching
    strategy: Strategy
    ask: Ask | None = None
    usage: Usage = Usage()
    solution: Solution | None = None

    def advance(self, answer: Any) -> None:
        """Send the reply to the last ask and take the next one. The budget is checked before an ask that would spend more is answered."""
        try:
            self.ask = self.searching.send(answer)
            if self.strategy.budget.is_spent(self.usage) and _spends(self.ask):
                self.ask = self.searching.throw(BudgetSpent())
        except StopIteration as finished:
            self._finish(finished.value, is_cut=False)
        except BudgetSpent:
            self._finish(Solution(self.question, (), None), is_cut=True)

    def _finish(self, solution: Solution, *, is_cut: bool) -> None:
        self.ask = None
        self.solution = replace(solution, usage=self.usage, is_cut=is_cut or solution.is_cut)


def _spends(ask: Ask) -> bool:
    """Whether the answer costs anything that a budget counts: scores do not, so that what was paid for can still be chosen from."""
    return any(_spends(each) for each in ask.asks) if isinstance(ask, All) else isinstance(ask, Propose)


@dataclass
class _Wave:
    """Everything asked in one wave, flat: requests for the policy and traces for the reward model."""

    policy: Policy
    requests: list[Request] = field(default_factory=list)
    asked: list[Trace] = field(default_factory=list)
    scored: list[Trace] = field(default_factory=list)

    def collect(self, ask: Ask) -> "_Place":
        """Take in what `ask` needs and remember where its replies will stand."""
        match ask:
            case All(asks):
                return [self.collect(each) for each in asks]
            case Score(traces):
                start = len(self.scored)
                self.scored.extend(traces)
                return _ScorePlace(start, len(traces))
            case Propose(traces, width, is_whole, sampling, first_sample):
                start = len(self.requests)
                for trace in traces:
                    for sample in range(first_sample, first_sample + width):
                        self.requests.append(self.policy.request(trace, sample, is_whole=is_whole, sampling=sampling))
                        self.asked.append(trace)
                return _ProposePlace(start, len(traces), width)

    def answer(self, place: "_Place", replies: Sequence[Reply], scores: Sequence[tuple[float, ...]]) -> tuple[Any, Usage]:
        """The reply to the ask whose place this is, and what it cost."""
        if isinstance(place, list):
            answers = [self.answer(each, replies, scores) for each in place]
            return [answer for answer, _ in answers], sum((usage for _, usage in answers), Usage())
        if isinstance(place, _ScorePlace):
            return list(scores[place.start : place.start + place.n]), Usage()
        positions = [range(place.start + row * place.width, place.start + (row + 1) * place.width) for row in range(place.n_traces)]
        grown = [[self.policy.extend(self.asked[at], self.requests[at], replies[at]) for at in row] for row in positions]
        return grown, sum((replies[at].usage for row in positions for at in row), Usage())


@dataclass(frozen=True)
class _ScorePlace:
    start: int
    n: int


@dataclass(frozen=True)
class _ProposePlace:
    start: int
    n_traces: int
    width: int


_Place = _ScorePlace | _ProposePlace | list["_Place"]


def drive(
    strategy: Strategy,
    questions: Sequence[Question],
    policy: Policy,
    reward: RewardModel | None = None,
    *,
    on_wave: OnWave | None = None,
) -> list[Solution]:
    """Run the strategy on every question, all of them together. The solutions come in the order of the questions.

    A search that is driven among others asks the same as alone. A strategy that asks for scores where there is no reward model is a
    RecipeError."""
    searches = [_Search(question, strategy.search(question), strategy) for question in questions]
    for search in searches:
        search.advance(None)
    while going := [search for search in searches if search.ask is not None]:
        wave = _Wave(policy)
        places = [wave.collect(search.ask) for search in going if search.ask is not None]
        if wave.scored and reward is None:
            raise RecipeError(f"search: {type(strategy).__name__} asks for scores, but there is no reward model; name one under `reward`")
        scores = reward.score(wave.scored) if reward and wave.scored else []
        replies = complete_all(policy.model, wave.requests) if wave.requests else []
        for search, place in zip(going, places, strict=True):
            answer, usage = wave.answer(place, replies, scores)
            search.usage += usage
            search.advance(answer)
        if on_wave:
            on_wave(sum(search.solution is not None for search in searches), len(searches))
    return [search.solution for search in searches if search.solution is not None]
