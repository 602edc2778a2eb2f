"""Step labels for the process reward model: what a search under the oracle says each step is worth. One function per rule.

The rules of MedS³ (arXiv 2501.12051, published code) label the finished leaves of the tree and nothing else, as published. All others
label every finished trace of the search, roll-outs too, mask the steps that the search says too little about, and make the last label the
verdict.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from osler.core.errors import UserError
from osler.core.reward import last
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Trace
from osler.core.verdict import CheckStep

Label = float | None
"""In [0, 1]; None where the search says too little about the step, which is then masked."""

Path = tuple[str, ...]
"""The texts of the steps from the question to here."""


@dataclass(frozen=True)
class LabelledTrace:
    """`is_right` is the verdict on the answer, whatever the labels say."""

    trace: Trace
    labels_S: tuple[Label, ...]
    is_right: bool = field(kw_only=True)


def monte_carlo(solution: Solution) -> list[LabelledTrace]:
    """The share of right answers among all finished traces of the search that begin with the same steps (Math-Shepherd, arXiv 2312.08935,
    soft estimation; here leaves and roll-outs are pooled). A step that only one trace has is masked; the last step is the verdict."""
    ends: dict[Path, list[bool]] = defaultdict(list)
    for trace, is_right in finished_traces(solution):
        for path in _paths(trace):
            ends[path].append(is_right)
    shares = {path: sum(verdicts) / len(verdicts) for path, verdicts in ends.items() if len(verdicts) > 1}
    return [
        _pinned(trace, [shares.get(path) for path in _paths(trace)], is_right=is_right) for trace, is_right in finished_traces(solution)
    ]


def leaf_mean(solution: Solution) -> list[LabelledTrace]:
    """`leaf_values` brought to [0, 1]: Med-REFL's value of a step (arXiv 2506.13793) as a label. Nothing is masked: a step that one leaf
    alone has is worth what that leaf is worth. The last step is the verdict."""
    values = leaf_values(solution)
    shares = {path: (value + 1) / 2 for path, value in values.items()}
    return [_pinned(trace, [shares[path] for path in _paths(trace)], is_right=is_right) for trace, is_right in finished_traces(solution)]


def leaf_values(solution: Solution) -> dict[Path, float]:
    """For each way from the question: (right − wrong) / (right + wrong) of the leaves at or below it, in [-1, 1]. The mean goes over
    leaves, not over children: in an unbalanced tree they differ. Leaves are the distinct finished traces of the search, roll-outs too; one
    without an answer is not right."""
    leaves = {(_path(trace), trace.response): is_right for trace, is_right in finished_traces(solution)}
    worths: dict[Path, list[int]] = defaultdict(list)
    for (path, _), is_right in leaves.items():
        for end in range(len(path) + 1):
            worths[path[:end]].append(1 if is_right else -1)
    return {path: sum(each) / len(each) for path, each in worths.items()}


def tree_value(solution: Solution) -> list[LabelledTrace]:
    """The backed-up value of each node of the tree; a step beyond the tree is masked; the last step is the verdict. MedS³'s first version
    (`meds3_soft`) with roll-outs as well."""
    values = {path: node.value for path, node in _nodes(solution).items()}
    return [
        _pinned(trace, [values.get(path) for path in _paths(trace)], is_right=is_right) for trace, is_right in finished_traces(solution)
    ]


def smoothed(solution: Solution) -> list[LabelledTrace]:
    """(s + 1) / (k + 2), where s is the sum of the k roll-outs that were made from the node itself: Laplace's rule of succession, the mean
    of the value under a flat prior, so that few roll-outs never make a sure label. A step beyond the tree, or without roll-outs, is masked;
    the last step is the verdict."""
    values = {path: (node.rollout_sum + 1) / (node.n_rollouts + 2) for path, node in _nodes(solution).items() if node.n_rollouts}
    return [
        _pinned(trace, [values.get(path) for path in _paths(trace)], is_right=is_right) for trace, is_right in finished_traces(solution)
    ]


def clamped(solution: Solution, lam: float = 1.0) -> list[LabelledTrace]:
    """Our repair of `meds3_dual`: y_i = clip(v_i − λ·max(0, v_{i−1} − v_i), 0, 1). A fall of the value is punished, a rise earns nothing,
    and the neighbour is the value and not its label, so that no punishment passes on to the next step as a reward. Masks and the last step
    as in `tree_value`."""
    return [
        LabelledTrace(each.trace, (*_fallen(each.labels_S[:-1], lam), each.labels_S[-1]), is_right=each.is_right)
        for each in tree_value(solution)
    ]


def outcome(solution: Solution) -> list[LabelledTrace]:
    """Every step is worth what the answer is worth (an outcome reward model, Cobbe et al., arXiv 2110.14168)."""
    return [LabelledTrace(trace, (float(is_right),) * len(trace.steps), is_right=is_right) for trace, is_right in finished_traces(solution)]


def meds3_soft(solution: Solution) -> list[LabelledTrace]:
    """MedS³ v1 and v2: the backed-up value of each node, nothing pinned; trained with soft cross-entropy."""
    return [LabelledTrace(trace, tuple(values_S), is_right=is_right) for trace, values_S, is_right in _leaves(solution)]


def meds3_dual(solution: Solution) -> list[LabelledTrace]:
    """MedS³'s "dual-sided" label before it is hardened: y_1 = v_1, then y_i = v_i − λ·(y_{i−1} − v_i) with λ = 1. The published recursion
    leaves [0, 1] and its code can train on that (`use_soft_training`); cutting the labels to [0, 1], after the recursion, is ours."""
    return [
        LabelledTrace(trace, tuple(min(max(y, 0.0), 1.0) for y in dual_sided(values_S)), is_right=is_right)
        for trace, values_S, is_right in _leaves(solution)
    ]


def meds3_hard(solution: Solution) -> list[LabelledTrace]:
    """MedS³ as its final script has it: `meds3_dual`, then 1 where y_i > 0 and else 0 (`use_soft_training False`, `positive_thr 0.0`).

    Kept as a baseline, with its flaw: the recursion takes the neighbour's label, not its value, so that a punished step rewards the next
    one. Values (.5, .8, .2, 0) give (1, 1, 0, 1), which marks the wrong end as good; (.5, .8, .2, .9, 1) give (1, 1, 0, 1, 0), which marks
    the right end as bad."""
    return [
        LabelledTrace(trace, tuple(float(y > 0) for y in dual_sided(values_S)), is_right=is_right)
        for trace, values_S, is_right in _leaves(solution)
    ]


def truth(solution: Solution, check: CheckStep | None) -> list[LabelledTrace]:
    """1 for a true step, 0 for one that is false or cannot be read: what a reward model could learn at best. Raises UserError without a
    check."""
    if check is None:
        raise UserError("labels: nothing checks the steps of these items, so 'truth' has no labels for them; choose another rule")
    return [
        LabelledTrace(trace, tuple(float(check(trace.question.id, step.text) == "true") for step in trace.steps), is_right=is_right)
        for trace, is_right in finished_traces(solution)
    ]


def dual_sided(values_S: Sequence[float], lam: float = 1.0) -> list[float]:
    """y_1 = v_1 and y_i = v_i − λ·(y_{i−1} − v_i): the recursion of MedS³'s final code, neither cut nor hardened."""
    labels = list(values_S[:1])
    for value in values_S[1:]:
        labels.append(value - lam * (labels[-1] - value))
    return labels


def finished_traces(solution: Solution) -> list[tuple[Trace, bool]]:
    """The traces that can be labelled, each with its verdict: one that was cut is not wrong, and one that cannot be read has no steps."""
    pairs = zip(solution.candidates, solution.scores, strict=True)
    return [(trace, last(scores_S) == 1.0) for trace, scores_S in pairs if trace.ending is Ending.FINISHED]


def _pinned(trace: Trace, labels_S: Sequence[Label], *, is_right: bool) -> LabelledTrace:
    return LabelledTrace(trace, (*labels_S[:-1], float(is_right)), is_right=is_right)


def _fallen(values_S: Sequence[Label], lam: float) -> list[Label]:
    """`clamped` for all steps but the last. A value whose neighbour is masked stays as it is."""
    labels: list[Label] = []
    for before, value in zip((None, *values_S), values_S, strict=False):
        drop = max(0.0, before - value) if before is not None and value is not None else 0.0
        labels.append(None if value is None else min(max(value - lam * drop, 0.0), 1.0))
    return labels


def _nodes(solution: Solution) -> dict[Path, Node]:
    """The nodes by their steps. A reply that could not be read added a node but no step, and must not pass for its parent; nor must a trace
    that ended with the same steps with which another goes on."""
    return {_path(node.trace): node for ending in (Ending.FINISHED, Ending.OPEN) for node in solution.tree if node.trace.ending is ending}


def _leaves(solution: Solution) -> list[tuple[Trace, list[float], bool]]:
    """The finished traces that are nodes of the tree, with the value of each step; a step inside a node of several has its parent's value
    (MedS³ splits such a finish into a line of nodes that inherit it)."""
    nodes = _nodes(solution)
    ends = {_path(node.trace): node.value for node in solution.tree if node.trace.ending is Ending.FINISHED}
    leaves = []
    for trace, is_right in finished_traces(solution):
        if _path(trace) in ends:
            value, values_S = nodes[()].value, []
            for path in _paths(trace)[:-1]:
                value = nodes[path].value if path in nodes else value
                values_S.append(value)
            leaves.append((trace, [*values_S, ends[_path(trace)]], is_right))
    return leaves


def _path(trace: Trace) -> Path:
    return tuple(step.text for step in trace.steps)


def _paths(trace: Trace) -> list[Path]:
    texts = _path(trace)
    return [texts[: end + 1] for end in range(len(texts))]


def _unchecked(make: Callable[[Solution], list[LabelledTrace]]) -> "LabelRule":
    return lambda solution, check: make(solution)


LabelRule = Callable[[Solution, CheckStep | None], list[LabelledTrace]]
LABEL_RULES: dict[str, LabelRule] = {
    "monte_carlo": _unchecked(monte_carlo),
    "leaf_mean": _unchecked(leaf_mean),
    "tree_value": _unchecked(tree_value),
    "smoothed": _unchecked(smoothed),
    "clamped": _unchecked(clamped),
    "outcome": _unchecked(outcome),
    "truth": truth,
    "meds3_soft": _unchecked(meds3_soft),
    "meds3_dual": _unchecked(meds3_dual),
    "meds3_hard": _unchecked(meds3_hard),
}


def label(rule: str, solution: Solution, check: CheckStep | None = None) -> list[LabelledTrace]:
    """The labelled traces of a search by the rule of this name; `check` tells the truth of a step where that is known."""
    return LABEL_RULES[rule](solution, check)
