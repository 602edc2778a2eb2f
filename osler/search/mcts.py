"""Monte-Carlo tree search over reasoning steps, as MedS³ has it (arXiv 2501.12051 and its published code, `trial5.json`).

A node is a trace; its children are its next steps; its value is the share of roll-outs from it that end well. Under the oracle this makes
verified traces with a value for every step; under a reward model it answers.

Different from the published code on purpose:

- Siblings' roll-outs go out in one ask, and their values are backed up in one visit. There each sibling was a visit of its own, in the
  order of making, so that the first weighed most.
- Duplicate siblings are merged. Roll-outs are kept as candidates, and a good node is finished with one of its own.
- The action that chose the next action ("Think") is left out: a step that answers is a finish.
- No setting changes while the search runs. There every finish of several steps raised the limit on nodes for all questions to come.
- "Unvisited first" (a score of 5 there) has nothing to choose from, there as here: a child is valued when it is made, and that is its first
  visit.
"""

import math
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.model import Sampling
from osler.core.question import STRICT, Question
from osler.search.asks import Searching, together
from osler.search.growth import Growth
from osler.search.selection import Aggregate


@dataclass(frozen=True, config=STRICT)
class MCTS:
    """Settings of the search. A default that is the published one says so with its name there, in `trial5.json`.

    Selection goes by UCT with exploration `c` = 2 (`constant`). An open leaf gets `n_children` = 3 next steps (`max_children`), which are
    valued by max(⌊n_rollouts / (d+1)⌋, min_rollouts) roll-outs at depth d: 20 (`simulation`) and 5. `rollout_sampling` is how they are
    drawn, None as steps are (published: temperature 0.6 in the first round and 1.0 in the second, top-p 0.9).

    A leaf worth `finish_at` = 0.9 (`bear_ratio`) or more is not branched from: its first roll-out that ended well is put under it, a node
    for each step. A finished leaf worth less than `low_gate` = 0.5 (`low_gate`) is wrong: it keeps its UCT score until it has been opened
    again with a step that begins "But wait,", at most `n_reflections` = 1 times on a branch (`refine_limit`); 0 turns that off. One that
    cannot be read is closed.

    The search stops at `max_nodes` = 60 nodes, the root not counted (`max_nodes`), at `max_right` = 4 leaves worth `finish_at`
    (`correct_nodes`), or when every leaf is closed. An expansion or a finish that has begun is not torn apart. If right leaves are too few
    then, `drive_leaves` brings every open leaf to an answer, beyond `max_nodes` if need be: by its first roll-out with an answer, or one
    more whole trace (published: one call for each).

    Ours, and off by default: `n_parallel` leaves are expanded at the same time, kept apart by virtual loss. `early_stop` asks for the
    roll-outs in two parts: first as many as would settle, if they all ended wrong, that the value is below `low_gate` (just over half at
    0.5), and the rest only where the first part does not settle that it is below `low_gate` or at least `finish_at`.

    `value_by` "scores" is for answering under a reward model (published: the product of the values along the path, "value function"): a
    node is worth the `aggregate` of its step scores, there are no roll-outs, and a leaf worth `finish_at` is given one whole trace. A model
    that is too sure of itself then soon has `max_right` leaves that it takes for right: set it as high as the number of answers that the
    choice is to be made from, and `finish_at` to 1 where no leaf is to be finished early. Under "rollouts" the roll-outs are worth the
    `aggregate` of their step scores. `is_vote` sums the values of equal answers (P-VS); False takes the best trace.
    """

    kind: Literal["mcts"] = "mcts"
    n_children: Annotated[int, Field(ge=1)] = 3
    c: Annotated[float, Field(ge=0)] = 2.0
    n_rollouts: Annotated[int, Field(ge=1)] = 20
    min_rollouts: Annotated[int, Field(ge=1)] = 5
    rollout_sampling: Sampling | None = None
    finish_at: Annotated[float, Field(gt=0, le=1)] = 0.9
    low_gate: Annotated[float, Field(ge=0, le=1)] = 0.5
    n_reflections: Annotated[int, Field(ge=0)] = 1
    max_nodes: Annotated[int, Field(ge=1)] = 60
    max_right: Annotated[int, Field(ge=1)] = 4
    drive_leaves: bool = True
    n_parallel: Annotated[int, Field(ge=1)] = 1
    early_stop: bool = False
    value_by: Literal["rollouts", "scores"] = "rollouts"
    aggregate: Aggregate = "product"
    is_vote: bool = False
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        """Each expansion adds a node at least, so there are at most `max_nodes`; the last may overshoot by `n_children` - 1 leaves. All of
        these leaves may have to be driven."""
        n_leaves = self.max_nodes + self.n_children - 1
        driven = n_leaves if self.drive_leaves else 0
        rolled_out = self.n_children * self.rollouts_at(1) + (self.max_nodes - 1) * self.rollouts_at(2)
        return self.max_nodes * self.n_children + driven + (rolled_out if self.value_by == "rollouts" else 0)

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        growth = Growth(self, question)
        while leaves := growth.take_leaves():
            yield from together([growth.expand(at) for at in leaves])
        if self.drive_leaves:
            yield from growth.drive_leaves()
        return growth.solution()

    def rollouts_at(self, depth: int) -> int:
        return max(self.n_rollouts // (depth + 1), self.min_rollouts)

    def parts(self, n: int) -> tuple[range, ...]:
        """The samples of `n` roll-outs that are asked for at a time."""
        first = min(math.floor(n * (1 - self.low_gate)) + 1, n) if self.early_stop else n
        return (range(first), range(first, n)) if first < n else (range(n),)
