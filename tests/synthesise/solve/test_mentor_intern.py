"""Mentors and interns by script: scores, ends, ties and what nobody may see, counted by hand."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.model import Finish, Reply, Request, Usage
from osler.core.question import Item, OpenKey, Question
from osler.core.verdict import Outcome
from osler.models.scripted import ScriptedModel
from osler.synthesise.block import worked
from osler.synthesise.draft import Authored, Draft, DroppedDraft, Origin
from osler.synthesise.drive import drive_waves
from osler.synthesise.solve.mentor_intern import MentorIntern
from tests.synthesise.makings import item_draft, kit_of, models_of

BLOCK = MentorIntern(mentors=("ann", "bob"), interns=("ida", "jon"))
RIGHT, WRONG = "So it is.\n</think>\n\nThe answer is A.", "So it is.\n</think>\n\nThe answer is B."

Says = Callable[[Request], str]


def mentor(*steps: str, closing: str = "It is scurvy. The answer is A.") -> Says:
    """Shows these steps, less those that the prompt already has."""

    def says(request: Request) -> str:
        shown = request.messages[-1].content.split("<steps>")[1]
        return json.dumps({"steps": [step for step in steps if step not in shown], "answer": closing})

    return says


def intern(*helped_by: str) -> Says:
    """Is right where a step that helps stands in what it goes on from: always, or ("…?") at the low temperature alone."""

    def says(request: Request) -> str:
        for step in helped_by:
            if step.rstrip("?") in request.prefix and (not step.endswith("?") or request.sampling.temperature == 0.2):
                return RIGHT
        return WRONG

    return says


def made(roles: Mapping[str, Says], draft: Draft | None = None, block: MentorIntern = BLOCK) -> tuple[Any, dict[str, ScriptedModel]]:
    models = models_of(roles)
    [[found]] = drive_waves([worked([block], draft or item_draft(), kit_of(models))], models)
    return found, models


def trace_of(found: Draft | DroppedDraft) -> Authored:
    assert isinstance(found, Draft)
    [trace] = found.authored
    return trace


def test_a_step_that_helps_every_intern_ends_it_with_the_whole_trace_of_its_mentor() -> None:
    """ann's first two steps help at two of four; bob's at all: his trace of three steps, and not a call at depth 2."""
    roles = {"ann": mentor("a1", "a2", "a3"), "bob": mentor("b1", "b2", "b3"), "ida": intern("a2?", "b2"), "jon": intern("a2?", "b1")}
    found, models = made(roles)
    trace = trace_of(found)
    assert (trace.author, trace.steps, trace.response) == ("bob", ("b1", "b2", "b3"), "It is scurvy. The answer is A.")
    assert (trace.outcome, trace.flags) == (Outcome.RIGHT, ("label_guided",))
    note = found.notes["mentor_intern"]
    assert note["scores"] == [{"ann": 0.5, "bob": 1.0}]
    assert (note["end"], note["n_asked"], note["n_failed"]) == ("all_right", 8, 0)
    assert {role: len(model.requests) for role, model in models.items()} == {"ann": 1, "bob": 1, "ida": 4, "jon": 4}


def test_three_right_of_four_are_three_quarters_and_the_best_goes_on() -> None:
    """Depth 1: ann ¾, bob ¼, so ann's a1 and a2 are taken. Depth 2: ann goes on with her own a3 unasked, which helps all; bob is asked from
    a1 and a2."""
    roles = {
        "ann": mentor("a1", "a2", "a3", "a4"),
        "bob": mentor("b1", "b2", "b3"),
        "ida": intern("a3", "a2", "b2?"),
        "jon": intern("a3", "a2?"),
    }
    found, models = made(roles)
    note = found.notes["mentor_intern"]
    assert note["scores"] == [{"ann": 0.75, "bob": 0.25}, {"ann": 1.0, "bob": 0.75}]
    assert (note["chosen"], note["end"]) == (["ann"], "all_right")
    assert trace_of(found).steps == ("a1", "a2", "a3", "a4")
    assert len(models["ann"].requests) == 1
    assert [("1. a1\n2. a2" in each.messages[-1].content) for each in models["bob"].requests] == [False, True]
    assert {"a3" in each.prefix for each in models["ida"].requests} == {True, False}


def test_where_no_step_helps_the_item_is_dropped() -> None:
    found, models = made({"ann": mentor("a1", "a2"), "bob": mentor("b1", "b2"), "ida": intern(), "jon": intern()})
    assert isinstance(found, DroppedDraft)
    assert (found.block, found.reason) == ("mentor_intern", "no_step_helps")
    assert found.detail == "depth 1: 8 completions in all, 0 failed"
    assert len(models["ann"].requests) == 1


def test_at_the_last_depth_the_trace_of_the_mentor_chosen_last_is_saved() -> None:
    """Every step helps ida at the low temperature alone: ¼ each. Of equals a mentor not chosen before: ann, then bob, then ann, the first.
    At depth 3 ann is asked again from a1, a2, b1; her next step is then taken, and what she shows is saved."""
    roles = {"ann": mentor("a1", "a2", "a3", "a4"), "bob": mentor("b1", "b2", "b3"), "ida": intern("a1?", "b1?"), "jon": intern()}
    found, _ = made(roles)
    note = found.notes["mentor_intern"]
    assert note["scores"] == [{"ann": 0.25, "bob": 0.25}] * 3
    assert (note["chosen"], note["past"], note["end"]) == (["ann", "bob", "ann"], {"ann": 0.75, "bob": 0.75}, "max_depth")
    trace = trace_of(found)
    assert (trace.author, trace.steps) == ("ann", ("a1", "a2", "b1", "a3", "a4"))


def test_a_tie_after_the_root_goes_to_the_better_past() -> None:
    """Depth 1: ann ¼, bob ½; b1 and b2 are taken. Depth 2: both help all; bob's past is the better one."""
    roles = {
        "ann": mentor("a1", "a2"),
        "bob": mentor("b1", "b2", "b3"),
        "ida": intern("a1?", "b1?"),
        "jon": lambda request: RIGHT if "b2" in request.prefix and request.sampling.temperature == 0.2 else WRONG,
    }

    def later(says: Says) -> Says:
        return lambda request: RIGHT if "b2" in request.prefix and ("a1" in request.prefix or "b3" in request.prefix) else says(request)

    found, _ = made({**roles, "ida": later(roles["ida"]), "jon": later(roles["jon"])})
    assert found.notes["mentor_intern"]["scores"] == [{"ann": 0.25, "bob": 0.5}, {"ann": 1.0, "bob": 1.0}]
    assert trace_of(found).author == "bob"


def test_a_tie_at_the_root_is_drawn_and_drawn_the_same_again() -> None:
    roles = {"ann": mentor("a1", "a2"), "bob": mentor("b1", "b2"), "ida": intern("1"), "jon": intern("1")}
    authors = [trace_of(made(roles, item_draft(f"item-{number}"))[0]).author for number in range(12)]
    assert set(authors) == {"ann", "bob"}
    assert authors == [trace_of(made(roles, item_draft(f"item-{number}"))[0]).author for number in range(12)]


def test_no_intern_sees_the_key() -> None:
    """Mentors are told the answer; what interns are sent is the same for every key, but for the steps that they are shown."""
    roles = {"ann": mentor("a1", "a2", "a3"), "bob": mentor("b1", "b2", "b3"), "ida": intern("a2?"), "jon": intern("b3")}
    _, models = made(roles)
    assert all("A. vitamin C\n</answer>" in each.messages[-1].content for role in ("ann", "bob") for each in models[role].requests)
    asked = [each for role in ("ida", "jon") for each in models[role].requests]
    assert asked
    plain = kit_of(models).policy("ida").prompt.messages(item_draft().asked.question)
    assert {each.messages for each in asked} == {plain}
    assert not any("answer" in each.prefix or "scurvy" in each.prefix for each in asked)
    assert {each.sampling.temperature for each in asked} == {1.2, 0.2}


def test_equal_interns_do_not_draw_the_same() -> None:
    """Two roles of one engine are still four samples of each step."""
    _, models = made({"ann": mentor("a1", "a2"), "bob": mentor("b1", "b2"), "ida": intern(), "jon": intern()})
    seeds = [each.seed for role in ("ida", "jon") for each in models[role].requests]
    assert len(set(seeds)) == len(seeds) == 8


@pytest.mark.parametrize(
    ("steps", "closing", "reason"),
    [
        (("a1", "The answer is A."), "The answer is A.", "gives_away"),
        (("So it is A.", "a2"), "The answer is A.", "gives_away"),
        (("vitamin C", "a2"), "The answer is A.", "gives_away"),
        (("a1", "a2"), "The answer is B.", "another_answer"),
        (("a1", "a2"), "Who knows?", "another_answer"),
        (("a1", "\t"), "The answer is A.", "wrong_shape"),
        ((), "The answer is A.", "wrong_shape"),
    ],
)
def test_a_mentor_that_gives_the_answer_away_or_another_one_has_nothing_to_offer(steps: tuple[str, ...], closing: str, reason: str) -> None:
    """It is asked three times in all, then the other mentor goes on alone."""
    roles = {"ann": mentor(*steps, closing=closing), "bob": mentor("b1", "b2"), "ida": intern("b1"), "jon": intern("b1")}
    found, models = made(roles)
    assert trace_of(found).author == "bob"
    assert found.notes["mentor_intern"]["silent"] == [f"ann: {reason}"]
    assert found.notes["mentor_intern"]["scores"] == [{"bob": 1.0}]
    assert len(models["ann"].requests) == 3


def test_where_no_mentor_can_be_used_the_item_is_dropped() -> None:
    found, _ = made({"ann": lambda _: "I cannot say.", "bob": lambda _: "{}", "ida": intern(), "jon": intern()})
    assert isinstance(found, DroppedDraft)
    assert (found.reason, found.detail) in {
        ("no_mentor", "ann: malformed, bob: wrong_shape"),
        ("no_mentor", "ann: refused, bob: wrong_shape"),
    }


class Failing(ScriptedModel):
    """Every request fails for good."""

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply("", Finish.ERROR, Usage(n_calls=1), error="no route")


def test_a_completion_that_fails_stays_in_the_denominator_and_is_counted() -> None:
    """jon fails always, ida is right: ½ for each, at each depth."""
    models = models_of({"ann": mentor("a1", "a2", "a3", "a4"), "bob": mentor("b1", "b2"), "ida": intern("1")})
    models["jon"] = Failing({})
    [[found]] = drive_waves([worked([BLOCK], item_draft(), kit_of(models))], models)
    assert isinstance(found, Draft)
    note = found.notes["mentor_intern"]
    assert note["scores"][0] == {"ann": 0.5, "bob": 0.5}
    assert note["n_failed"] * 2 == note["n_asked"]
    assert note["n_failed"] == len(models["jon"].requests)


def test_an_item_whose_key_no_rule_judges_is_dropped() -> None:
    draft = Draft("open", Origin("test", "open"), item=Item(Question("open", "Why?", kind="open"), OpenKey("Because.")))
    found, models = made({"ann": mentor("a"), "bob": mentor("b"), "ida": intern(), "jon": intern()}, draft)
    assert isinstance(found, DroppedDraft)
    assert found.reason == "unjudged"
    assert not models["ann"].requests


@pytest.mark.parametrize(
    "roles",
    [
        {"mentors": ("ann",), "interns": ("ida",)},
        {"mentors": ("ann", "bob"), "interns": ()},
        {"mentors": ("ann", "ann"), "interns": ("ida",)},
        {"mentors": ("ann", "bob"), "interns": ("bob",)},
    ],
)
def test_there_are_two_mentors_and_an_intern_and_nobody_twice(roles: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValidationError):
        MentorIntern(**roles)  # type: ignore[arg-type]
