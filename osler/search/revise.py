"""Revision under a verifier, as HuatuoGPT-o1 searches for its long traces (arXiv 2412.18925 and its published code).

A trace is written whole and its answer is scored. While it is wrong, a way of revising is drawn, the policy goes on from the wrong
conclusion, which stays in the trace, and the new answer is scored; after some revisions it starts again.

Different from the published code on purpose:

- A revision is asked for by how its first step begins (`LEADS`), not by a prompt of its own whose reply is JSON.
- The verifier is whatever scores: the oracle when training data are made, a reward model when a question is answered.
- A trace without an answer has nothing to be revised: it ends its try. A revision without one is lost, and the next goes on from before it.
  There both were asked again until they could be read.
"""

import random
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent
from osler.core.question import STRICT, Question
from osler.core.reward import last
from osler.core.trace import Ending, Step, Trace
from osler.search.asks import Ask, Searching, propose, score
from osler.search.selection import Finished

Way = Literal["backtrack", "new_path", "verify", "correct"]
"""Of revising a wrong trace (published: Backtracking, Exploring New Paths, Verification, Correction)."""

LEADS: dict[Way, str] = {
    "backtrack": "Let me go back to an earlier step:",
    "new_path": "Let me try another way:",
    "verify": "Let me verify what was said so far:",
    "correct": "Let me correct what was wrong:",
}
"""How the first step of a revision begins."""


@dataclass(frozen=True, config=STRICT)
class Revision:
    """At most `n_tries` times a whole trace and at most `n_revisions` revisions of it, one of `ways` drawn for each; the first revision
    never goes back, for there is nothing yet to go back behind (published). Stops at the first trace whose last score is at least
    `right_at`; the oracle gives 1 or 0.

    Published: 3 tries of 3 revisions in the paper, 1 of 2 as defaults of its code. `right_at` is ours, as in `RejectionSampling`, and so is
    `draw_seed`, from which and the question's id the ways are drawn. Candidates are the distinct traces, those that were revised too.
    """

    kind: Literal["revise"] = "revise"
    n_tries: Annotated[int, Field(ge=1)] = 3
    n_revisions: Annotated[int, Field(ge=0)] = 3
    ways: Annotated[tuple[Way, ...], Field(min_length=1)] = ("backtrack", "new_path", "verify", "correct")
    right_at: Annotated[float, Field(gt=0, le=1)] = 0.9
    draw_seed: int = 0
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        """As many traces are scored at most: together the published bound of 2·tries·(1 + revisions) calls."""
        return self.n_tries * (1 + self.n_revisions)

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        finished = Finished()
        is_cut = False
        try:
            for number in range(self.n_tries):
                if (yield from self._try(question, number, finished)):
                    break
        except BudgetSpent:
            is_cut = True
        return finished.solution(question, "last", is_vote=False, is_cut=is_cut)

    def _try(self, question: Question, number: int, finished: Finished) -> Generator[Ask, Any, bool]:
        """Whether it came to a right trace."""
        rng = random.Random(f"{self.draw_seed}/{question.id}/{number}")
        opened, lead = Trace(question), ""
        for revision in range(1 + self.n_revisions):
            sample = number * (1 + self.n_revisions) + revision
            [[trace]] = yield from propose([opened], is_whole=True, first_sample=sample, lead=lead)
            if (yield from _worth(trace, finished)) >= self.right_at:
                return True
            if trace.answer is not None:
                opened = reopened(trace)
            elif revision == 0:
                break
            lead = LEADS[rng.choice(self.ways_at(revision + 1))]
        return False

    def ways_at(self, revision: int) -> tuple[Way, ...]:
        """The ways among which one is drawn for a revision, counted from 1."""
        return self.ways if revision > 1 else tuple(way for way in self.ways if way != "backtrack")

    @model_validator(mode="after")
    def _something_may_come_first(self) -> "Revision":
        if not self.ways_at(1):
            raise ValueError("the first revision never goes back; name another way beside backtrack")
        return self


def _worth(trace: Trace, finished: Finished) -> Generator[Ask, Any, float]:
    """The last score of a trace; one without an answer is worth nothing and is not scored."""
    scores_S: tuple[float, ...] = ()
    if trace.answer is not None:
        [scores_S] = yield from score([trace])
    finished.add(trace, scores_S)
    return last(scores_S)


def reopened(trace: Trace) -> Trace:
    """An ended trace as it goes on: what it concluded outside its steps becomes one of them."""
    concluded = (Step("\n".join(line.strip() for line in trace.response.splitlines() if line.strip())),) if trace.response.strip() else ()
    return replace(trace, steps=(*trace.steps, *concluded), response="", ending=Ending.OPEN, reading=None)


def lead_of(way: Way) -> str:
    return LEADS[way]


class Revised(NamedTuple):
    """Where a trace was taken up again: after so many steps, and in which way."""

    n_steps: int
    way: Way


def revisions_of(trace: Trace, candidates: Sequence[Trace]) -> tuple[Revised, ...]:
    """How a candidate was revised, in order: what it goes on from stands among the candidates of the same search, and what follows it
    begins with a lead."""
    wider = (reopened(each).steps for each in candidates if each.answer is not None)
    starts = sorted({len(steps) for steps in wider if len(steps) < len(trace.steps) and trace.steps[: len(steps)] == steps})
    return tuple(Revised(at, way) for at in starts for way, lead in LEADS.items() if trace.steps[at].text.startswith(lead))
