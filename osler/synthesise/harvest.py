"""What a search under the oracle leaves behind: finished traces with step labels, and the trees they grew on, as records."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT, Question
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.labels import LabelledTrace


@dataclass(frozen=True, config=STRICT)
class TraceRecord:
    """A finished trace as it stands in `traces.jsonl`. `labels` has one number per step, null where the step is masked."""

    id: str
    steps: tuple[str, ...]
    response: str
    labels: tuple[float | None, ...]
    n_tokens: int

    @classmethod
    def of(cls, labelled: LabelledTrace) -> "TraceRecord":
        trace = labelled.trace
        return cls(trace.question.id, tuple(step.text for step in trace.steps), trace.response, labelled.labels_S, trace.n_tokens)

    def labelled(self, question: Question) -> LabelledTrace:
        steps = tuple(Step(text) for text in self.steps)
        trace = Trace(question, steps, self.response, ending=Ending.FINISHED, n_tokens=self.n_tokens)
        return LabelledTrace(trace, self.labels)


def tree_record(solution: Solution) -> dict[str, Any]:
    """One tree: nodes with their parents' positions; a path from the root is a trace."""
    nodes = [
        {
            "parent": node.parent,
            "step": node.trace.steps[-1].text if node.trace.steps else "",
            "ending": node.trace.ending.value,
            "answer": node.trace.answer,
            "value": node.value,
            "first_value": node.first_value,
            "n_visits": node.n_visits,
            "n_copies": node.n_copies,
        }
        for node in solution.tree
    ]
    return {"id": solution.question.id, "tokens": solution.usage.completion_tokens, "is_cut": solution.is_cut, "nodes": nodes}


def yield_of(solutions: Sequence[Solution], labelled: Iterable[LabelledTrace]) -> dict[str, int]:
    """The search in numbers: items, items with a right trace, distinct finished traces, right ones, tree nodes, tokens generated."""
    traces = list(labelled)
    right = [each.trace for each in traces if each.is_right]
    return {
        "n_items": len(solutions),
        "n_solved": len({trace.question.id for trace in right}),
        "n_traces": len(traces),
        "n_right": len(right),
        "n_nodes": sum(max(len(solution.tree) - 1, 0) for solution in solutions),
        "tokens": sum(solution.usage.completion_tokens for solution in solutions),
    }
