"""A search for training data: which questions it takes, what it may spend, and what it leaves on disk."""

import random
from typing import Any

import pytest

from osler.core.errors import RecipeError
from osler.core.model import Request
from osler.models.scripted import ScriptedModel
from osler.stages.searching import search
from osler.synthesise.harvest import TraceRecord, TreeRecord

WRONG, RIGHT = "Step 1: A. The answer is A.", "Step 1: B. The answer is B."
DRAW_4: dict[str, Any] = {"kind": "rejection_sampling", "n": 4, "n_per_ask": 2, "max_right": 4}


def at_random(request: Request, rng: random.Random) -> str:
    """One to thirty words, all different, and an answer that is right half the time."""
    words = " ".join(str(rng.random()) for _ in range(rng.randint(1, 30)))
    return f"Step 1: {words}. The answer is {rng.choice('AB')}."


def knowing(*right: str) -> ScriptedModel:
    """Right on these questions and on no other."""
    return ScriptedModel(lambda request, _: RIGHT if any(f"number {at} " in request.messages[-1].content for at in right) else WRONG)


def trees(context, name: str) -> dict[str, TreeRecord]:
    return {tree.id: tree for tree in context.read(f"searches/{name}/trees.jsonl", TreeRecord)}


def test_what_a_search_leaves(make_context) -> None:
    """Two questions, one of which the policy knows; four draws of seven words each, all alike, so that one trace of each is kept."""
    context = make_context(2, {"seed": knowing("1")}, searches={"plain": {"strategy": DRAW_4}})
    search(context, "plain")
    assert [(each.id, each.tokens) for each in trees(context, "plain").values()] == [("q-0", 28), ("q-1", 28)]
    traces = context.read("searches/plain/traces.jsonl", TraceRecord)
    assert [(each.id, each.is_right) for each in traces] == [("q-0", False), ("q-1", True)]
    numbers = {"n_items": 2, "n_solved": 1, "n_traces": 2, "n_right": 1, "n_nodes": 0, "tokens": 56}
    about = {"name": "plain", "policy": "seed", "strategy": "rejection_sampling", "n_skipped": 0}
    assert context.run.read_json("searches/plain/yield.json") == about | numbers


def test_the_curriculum_keeps_what_the_policy_fails_at(make_context) -> None:
    """Of five questions it knows two; of the three that are left the first two are searched. Two were left out, not three."""
    settings = {"strategy": DRAW_4, "curriculum": {"n": 3, "max_right": 1}, "n_items": 2}
    context = make_context(5, {"seed": knowing("0", "3")}, searches={"hard": settings})
    search(context, "hard")
    assert list(trees(context, "hard")) == ["q-1", "q-2"]
    assert context.run.read_json("searches/hard/yield.json")["n_skipped"] == 2


def test_a_selection_stands_in_place_of_a_curriculum(make_context) -> None:
    """Of five questions it knows two, which are selected; the other three were left out. It draws other traces for the search."""
    model = knowing("0", "3")
    settings = {"strategy": DRAW_4, "selection": {"n": 3, "low": 2}}
    context = make_context(5, {"seed": model}, searches={"easy": settings})
    search(context, "easy")
    assert list(trees(context, "easy")) == ["q-0", "q-3"]
    assert context.run.read_json("searches/easy/yield.json")["n_skipped"] == 3
    assert context.run.read_json("selections/searches.easy.json")["n_kept"] == 2
    assert len({request.seed for request in model.requests}) == 5 * 3 + 2 * 4


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"selection": {"low": 1}, "curriculum": {}}, "in place of a curriculum"),
        ({"selection": {"low": 1, "policy": "stronger"}}, "stronger"),
        ({"selection": {"review": {"policy": "stronger"}}}, "stronger"),
        ({"selection": {"low": 1}, "equal_to": "other"}, "leave out `curriculum`, `selection`"),
    ],
)
def test_a_selection_that_does_not_fit(wrong, what: str, make_context) -> None:
    with pytest.raises(RecipeError, match=what):
        make_context(1, {}, searches={"other": {"strategy": DRAW_4}, "hard": {"strategy": DRAW_4, **wrong}})


@pytest.mark.parametrize(("max_right", "kept"), [(0, 2), (1, 3), (2, 4)])
def test_at_most_so_many_right_are_a_failure(max_right: int, kept: int, make_context) -> None:
    """Questions 0 to 4 are answered right 0 to 4 times of four, and number 5 never."""
    asked: dict[str, int] = {}

    def counting(request: Request, _: random.Random) -> str:
        question = request.messages[-1].content
        asked[question] = asked.get(question, 0) + 1
        return RIGHT if any(f"number {at} " in question and asked[question] <= at for at in range(5)) else WRONG

    settings = {"strategy": DRAW_4, "curriculum": {"n": 4, "max_right": max_right}}
    context = make_context(6, {"seed": ScriptedModel(counting)}, searches={"hard": settings})
    search(context, "hard")
    assert list(trees(context, "hard")) == [*(f"q-{at}" for at in range(kept - 1)), "q-5"]


def test_the_samples_of_the_curriculum_are_not_drawn_again(make_context) -> None:
    """The same prompt, the same sampling, other seeds; and the same again in the next run."""
    settings = {"strategy": DRAW_4, "curriculum": {"n": 4, "max_right": 3}}
    seeds = []
    for _ in range(2):
        model = ScriptedModel(at_random)
        context = make_context(20, {"seed": model}, searches={"hard": settings})
        search(context, "hard")
        before, after = model.requests[:80], model.requests[80:]
        assert {each.messages for each in after} <= {each.messages for each in before}
        assert {each.sampling for each in after} == {each.sampling for each in before}
        assert {each.seed for each in before} & {each.seed for each in after} == set()
        assert len({each.seed for each in before}) == 80
        seeds.append([each.seed for each in model.requests])
    assert seeds[0] == seeds[1]


def test_another_search_at_equal_tokens(make_context) -> None:
    """On every question it goes on until it has spent as much as the other, and stops within the ask in which it does."""
    context = make_context(
        12,
        {"seed": ScriptedModel(at_random)},
        searches={
            "first": {"strategy": {"kind": "best_of_n", "n": 9}, "n_items": 7},
            "second": {"strategy": {"kind": "rejection_sampling", "n": 1000, "n_per_ask": 2, "max_right": 1000}, "equal_to": "first"},
        },
    )
    search(context, "first")
    search(context, "second")
    first, second = trees(context, "first"), trees(context, "second")
    assert list(second) == list(first) == [f"q-{at}" for at in range(7)]
    one_ask = 2 * 36  # two traces of at most 30 words and 6 around them
    assert {id: 0 <= second[id].tokens - first[id].tokens < one_ask for id in first} == dict.fromkeys(first, True)
    assert all(each.is_cut for each in second.values())


def test_a_curriculum_that_leaves_nothing_is_an_empty_search(make_context) -> None:
    settings = {"strategy": DRAW_4, "curriculum": {"n": 2, "max_right": 0}}
    context = make_context(2, {"seed": knowing("0", "1")}, searches={"hard": settings, "same": {"strategy": DRAW_4, "equal_to": "hard"}})
    for name in ("hard", "same"):
        search(context, name)
        assert trees(context, name) == {}
        assert context.run.read_json(f"searches/{name}/yield.json")["n_items"] == 0
