"""Answers and shared candidates: which items each system answers, at which n, and what the records say."""

import random
from typing import Any

from osler.core.model import Request
from osler.core.verdict import Outcome
from osler.evaluate.candidates import CandidateSet
from osler.evaluate.grade import Graded
from osler.evaluate.truths import SolutionRecord
from osler.models.scripted import ScriptedModel
from osler.stages.answering import answer, candidates


class Ones:
    """Implements `RewardModel`: every step is worth the same."""

    identity = "ones"

    def score(self, traces) -> list[tuple[float, ...]]:
        return [(1.0,) * len(trace.steps) for trace in traces]


def at_random(request: Request, rng: random.Random) -> str:
    return f"Step 1: {rng.random()}.\n\nStep 2: The answer is {rng.choice('AB')}."


def greedy(**fields: Any) -> dict[str, Any]:
    return {"strategy": {"kind": "greedy", "max_tokens": 50}} | fields


VOTE = {"strategy": {"kind": "self_consistency", "n": 5}}
BEST = {"strategy": {"kind": "best_of_n", "n": 5}, "reward": "ones"}
ONES: dict[str, Any] = {"ones": {"kind": "likelihood"}}


def test_every_system_answers_the_first_so_many_items(make_context) -> None:
    """Six items: all of them, four of them, and as many as there are where more are asked for."""
    systems = {"all": greedy(), "four": greedy(n_items=4), "many": greedy(n_items=99)}
    context = make_context(6, {"seed": ScriptedModel(at_random)}, answer={"systems": systems})
    answer(context)
    answered = {name: [each.item_id for each in context.read("verdicts.jsonl", Graded) if each.system == name] for name in systems}
    ids = [f"q-{at}" for at in range(6)]
    assert answered == {"all": ids, "four": ids[:4], "many": ids}
    solutions = context.read("solutions.jsonl", SolutionRecord)
    assert [(each.system, each.id) for each in solutions] == [(name, id) for name in systems for id in answered[name]]
    assert context.read("sweeps.jsonl", Graded) == []


def test_a_sweep_answers_with_every_other_n_out_of_the_same_samples(make_context) -> None:
    model = ScriptedModel(at_random)
    system = VOTE | {"sweep": [1, 3], "n_items": 2}
    context = make_context(3, {"seed": model}, answer={"systems": {"vote": system}})
    answer(context)
    swept = context.read("sweeps.jsonl", Graded)
    assert [(each.system, each.item_id) for each in swept] == [(f"vote @ {n}", id) for n in (1, 3) for id in ("q-0", "q-1")]
    own = context.read("verdicts.jsonl", Graded)
    assert [each.n_tokens for each in swept] == [own[0].n_tokens // 5 * n for n in (1, 1, 3, 3)]
    assert len({request.seed for request in model.requests}) == 2 * 5


def test_each_policy_answers_for_its_own_systems(make_context) -> None:
    policies = {"next": {"records": {"kind": "traces", "searches": ["one"]}, "training": {"kind": "sft"}}}
    models = {name: ScriptedModel({"": f"Step 1: The answer is {letter}."}) for name, letter in (("seed", "A"), ("next", "B"))}
    systems = {"first": greedy(), "second": greedy(policy="next"), "third": greedy()}
    searches = {"one": {"strategy": {"kind": "rejection_sampling"}}}
    context = make_context(1, models, answer={"systems": systems}, searches=searches, policies=policies)
    answer(context)
    outcomes = {each.system: each.outcome for each in context.read("verdicts.jsonl", Graded)}
    assert outcomes == {"first": Outcome.WRONG, "second": Outcome.RIGHT, "third": Outcome.WRONG}


def test_candidates_are_those_that_the_systems_choose_from(make_context) -> None:
    """The same requests as voting and best-of-n of the same size, scored by every reward model, each with its verdict."""
    model = ScriptedModel(at_random)
    settings = {"systems": {"vote": VOTE, "best": BEST}, "candidates": {"n": 5}}
    context = make_context(4, {"seed": model}, {"ones": Ones()}, answer=settings, reward_models=ONES)
    answer(context)
    asked = set(model.requests)
    candidates(context)
    assert set(model.requests) == asked
    sets = context.read("candidates.jsonl", CandidateSet)
    assert [(each.id, len(each.candidates)) for each in sets] == [(f"q-{at}", 5) for at in range(4)]
    for candidate in (candidate for each in sets for candidate in each.candidates):
        assert candidate.is_right == (candidate.answer == "B")
        assert candidate.scores == {"ones": (1.0, 1.0)}
        assert candidate.step_truths == ()


def test_candidates_without_an_answer_are_not_right(make_context) -> None:
    settings = {"systems": {"greedy": greedy()}, "candidates": {"n": 2}}
    context = make_context(1, {"seed": ScriptedModel({"": ""})}, answer=settings)
    candidates(context)
    [only] = context.read("candidates.jsonl", CandidateSet)
    assert [(each.answer, each.is_right, each.scores) for each in only.candidates] == [(None, False, {})] * 2
