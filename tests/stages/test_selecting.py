"""Which items go on: by a band of passes, by level, in an order, and without those that even the teacher misses."""

import json
import random
from collections import Counter
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import UserError
from osler.core.model import Request
from osler.core.question import ChoiceKey, Item, Question, TextKey
from osler.models.scripted import ScriptedModel
from osler.recipe.selection import ItemSelection
from osler.stages.selecting import selected

WRONG, RIGHT = "Step 1: A. The answer is A.", "Step 1: B. The answer is B."


def right_as_often_as_numbered() -> ScriptedModel:
    """Question number k is answered right k times, then wrong."""
    asked: Counter[str] = Counter()

    def reply(request: Request, _: random.Random) -> str:
        question = request.messages[-1].content
        asked[question] += 1
        return RIGHT if any(f"number {at} " in question and asked[question] <= at for at in range(40)) else WRONG

    return ScriptedModel(reply)


def never_asked() -> ScriptedModel:
    def reply(request: Request, _: random.Random) -> str:
        raise AssertionError("nobody was to be asked")

    return ScriptedModel(reply)


def ids(context: Any, settings: ItemSelection, name: str = "hard") -> list[str]:
    return [item.id for item in selected(context, name, settings, context.read("search.jsonl", Item))]


def test_the_band_keeps_exactly_one_to_seven_of_sixteen(make_context) -> None:
    """The golden value: 0, 1, 7 and 8 of 16 are dropped, kept, kept and dropped; so is 16 of 16."""
    context = make_context(17, {"seed": right_as_often_as_numbered()})
    assert ids(context, ItemSelection(n=16, low=1, high=7)) == [f"q-{at}" for at in range(1, 8)]
    account = context.run.read_json("selections/hard.json")
    assert (account["n_kept"], account["n_left_out"]) == (7, {"too_easy": 9, "too_hard": 1})
    assert account["n_items_by_n_right"] == {str(at): 1 for at in range(17)}
    assert account["n_kept_by_n_right"] == {str(at): 1 for at in range(1, 8)}


@pytest.mark.parametrize(("k", "m", "kept"), [(4, 4, 1), (4, 3, 2), (5, 2, 4), (5, 1, 5)])
def test_what_fails_at_least_m_of_k_times_is_mined(k: int, m: int, kept: int, make_context) -> None:
    """Question number p fails k − p times of k."""
    context = make_context(6, {"seed": right_as_often_as_numbered()})
    assert ids(context, ItemSelection(n=k, high=k - m)) == [f"q-{at}" for at in range(kept)]


def test_as_many_of_each_of_six_levels(make_context) -> None:
    """Of 24 questions the first five are right 0 to 4 times of 5 and the other 19 always: levels 6 to 2 have one each, of level 1 as many
    are drawn as one may have; with the same seed the same."""
    settings = ItemSelection(n=5, n_per_level=2)
    kept = []
    for _ in range(2):
        context = make_context(24, {"seed": right_as_often_as_numbered()})
        kept.append(ids(context, settings))
    assert kept[0] == kept[1]
    assert kept[0][:5] == [f"q-{at}" for at in range(5)]
    account = context.run.read_json("selections/hard.json")
    assert account["n_kept_by_n_right"] == {"0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 2}
    assert account["n_left_out"] == {"surplus": 17}


def test_easy_first_by_passes(make_context) -> None:
    context = make_context(4, {"seed": right_as_often_as_numbered()})
    assert ids(context, ItemSelection(n=2, easy_first=("passes",))) == ["q-2", "q-3", "q-1", "q-0"]


def test_closed_before_open_and_groups_in_their_order_without_asking_anybody(make_context) -> None:
    """By form first and by the number of legs within it; what is of no named group comes last; equals stay as they came."""
    context = make_context(1, {"seed": never_asked()})
    letters = {"A": "gout", "B": "flu"}
    shapes = [("a", "", "3 legs"), ("b", "B", "2 legs"), ("c", "B", "other"), ("d", "", "1 leg"), ("e", "B", "1 leg"), ("f", "A", "1 leg")]
    items = [
        Item(Question(name, "?", letters if letter else {}), ChoiceKey((letter,)) if letter else TextKey("gout"), group)
        for name, letter, group in shapes
    ]
    settings = ItemSelection(easy_first=("closed", "groups"), groups=("1 leg", "2 legs", "3 legs"))
    assert [item.id for item in selected(context, "staged", settings, items)] == ["e", "f", "b", "c", "d", "a"]
    assert context.run.read_json("selections/staged.json") == {"n_kept": 6, "n_left_out": {}}
    assert settings.policies == []


def test_what_even_the_teacher_misses_is_set_aside_and_never_kept(make_context) -> None:
    """The policy knows question 0, the teacher 0 and 1: 2 and 3 go to people, with what was answered; the teacher is not asked about 0."""
    teacher = ScriptedModel(lambda request, _: RIGHT if "number 1 " in request.messages[-1].content else WRONG)
    seed = ScriptedModel(lambda request, _: RIGHT if "number 0 " in request.messages[-1].content else WRONG)
    policies = {"strong": {"records": {"kind": "worked"}, "training": {"kind": "sft"}}}
    context = make_context(4, {"seed": seed, "strong": teacher}, policies=policies)
    settings = ItemSelection(n=3, review={"policy": "strong", "n": 5})
    assert ids(context, settings) == ["q-0", "q-1"]
    lines = context.run.path("selections/hard.review.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["item"]["question"]["id"], row["policy"], row["teacher"]) for row in rows] == [
        ("q-2", {"A": 3}, {"A": 5}),
        ("q-3", {"A": 3}, {"A": 5}),
    ]
    assert context.run.read_json("selections/hard.json")["n_left_out"] == {"review": 2}
    assert len(teacher.requests) == 3 * 5
    assert settings.policies == ["seed", "strong"]


def test_a_teacher_may_be_an_engine_of_its_own(make_context, tiny, monkeypatch) -> None:
    """A model that nobody trained answers nothing, so that all go to people; what it wrote is counted."""
    from osler.stages.context import Context

    seed = ScriptedModel(lambda request, _: WRONG)
    context = make_context(2, {"seed": seed})
    settings = TypeAdapter(ItemSelection).validate_python(
        {"n": 2, "review": {"engine": {"kind": "hf", "path": str(tiny)}, "n": 2, "sampling": {"max_tokens": 3}}}
    )
    with monkeypatch.context() as patch:
        scripted = type(context).policy
        patch.setattr(
            type(context),
            "policy",
            lambda self, name, sampling: (scripted if self.recipe == context.recipe else Context.policy)(self, name, sampling),
        )
        with pytest.raises(UserError, match=r"^selection hard: none of 2 items is kept \(review 2\); [^\n]+$"):
            ids(context, settings)
    assert context.usage.completion_tokens > 0
    assert not context.run.path("engine.json").exists()


def test_nothing_left_is_an_error_in_one_sentence(make_context) -> None:
    context = make_context(2, {"seed": ScriptedModel(lambda request, _: WRONG)})
    with pytest.raises(UserError, match=r"^selection hard: none of 2 items is kept \(too_hard 2\); [^\n]+$"):
        ids(context, ItemSelection(n=2, low=1))


@pytest.mark.parametrize("wrong", [{"n": 4, "high": 5}, {"low": 3, "high": 2}, {"easy_first": ["groups"]}, {"groups": ["a"]}])
def test_settings_that_do_not_fit_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give"):
        TypeAdapter(ItemSelection).validate_python(wrong)
