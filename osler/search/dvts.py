"""Diverse verifier tree search (Beeching et al. 2024, "Scaling test-time compute with open models"; Hugging Face's search-and-learn).

A beam search drifts to where the reward model is most hopeful, and all its beams with it. Here N / M subtrees grow apart from one another:
each takes the best of its own M next steps and never looks at the others.
"""

from collections.abc import Generator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent
from osler.core.question import STRICT, Question
from osler.core.trace import Trace
from osler.search.asks import Ask, Searching, propose, score, together
from osler.search.beam import check_width
from osler.search.selection import Aggregate, Finished, distinct, values_of


@dataclass(frozen=True, config=STRICT)
class DVTS:
    """`width` M = 4, `max_steps` 40 and `aggregate` "last" are search-and-learn's, which leaves `n_beams`, N, free; 16 as in `Beam`.

    A subtree ends when the best of its steps ends the trace, or when no step can be gone on from; after `max_steps` steps it is driven to
    an answer. Every trace that ends on the way is a candidate, as search-and-learn keeps all M of the last step; the same trace from two
    subtrees is one candidate. Two subtrees that come to the same steps draw different samples from there. `is_vote` sums the values of
    equal answers, the weighted choice of search-and-learn; False takes the best trace. A budget that is spent ends the search with the
    candidates that it has.
    """

    kind: Literal["dvts"] = "dvts"
    n_beams: Annotated[int, Field(ge=1)] = 16
    width: Annotated[int, Field(ge=1)] = 4
    max_steps: Annotated[int, Field(ge=1)] = 40
    aggregate: Aggregate = "last"
    is_vote: bool = True
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _width_divides(self) -> "DVTS":
        check_width(self.n_beams, self.width)
        return self

    @property
    def max_requests(self) -> int:
        return self.n_beams * self.max_steps + self.n_beams // self.width

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        finished = Finished()
        is_cut = False
        try:
            yield from together([self._subtree(at, Trace(question), finished) for at in range(self.n_beams // self.width)])
        except BudgetSpent:
            is_cut = True
        return finished.solution(question, self.aggregate, is_vote=self.is_vote, is_cut=is_cut)

    def _subtree(self, at: int, trace: Trace, finished: Finished) -> Generator[Ask, Any, None]:
        """Grow the subtree number `at` from `trace` until it ends. All subtrees propose and score at the same time."""
        for n_steps in range(self.max_steps + 1):
            is_whole = n_steps == self.max_steps
            [grown] = yield from propose([trace], 1 if is_whole else self.width, is_whole=is_whole, first_sample=at * self.width)
            traces = distinct(grown)
            scores = yield from score(traces)
            best = self._best(traces, scores)
            for ended, scores_S in zip(traces, scores, strict=True):
                if ended.has_ended:
                    finished.add(ended, scores_S)
            if best is None or best.has_ended:
                return
            trace = best

    def _best(self, traces: list[Trace], scores_N_S: list[tuple[float, ...]]) -> Trace | None:
        """The best of the traces that are open or answered, the first of equals. One that ended unread still has the good score of the step
        before, and is never taken."""
        values = values_of(scores_N_S, self.aggregate)
        usable = [at for at, trace in enumerate(traces) if not trace.has_ended or trace.answer is not None]
        best = max(usable, key=lambda at: values[at], default=None)
        return None if best is None else traces[best]
