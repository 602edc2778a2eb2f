"""Searches become preferences: which pairs and which traces, how they are written, and that DPO and KTO train on them."""

from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import UserError
from osler.core.question import Question
from osler.core.reading import Reading
from osler.core.records import write_records
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.stages.training_records import records_for
from osler.synthesise.harvest import trace_records, tree_record
from osler.train import Records

QUESTION = Question("q-0", "Which is number 0 of these?", {"A": "gout", "B": "flu"})
OPEN, FINISHED = Ending.OPEN, Ending.FINISHED
SEARCHED: dict[str, Any] = {"searches": {"tree": {"strategy": {"kind": "mcts"}, "policy": "seed"}}}


def trace(steps: str, ending: Ending = FINISHED) -> Trace:
    """A step per letter; what has ended answers B after its last step."""
    has_ended = ending is FINISHED
    response = f"The answer is {'B' if steps.endswith('e') else 'A'}." if has_ended else ""
    return Trace(QUESTION, tuple(map(Step, steps)), response, ending=ending, reading=Reading(value="B") if has_ended else None)


# "ac" over "be" by .92 at depth 2, both going on; the right leaf "ace" over the wrong leaf "beg" by the least on their ways, .9 and 0
NODES = [
    (None, "", 0.5, OPEN),
    (0, "a", 0.9, OPEN),
    (0, "b", 0.3, OPEN),
    (1, "ac", 0.97, OPEN),
    (1, "ad", 0.1, OPEN),
    (2, "be", 0.05, OPEN),
    (2, "bf", 0.4, OPEN),
    (3, "ace", 1.0, FINISHED),
    (5, "beg", 0.0, FINISHED),
]
FOUND = Solution(
    QUESTION,
    candidates=(trace("ace"), trace("beg"), trace("ace"), trace("bfg")),
    chosen=None,
    scores=((1.0,) * 3, (0.0,) * 3, (1.0,) * 3, (0.0,) * 3),
    tree=tuple(Node(parent, trace(steps, ending), value, value, 1) for parent, steps, value, ending in NODES),
)


def searched(make_context: Any, solution: Solution = FOUND, **sections: Any) -> Any:
    """A context whose search "tree" has left this."""
    context = make_context(1, **SEARCHED, codec="think", **sections)
    write_records(context.run.path("searches/tree/trees.jsonl"), [tree_record(solution)])
    write_records(context.run.path("searches/tree/traces.jsonl"), trace_records(solution))
    return context


def rows(context: Any) -> Records:
    return records_for(context, "policies.better", context.recipe.policies["better"])


def policy(method: str, **records: Any) -> dict[str, Any]:
    return {"policies": {"better": {"records": {"searches": ["tree"], **records}, "training": {"kind": method}}}}


def turns(row: dict[str, Any], *columns: str) -> list[str]:
    assert [[message["role"] for message in row[column]] for column in columns] == [["assistant"]] * len(columns)
    return [row[column][0]["content"] for column in columns]


WHOLE = {"ace": "<think>\na\n\nc\n\ne\n</think>\n\nThe answer is B.", "beg": "<think>\nb\n\ne\n\ng\n</think>\n\nThe answer is A."}


def test_pairs_of_finished_traces_are_written_whole(make_context) -> None:
    """The response, which the tree on disk has not, is the trace's. The wider gap, of two that go on, takes no other's place."""
    [row] = rows(searched(make_context, **policy("dpo", kind="pairs", n_per_question=1)))
    assert row.keys() == {"id", "prompt", "chosen", "rejected"}
    assert turns(row, "chosen", "rejected") == [WHOLE["ace"], WHOLE["beg"]]
    assert row["prompt"][-1]["role"] == "user"
    assert "Which is number 0 of these?" in row["prompt"][-1]["content"]


def test_prefixes_that_go_on_say_so(make_context) -> None:
    """With a gap of .5 "ac" over "bf", by .57, comes to the two that there are."""
    context = searched(make_context, **policy("dpo", kind="pairs", has_open=True, gap=0.5))
    found = [(*turns(row, "chosen", "rejected"), row.get("open")) for row in rows(context)]
    both = ["chosen", "rejected"]
    going_on = {steps: "<think>\n" + "\n\n".join(steps) for steps in ("ac", "be", "bf")}
    assert found == [
        (going_on["ac"], going_on["be"], both),
        (WHOLE["ace"], WHOLE["beg"], None),
        (going_on["ac"], going_on["bf"], both),
    ]


def test_confusing_pairs_need_the_answers_read_again(make_context) -> None:
    """The records have no readings. Below "b" no leaf is right, so that both wrong traces are of worth −1, and the first comes first."""
    context = searched(make_context, **policy("dpo", kind="pairs", rule="confusing"))
    bfg = WHOLE["beg"].replace("e", "f", 1)
    assert [turns(row, "chosen", "rejected") for row in rows(context)] == [[WHOLE["ace"], WHOLE["beg"]], [WHOLE["ace"], bfg]]


def test_as_many_right_and_wrong_traces_as_are_asked_for_each_once(make_context) -> None:
    context = searched(make_context, **policy("kto", kind="judged"))
    assert [(turns(row, "completion")[0][8], row["label"]) for row in rows(context)] == [("a", True), ("b", False), ("b", False)]
    [right, wrong] = rows(searched(make_context, **policy("kto", kind="judged", n_per_question=1)))
    assert right.keys() == {"id", "prompt", "completion", "label"}
    assert turns(right, "completion") + turns(wrong, "completion") == [WHOLE["ace"], WHOLE["beg"]]


@pytest.mark.parametrize(("method", "kind"), [("dpo", "pairs"), ("kto", "judged")])
def test_nothing_found_is_an_error_in_one_sentence(method: str, kind: str, make_context) -> None:
    nothing = Solution(QUESTION, candidates=(), chosen=None)
    with pytest.raises(UserError, match=r"^policies.better: [^\n]+; search [^\n]+$"):
        rows(searched(make_context, nothing, **policy(method, kind=kind)))


@pytest.mark.parametrize(("method", "kind"), [("dpo", "pairs"), ("kto", "judged")])
def test_the_method_trains_on_what_it_is_given(method: str, kind: str, make_context, tiny: Path, tmp_path: Path) -> None:
    context = searched(make_context, **policy(method, kind=kind))
    outcome = context.recipe.policies["better"].training.train(tiny, rows(context), tmp_path / "out", seed=0)
    assert outcome.n_records == len(rows(context)) > 0


@pytest.mark.parametrize(
    ("method", "records", "what"),
    [
        ("sft", {"kind": "pairs"}, "sft does not read 'pairs'"),
        ("dpo", {"kind": "judged"}, "dpo does not read 'judged'"),
        ("dpo", {"kind": "pairs", "searches": ["other"]}, "other"),
        ("dpo", {"kind": "pairs", "rule": "confusing", "gap": 0.1}, "no least gap"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(method: str, records: dict[str, Any], what: str, make_context) -> None:
    with pytest.raises(UserError, match=what):
        make_context(1, **SEARCHED, **policy(method, **records))
