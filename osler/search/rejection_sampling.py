"""Rejection sampling under the oracle: whole traces, drawn until enough of them are right (Yuan et al. 2023, arXiv 2308.01825).

What a tree is compared with at equal tokens: the same candidates and scores, but no tree.
"""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent
from osler.core.question import STRICT, Question
from osler.core.reward import last
from osler.core.trace import Trace
from osler.search.asks import Searching, propose, score
from osler.search.selection import Finished, distinct


@dataclass(frozen=True, config=STRICT)
class RejectionSampling:
    """Draws `n_per_ask` whole traces at a time and stops at `max_right` distinct right ones, at `n` in all, or when the budget is spent.

    Right is a trace whose last score is at least `right_at`; the oracle gives 1 or 0. `max_right` and `right_at` are MedS³'s, as in `MCTS`.
    `n` and `n_per_ask` are ours: a budget is overshot by one ask at most, so by fewer than four traces with four an ask. Candidates
    are the distinct traces with an answer.
    """

    kind: Literal["rejection_sampling"] = "rejection_sampling"
    n: Annotated[int, Field(ge=1)] = 64
    n_per_ask: Annotated[int, Field(ge=1)] = 4
    max_right: Annotated[int, Field(ge=1)] = 4
    right_at: Annotated[float, Field(gt=0, le=1)] = 0.9
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        return self.n

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        finished = Finished()
        n_drawn = n_right = 0
        is_cut = False
        try:
            while n_drawn < self.n and n_right < self.max_right:
                width = min(self.n_per_ask, self.n - n_drawn)
                [drawn] = yield from propose([Trace(question)], width, is_whole=True, first_sample=n_drawn)
                n_drawn += width
                fresh = [trace for trace in distinct(drawn) if trace.answer is not None and trace not in finished]
                scores = yield from score(fresh)
                for trace, scores_S in zip(fresh, scores, strict=True):
                    finished.add(trace, scores_S)
                    n_right += last(scores_S) >= self.right_at
        except BudgetSpent:
            is_cut = True
        return finished.solution(question, "last", is_vote=False, is_cut=is_cut)
