"""Step labels for the process reward model: what a search under the oracle says each step is worth. One function per rule."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from osler.core.reward import last
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace

Label = float | None
"""In [0, 1]; None where the search says too little about the step, which is then masked."""


@dataclass(frozen=True)
class LabelledTrace:
    trace: Trace
    labels_S: tuple[Label, ...]

    @property
    def is_right(self) -> bool:
        return self.labels_S[-1] == 1.0


def monte_carlo(solution: Solution) -> list[LabelledTrace]:
    """The share of right answers among all finished traces of the search that begin with the same steps (Math-Shepherd, arXiv 2312.08935,
    soft estimation; here leaves and roll-outs are pooled). A step that only one trace has is masked; the last step is the verdict."""
    verdicts = [(trace, last(scores_S)) for trace, scores_S in _finished(solution)]
    ends: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for trace, verdict in verdicts:
        for prefix in _prefixes(trace):
            ends[prefix].append(verdict)
    labelled = []
    for trace, verdict in verdicts:
        labels: list[Label] = [sum(ends[prefix]) / len(ends[prefix]) if len(ends[prefix]) > 1 else None for prefix in _prefixes(trace)]
        labelled.append(LabelledTrace(trace, (*labels[:-1], verdict)))
    return labelled


def tree_value(solution: Solution) -> list[LabelledTrace]:
    """The backed-up value of each node of the tree (MedS³, arXiv 2501.12051), kept within [0, 1]; a step of a roll-out beyond the tree is
    masked; the last step is the verdict."""
    values = {tuple(step.text for step in node.trace.steps): node.value for node in solution.tree}
    labelled = []
    for trace, scores_S in _finished(solution):
        labels = [values.get(prefix) for prefix in _prefixes(trace)]
        labelled.append(LabelledTrace(trace, (*labels[:-1], last(scores_S))))
    return labelled


def outcome(solution: Solution) -> list[LabelledTrace]:
    """Every step is worth what the answer is worth (an outcome reward model, Cobbe et al., arXiv 2110.14168)."""
    return [LabelledTrace(trace, scores_S) for trace, scores_S in _finished(solution)]


def _finished(solution: Solution) -> list[tuple[Trace, tuple[float, ...]]]:
    """The traces that can be labelled, with their scores: one that was cut is not wrong, and one that cannot be read has no steps."""
    pairs = zip(solution.candidates, solution.scores, strict=True)
    return [(trace, scores_S) for trace, scores_S in pairs if trace.ending is Ending.FINISHED]


def _prefixes(trace: Trace) -> list[tuple[str, ...]]:
    texts = tuple(step.text for step in trace.steps)
    return [texts[: end + 1] for end in range(len(texts))]


LabelRule = Callable[[Solution], list[LabelledTrace]]
LABEL_RULES: dict[str, LabelRule] = {"monte_carlo": monte_carlo, "tree_value": tree_value, "outcome": outcome}
