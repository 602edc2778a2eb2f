"""Beam search over reasoning steps, guided by a reward model (Snell et al. 2024, arXiv 2408.03314, §5.2; Hugging Face's search-and-learn).

The beam starts as N first steps. The N / M best are kept, each is continued M times, and so on. Different from both on purpose: steps that
say the same are merged before they are ranked, so that a beam is never N copies of one trace, and a beam that is short of distinct steps is
not filled up with copies.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent
from osler.core.question import STRICT, Question
from osler.core.trace import Trace
from osler.search.asks import Searching, propose, score
from osler.search.selection import Aggregate, Finished, distinct, values_of


@dataclass(frozen=True, config=STRICT)
class Beam:
    """`n_beams` is N and `width` M = 4, as in both sources, which leave N free; 16 is the n of the other strategies here.

    A trace that ends leaves the beam and is a candidate from then on; it votes once, however often it comes. The search stops when
    `n_beams` candidates have an answer ("N final answer candidates", Snell et al.), when nothing is open, or after `max_steps` steps (40
    in both), when what is still in the beam is driven to an answer in one ask, as in search-and-learn. `aggregate` makes one value of a
    trace's step scores: the last, as in both. `is_vote` sums the values of equal answers (Snell et al., best-of-N weighted); False takes
    the best trace. A budget that is spent ends the search with the candidates that it has.
    """

    kind: Literal["beam"] = "beam"
    n_beams: Annotated[int, Field(ge=1)] = 16
    width: Annotated[int, Field(ge=1)] = 4
    max_steps: Annotated[int, Field(ge=1)] = 40
    aggregate: Aggregate = "last"
    is_vote: bool = True
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _width_divides(self) -> "Beam":
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
        beam = [Trace(question)]
        is_cut = False
        try:
            for n_steps in range(self.max_steps + 1):
                is_whole = n_steps == self.max_steps
                width = 1 if is_whole else self.width if n_steps else self.n_beams
                grown = yield from propose(beam, width, is_whole=is_whole)
                traces = distinct([trace for row in grown for trace in row])
                scores = yield from score(traces)
                beam = self._kept(traces, scores, finished)
                if not beam or finished.n_answered >= self.n_beams:
                    break
        except BudgetSpent:
            is_cut = True
        return finished.solution(question, self.aggregate, is_vote=self.is_vote, is_cut=is_cut)

    def _kept(self, traces: list[Trace], scores_N_S: list[tuple[float, ...]], finished: Finished) -> list[Trace]:
        """The next beam: the best of the traces that are open; equal ones in their order. The others are added to `finished`."""
        going: list[tuple[float, Trace]] = []
        for trace, scores_S, value in zip(traces, scores_N_S, values_of(scores_N_S, self.aggregate), strict=True):
            if trace.has_ended:
                finished.add(trace, scores_S)
            else:
                going.append((value, trace))
        going.sort(key=lambda pair: -pair[0])
        return [trace for _, trace in going[: self.n_beams // self.width]]


def check_width(n_beams: int, width: int) -> None:
    """Raises ValueError where `n_beams` is not a multiple of `width`."""
    if n_beams % width:
        below = n_beams - n_beams % width
        near = f"{below} or {below + width}" if below else f"{width}"
        raise ValueError(f"n_beams is {n_beams}, which is not a multiple of width {width}; make it {near}, or change width")
