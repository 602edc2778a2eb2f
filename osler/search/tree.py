"""The tree of a search while it grows: nodes with parent positions, their visits and values, and the two formulas of MedS³."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from osler.core.solution import Node
from osler.core.trace import Trace


def uct(value: float, n_parent: int, n_child: int, c: float) -> float:
    """Upper confidence bound: v + c·√(ln N / n) (Kocsis and Szepesvári 2006; c = 2 in MedS³, arXiv 2501.12051, `trial5.json`)."""
    return value + c * math.sqrt(math.log(n_parent) / n_child)


def back_up(value: float, children: list[tuple[float, int]]) -> float:
    """v ← ½·(v + Σ n·v / Σ n) over the children's (value, visits): MedS³'s update rule "comp"."""
    n_visits = sum(n for _, n in children)
    return (value + sum(v * n for v, n in children) / n_visits) / 2


@dataclass(slots=True)
class GrowingNode:
    """A node while the tree grows. `rollouts` are the ended traces that valued it, each with what it is worth.

    `is_closed`: nothing at or below it can be expanded any more. `is_taken`: all that can be is being expanded. `n_in_flight` counts the
    expansions under way at or below it, `n_reflections` the ended traces above it that were opened again.
    """

    trace: Trace
    parent: int | None
    depth: int
    first_value: float
    value: float
    n_copies: int = 1
    n_visits: int = 1
    rollouts: Sequence[tuple[Trace, float]] = ()
    n_reflections: int = 0
    is_closed: bool = False
    is_taken: bool = False
    n_in_flight: int = 0
    children: list[int] = field(default_factory=list)

    def bound(self, n_parent: int, c: float) -> float:
        """UCT with virtual loss: every expansion under way counts as a visit of value 0 (Chaslot et al. 2008, parallel MCTS)."""
        if not self.n_in_flight:
            return uct(self.value, n_parent, self.n_visits, c)
        n_child = self.n_visits + self.n_in_flight
        return uct(self.value * self.n_visits / n_child, n_parent, n_child, c)


class Tree:
    """Grows by `add`, learns by `visit`. Position 0 is the root: the question with no step."""

    def __init__(self, root: Trace) -> None:
        self.nodes = [GrowingNode(root, None, 0, 0.0, 0.0)]

    def __len__(self) -> int:
        return len(self.nodes)

    def select(self, c: float) -> int | None:
        """The leaf that UCT leads to from the root, among those that are neither closed nor taken; None where there is none."""
        nodes = self.nodes
        at = 0
        if nodes[at].is_closed or nodes[at].is_taken:
            return None
        while nodes[at].children:
            n_parent = nodes[at].n_visits + nodes[at].n_in_flight
            going = [child for child in nodes[at].children if not (nodes[child].is_closed or nodes[child].is_taken)]
            at = max(going, key=lambda child: nodes[child].bound(n_parent, c))
        return at

    def add(self, parent: int, trace: Trace, value: float, n_copies: int = 1, rollouts: Sequence[tuple[Trace, float]] = ()) -> int:
        """A new child; its position. Its value stands from the start, which is its first visit. Closed where its trace has ended."""
        above = self.nodes[parent]
        node = GrowingNode(trace, parent, above.depth + 1, value, value, n_copies, rollouts=rollouts, is_closed=trace.has_ended)
        node.n_reflections = above.n_reflections + above.trace.has_ended
        self.nodes.append(node)
        above.children.append(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def take(self, at: int) -> None:
        """`at` is being expanded: until it is released it is not selected again, and what leads to it looks worse."""
        self.nodes[at].is_taken = True
        self._walk_up(at, 1)

    def release(self, at: int) -> None:
        self.nodes[at].is_taken = False
        self._walk_up(at, -1)

    def visit(self, at: int | None) -> None:
        """After `at` was given children: count the visit and back their values up to the root. A node without children is closed."""
        while at is not None:
            node = self.nodes[at]
            children = [self.nodes[child] for child in node.children]
            node.n_visits += 1
            node.is_closed = not children
            if children:
                node.value = back_up(node.value, [(child.value, child.n_visits) for child in children])
                self._settle(node)
            at = node.parent

    def freeze(self) -> tuple[Node, ...]:
        return tuple(_frozen(node) for node in self.nodes)

    def _walk_up(self, at: int | None, n_more_in_flight: int) -> None:
        while at is not None:
            node = self.nodes[at]
            node.n_in_flight += n_more_in_flight
            if node.children:
                self._settle(node)
            at = node.parent

    def _settle(self, node: GrowingNode) -> None:
        going = [child for at in node.children if not (child := self.nodes[at]).is_closed]
        node.is_closed = not going
        node.is_taken = bool(going) and all(child.is_taken for child in going)


def _frozen(node: GrowingNode) -> Node:
    rollout_sum = math.fsum(worth for _, worth in node.rollouts)
    return Node(node.parent, node.trace, node.value, node.first_value, node.n_visits, node.n_copies, len(node.rollouts), rollout_sum)
