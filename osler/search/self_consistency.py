"""Self-consistency (Wang et al., arXiv 2203.11171): sample traces and take the answer that most of them give."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.question import STRICT, Question
from osler.core.selection import majority
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import Searching, propose


@dataclass(frozen=True, config=STRICT)
class SelfConsistency:
    """The majority of `n` whole traces. A trace without a readable answer does not vote. n = 16 is MedS³'s first version's."""

    kind: Literal["self_consistency"] = "self_consistency"
    n: Annotated[int, Field(ge=1)] = 16
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        return self.n

    @property
    def needs_scores(self) -> bool:
        return False

    def search(self, question: Question) -> Searching:
        [traces] = yield from propose([Trace(question)], self.n, is_whole=True)
        return Solution(question, tuple(traces), chosen=majority(traces))
