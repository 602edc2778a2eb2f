"""Monte-Carlo tree search over reasoning steps, as MedS³ has it (arXiv 2501.12051 and its published code, `trial5.json`).

A node is a trace; its children are its next steps; its value is the share of roll-outs from it that end well. Under the oracle this makes
verified chains with a value for every step. Different from the published code on purpose: siblings' roll-outs go out in one ask,
duplicate siblings are merged, roll-outs are kept as candidates, and no setting ever changes while the search runs. Not here yet: the
reflection on a wrong finish ("But wait"), and driving the leaves that are still open to an answer at the end.
"""

from collections.abc import Generator
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.errors import BudgetSpent
from osler.core.question import STRICT, Question
from osler.core.reward import last
from osler.core.selection import best
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import Ask, Searching, propose, score
from osler.search.tree import Tree


@dataclass(frozen=True, config=STRICT)
class MCTS:
    """Settings of the search; every default is the published one.

    `n_children` next steps are proposed at each expansion. A node at depth d is valued by max(⌊n_rollouts / (d+1)⌋, min_rollouts)
    roll-outs. From a node valued at `finish_at` or more the search does not branch: it takes the roll-out that ended well. It stops at
    `max_nodes` nodes (the root not counted), at `max_right` right leaves, or when every leaf has ended.
    """

    kind: Literal["mcts"] = "mcts"
    n_children: Annotated[int, Field(ge=1)] = 3
    c: Annotated[float, Field(ge=0)] = 2.0
    n_rollouts: Annotated[int, Field(ge=1)] = 20
    min_rollouts: Annotated[int, Field(ge=1)] = 5
    finish_at: Annotated[float, Field(gt=0, le=1)] = 0.9
    max_nodes: Annotated[int, Field(ge=1)] = 60
    max_right: Annotated[int, Field(ge=1)] = 4
    budget: Budget = Budget()

    @property
    def max_requests(self) -> int:
        """Each expansion adds a node at least, so there are at most `max_nodes`; the last may overshoot by `n_children` - 1."""
        proposed = self.max_nodes * self.n_children
        return proposed + self.n_children * self.rollouts_at(1) + (self.max_nodes - 1) * self.rollouts_at(2)

    @property
    def needs_scores(self) -> bool:
        return True

    def search(self, question: Question) -> Searching:
        growth = _Growth(self, Tree(Trace(question)))
        is_cut = False
        try:
            while growth.n_right < self.max_right and len(growth.tree) <= self.max_nodes:
                at = growth.tree.select(self.c)
                if at is None:
                    break
                yield from growth.expand(at)
        except BudgetSpent:
            is_cut = True
        return growth.solution(question, is_cut=is_cut)

    def rollouts_at(self, depth: int) -> int:
        return max(self.n_rollouts // (depth + 1), self.min_rollouts)


class _Growth:
    """The tree of one question while it grows, with every finished trace seen on the way and its score."""

    def __init__(self, settings: MCTS, tree: Tree) -> None:
        self.settings, self.tree = settings, tree
        self.n_right = 0
        self._finished: dict[tuple[str, ...], tuple[Trace, tuple[float, ...]]] = {}
        self._rollouts: dict[int, list[Trace]] = {}

    def expand(self, at: int) -> Generator[Ask, Any, None]:
        """Give the node its children, value them, and back the values up."""
        node = self.tree.nodes[at]
        if node.value >= self.settings.finish_at and (finish := self._finish_from(at)):
            self._add(at, finish, self._value_of(finish), 1)
        else:
            [proposed] = yield from propose([node.trace], self.settings.n_children)
            distinct = _merge(proposed)
            values = yield from self._values([trace for trace, _ in distinct], node.depth + 1)
            for (trace, n_copies), (value, rollouts) in zip(distinct, values, strict=True):
                child = self._add(at, trace, value, n_copies)
                self._rollouts[child] = rollouts
        self.tree.visit(at)

    def _values(self, traces: list[Trace], depth: int) -> Generator[Ask, Any, list[tuple[float, list[Trace]]]]:
        """The value of each trace: its own score where it has ended, else the mean score of its roll-outs; and those roll-outs."""
        going = [trace for trace in traces if not trace.has_ended]
        grown: list[list[Trace]] = []
        if going:
            grown = yield from propose(going, self.settings.rollouts_at(depth), is_whole=True)
        ends = [[trace] for trace in traces if trace.has_ended] + grown
        flat = [trace for group in ends for trace in group]
        readable = [trace for trace in flat if trace.answer is not None]
        scores = yield from score(readable)
        self._finished.update({_key(trace): (trace, scores_S) for trace, scores_S in zip(readable, scores, strict=True)})
        by_trace = [sum(self._value_of(trace) for trace in group) / len(group) for group in ends]
        ended, open_ones = iter(by_trace[: len(ends) - len(grown)]), iter(zip(by_trace[len(ends) - len(grown) :], grown, strict=True))
        return [(next(ended), []) if trace.has_ended else next(open_ones) for trace in traces]

    def _value_of(self, trace: Trace) -> float:
        """Under the oracle 1 or 0; a trace without an answer is worth nothing."""
        return last(self._finished[_key(trace)][1]) if trace.answer is not None else 0.0

    def _finish_from(self, at: int) -> Trace | None:
        good = [trace for trace in self._rollouts.get(at, []) if self._value_of(trace) >= self.settings.finish_at]
        return good[0] if good else None

    def _add(self, parent: int, trace: Trace, value: float, n_copies: int) -> int:
        if trace.has_ended and value >= self.settings.finish_at:
            self.n_right += 1
        return self.tree.add(parent, trace, value, n_copies)

    def solution(self, question: Question, *, is_cut: bool) -> Solution:
        """Every distinct finished trace as a candidate, leaves and roll-outs alike; the best-scored one is chosen."""
        traces = [trace for trace, _ in self._finished.values()]
        scores = [scores_S for _, scores_S in self._finished.values()]
        chosen = best(traces, [last(scores_S) for scores_S in scores])
        return Solution(question, tuple(traces), chosen, tuple(scores), self.tree.freeze(), is_cut=is_cut)


def _key(trace: Trace) -> tuple[str, ...]:
    return (*(step.text for step in trace.steps), trace.response)


def _merge(traces: list[Trace]) -> list[tuple[Trace, int]]:
    """Distinct traces with their number of copies, in order of first appearance. Traces that cannot be read are all kept apart."""
    copies: dict[tuple[str, ...], list[Trace]] = {}
    for trace in traces:
        copies.setdefault((trace.ending, trace.raw, *_key(trace)), []).append(trace)
    return [(same[0], len(same)) for same in copies.values()]
