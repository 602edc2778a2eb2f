import random

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
from osler.synthesise.harvest import TraceRecord, tree_record, yield_of
from osler.synthesise.labels import LABEL_RULES, LabelledTrace
from osler.synthesise.oracle import Oracle

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two"})
OTHER = Question("q-2", "And?")
ADAPTER = TypeAdapter(TraceRecord)


def labelled(*labels: float | None, question: Question = QUESTION, response: str = "") -> LabelledTrace:
    steps = tuple(Step(f"step {number}") for number, _ in enumerate(labels, 1))
    return LabelledTrace(Trace(question, steps, response, Ending.FINISHED, n_tokens=12), labels)


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=5),
    texts=st.data(),
    response=st.text().map(str.strip),
)
def test_a_trace_record_comes_back_from_json_as_it_went(labels, texts, response):
    """Steps and responses are stripped where they are parsed, so the record's own stripping changes nothing."""
    steps = tuple(texts.draw(st.text().map(str.strip)) for _ in labels)
    record = TraceRecord("q-1", steps, response, tuple(labels), 12)
    assert (record.steps, record.response) == (steps, response)
    assert ADAPTER.validate_json(ADAPTER.dump_json(record)) == record


def test_labelled_traces_come_back_from_the_file(tmp_path):
    both = [labelled(0.35, None, 1.0), labelled(0.0, question=OTHER, response="B \u2028 it is.")]
    write_records(tmp_path / "traces.jsonl", map(TraceRecord.of, both))
    records = list(read_records(tmp_path / "traces.jsonl", TraceRecord))
    assert [record.id for record in records] == ["q-1", "q-2"]
    assert [record.labelled(question) for record, question in zip(records, (QUESTION, OTHER), strict=True)] == both
    assert [record.labels for record in records] == [(0.35, None, 1.0), (0.0,)]


def test_a_masked_step_is_null_in_the_file(tmp_path):
    write_records(tmp_path / "traces.jsonl", [TraceRecord.of(labelled(0.35, None, 1.0))])
    assert (tmp_path / "traces.jsonl").read_text() == (
        '{"id": "q-1", "steps": ["step 1", "step 2", "step 3"], "response": "", "labels": [0.35, null, 1.0], "n_tokens": 12}\n'
    )


def test_a_record_with_something_unknown_in_it_is_refused():
    with pytest.raises(ValidationError):
        ADAPTER.validate_json('{"id": "q", "steps": [], "response": "", "labels": [], "n_tokens": 0, "answer": "A"}')


def grown() -> Solution:
    """A root, an open node below it, and a leaf below that which ended with B."""
    steps = (Step("first"), Step("second"))
    leaf = Trace(QUESTION, steps, ending=Ending.FINISHED, reading=Reading(value="B"))
    tree = (
        Node(None, Trace(QUESTION), 0.75, 0.0, 3),
        Node(0, Trace(QUESTION, steps[:1]), 1.0, 1.0, 2, n_copies=3),
        Node(1, leaf, 1.0, 1.0, 1),
    )
    return Solution(QUESTION, (leaf,), 0, ((1.0, 1.0),), tree, Usage(100, 20, 5), is_cut=True)


def test_a_tree_record_has_a_step_for_each_node_and_its_parent_s_position():
    root = {"parent": None, "step": "", "ending": "open", "answer": None, "value": 0.75, "first_value": 0.0, "n_visits": 3, "n_copies": 1}
    assert tree_record(grown()) == {
        "id": "q-1",
        "tokens": 20,
        "is_cut": True,
        "nodes": [
            root,
            {**root, "parent": 0, "step": "first", "value": 1.0, "first_value": 1.0, "n_visits": 2, "n_copies": 3},
            {**root, "parent": 1, "step": "second", "ending": "finished", "answer": "B", "value": 1.0, "first_value": 1.0, "n_visits": 1},
        ],
    }


def test_a_path_from_the_root_of_a_tree_record_is_a_trace():
    nodes = tree_record(grown())["nodes"]
    at, steps = len(nodes) - 1, []
    while at is not None:
        steps.append(nodes[at]["step"])
        at = nodes[at]["parent"]
    assert steps[::-1] == ["", "first", "second"]


def test_a_search_without_a_tree_has_a_record_without_nodes():
    assert tree_record(Solution(QUESTION, (), None)) == {"id": "q-1", "tokens": 0, "is_cut": False, "nodes": []}


def test_the_yield_by_hand():
    """Two searches; the first has two right traces and a wrong one, the second a wrong one only: one of two is solved. The first tree has
    two nodes beside its root, the second has no tree. 20 tokens and 7."""
    traces = [labelled(0.5, 1.0), labelled(None, 1.0), labelled(0.5, 0.0), labelled(0.0, question=OTHER)]
    assert yield_of([grown(), Solution(OTHER, (), None, usage=Usage(9, 7, 1))], traces) == {
        "n_items": 2,
        "n_solved": 1,
        "n_traces": 4,
        "n_right": 2,
        "n_nodes": 2,
        "tokens": 27,
    }


def test_nothing_yields_nothing():
    assert set(yield_of([], iter([])).values()) == {0}


@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
@pytest.mark.parametrize("strategy", [BestOfN(n=8), MCTS(n_children=3, n_rollouts=6, min_rollouts=2, max_nodes=12)])
def test_what_a_search_under_the_oracle_finds_becomes_records_that_fit(strategy, rule):
    """A quarter of the replies say nothing and a quarter are no steps: they are no traces to learn from, and spoil none."""

    def script(request: Request, rng: random.Random) -> str:
        n_done = request.prefix.count("Step ") - 1 if request.prefix else 0
        good = f"Step {n_done + 1}: so {rng.choice('xy')}\n\nStep {n_done + 2}: then the answer is {rng.choice('AB')}."
        return rng.choice(["", "lost\n\nStep 99: lost", good, good]).removeprefix(f"Step {n_done + 1}:" if request.prefix else "")

    items = [Item(Question(f"q-{number}", "Which?", QUESTION.options), ChoiceKey(("B",))) for number in range(6)]
    prompt, codec = Prompt("test", "{question}{options}"), CODECS["step"]
    policy = Policy(ScriptedModel(script), prompt, codec, QuestionReader(), Sampling())
    solutions = drive(strategy, [item.question for item in items], policy, Oracle(items, JUDGES))
    found = [each for solution in solutions for each in LABEL_RULES[rule](solution)]
    assert {each.is_right for each in found} == {True, False}
    for each in found:
        record = prm_record(each, prompt, codec)
        assert len(record["completions"]) == len(record["labels"]) == len(record["mask"]) > 0
        assert each.is_right == (each.trace.answer == "B")
        assert TraceRecord.of(each).labelled(each.trace.question).labels_S == each.labels_S
    assert verified_traces(found, 1)
    assert yield_of(solutions, found)["n_traces"] == len(found)
