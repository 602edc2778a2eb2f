"""How the tree of one question grows under MCTS: new nodes, what they are worth, and whole traces put into the tree."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from osler.core.errors import BudgetSpent
from osler.core.question import Question
from osler.core.reward import mean
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.search.asks import Ask, propose, score
from osler.search.selection import choose, values_of
from osler.search.tree import GrowingNode, Tree

if TYPE_CHECKING:
    from osler.search.mcts import MCTS

REFLECTION = "But wait,"
"""How a step begins that looks again at a wrong answer (MedS³, published code)."""

Rollouts = list[tuple[Trace, float]]
"""Ended traces, each with what it is worth."""

_Said = tuple[bool | str, ...]


@dataclass(frozen=True)
class _Scored:
    trace: Trace
    scores_S: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class _Child:
    trace: Trace
    n_copies: int
    value: float
    rollouts: Rollouts


class Growth:
    """The tree of one question while it grows, with every finished trace seen on the way. `n_right` counts the right leaves; `is_cut` tells
    that the budget is gone, after which nothing is proposed any more and what is there is kept."""

    def __init__(self, settings: "MCTS", question: Question) -> None:
        self.settings, self.question = settings, question
        self.tree = Tree(Trace(question))
        self.n_right = 0
        self.is_cut = False
        self._scored: dict[_Said, _Scored] = {}

    def take_leaves(self) -> list[int]:
        """The next leaves to expand, at most `n_parallel`; none where the search is over. A leaf that can be finished with a roll-out of
        its own is finished on the way. An expansion under way counts as the nodes that it may bring, so that several at once exceed
        `max_nodes` no further than one."""
        taken: list[int] = []
        n_nodes = len(self.tree) - 1
        while self._is_wanted(n_nodes) and len(taken) < self.settings.n_parallel:
            at = self.tree.select(self.settings.c)
            if at is None:
                break
            node = self.tree.nodes[at]
            n_before = len(self.tree)
            if good := self._good_rollout(node):
                self._graft(at, *good)
                n_nodes += len(self.tree) - n_before
            else:
                self.tree.take(at)
                taken.append(at)
                n_nodes += 1 if node.trace.has_ended or self._is_good(node) else self.settings.n_children
        return taken if self.n_right < self.settings.max_right else []

    def expand(self, at: int) -> Generator[Ask, Any, None]:
        """Give a leaf its children, value them, and back the values up: an answer where the leaf is good enough, one reflection where it is
        a wrong answer, else `n_children` next steps."""
        node = self.tree.nodes[at]
        if node.trace.has_ended:
            opened = replace(node.trace, ending=Ending.OPEN, response="", reading=None)
            yield from self._branch(at, opened, 1, REFLECTION)
        elif self._is_good(node):
            yield from self._answer([at])
        else:
            yield from self._branch(at, node.trace, self.settings.n_children)
        self.tree.release(at)

    def drive_leaves(self) -> Generator[Ask, Any, None]:
        """Bring every open leaf to an answer where there are too few right ones: its first roll-out that has an answer, or one more whole
        trace, those of all leaves in one ask."""
        if self.n_right >= self.settings.max_right:
            return
        leaves = [at for at, node in enumerate(self.tree.nodes) if not node.children and not node.trace.has_ended]
        silent: list[int] = []
        for at in leaves:
            answered = next((rollout for rollout in self.tree.nodes[at].rollouts if rollout[0].answer is not None), None)
            if answered:
                self._graft(at, *answered)
            else:
                silent.append(at)
        yield from self._answer(silent)

    def solution(self) -> Solution:
        """Every distinct finished trace with an answer as a candidate, leaves and roll-outs alike."""
        finished = [each for each in self._scored.values() if each.trace.has_ended]
        traces = [each.trace for each in finished]
        chosen = choose(traces, [each.value for each in finished], is_vote=self.settings.is_vote)
        scores_N_S = tuple(each.scores_S for each in finished)
        return Solution(self.question, tuple(traces), chosen, scores_N_S, self.tree.freeze(), is_cut=self.is_cut)

    # new nodes

    def _branch(self, at: int, trace: Trace, width: int, lead: str = "") -> Generator[Ask, Any, None]:
        grown = yield from self._propose([trace], width, lead=lead)
        distinct = _merge(grown[0]) if grown else []
        if self.settings.value_by == "scores":
            children = yield from self._by_scores(distinct)
        else:
            children = yield from self._by_rollouts(distinct, self.settings.rollouts_at(self.tree.nodes[at].depth + 1))
        for child in children:
            self._add(at, child)
        if children:
            self.tree.visit(at)

    def _answer(self, leaves: list[int]) -> Generator[Ask, Any, None]:
        """Ask for one whole trace from each leaf and put it into the tree."""
        if not leaves:
            return
        nodes = [self.tree.nodes[at] for at in leaves]
        n_made = max(len(node.rollouts) for node in nodes)
        grown = yield from self._propose([node.trace for node in nodes], is_whole=True, first_sample=n_made)
        wholes = [whole for [whole] in grown]
        values = yield from self._worth(wholes)
        for at, whole, value in zip(leaves, wholes, values, strict=False):
            self._graft(at, whole, value)

    def _graft(self, at: int, whole: Trace, value: float) -> None:
        """Put a whole trace under a leaf, a node for each step, and back its value up. The nodes on the way have no roll-outs: they are
        worth what the leaf is (published), or where scores are values what their own scores say."""
        leaf = self.tree.nodes[at]
        scored = self._scored.get(_said(whole)) if self.settings.value_by == "scores" else None
        for n_steps in range(len(leaf.trace.steps) + 1, len(whole.steps)):
            inner = replace(leaf.trace, steps=whole.steps[:n_steps])
            [inner_value] = values_of([scored.scores_S[:n_steps]], self.settings.aggregate) if scored else [leaf.value]
            at = self._add(at, _Child(inner, 1, inner_value, []))
        self._add(at, _Child(whole, 1, value, []))
        self.tree.visit(at)

    def _add(self, parent: int, child: _Child) -> int:
        at = self.tree.add(parent, child.trace, child.value, child.n_copies, rollouts=child.rollouts)
        if child.trace.has_ended:
            self.n_right += child.value >= self.settings.finish_at
            self.tree.nodes[at].is_closed = not self._is_to_reflect(self.tree.nodes[at])
        return at

    # what they are worth

    def _by_rollouts(self, distinct: list[tuple[Trace, int]], n: int) -> Generator[Ask, Any, list[_Child]]:
        """An ended trace is worth its own value, an open one the mean of `n` roll-outs; one that the budget left without any is dropped.
        Where roll-outs may stop early they come in two parts, and the second is for those that the first has not settled."""
        ends = {at: [trace] for at, (trace, _) in enumerate(distinct) if trace.has_ended}
        made: dict[int, Rollouts] = {at: [] for at in range(len(distinct))}
        going = [at for at in made if at not in ends]
        for samples in self.settings.parts(n):
            if going:
                traces = [distinct[at][0] for at in going]
                grown = yield from self._propose(traces, len(samples), is_whole=True, first_sample=samples.start)
                ends.update(zip(going, grown, strict=False))
            flat = [(at, trace) for at, traces in ends.items() for trace in traces]
            values = yield from self._worth([trace for _, trace in flat])
            for (at, trace), value in zip(flat, values, strict=True):
                made[at].append((trace, value))
            ends = {}
            going = [at for at in going if samples.stop < n and not self._is_settled(made[at], n)]
        return [
            _Child(trace, n_copies, mean([value for _, value in made[at]]), [] if trace.has_ended else made[at])
            for at, (trace, n_copies) in enumerate(distinct)
            if made[at]
        ]

    def _by_scores(self, distinct: list[tuple[Trace, int]]) -> Generator[Ask, Any, list[_Child]]:
        """Every trace, open or ended, is worth the aggregate of its own step scores."""
        values = yield from self._worth([trace for trace, _ in distinct])
        return [_Child(trace, n_copies, value, []) for (trace, n_copies), value in zip(distinct, values, strict=True)]

    def _worth(self, traces: Sequence[Trace]) -> Generator[Ask, Any, list[float]]:
        """The aggregate of each trace's step scores, all in one ask and each distinct trace once; under the oracle 1 or 0. One that ended
        without an answer is worth nothing and is not scored."""
        said = [_said(trace) if trace.answer is not None or not trace.has_ended else None for trace in traces]
        new: dict[_Said, Trace] = {}
        for each, trace in zip(said, traces, strict=True):
            if each is not None and each not in self._scored:
                new.setdefault(each, trace)
        if new:
            scores_N_S = yield from score(list(new.values()))
            values = values_of(scores_N_S, self.settings.aggregate)
            for (each, trace), scores_S, value in zip(new.items(), scores_N_S, values, strict=True):
                self._scored[each] = _Scored(trace, scores_S, value)
        return [self._scored[each].value if each is not None else 0.0 for each in said]

    def _propose(
        self, traces: list[Trace], width: int = 1, *, is_whole: bool = False, first_sample: int = 0, lead: str = ""
    ) -> Generator[Ask, Any, list[list[Trace]]]:
        """As `propose`, but nothing comes back once the budget is gone."""
        if self.is_cut:
            return []
        sampling = self.settings.rollout_sampling if is_whole else None
        try:
            return (yield from propose(traces, width, is_whole=is_whole, sampling=sampling, first_sample=first_sample, lead=lead))
        except BudgetSpent:
            self.is_cut = True
            return []

    # what a node is

    def _is_wanted(self, n_nodes: int) -> bool:
        """Whether the search goes on, with so many nodes there or on their way."""
        return not self.is_cut and self.n_right < self.settings.max_right and n_nodes < self.settings.max_nodes

    def _is_good(self, node: GrowingNode) -> bool:
        """Whether an open leaf is to be finished at once. Under roll-outs this goes by `_good_rollout`."""
        return self.settings.value_by == "scores" and node.value >= self.settings.finish_at

    def _good_rollout(self, node: GrowingNode) -> tuple[Trace, float] | None:
        if node.value < self.settings.finish_at:
            return None
        return next((rollout for rollout in node.rollouts if rollout[1] >= self.settings.finish_at), None)

    def _is_to_reflect(self, node: GrowingNode) -> bool:
        """Whether it is a wrong answer on a branch that may still be reflected on. What cannot be read is no answer."""
        is_wrong = node.trace.answer is not None and node.value < self.settings.low_gate
        return is_wrong and node.n_reflections < self.settings.n_reflections

    def _is_settled(self, rollouts: Rollouts, n: int) -> bool:
        """Whether the mean of `n` roll-outs reaches `finish_at`, or stays below `low_gate`, whatever those still missing are worth."""
        total = sum(value for _, value in rollouts)
        return total >= self.settings.finish_at * n or total + n - len(rollouts) < self.settings.low_gate * n


def _said(trace: Trace) -> _Said:
    return (trace.has_ended, trace.response, *[step.text for step in trace.steps])


def _merge(traces: list[Trace]) -> list[tuple[Trace, int]]:
    """Distinct traces with their number of copies, in order of first appearance. Traces that cannot be read are all kept apart."""
    copies: dict[object, tuple[Trace, int]] = {}
    for trace in traces:
        said = (trace.ending, trace.raw, _said(trace))
        first, n_copies = copies.get(said, (trace, 0))
        copies[said] = (first, n_copies + 1)
    return list(copies.values())
