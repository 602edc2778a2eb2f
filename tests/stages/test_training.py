"""What policies and reward models are trained on, and what is held out for a blend; the training itself is a stand-in."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.core.errors import RecipeError, UserError
from osler.core.question import Item, Question
from osler.core.records import write_records
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.rewards.blend import BlendWeights
from osler.stages import training_records
from osler.stages.context import Context
from osler.stages.training import train_policy, train_reward
from osler.stages.training_records import is_held_out
from osler.synthesise.harvest import trace_records, tree_record
from osler.train import GRPO, SFT, Trained, TrainPRM
from osler.train.rewarding import Attempt

SFT_1 = {"kind": "sft"}
LABELLED = {"kind": "labelled", "labels": "outcome", "searches": ["one"]}


def prm(start: str = "seed", **labelled: Any) -> dict[str, Any]:
    return {"kind": "prm", "start": start, "training": {"kind": "prm"}, "records": LABELLED | labelled}


TRACES = {"kind": "traces", "searches": ["one"]}
SEARCH = {"strategy": {"kind": "rejection_sampling"}}


class Scored:
    """Implements `RewardModel`: 0.9 for every step of a trace that says yes, 0.2 for any other. `seen` are the questions."""

    identity = "scored"

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        self.seen |= {trace.question.id for trace in traces}
        return [(0.9 if "yes" in trace.steps[0].text else 0.2,) * len(trace.steps) for trace in traces]


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every training, as the folder it starts from and the one it writes."""
    done: list[tuple[str, str]] = []

    def train(self: Any, base: Path, records: Sequence[Any], folder: Path, *, seed: int, on_step: Any = None) -> Trained:
        done.append((base.name, "/".join(folder.parts[-2:])))
        return Trained(0.0, 1, len(records))

    monkeypatch.setattr(SFT, "train", train)
    monkeypatch.setattr(TrainPRM, "train", train)
    return done


def found(context, name: str, n_right: int, n_wrong: int = 0) -> None:
    """Leave what a search found on every question: so many right traces and so many wrong ones."""
    solutions = []
    for at in range(len((context.run.folder / "search.jsonl").read_text().splitlines())):
        question = Question(f"q-{at}", f"Which is number {at} of these?", {"A": "gout", "B": "flu"})
        words = [*((f"yes {name} {n}", 1.0) for n in range(n_right)), *((f"no {name} {n}", 0.0) for n in range(n_wrong))]
        traces = tuple(Trace(question, (Step(word), Step("So.")), ending=Ending.FINISHED) for word, _ in words)
        solutions.append(Solution(question, traces, None, scores=tuple((worth, worth) for _, worth in words)))
    write_records(context.run.path(f"searches/{name}/trees.jsonl"), map(tree_record, solutions))
    write_records(context.run.path(f"searches/{name}/traces.jsonl"), [each for solution in solutions for each in trace_records(solution)])


def records(context, name: str) -> list[dict[str, Any]]:
    return context.read(f"training/{name}.jsonl", dict[str, Any])


def test_a_policy_learns_so_many_right_traces_of_each_question_and_search(make_context, trained) -> None:
    traces = {"kind": "traces", "searches": ["one", "two"], "n_per_question": 2}
    policies = {"next": {"records": traces, "training": SFT_1}, "both": {"records": [{"kind": "worked"}, traces], "training": SFT_1}}
    context = make_context(3, searches={"one": SEARCH, "two": SEARCH}, policies=policies)
    found(context, "one", n_right=3, n_wrong=2)
    found(context, "two", n_right=1)
    train_policy(context, "next")
    said = [record["messages"][-1]["content"] for record in records(context, "policies/next")]
    assert [(" ".join(text.split()[2:4])) for text in said] == ["yes one", "yes one"] * 3 + ["yes two"] * 3
    write_records(context.run.path("worked.jsonl"), [{"id": "w-1", "messages": []}])
    train_policy(context, "both")
    ids = [[record["id"] for record in records(context, f"policies/{name}")] for name in ("next", "both")]
    assert ids[1] == ["w-1", *ids[0]]
    assert trained == [("nowhere", "models/next"), ("nowhere", "models/both")]


def test_a_reward_learns_so_many_right_and_wrong_traces_of_each_question(make_context, trained) -> None:
    policies = {"next": {"records": TRACES, "training": SFT_1}}
    rewards = {"next": prm("next", n_per_question=2)}
    context = make_context(2, searches={"one": SEARCH}, policies=policies, reward_models=rewards)
    found(context, "one", n_right=3, n_wrong=1)
    train_policy(context, "next")
    train_reward(context, "next")
    assert [record["labels"] for record in records(context, "rewards/next")] == [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]] * 2
    assert len(records(context, "policies/next")) == 6, "a reward may have a policy's name: their records lie apart"
    assert trained == [("nowhere", "models/next"), ("next", "rewards/next")]


def test_the_questions_that_are_held_out_are_the_blend_s(make_context) -> None:
    """A blend of two parts that held out 30 and 50 % is fitted on the 30 % that both did."""
    blend = {"kind": "blend", "parts": ["a", "b"], "searches": ["one"], "labels": "outcome"}
    rewards = {"a": prm(hold_out=0.3), "b": prm(hold_out=0.5), "both": blend}
    scored = Scored()
    context = make_context(60, rewards={"a": scored, "b": scored}, searches={"one": SEARCH}, reward_models=rewards)
    found(context, "one", n_right=1, n_wrong=1)
    learned = {}
    for name in ("a", "b"):
        train_reward(context, name)
        learned[name] = {record["id"] for record in records(context, f"rewards/{name}")}
    train_reward(context, "both")
    assert learned["b"] < learned["a"]
    assert scored.seen == {f"q-{at}" for at in range(60)} - learned["a"]
    assert 0 < len(scored.seen) < 30
    weights = BlendWeights.read(context.run.path("rewards/both/blend.json"))
    assert weights.parts == ("a", "b")
    assert weights.weights[1] > 0


def test_a_blend_of_nothing_trained_takes_every_question(make_context) -> None:
    rewards = {"a": {"kind": "likelihood"}, "own": {"kind": "blend", "parts": ["a"], "searches": ["one"], "labels": "outcome"}}
    scored = Scored()
    context = make_context(5, rewards={"a": scored}, searches={"one": SEARCH}, reward_models=rewards)
    found(context, "one", n_right=1, n_wrong=1)
    train_reward(context, "a")
    train_reward(context, "own")
    assert scored.seen == {f"q-{at}" for at in range(5)}


def test_a_policy_may_learn_what_it_finds_likeliest(make_context, monkeypatch) -> None:
    """By the mean of the step scores under the policy that training starts from, and not by the labels."""

    class Odd:
        identity = "odd"

        def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
            return [(0.1, 0.3 + int(trace.steps[0].text[-1]) % 3 / 10) for trace in traces]

    monkeypatch.setattr(Context, "likelihood", lambda self, policy: Odd())
    policy = {"records": TRACES | {"n_per_question": 2, "rank_by": "likelihood"}, "training": SFT_1}
    context = make_context(2, searches={"one": SEARCH}, policies={"next": policy})
    found(context, "one", n_right=4, n_wrong=2)
    train_policy(context, "next")
    said = [record["messages"][-1]["content"].split()[4] for record in records(context, "policies/next")]
    assert said == ["2", "1"] * 2


def test_a_search_that_found_nothing_is_one_sentence(make_context, trained) -> None:
    rewards = {"prm": prm(), "mixed": {"kind": "blend", "parts": ["q"], "searches": ["one"]}, "q": {"kind": "likelihood"}}
    context = make_context(2, searches={"one": SEARCH}, policies={"next": {"records": TRACES, "training": SFT_1}}, reward_models=rewards)
    found(context, "one", n_right=0, n_wrong=0)
    write_records(context.run.path("worked.jsonl"), [{"id": "w-1", "messages": []}])
    with pytest.raises(UserError, match=r"^policies\.next: one found no right trace; [^\n]+$"):
        train_policy(context, "next")
    with pytest.raises(UserError, match=r"^reward_models\.prm: outcome labels no trace on 2 questions of one; [^\n]+$"):
        train_reward(context, "prm")
    with pytest.raises(UserError, match=r"^reward_models\.mixed: monte_carlo labels no trace on 2 held-out questions of one; [^\n]+$"):
        train_reward(context, "mixed")
    assert trained == []


def test_too_few_questions_to_hold_any_out(make_context) -> None:
    """q-0 lies at 0.59: a share of 0.3 does not hold it out."""
    blend = {"kind": "blend", "parts": ["a"], "searches": ["one"], "labels": "outcome"}
    context = make_context(1, searches={"one": SEARCH}, reward_models={"a": prm(hold_out=0.3), "own": blend})
    found(context, "one", n_right=1, n_wrong=1)
    train_reward(context, "a")
    with pytest.raises(UserError, match=r"no trace on 0 held-out questions of one; search on more questions, or raise the `hold_out`"):
        train_reward(context, "own")


@pytest.mark.parametrize("share", [0.05, 0.15, 0.5, 0.9])
def test_a_share_of_the_questions_is_held_out(share: float) -> None:
    """Within four standard deviations of 20,000 draws; a greater share holds out the same questions and more."""
    ids = [f"clinic-diagnosis-train-{at:05d}" for at in range(20_000)]
    held_out = {id for id in ids if is_held_out(id, share)}
    assert len(held_out) / 20_000 == pytest.approx(share, abs=4 * (share * (1 - share) / 20_000) ** 0.5)
    assert held_out <= {id for id in ids if is_held_out(id, share + 0.05)}


def test_what_is_held_out_depends_on_the_id_alone() -> None:
    """`printf q-N | b2sum -l 32`, over 2³², for the first six: 0.587, 0.089, 0.941, 0.211, 0.307, 0.491."""
    assert [is_held_out(f"q-{at}", 0.4) for at in range(6)] == [False, True, False, True, True, False]
    assert [is_held_out(f"q-{at}", 0.5) for at in range(6)] == [False, True, False, True, True, True]
    assert not any(is_held_out(f"q-{at}", 0.0) for at in range(100))
    assert all(is_held_out(hashlib.sha256(bytes([at])).hexdigest(), 1.0) for at in range(100))


@pytest.mark.parametrize(
    ("base", "warm_up", "training", "seed", "expected"),
    [
        ("hf", False, False, "nowhere", []),
        ("hf", False, True, "seed", [("nowhere", "models/seed")]),
        ("hf", True, False, "warm", [("nowhere", "models/warm")]),
        ("hf", True, True, "seed", [("nowhere", "models/warm"), ("warm", "models/seed")]),
    ],
)
def test_where_the_seed_policy_lies(base, warm_up, training, seed, expected, make_context, trained) -> None:
    data = {"kind": "clinic", "n_worked": 2, "n_exercises": 2, "n_search": 0, "n_answer": 1}
    own = {"base": {"kind": base, "path": "nowhere"}, "warm_up": SFT_1 if warm_up else None, "training": SFT_1 if training else None}
    context = make_context(1, data=data, seed_policy=own)
    write_records(context.run.path("exercises.jsonl"), [{"id": "e-1", "messages": []}])
    train_policy(context, "seed")
    assert trained == expected
    assert context.checkpoint("seed").name == seed


def test_items_become_prompts_as_the_policy_is_asked_and_their_reward_is_handed_over(make_context, monkeypatch) -> None:
    """In the columns of an export of kind grpo; the reward of the recipe marks an attempt as evaluation would."""
    given: dict[str, Any] = {}

    def train(self: Any, base: Path, records: Sequence[Any], folder: Path, **named: Any) -> Trained:
        given.update(named, records=records)
        return Trained(0.0, 1, len(records))

    monkeypatch.setattr(GRPO, "train", train)
    policies = {"next": {"records": {"kind": "prompts"}, "reward": {}, "training": {"kind": "grpo"}}}
    context = make_context(2, models={}, codec="step", policies=policies)
    train_policy(context, "next")
    asked = context.prompt.messages(Question("q-0", "Which is number 0 of these?", {"A": "gout", "B": "flu"}))
    first = given["records"][0]
    assert first["prompt"] == [{"role": message.role, "content": message.content} for message in asked]
    assert (first["id"], first["answer_kind"], first["answers"]) == ("q-0", "choice", ["B"])
    assert TypeAdapter(Item).validate_json(first["item"]).id == "q-0"
    texts = ["Step 0: So.\n\nStep 1: The answer is B.", "Step 0: So.\n\nStep 1: The answer is A."]
    assert [each.total for each in given["reward"]([Attempt(first, text, 9) for text in texts])] == [1.0, 0.0]


def test_of_items_a_selection_keeps_some(make_context, monkeypatch) -> None:
    """What is kept, and in which order, is `selected`'s: here all but the first."""
    kept: list[str] = []

    def train(self: Any, base: Path, records: Sequence[Any], folder: Path, **named: Any) -> Trained:
        kept.extend(record["id"] for record in records)
        return Trained(0.0, 1, len(records))

    monkeypatch.setattr(GRPO, "train", train)
    monkeypatch.setattr(training_records, "selected", lambda context, name, settings, items: items[settings.low :])
    policies = {"next": {"records": {"kind": "prompts", "selection": {"n": 2, "low": 1}}, "reward": {}, "training": {"kind": "grpo"}}}
    train_policy(make_context(3, policies=policies), "next")
    assert kept == ["q-1", "q-2"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"reward": None}, r": policies\.next\.reward: grpo learns from what its attempts are worth; "),
        ({"training": SFT_1, "records": {"kind": "worked"}}, r": policies\.next\.reward: sft learns from records alone; "),
        ({"training": SFT_1}, r": policies\.next\.records\.kind: sft does not read 'prompts'; choose among "),
        (
            {"records": {"kind": "prompts", "selection": {"policy": "nobody", "low": 1}}},
            r": policies\.next\.records\.selection: there is no 'nobody'",
        ),
    ],
)
def test_what_does_not_fit_a_training_by_attempts_is_said_at_once(change, what, make_context) -> None:
    policy = {"records": {"kind": "prompts"}, "reward": {}, "training": {"kind": "grpo"}} | change
    with pytest.raises(RecipeError, match=what):
        make_context(2, policies={"next": policy})
