"""One trace, always the likeliest token: the baseline that every other strategy has to beat."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.model import Sampling
from osler.core.question import STRICT, Question
from osler.core.selection import majority
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import Searching, propose


@dataclass(frozen=True, config=STRICT)
class Greedy:
    """A single trace at temperature 0."""

    kind: Literal["greedy"] = "greedy"
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        return 1

    @property
    def needs_scores(self) -> bool:
        return False

    def search(self, question: Question) -> Searching:
        sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=self.max_tokens)
        [traces] = yield from propose([Trace(question)], is_whole=True, sampling=sampling)
        return Solution(question, tuple(traces), chosen=majority(traces))
