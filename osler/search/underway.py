"""What both drivers share: a search under way, and what asks need, laid out flat, with the way back from replies to answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent, RecipeError
from osler.core.model import Finish, Reply, Request, Usage
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import All, Ask, Propose, Score, Searching, Strategy, spends

NOTHING = Usage()


@dataclass
class Underway:
    """One search under way: its next `ask`, what it has spent of its `budget`, and in the end its `solution`."""

    question: Question
    searching: Searching
    budget: Budget
    ask: Ask | None = None
    usage: Usage = NOTHING
    solution: Solution | None = None
    n_errored: int = 0

    def advance(self, answer: Any, usage: Usage = NOTHING, n_errored: int = 0) -> None:
        """Send the answer to the last ask, what it cost, and how many of its replies failed; take the next ask. The budget is checked
        before an ask that would spend more is answered."""
        self.usage += usage
        self.n_errored += n_errored
        try:
            self.ask = self.searching.send(answer)
            if self.budget.is_spent(self.usage) and spends(self.ask):
                self.ask = self.searching.throw(BudgetSpent())
        except StopIteration as finished:
            self._finish(finished.value, is_cut=False)
        except BudgetSpent:
            self._finish(Solution(self.question, (), None), is_cut=True)

    def close(self) -> None:
        """Give the search up; one that is done stays as it is."""
        self.ask = None
        self.searching.close()

    def _finish(self, solution: Solution, *, is_cut: bool) -> None:
        self.ask = None
        self.solution = replace(solution, usage=self.usage, is_cut=is_cut or solution.is_cut, n_errored=self.n_errored)


def underway(strategy: Strategy, questions: Sequence[Question], budgets: Sequence[Budget] | None) -> list[Underway]:
    """A search for each question, not begun. `budgets` has one for each question, in place of the strategy's own."""
    if budgets is None:
        budgets = [strategy.budget] * len(questions)
    elif len(budgets) != len(questions):
        raise ValueError(f"drive: {len(questions)} questions and {len(budgets)} budgets; pass one budget per question")
    return [Underway(each, strategy.search(each), budget) for each, budget in zip(questions, budgets, strict=True)]


@dataclass
class Needs:
    """Everything that some asks need, flat: requests for the policy and traces for the reward model."""

    policy: Policy
    requests: list[Request] = field(default_factory=list)
    scored: list[Trace] = field(default_factory=list)
    _asked: list[Trace] = field(default_factory=list)

    def collect(self, ask: Ask) -> "_Place":
        """Take in what `ask` needs and remember where its replies will stand."""
        match ask:
            case All():
                return [self.collect(each) for each in ask.asks]
            case Score():
                start = len(self.scored)
                self.scored.extend(ask.traces)
                return _ScorePlace(start, len(ask.traces))
            case Propose():
                start = len(self.requests)
                samples = range(ask.first_sample, ask.first_sample + ask.width)
                for trace in ask.traces:
                    requests = self.policy.requests(trace, samples, is_whole=ask.is_whole, sampling=ask.sampling, lead=ask.lead)
                    self.requests.extend(requests)
                    self._asked.extend([trace] * ask.width)
                return _ProposePlace(start, len(ask.traces), ask.width)

    def answer(self, place: "_Place", replies: Sequence[Reply], scores: Sequence[tuple[float, ...]]) -> tuple[Any, Usage, int]:
        """The answer to the ask whose place this is, what it cost, and how many of its replies failed. `replies` are those to `requests`,
        `scores` those of `scored`."""
        if isinstance(place, list):
            answers = [self.answer(each, replies, scores) for each in place]
            return (
                [answer for answer, _, _ in answers],
                sum((usage for _, usage, _ in answers), NOTHING),
                sum(n_errored for _, _, n_errored in answers),
            )
        if isinstance(place, _ScorePlace):
            return list(scores[place.start : place.start + place.n]), NOTHING, 0
        rows = [range(place.start + row * place.width, place.start + (row + 1) * place.width) for row in range(place.n_traces)]
        grown = [[self.policy.extend(self._asked[at], self.requests[at], replies[at]) for at in row] for row in rows]
        own = [replies[at] for row in rows for at in row]
        return grown, sum((reply.usage for reply in own), NOTHING), sum(reply.finish is Finish.ERROR for reply in own)


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


def scores_of(reward: RewardModel | None, traces: Sequence[Trace], strategy: Strategy) -> list[tuple[float, ...]]:
    """The step scores of each trace. A RecipeError where there are traces to score and no reward model."""
    if not traces:
        return []
    if reward is None:
        raise RecipeError(f"search: {type(strategy).__name__} asks for scores, but there is no reward model; name one under `reward`")
    return reward.score(traces)
