"""What a search may ask. A search is a plain generator: it yields an ask and is sent the reply; it never touches a model."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from osler.core.budget import Budget
from osler.core.calculation import Amount, Calculation
from osler.core.errors import BudgetSpent
from osler.core.model import Sampling
from osler.core.passage import Evidence
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Trace


@dataclass(frozen=True)
class Propose:
    """Extend each trace `width` times, by one step or (`is_whole`) to its end. Reply: for each trace, the list of its extensions.

    `first_sample` numbers the samples, so that asking the same trace again brings new ones. `sampling` overrides the policy's own. `lead`
    is how the next step begins: the model goes on from it, and it is part of the step.
    """

    traces: tuple[Trace, ...]
    width: int
    is_whole: bool
    sampling: Sampling | None = None
    first_sample: int = 0
    lead: str = ""


@dataclass(frozen=True)
class Score:
    """Score every step of each trace with the reward model. Reply: a tuple of step scores for each trace."""

    traces: tuple[Trace, ...]


@dataclass(frozen=True)
class Retrieve:
    """Find at most `n` passages for each query; only those whose fields equal `where`. Reply: for each query, the list of its evidence."""

    queries: tuple[str, ...]
    n: int
    where: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Calculate:
    """Work out a calculator by name. Reply: the calculation; where nothing can be computed, its `error` says why."""

    calculator: str
    amounts: Mapping[str, Amount]


@dataclass(frozen=True)
class All:
    """Several asks at once. Reply: the list of their replies."""

    asks: tuple["Ask", ...]


Ask = Propose | Score | Retrieve | Calculate | All
Searching = Generator[Ask, Any, Solution]
T = TypeVar("T")


class Strategy(Protocol):
    """A strategy: its settings, and how it goes about one question. `budget` is the most it may spend on one, `max_requests` the most
    completions it can ask for if nothing stops it."""

    @property
    def budget(self) -> Budget: ...

    @property
    def max_requests(self) -> int: ...

    @property
    def needs_scores(self) -> bool:
        """Whether it asks for scores, so that a reward model must be there."""
        ...

    def search(self, question: Question) -> Searching: ...


def propose(
    traces: Sequence[Trace],
    width: int = 1,
    *,
    is_whole: bool = False,
    sampling: Sampling | None = None,
    first_sample: int = 0,
    lead: str = "",
) -> Generator[Ask, list[list[Trace]], list[list[Trace]]]:
    """`yield from propose(...)`: the extensions of each trace."""
    return (yield Propose(tuple(traces), width, is_whole, sampling, first_sample, lead))


def score(traces: Sequence[Trace]) -> Generator[Ask, list[tuple[float, ...]], list[tuple[float, ...]]]:
    """`yield from score(...)`: the step scores of each trace."""
    return (yield Score(tuple(traces)))


def retrieve(
    queries: Sequence[str], n: int, where: Mapping[str, str] | None = None
) -> Generator[Ask, list[list[Evidence]], list[list[Evidence]]]:
    """`yield from retrieve(...)`: the evidence for each query, the best first."""
    return (yield Retrieve(tuple(queries), n, where))


def calculate(calculator: str, amounts: Mapping[str, Amount]) -> Generator[Ask, Calculation, Calculation]:
    """`yield from calculate(...)`: the calculation."""
    return (yield Calculate(calculator, amounts))


def spends(ask: Ask) -> bool:
    """Whether the answer costs anything that a budget counts: scores do not, so that what was paid for can still be chosen from, and
    nor does what is looked up."""
    return any(spends(each) for each in ask.asks) if isinstance(ask, All) else isinstance(ask, Propose)


def together(parts: Sequence[Generator[Ask, Any, T]]) -> Generator[Ask, Any, list[T]]:
    """`yield from together([...])`: what each part returns, in their order. The parts go in lock-step: what they ask at the same time is
    asked as one `All`, and as it is where one part alone is going.

    `BudgetSpent` is passed on to the parts whose ask spends; the others still get their scores. Where a part lets it through, it is raised
    once the rest have come to an end. Any other error ends them all.
    """
    returned: dict[int, T] = {}
    asks: dict[int, Ask] = {}
    is_spent = False
    sent: dict[int, Any] = dict.fromkeys(range(len(parts)))
    try:
        while sent:
            for at, reply in sent.items():
                asks.pop(at, None)
                try:
                    asks[at] = parts[at].throw(reply) if isinstance(reply, BudgetSpent) else parts[at].send(reply)
                except StopIteration as finished:
                    returned[at] = finished.value
                except BudgetSpent:
                    is_spent = True
            sent = (yield from _replies(asks)) if asks else {}
    finally:
        for part in parts:
            part.close()
    if is_spent:
        raise BudgetSpent
    return [returned[at] for at in range(len(parts))]


def _replies(asks: dict[int, Ask]) -> Generator[Ask, Any, dict[int, Any]]:
    """What to send to each part that asks; where the budget is spent, a BudgetSpent for those whose ask spends and nothing for the rest."""
    going = sorted(asks)
    try:
        replies = (yield All(tuple(asks[at] for at in going))) if len(going) > 1 else [(yield asks[going[0]])]
    except BudgetSpent:
        return {at: BudgetSpent() for at in [at for at in going if spends(asks[at])] or going}
    return dict(zip(going, replies, strict=True))
