"""What the stage `evaluate` compares with what; the numbers themselves are tested where they are made."""

from collections.abc import Sequence
from typing import Any

import pytest

from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.recipe.recipe import swept_name
from osler.stages.evaluation import evaluate


def verdicts(system: str, n: int, tokens: int) -> list[Graded]:
    return [Graded(system, f"q-{at}", "", Outcome.RIGHT, "match", "B", is_truncated=False, n_tokens=tokens) for at in range(n)]


BEAM = {"strategy": {"kind": "beam"}, "reward": "own"}


def vote(n: int, *sweep: int, **fields: Any) -> dict[str, Any]:
    return {"strategy": {"kind": "self_consistency", "n": n}, "sweep": list(sweep)} | fields


@pytest.fixture
def evaluated(make_context):
    def run(systems: dict[str, dict[str, Any]], spent: dict[str, tuple[int, int]], compare: Sequence[Sequence[str]] = ()) -> dict[str, Any]:
        """`spent` has for each system, or system at another n, the items that it answered and the tokens on each."""
        context = make_context(
            10, answer={"systems": systems, "compare": list(map(list, compare))}, reward_models={"own": {"kind": "likelihood"}}
        )
        for file, is_swept in (("verdicts", False), ("sweeps", True)):
            rows = [each for name, (n, tokens) in spent.items() if ("@" in name) is is_swept for each in verdicts(name, n, tokens)]
            write_records(context.run.path(f"{file}.jsonl"), rows)
        write_records(context.run.path("solutions.jsonl"), [])
        evaluate(context)
        return context.run.read_json("metrics.json")

    return run


def pairs(content: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(row["system"], row["baseline"], row["n"]) for row in content["comparisons"]]


def test_a_guided_system_meets_the_vote_that_spent_no_less(evaluated) -> None:
    """Eleven tokens on each of four items: the vote of 8 spent 80, at 2 it spent 20 and at 1 only 10."""
    systems = {"vote": vote(8, 1, 2), "beam": BEAM}
    content = evaluated(systems, {"vote": (10, 80), "vote @ 1": (10, 10), "vote @ 2": (10, 20), "beam": (4, 11)})
    assert pairs(content) == [("beam", "vote @ 2", 4)]


def test_a_vote_on_fewer_items_is_no_fair_comparison(evaluated) -> None:
    """Neither is the vote of another policy, nor does a system without a reward model need one."""
    systems = {"few": vote(8, n_items=3), "beam": BEAM, "greedy": {"strategy": {"kind": "greedy"}}}
    assert pairs(evaluated(systems, {"few": (3, 80), "beam": (4, 80), "greedy": (10, 9)})) == []


def test_what_the_recipe_compares_is_not_compared_twice(evaluated) -> None:
    systems = {"vote": vote(8), "beam": BEAM}
    content = evaluated(systems, {"vote": (10, 80), "beam": (4, 80)}, compare=[["beam", "vote"]])
    assert pairs(content) == [("beam", "vote", 4)]


def test_systems_are_compared_on_the_items_that_both_answered(evaluated) -> None:
    systems = {"a": {"strategy": {"kind": "greedy"}, "n_items": 6}, "b": {"strategy": {"kind": "greedy"}, "n_items": 3}}
    spent = {"a": (6, 9), "b": (3, 9)}
    assert pairs(evaluated(systems, spent, compare=[["a", "b"]])) == [("a", "b", 3)]
    assert pairs(evaluated(systems, spent, compare=[["b", "a"]])) == [("b", "a", 3)]


def test_the_curve_has_a_point_for_every_n(evaluated) -> None:
    content = evaluated({"vote": vote(8, 2)}, {"vote": (10, 80), swept_name("vote", 2): (10, 20)})
    points = [(row["system"], row["tokens_per_item"], row["n_items"]) for row in content["curves"]]
    assert points == [("vote", 20.0, 10), ("vote", 80.0, 10)]
    assert [row["system"] for row in content["metrics"]] == ["vote"]
