"""What a search under the oracle leaves behind, as records: finished traces with their verdicts, and the trees they grew on. Labels are not
among them: `solution_from_records` gives back all that any label rule needs."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from osler.core.model import Usage
from osler.core.question import STRICT, Question
from osler.core.reading import Reading
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.labels import finished_traces


@dataclass(frozen=True, config=STRICT)
class TraceRecord:
    """A finished trace with its verdict as it stands in `traces.jsonl`."""

    id: str
    steps: tuple[str, ...]
    response: str
    is_right: bool
    n_tokens: int

    @classmethod
    def of(cls, trace: Trace, *, is_right: bool) -> "TraceRecord":
        return cls(trace.question.id, tuple(step.text for step in trace.steps), trace.response, is_right, trace.n_tokens)

    def trace(self, question: Question) -> Trace:
        """The trace again, but for its reading."""
        return Trace(question, tuple(map(Step, self.steps)), self.response, ending=Ending.FINISHED, n_tokens=self.n_tokens)


@dataclass(frozen=True, config=STRICT)
class NodeRecord:
    """A node of a tree. `step` is what it adds to its parent, empty where the reply could not be read; where a whole trace was taken over
    in one node, `steps_before` has its steps but for the last. The other fields are `Node`'s."""

    parent: int | None
    step: str
    ending: Ending
    answer: str | None
    value: float
    first_value: float
    n_visits: int
    n_copies: int
    n_rollouts: int
    rollout_sum: float
    steps_before: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        return (*self.steps_before, self.step) if self.step else ()


@dataclass(frozen=True, config=STRICT)
class TreeRecord:
    """One search as it stands in `trees.jsonl`: the tree, if it grew one, with every node after its parent, and the tokens generated."""

    id: str
    tokens: int
    is_cut: bool
    nodes: tuple[NodeRecord, ...]


def trace_records(solution: Solution) -> list[TraceRecord]:
    """Every finished trace of a search under the oracle, in the order of the candidates."""
    return [TraceRecord.of(trace, is_right=is_right) for trace, is_right in finished_traces(solution)]


def tree_record(solution: Solution) -> TreeRecord:
    parents = [None if node.parent is None else solution.tree[node.parent] for node in solution.tree]
    nodes = tuple(map(_node_record, solution.tree, parents))
    return TreeRecord(solution.question.id, solution.usage.completion_tokens, solution.is_cut, nodes)


def _node_record(node: Node, parent: Node | None) -> NodeRecord:
    steps = [step.text for step in node.trace.steps[len(parent.trace.steps) if parent else 0 :]]
    return NodeRecord(
        parent=node.parent,
        step=steps[-1] if steps else "",
        ending=node.trace.ending,
        answer=node.trace.answer,
        value=node.value,
        first_value=node.first_value,
        n_visits=node.n_visits,
        n_copies=node.n_copies,
        n_rollouts=node.n_rollouts,
        rollout_sum=node.rollout_sum,
        steps_before=tuple(steps[:-1]),
    )


def solution_from_records(question: Question, tree: TreeRecord, traces: Sequence[TraceRecord]) -> Solution:
    """The search again, as far as a label rule can see: finished candidates scored with their verdicts, and the nodes with their steps,
    endings and values. Nothing is chosen, and what was unfinished is not among the candidates."""
    nodes: list[Node] = []
    for record in tree.nodes:
        before = () if record.parent is None else nodes[record.parent].trace.steps
        reading = Reading(value=record.answer) if record.answer is not None else None
        trace = Trace(question, (*before, *map(Step, record.steps)), ending=record.ending, reading=reading)
        values = (record.value, record.first_value, record.n_visits, record.n_copies, record.n_rollouts, record.rollout_sum)
        nodes.append(Node(record.parent, trace, *values))
    return Solution(
        question,
        candidates=tuple(record.trace(question) for record in traces),
        chosen=None,
        scores=tuple((float(record.is_right),) * len(record.steps) for record in traces),
        tree=tuple(nodes),
        usage=Usage(completion_tokens=tree.tokens),
        is_cut=tree.is_cut,
    )


def yield_of(solutions: Sequence[Solution]) -> dict[str, int]:
    """The search in numbers: items, items with a right trace, distinct finished traces, right ones among them, tree nodes beside the root,
    tokens generated."""
    distinct = [{(trace.steps, trace.response): is_right for trace, is_right in finished_traces(solution)} for solution in solutions]
    return {
        "n_items": len(solutions),
        "n_solved": sum(any(verdicts.values()) for verdicts in distinct),
        "n_traces": sum(map(len, distinct)),
        "n_right": sum(sum(verdicts.values()) for verdicts in distinct),
        "n_nodes": sum(max(len(solution.tree) - 1, 0) for solution in solutions),
        "tokens": sum(solution.usage.completion_tokens for solution in solutions),
    }
