import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from safetensors.torch import load_file
from trl import GRPOTrainer

from osler.core.codec import CODECS
from osler.core.errors import RecordError, UserError
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Item
from osler.core.trace import Trace
from osler.judges import QuestionReader
from osler.models.hf import HuggingFace
from osler.synthesise.exports import grpo_record
from osler.train import LoRA, Records
from osler.train.grpo import GRPO, AttemptSampling, overlong
from osler.train.grpo_trainer import arguments
from osler.train.method import Course
from osler.train.rewarding import Attempt, Marks
from osler.train.schedule import Schedule
from tests.synthesise.makings import item_draft

SHORT = AttemptSampling(max_tokens=6)
ONE_STEP = Schedule(learning_rate=1e-3, batch_size=2, max_steps=1)
SMALL = GRPO(schedule=ONE_STEP, sampling=SHORT)

Reward = Callable[[Sequence[Attempt]], list[Marks]]


def items(n: int = 2) -> list[Item]:
    drafts = [item_draft(f"q{at}", f"Which vitamin prevents scurvy {at}?") for at in range(n)]
    return [draft.item for draft in drafts if draft.item]


def rows(n: int = 2) -> list[dict[str, Any]]:
    return [grpo_record(item, Prompt.named("plain")) for item in items(n)]


def first_of_each(right: str) -> Reward:
    """1 for the first attempt at the record `right`; every other attempt gets 0."""

    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        seen: set[str] = set()
        marks = []
        for each in attempts:
            marks.append(Marks(float(each.record["id"] == right and right not in seen)))
            seen.add(each.record["id"])
        return marks

    return reward


def has_e(attempts: Sequence[Attempt]) -> list[Marks]:
    return [Marks(float("e" in each.text), {"has_e": float("e" in each.text)}) for each in attempts]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What TRL was given to compute its loss of, part by part."""
    seen: list[dict[str, Any]] = []
    compute = GRPOTrainer._compute_loss

    def spied(self: Any, model: Any, inputs: dict[str, Any]) -> Any:
        seen.append({name: value.clone() if isinstance(value, torch.Tensor) else value for name, value in inputs.items()})
        return compute(self, model, inputs)

    monkeypatch.setattr(GRPOTrainer, "_compute_loss", spied)
    return seen


def curve(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("divide_by", "success", "fail"), [("group", 2.4749, -0.3536), ("nothing", 0.875, -0.125)])
def test_the_advantages_of_1_of_8_are_those_of_the_literature(divide_by, success, fail, tiny, tmp_path, computed):
    """By the standard deviation of a sample, which adds 1e-4 to it; by that of a population it would be 2.6458 and −0.3780. The group of
    which all are wrong is not there."""
    outcome = replace(SMALL, divide_by=divide_by).train(tiny, rows(), tmp_path / "trained", seed=0, reward=first_of_each("q0"))
    [part] = computed
    advantages = sorted(part["advantages"].tolist(), reverse=True)
    assert advantages == pytest.approx([success] + [fail] * 7, abs=1e-3)
    assert sum(advantages) == pytest.approx(0, abs=1e-5)
    assert {name: outcome.notes[name] for name in ("n_groups", "n_groups_all_right", "n_groups_all_wrong")} == {
        "n_groups": 2,
        "n_groups_all_right": 0,
        "n_groups_all_wrong": 1,
    }


@pytest.mark.parametrize("mark", [0.0, 1.0])
def test_where_no_group_has_spread_nothing_moves(mark, tiny, tmp_path):
    """Not even towards the reference; what all had right is counted apart from what all had wrong."""
    method = replace(SMALL, kl_beta=0.5)
    outcome = method.train(tiny, rows(), tmp_path / "trained", seed=0, reward=lambda attempts: [Marks(mark)] * len(attempts))
    start, end = (load_file(folder / "model.safetensors") for folder in (tiny, tmp_path / "trained"))
    assert all(torch.equal(start[name], end[name]) for name in start)
    assert (outcome.notes["n_groups_all_right"], outcome.notes["n_groups_all_wrong"]) == (2 * mark, 2 - 2 * mark)
    assert (outcome.loss, outcome.notes["reward"]) == (0, mark)


@pytest.mark.parametrize("loss", ["dapo", "grpo", "dr_grpo"])
def test_the_gradient_is_trls_own_of_the_groups_with_spread_alone(loss, tiny, tmp_path, monkeypatch):
    """Four prompts of which two have spread, in two parts, against TRL's loss of those two groups' attempts alone, in one."""
    from osler.train.grpo_trainer import SpreadTrainer

    taken: list[tuple[Any, dict[str, Any]]] = []
    drawn = SpreadTrainer._generate_and_score_completions
    monkeypatch.setattr(
        SpreadTrainer,
        "_generate_and_score_completions",
        lambda self, inputs: taken.append((self, drawn(self, inputs))) or taken[-1][1],
    )

    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        return [Marks(float(at % 3 == 0) if each.record["id"] in ("q0", "q2") else 1.0) for at, each in enumerate(attempts)]

    method = GRPO(schedule=replace(ONE_STEP, batch_size=4, learning_rate=1e-12), sampling=SHORT, loss=loss, n_parts=2, kl_beta=0.1)
    method.train(tiny, rows(4), tmp_path / "trained", seed=0, reward=reward)
    [(trainer, inputs)] = taken
    kept = inputs["is_kept"]
    assert kept.sum() == 16
    alone = {name: value[kept] if isinstance(value, torch.Tensor) and value.ndim else value for name, value in inputs.items()}
    assert int(alone["num_items_in_batch"]) == int(alone["completion_mask"].sum())
    trainer.current_gradient_accumulation_steps = trainer.args.steps_per_generation = 1
    trainer.model.zero_grad()
    GRPOTrainer._compute_loss(trainer, trainer.model, alone).backward()
    norm = math.sqrt(sum(float(weight.grad.pow(2).sum()) for weight in trainer.model.parameters() if weight.grad is not None))
    assert norm > 1e-3
    assert curve(tmp_path / "trained")[0]["grad_norm"] == pytest.approx(norm, rel=1e-4)


def test_a_whole_batch_is_marked_at_once_and_attempts_end_where_the_turn_does(tiny, tmp_path):
    asked: list[Sequence[Attempt]] = []

    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        asked.append(attempts)
        return has_e(attempts)

    records = rows(4)
    method = GRPO(schedule=replace(ONE_STEP, batch_size=4), sampling=replace(SHORT, max_tokens=50), n_attempts=16)
    method.train(tiny, records, tmp_path / "trained", seed=0, reward=reward)
    [attempts] = asked
    assert len(attempts) == 64
    assert sorted(each.record["id"] for each in attempts) == sorted(f"q{at}" for at in range(4) for _ in range(16))
    assert all(each.record in records for each in attempts)
    assert {each.is_cut for each in attempts} == {True, False}
    assert all(each.n_tokens == 50 for each in attempts if each.is_cut)
    assert any(each.n_tokens < 50 for each in attempts)
    assert not any("<|" in each.text for each in attempts)


def test_the_policy_is_trained_on_the_prompt_that_it_answers(tiny, tmp_path, computed):
    GRPO(schedule=ONE_STEP, sampling=SHORT).train(tiny, rows(), tmp_path / "trained", seed=0, reward=has_e)
    engine = HuggingFace(str(tiny)).load()
    policy = Policy(engine, Prompt.named("plain"), CODECS["step"], QuestionReader(), SHORT)
    expected = set(engine._encode([policy.request(Trace(item.question), 0, is_whole=True) for item in items()]))
    [part] = computed
    pairs = zip(part["prompt_ids"], part["prompt_mask"], strict=True)
    assert {tuple(ids[mask.bool()].tolist()) for ids, mask in pairs} == expected


def test_terms_are_logged_apart_and_their_means_stay(tiny, tmp_path):
    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        return [Marks(0.75 * (at % 2), {"right": at % 2, "form": -0.25 * (at % 2)}) for at in range(len(attempts))]

    schedule = replace(ONE_STEP, max_steps=2)
    outcome = GRPO(schedule=schedule, sampling=SHORT, overlong_buffer=6).train(tiny, rows(), tmp_path / "trained", seed=0, reward=reward)
    for row in curve(tmp_path / "trained"):
        assert (row["reward/right"], row["reward/form"]) == (0.5, -0.125)
        assert row["reward"] == pytest.approx(0.375 + row["reward/overlong"])
    assert (outcome.notes["reward/right"], outcome.notes["reward/form"]) == (0.5, -0.125)
    assert outcome.notes["reward/overlong"] < 0
    assert json.loads((tmp_path / "trained" / "training.json").read_text())["notes"] == dict(outcome.notes)


@pytest.mark.parametrize(("n_tokens", "expected"), [(1, 0), (11264, 0), (12800, -0.5), (14336, -1)])
def test_the_overlong_penalty_of_med_r3(n_tokens, expected):
    assert overlong(n_tokens, 14336, 3072) == pytest.approx(expected)
    assert overlong(n_tokens, 14336, 0) == 0


@pytest.mark.parametrize("bad", [Marks(math.nan), Marks(1.0, {"right": math.inf})])
def test_a_mark_that_is_no_number_stops_with_the_record_and_the_attempt(bad, tiny, tmp_path):
    said: list[str] = []

    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        said.extend(each.text for each in attempts)
        return [Marks(0.0)] * (len(attempts) - 1) + [bad]

    records = Records(rows(), ["a.jsonl:4", "a.jsonl:7"])
    method = replace(SMALL, is_in_order=True)
    with pytest.raises(RecordError, match=r"^a.jsonl:7: its mark is (nan|1.0)") as raised:
        method.train(tiny, records, tmp_path / "trained", seed=0, reward=reward)
    assert repr(said[-1]) in str(raised.value)


def test_a_reward_that_fails_is_said_with_the_attempt_that_it_fails_at(tiny, tmp_path):
    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        if any(each.record["id"] == "q1" for each in attempts):
            raise ValueError("no answer in the item")
        return [Marks(0.0)] * len(attempts)

    records = Records(rows(), ["a.jsonl:4", "a.jsonl:7"])
    with pytest.raises(RecordError, match=r"^a.jsonl:7: the reward failed at it \(ValueError: no answer in the item\): '"):
        SMALL.train(tiny, records, tmp_path / "trained", seed=0, reward=reward)
    with pytest.raises(UserError, match="1 marks came for 16 attempts"):
        SMALL.train(tiny, records, tmp_path / "trained", seed=0, reward=lambda attempts: [Marks(0.0)])


@pytest.mark.parametrize(
    ("change", "reason", "what"),
    [
        ({"prompt": []}, "missing_column", "there is no `prompt`"),
        ({"item": ""}, "missing_column", "there is no `item`"),
        ({"prompt": [{"role": "assistant", "content": "A."}]}, "no_question", "does not end with what the user says"),
        (
            {"prompt": [{"role": "user", "content": "gout " * 200}]},
            "too_long",
            r"the prompt has \d+ tokens and an attempt 6; the policy takes",
        ),
    ],
)
def test_what_is_amiss_with_a_record_is_said_before_the_first_step(change, reason, what, tiny, tmp_path):
    records = Records([*rows(), {**rows()[0], **change}], ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"])
    with pytest.raises(RecordError, match=rf"^a.jsonl:3: .*{what}"):
        SMALL.train(tiny, records, tmp_path / "stopped", seed=0, reward=has_e)
    outcome = replace(SMALL, on_bad="drop").train(tiny, records, tmp_path / "dropped", seed=0, reward=has_e)
    assert (outcome.dropped, outcome.n_records) == ({reason: 1}, 2)


def test_what_cannot_be_is_said_in_one_sentence(tiny, tmp_path):
    with pytest.raises(UserError, match="2 records do not fill a batch of 16 prompts"):
        GRPO(sampling=SHORT).train(tiny, rows(), tmp_path / "trained", seed=0, reward=has_e)
    with pytest.raises(UserError, match="16 attempts cannot be shared evenly by 3 parts"):
        replace(SMALL, n_parts=3).train(tiny, rows(), tmp_path / "trained", seed=0, reward=has_e)
    with pytest.raises(UserError, match="nothing says what an attempt is worth"):
        SMALL.train(tiny, rows(), tmp_path / "trained", seed=0)
    with pytest.raises(ValueError, match="temperature"):
        AttemptSampling(temperature=0.0)
    with pytest.raises(UserError, match="length counts twice"):
        GRPO(schedule=ONE_STEP, sampling=SHORT, overlong_buffer=2).train(
            tiny, rows(), tmp_path / "trained", seed=0, reward=lambda attempts: [Marks(0.0, {"overlong": 0.0})] * len(attempts)
        )
    with pytest.raises(ValueError, match="longer than the 6 tokens"):
        GRPO(sampling=SHORT, overlong_buffer=7)


def learning(n_steps: int) -> GRPO:
    schedule = Schedule(epochs=n_steps, learning_rate=1e-2, batch_size=2, decay="constant", warmup=0)
    return GRPO(schedule=schedule, sampling=SHORT)


@pytest.mark.slow
def test_what_is_rewarded_becomes_likelier(tiny, tmp_path):
    outcome = learning(25).train(tiny, rows(), tmp_path / "trained", seed=0, reward=has_e)
    rewards = [row["reward"] for row in curve(tmp_path / "trained")]
    assert len(rewards) == 25
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.4
    assert outcome.notes["reward"] == pytest.approx(sum(rewards) / 25)


def test_the_same_seed_gives_the_same_bytes_and_another_others(tiny, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        learning(2).train(tiny, rows(), tmp_path / name, seed=seed, reward=has_e)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.slow
def test_interrupted_it_goes_on_to_the_same_bytes_and_counts(tiny, tmp_path):
    method = replace(learning(4), schedule=replace(learning(4).schedule, save_every_s=0))
    whole = method.train(tiny, rows(), tmp_path / "whole", seed=1, reward=has_e)

    def interrupt(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        method.train(tiny, rows(), tmp_path / "parts", seed=1, reward=has_e, on_step=interrupt)
    rest = method.train(tiny, rows(), tmp_path / "parts", seed=1, reward=has_e)
    assert rest.resumed_at > 0
    assert rest.notes == whole.notes
    assert rest.notes["n_groups"] == 8
    assert (tmp_path / "parts" / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()


def test_with_an_adapter_the_base_without_it_is_the_reference(tiny, tmp_path, monkeypatch):
    """It is loaded once and no second adapter is left. At the first step the policy is the base; then it is not."""
    from transformers import AutoModelForCausalLM

    trainers: list[Any] = []
    train = GRPOTrainer.train
    monkeypatch.setattr(GRPOTrainer, "train", lambda self, *rest, **named: trainers.append(self) or train(self, *rest, **named))
    method = replace(learning(3), kl_beta=0.1, adapter=LoRA(r=4))
    method.train(tiny, rows(), tmp_path / "trained", seed=0, reward=has_e)
    [trainer] = trainers
    assert trainer.ref_model is None
    assert list(trainer.model.peft_config) == ["default"]
    divergences = [row["kl"] for row in curve(tmp_path / "trained")]
    assert divergences[0] == pytest.approx(0, abs=1e-6)
    assert divergences[-1] > 1e-4
    assert not (tmp_path / "trained" / "adapter" / "ref").exists()
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "trained").config.model_type == "qwen2"


def test_attempts_are_drawn_from_the_whole_vocabulary_unless_told_otherwise():
    """In a recipe as well that names the other settings of sampling alone."""
    made = TypeAdapter(GRPO).validate_python({"sampling": {"temperature": 0.5, "max_tokens": 80}})
    assert (made.sampling.temperature, made.sampling.top_p, made.sampling.max_tokens) == (0.5, 1.0, 80)


def test_the_settings_reach_trl(tmp_path):
    method = GRPO(
        schedule=Schedule(batch_size=4, accumulate=2), n_attempts=6, n_parts=3, steps_per_draw=2, n_iterations=2, clip_high=0.28,
        kl_beta=0.01, is_masking_cut=True, is_in_order=True, engine="vllm", loss="dr_grpo", divide_by="batch",
        sampling=AttemptSampling(temperature=0.7, top_p=0.9, max_tokens=32),
    )  # fmt: skip
    made = arguments(method, Course(tmp_path, tmp_path, 0), 16)
    expected = {
        "per_device_train_batch_size": 8, "gradient_accumulation_steps": 6, "steps_per_generation": 12, "generation_batch_size": 96,
        "num_generations": 6, "num_iterations": 2, "epsilon": 0.2, "epsilon_high": 0.28, "beta": 0.01, "mask_truncated_completions": True,
        "shuffle_dataset": False, "use_vllm": True, "vllm_mode": "colocate", "loss_type": "dr_grpo", "scale_rewards": "batch",
        "temperature": 0.7, "top_p": 0.9, "max_completion_length": 32,
    }  # fmt: skip
    assert {name: getattr(made, name) for name in expected} == expected


def test_of_a_draw_for_two_steps_each_step_trains_on_its_half(tiny, tmp_path, computed):
    """Two prompts a step, drawn four at a time: 32 attempts are drawn once in two steps."""
    asked: list[int] = []

    def reward(attempts: Sequence[Attempt]) -> list[Marks]:
        asked.append(len(attempts))
        return [Marks(float(at % 2)) for at in range(len(attempts))]

    GRPO(schedule=replace(ONE_STEP, max_steps=2), sampling=SHORT, steps_per_draw=2).train(
        tiny, rows(4), tmp_path / "trained", seed=0, reward=reward
    )
    assert asked == [32]
    assert [len(part["advantages"]) for part in computed] == [16, 16]
