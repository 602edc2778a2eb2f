"""What a search may ask. A search is a plain generator: it yields an ask and is sent the reply; it never touches a model."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from osler.core.budget import Budget
from osler.core.model import Sampling
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Trace


@dataclass(frozen=True)
class Propose:
    """Extend each trace `width` times, by one step or (`is_whole`) to its end. Reply: for each trace, the list of its extensions.

    `first_sample` numbers the samples, so that asking the same trace again brings new ones. `sampling` overrides the policy's own.
    """

    traces: tuple[Trace, ...]
    width: int
    is_whole: bool
    sampling: Sampling | None = None
    first_sample: int = 0


@dataclass(frozen=True)
class Score:
    """Score every step of each trace with the reward model. Reply: a tuple of step scores for each trace."""

    traces: tuple[Trace, ...]


@dataclass(frozen=True)
class All:
    """Several asks at once. Reply: the list of their replies."""

    asks: tuple["Ask", ...]


Ask = Propose | Score | All
Searching = Generator[Ask, Any, Solution]


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
) -> Generator[Ask, list[list[Trace]], list[list[Trace]]]:
    """`yield from propose(...)`: the extensions of each trace."""
    return (yield Propose(tuple(traces), width, is_whole, sampling, first_sample))


def score(traces: Sequence[Trace]) -> Generator[Ask, list[tuple[float, ...]], list[tuple[float, ...]]]:
    """`yield from score(...)`: the step scores of each trace."""
    return (yield Score(tuple(traces)))
