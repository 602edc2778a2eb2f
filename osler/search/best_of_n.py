"""Sample whole traces and let a reward model choose: the best one, or a vote weighted by its scores."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.question import STRICT, Question
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import Searching, propose, score
from osler.search.selection import Aggregate, choose, values_of


@dataclass(frozen=True, config=STRICT)
class BestOfN:
    """Sample `n` whole traces; `is_vote` False keeps the one with the highest score, True sums the scores of equal answers (P-VS).

    `aggregate` makes one number of a trace's step scores. P-VS over the last step's score is MedS³'s `prm-vote-sum`, over the least its
    `prm-min-vote-sum`, the default of its first version (arXiv 2501.12051, evaluation code).
    """

    kind: Literal["best_of_n"] = "best_of_n"
    n: Annotated[int, Field(ge=1)] = 16
    is_vote: bool = False
    aggregate: Aggregate = "least"
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        return self.n

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        [traces] = yield from propose([Trace(question)], self.n, is_whole=True)
        scores_N_S = yield from score(traces)
        chosen = choose(traces, values_of(scores_N_S, self.aggregate), is_vote=self.is_vote)
        return Solution(question, tuple(traces), chosen, scores=tuple(scores_N_S))
