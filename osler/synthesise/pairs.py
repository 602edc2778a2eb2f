"""Preference pairs from search trees, for DPO: of two lines of reasoning about one question, the one that the search found better.

Chosen and rejected are whole prefixes, from the first step on (MedS³, arXiv 2501.12051, published code; Med-REFL, arXiv 2506.13793). A
prefix that is still open ends a turn that the policy would have gone on with; where that matters, keep the pairs of finished traces alone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Trace
from osler.synthesise.labels import Path, finished_traces, leaf_values

GAP = 0.8
N_TOP = 4


@dataclass(frozen=True)
class Pair:
    """`gap` is by how much the value of `chosen` exceeds that of `rejected`."""

    chosen: Trace
    rejected: Trace
    gap: float

    @property
    def is_finished(self) -> bool:
        return self.chosen.has_ended and self.rejected.has_ended


def level_wise(solution: Solution, gap: float = GAP) -> list[Pair]:
    """MedS³'s "ls": two nodes at the same depth, with different parents which both have more than one child, whose values differ by more
    than `gap` = 0.8; and a right and a wrong leaf, where the least value on the way to the one exceeds that on the way to the other by more
    than `gap`. The root, which is on every way, does not count."""
    tree = solution.tree
    n_children = Counter(node.parent for node in tree)
    levels: dict[int, list[Node]] = defaultdict(list)
    for at, node in enumerate(tree):
        if node.parent is not None and n_children[node.parent] > 1 and _is_readable(node):
            levels[len(_way(tree, at))].append(node)
    pairs = [
        _pair(one.trace, one.value, other.trace, other.value)
        for level in levels.values()
        for one, other in combinations(level, 2)
        if one.parent != other.parent
    ]
    is_right = {trace.steps: is_right for trace, is_right in finished_traces(solution)}
    leaves = [(node.trace, min(_way(tree, at))) for at, node in enumerate(tree) if node.trace.steps in is_right and _has_finished(node)]
    right, wrong = ([leaf for leaf in leaves if is_right[leaf[0].steps] is outcome] for outcome in (True, False))
    pairs += [Pair(chosen, rejected, best - worst) for chosen, best in right for rejected, worst in wrong]
    return _ranked(pairs, gap)


def best_worst_sibling(solution: Solution, gap: float = 0.0) -> list[Pair]:
    """MedS³'s "dfs": of the children of each node the best and the worst, where their values differ by more than `gap`."""
    families: dict[int, list[Node]] = defaultdict(list)
    for node in solution.tree:
        if node.parent is not None and _is_readable(node):
            families[node.parent].append(node)
    extremes = [(max(family, key=lambda node: node.value), min(family, key=lambda node: node.value)) for family in families.values()]
    return _ranked([Pair(best.trace, worst.trace, best.value - worst.value) for best, worst in extremes], gap)


def confusing(solution: Solution, n_top: int = N_TOP) -> list[Pair]:
    """Med-REFL's reasoning pairs: the right traces that rank highest by the value of their way, each with the wrong ones that rank highest:
    those whose steps mostly lead to right answers, and that end wrong all the same. A wrong trace has an answer, and one that is not right.

    The worth of a way is the mean of the `leaf_values` of its steps, the gap the difference of two. How many of either are taken is not
    published; `n_top` is ours. The pairs come in the order of the ranks, both counted: the best right one with the most confusing wrong
    one first."""
    right, wrong = ranked_ways(solution)
    ranks = sorted(((i, j) for i in range(len(right)) for j in range(len(wrong)) if max(i, j) < n_top), key=lambda ij: (sum(ij), ij))
    return [Pair(right[i][1], wrong[j][1], right[i][0] - wrong[j][0]) for i, j in ranks]


def ranked_ways(solution: Solution) -> tuple[list[tuple[float, Trace]], list[tuple[float, Trace]]]:
    """The distinct right and the distinct wrong traces with an answer, each with the worth of its way, the highest first; of equals the
    first stays first. A trace without steps has no way."""
    values = leaf_values(solution)
    distinct = {(trace.steps, trace.response): (trace, is_right) for trace, is_right in reversed(finished_traces(solution))}
    ways = [(way_worth(values, trace), trace, is_right) for trace, is_right in reversed(distinct.values()) if trace.steps]
    ways.sort(key=lambda way: -way[0])
    right = [(worth, trace) for worth, trace, is_right in ways if is_right]
    return right, [(worth, trace) for worth, trace, is_right in ways if not is_right and trace.answer is not None]


def way_worth(values: Mapping[Path, float], trace: Trace, start: int = 0) -> float:
    """The mean value of the steps of a trace from `start` on. Raises ZeroDivisionError where there are none."""
    texts = tuple(step.text for step in trace.steps)
    ends = range(start + 1, len(texts) + 1)
    return sum(values[texts[:end]] for end in ends) / len(ends)


def _pair(one: Trace, value: float, other: Trace, other_value: float) -> Pair:
    return Pair(one, other, value - other_value) if value >= other_value else Pair(other, one, other_value - value)


def _ranked(pairs: Iterable[Pair], gap: float) -> list[Pair]:
    """Each pair of texts once, the widest gap first; of equals the first stays first."""
    wide = sorted((pair for pair in pairs if pair.gap > gap), key=lambda pair: -pair.gap)
    distinct = {(pair.chosen.steps, pair.rejected.steps): pair for pair in reversed(wide)}
    return [pair for pair in wide if distinct[pair.chosen.steps, pair.rejected.steps] is pair]


def _way(nodes: Sequence[Node], at: int) -> list[float]:
    """The values from a node up to the child of the root."""
    values = []
    parent = nodes[at].parent
    while parent is not None:
        values.append(nodes[at].value)
        at, parent = parent, nodes[parent].parent
    return values


def _is_readable(node: Node) -> bool:
    return node.trace.ending in (Ending.OPEN, Ending.FINISHED)


def _has_finished(node: Node) -> bool:
    return node.trace.ending is Ending.FINISHED


PairRule = Callable[[Solution], list[Pair]]
PAIR_RULES: dict[str, PairRule] = {"level_wise": level_wise, "best_worst_sibling": best_worst_sibling, "confusing": confusing}


def pairs_of(rule: str, solution: Solution, n_per_question: int) -> list[Pair]:
    """The pairs of one search by the rule of this name, at most so many: those that the rule puts first."""
    return PAIR_RULES[rule](solution)[:n_per_question]
