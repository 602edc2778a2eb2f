"""What both drivers share: a search under way, and what asks need, laid out flat, with the way back from replies to answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from osler.core.budget import Budget
from osler.core.calculation import Calculation
from osler.core.errors import BudgetSpent
from osler.core.model import Finish, Reply, Request, Usage
from osler.core.passage import Evidence
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import All, Ask, Calculate, Propose, Retrieve, Score, Searching, Strategy, spends

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


class Got(NamedTuple):
    """What came back, in the order of what was needed."""

    replies: Sequence[Reply] = ()
    scores: Sequence[tuple[float, ...]] = ()
    evidence: Sequence[list[list[Evidence]]] = ()
    calculations: Sequence[Calculation] = ()


@dataclass
class Needs:
    """Everything that some asks need, flat: requests for the policy, traces for the reward model, what to retrieve and to calculate."""

    policy: Policy
    requests: list[Request] = field(default_factory=list)
    scored: list[Trace] = field(default_factory=list)
    retrieved: list[Retrieve] = field(default_factory=list)
    calculated: list[Calculate] = field(default_factory=list)
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
            case Retrieve():
                self.retrieved.append(ask)
                return _RetrievePlace(len(self.retrieved) - 1)
            case Calculate():
                self.calculated.append(ask)
                return _CalculatePlace(len(self.calculated) - 1)
            case Propose():
                start = len(self.requests)
                samples = range(ask.first_sample, ask.first_sample + ask.width)
                for trace in ask.traces:
                    requests = self.policy.requests(trace, samples, is_whole=ask.is_whole, sampling=ask.sampling, lead=ask.lead)
                    self.requests.extend(requests)
                    self._asked.extend([trace] * ask.width)
                return _ProposePlace(start, len(ask.traces), ask.width)

    def answer(self, place: "_Place", got: Got) -> tuple[Any, Usage, int]:
        """The answer to the ask whose place this is, what it cost, and how many of its replies failed."""
        if isinstance(place, list):
            answers = [self.answer(each, got) for each in place]
            return (
                [answer for answer, _, _ in answers],
                sum((usage for _, usage, _ in answers), NOTHING),
                sum(n_errored for _, _, n_errored in answers),
            )
        if not isinstance(place, _ProposePlace):
            return _looked_up(place, got), NOTHING, 0
        rows = [range(place.start + row * place.width, place.start + (row + 1) * place.width) for row in range(place.n_traces)]
        grown = [[self.policy.extend(self._asked[at], self.requests[at], got.replies[at]) for at in row] for row in rows]
        own = [got.replies[at] for row in rows for at in row]
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


@dataclass(frozen=True)
class _RetrievePlace:
    at: int


@dataclass(frozen=True)
class _CalculatePlace:
    at: int


_Place = _ScorePlace | _RetrievePlace | _CalculatePlace | _ProposePlace | list["_Place"]


def _looked_up(place: _ScorePlace | _RetrievePlace | _CalculatePlace, got: Got) -> Any:
    match place:
        case _ScorePlace(start, n):
            return list(got.scores[start : start + n])
        case _RetrievePlace(at):
            return got.evidence[at]
        case _CalculatePlace(at):
            return got.calculations[at]
