import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from osler.core.codec import CODECS
from osler.core.model import Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import ChoiceKey, Item, Question
from osler.core.reading import Reading
from osler.core.records import read_records, write_records
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.judges import JUDGES, QuestionReader
from osler.models.scripted import ScriptedModel
from osler.search import MCTS, BestOfN
from osler.search.drive import drive
from osler.synthesise.exports import prm_record, verified_traces
from osler.synthesise.harvest import NodeRecord, TraceRecord, TreeRecord, solution_from_records, trace_records, tree_record, yield_of
from osler.synthesise.labels import LABEL_RULES, LabelledTrace, label
from osler.synthesise.oracle import Oracle

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two"})
OTHER = Question("q-2", "And?")
ADAPTER = TypeAdapter(TraceRecord)


def trace(*texts: str, question: Question = QUESTION, response: str = "", ending: Ending = Ending.FINISHED) -> Trace:
    return Trace(question, tuple(map(Step, texts)), response, ending, n_tokens=12)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.text().map(str.strip), max_size=5), response=st.text().map(str.strip), is_right=st.booleans())
def test_a_trace_record_comes_back_from_json_as_it_went(steps, response, is_right):
    """Steps and responses are stripped where they are parsed, so the record's own stripping changes nothing."""
    record = TraceRecord("q-1", tuple(steps), response, is_right, 12)
    assert (record.steps, record.response) == (tuple(steps), response)
    assert ADAPTER.validate_json(ADAPTER.dump_json(record)) == record


def test_traces_come_back_from_the_file(tmp_path):
    both = [trace("first", "second"), trace("first", question=OTHER, response="B \u2028 it is.")]
    write_records(tmp_path / "traces.jsonl", [TraceRecord.of(both[0], is_right=True), TraceRecord.of(both[1], is_right=False)])
    records = list(read_records(tmp_path / "traces.jsonl", TraceRecord))
    assert [(record.id, record.is_right) for record in records] == [("q-1", True), ("q-2", False)]
    assert [record.trace(question) for record, question in zip(records, (QUESTION, OTHER), strict=True)] == both


def test_a_trace_in_the_file_by_hand(tmp_path):
    write_records(tmp_path / "traces.jsonl", [TraceRecord.of(trace("first", "second"), is_right=True)])
    assert (tmp_path / "traces.jsonl").read_text() == (
        '{"id": "q-1", "steps": ["first", "second"], "response": "", "is_right": true, "n_tokens": 12}\n'
    )


def test_a_record_with_something_unknown_in_it_is_refused():
    with pytest.raises(ValidationError):
        ADAPTER.validate_json('{"id": "q", "steps": [], "response": "", "is_right": true, "n_tokens": 0, "answer": "A"}')


def test_the_records_of_a_search_are_its_finished_traces_with_their_verdicts():
    """One was cut and one cannot be read; a trace is right where the oracle gave its last step 1."""
    candidates = (trace("a"), trace("b", ending=Ending.LENGTH), trace("c"), trace(ending=Ending.MALFORMED))
    solution = Solution(QUESTION, candidates, 0, ((1.0,), (0.0,), (0.0,), ()))
    assert trace_records(solution) == [TraceRecord("q-1", ("a",), "", True, 12), TraceRecord("q-1", ("c",), "", False, 12)]


def grown() -> Solution:
    """A root, an open node below it, and below that a leaf that ended with B, a reply that could not be read, and a leaf that was taken
    over whole, with two steps at once."""
    first, second, third = Step("first"), Step("second"), Step("third")
    leaf = Trace(QUESTION, (first, second), ending=Ending.FINISHED, reading=Reading(value="B"))
    whole = Trace(QUESTION, (first, third, second), ending=Ending.FINISHED, reading=Reading(value="A"))
    tree = (
        Node(None, Trace(QUESTION), 0.75, 0.0, 3),
        Node(0, Trace(QUESTION, (first,)), 1.0, 0.6, 2, n_copies=3, n_rollouts=5, rollout_sum=3.0),
        Node(1, leaf, 1.0, 1.0, 1),
        Node(1, Trace(QUESTION, (first,), ending=Ending.MALFORMED, raw="?"), 0.0, 0.0, 1),
        Node(1, whole, 0.0, 0.0, 1),
    )
    return Solution(QUESTION, (leaf, whole), 0, ((1.0, 1.0), (0.0, 0.0, 0.0)), tree, Usage(100, 20, 5), is_cut=True)


def test_a_tree_record_has_the_steps_that_each_node_adds_and_its_parent_s_position():
    assert tree_record(grown()) == TreeRecord(
        id="q-1",
        tokens=20,
        is_cut=True,
        nodes=(
            NodeRecord(None, "", Ending.OPEN, None, 0.75, 0.0, 3, 1, 0, 0.0),
            NodeRecord(0, "first", Ending.OPEN, None, 1.0, 0.6, 2, 3, 5, 3.0),
            NodeRecord(1, "second", Ending.FINISHED, "B", 1.0, 1.0, 1, 1, 0, 0.0),
            NodeRecord(1, "", Ending.MALFORMED, None, 0.0, 0.0, 1, 1, 0, 0.0),
            NodeRecord(1, "second", Ending.FINISHED, "A", 0.0, 0.0, 1, 1, 0, 0.0, steps_before=("third",)),
        ),
    )


def test_a_path_from_the_root_of_a_tree_record_is_a_trace():
    nodes = tree_record(grown()).nodes
    at, steps = len(nodes) - 1, []
    while at is not None:
        steps[:0] = nodes[at].steps
        at = nodes[at].parent
    assert steps == ["first", "third", "second"]


def test_a_search_without_a_tree_has_a_record_without_nodes():
    assert tree_record(Solution(QUESTION, (), None)) == TreeRecord("q-1", 0, False, ())


def test_the_yield_by_hand():
    """The first search has two candidates, of which one is right, and four nodes beside its root; the second a right trace twice, a wrong
    one twice but for the response, and one that was cut; the third nothing. 20 tokens, 7 and 0."""
    second = (*[trace("a", question=OTHER)] * 2, *(trace("b", question=OTHER, response=text) for text in "xy"))
    cut = trace("c", question=OTHER, ending=Ending.LENGTH)
    scores = ((1.0,), (1.0,), (0.0,), (0.0,), (0.0,))
    solutions = [grown(), Solution(OTHER, (*second, cut), 0, scores, usage=Usage(9, 7, 1)), Solution(QUESTION, (), None)]
    assert yield_of(solutions) == {"n_items": 3, "n_solved": 2, "n_traces": 5, "n_right": 2, "n_nodes": 4, "tokens": 27}


def test_nothing_yields_nothing():
    assert set(yield_of([]).values()) == {0}


# a search comes back from its records


def script(request: Request, rng: random.Random) -> str:
    """A quarter of the replies say nothing and a quarter are no steps."""
    n_done = request.prefix.count("Step ") - 1 if request.prefix else 0
    good = f"Step {n_done + 1}: so {rng.choice('xy')}\n\nStep {n_done + 2}: then the answer is {rng.choice('AB')}."
    return rng.choice(["", "lost\n\nStep 99: lost", good, good]).removeprefix(f"Step {n_done + 1}:" if request.prefix else "")


def searched(strategy: BestOfN | MCTS, n: int) -> list[Solution]:
    items = [Item(Question(f"item-{number}", "Which?", QUESTION.options), ChoiceKey(("B",))) for number in range(n)]
    policy = Policy(ScriptedModel(script), Prompt("test", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling())
    return drive(strategy, [item.question for item in items], policy, Oracle(items, JUDGES))


STRATEGIES = [BestOfN(n=8), MCTS(n_children=3, n_rollouts=6, min_rollouts=2, max_nodes=12)]


def bare(labelled: Sequence[LabelledTrace]) -> list[tuple[object, ...]]:
    """Everything but the readings, which are not kept."""
    return [(each.trace.steps, each.trace.response, each.trace.n_tokens, each.labels_S, each.is_right) for each in labelled]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_that_comes_back_from_its_records_has_the_same_labels(strategy, tmp_path):
    solutions = [*searched(strategy, 8), grown()]
    write_records(tmp_path / "trees.jsonl", map(tree_record, solutions))
    write_records(tmp_path / "traces.jsonl", [record for solution in solutions for record in trace_records(solution)])
    traces = list(read_records(tmp_path / "traces.jsonl", TraceRecord))
    trees = list(read_records(tmp_path / "trees.jsonl", TreeRecord))
    assert len(trees) == len(solutions)
    n_labelled = 0
    for solution, tree in zip(solutions, trees, strict=True):
        again = solution_from_records(solution.question, tree, [record for record in traces if record.id == tree.id])
        for rule in LABEL_RULES:
            labelled = label(rule, again, lambda _, step: "true" if step.endswith("x") else "unreadable")
            assert bare(labelled) == bare(label(rule, solution, lambda _, step: "true" if step.endswith("x") else "unreadable"))
            n_labelled += len(labelled)
        assert (again.usage.completion_tokens, again.is_cut) == (solution.usage.completion_tokens, solution.is_cut)
        assert [tree_record(again)] == [tree]
        assert yield_of([again]) == yield_of([solution])
    assert n_labelled > 100


@pytest.mark.parametrize("rule", ["monte_carlo", "tree_value", "smoothed", "clamped", "outcome"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_a_search_under_the_oracle_finds_becomes_records_that_fit(strategy, rule):
    """Replies that say nothing are no traces to learn from, and spoil none."""
    solutions = searched(strategy, 6)
    found = [each for solution in solutions for each in label(rule, solution)]
    assert {each.is_right for each in found} == {True, False}
    for each in found:
        record = prm_record(each, Prompt("test", "{question}{options}"), CODECS["step"])
        assert len(record["completions"]) == len(record["labels"]) == len(record["mask"]) > 0
        assert each.is_right == (each.trace.answer == "B")
    assert verified_traces(found, 1)
