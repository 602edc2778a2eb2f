"""The arena of a tree search: nodes with parent positions, their visits and values, and the two formulas of MedS³."""

import math
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


@dataclass
class GrowingNode:
    """A node while the tree grows. `is_closed`: nothing below it can be expanded any more."""

    trace: Trace
    parent: int | None
    depth: int
    first_value: float
    value: float
    n_copies: int = 1
    n_visits: int = 1
    children: list[int] = field(default_factory=list)
    is_closed: bool = False


class Tree:
    """Grows by `add`, learns by `visit`. Position 0 is the root: the question with no step."""

    def __init__(self, root: Trace) -> None:
        self.nodes = [GrowingNode(root, None, 0, 0.0, 0.0)]

    def __len__(self) -> int:
        return len(self.nodes)

    def select(self, c: float) -> int | None:
        """The open leaf that UCT leads to from the root, or None where every leaf has ended."""
        if self.nodes[0].is_closed:
            return None
        at = 0
        while self.nodes[at].children:
            parent = self.nodes[at]
            going = [child for child in parent.children if not self.nodes[child].is_closed]
            at = max(going, key=lambda child: uct(self.nodes[child].value, parent.n_visits, self.nodes[child].n_visits, c))
        return at

    def add(self, parent: int, trace: Trace, value: float, n_copies: int) -> int:
        self.nodes.append(GrowingNode(trace, parent, self.nodes[parent].depth + 1, value, value, n_copies, is_closed=trace.has_ended))
        self.nodes[parent].children.append(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def visit(self, at: int | None) -> None:
        """After `at` was expanded: count the visit and back the children's values up to the root. A node without children is closed."""
        while at is not None:
            node = self.nodes[at]
            children = [self.nodes[child] for child in node.children]
            node.n_visits += 1
            if children:
                node.value = back_up(node.value, [(child.value, child.n_visits) for child in children])
            node.is_closed = all(child.is_closed for child in children)
            at = node.parent

    def freeze(self) -> tuple[Node, ...]:
        return tuple(Node(node.parent, node.trace, node.value, node.first_value, node.n_visits, node.n_copies) for node in self.nodes)
