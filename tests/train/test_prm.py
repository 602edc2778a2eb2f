import math
import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

from osler.core.codec import StepCodec
from osler.core.encoding import StepEncoder, StepMarks
from osler.core.errors import UserError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.rewards.prm import PRM
from osler.train import LoRA, prm_trainer
from osler.train.prm import TrainPRM
from osler.train.schedule import Schedule

FROZEN = 1e-12
"""A learning rate at which the loss of an epoch is that of the weights it started with."""

MARKS = StepMarks(marker="#")


def record(question: str, steps: Sequence[str], labels: Sequence[float], mask: Sequence[bool] | None = None) -> dict:
    completions = [f"Step {number}: {text}\n\n" for number, text in enumerate(steps, 1)]
    shape = {"id": "q-1", "prompt": [{"role": "user", "content": question}], "completions": completions, "labels": list(labels)}
    return shape if mask is None else {**shape, "mask": list(mask)}


# 1, 3, 2 and 2 steps, of which 1, 2, 2 and 1 count
RECORDS = [
    record("Which?", ["Gout."], [0.35]),
    record("Fever and a rash?", ["Look.", "It stays.", "The answer is A."], [0.9, 0.2, 0.0], [True, False, True]),
    record("Why?", ["Uric acid is high.", "The answer is B."], [0.5, 1.0], [True, True]),
    record("Sure?", ["No.", "Yes."], [0.0, 0.7], [False, True]),
]


def loss_of(logits: Sequence[float], labels: Sequence[float], n_steps: int | None = None, n_processes: int = 1) -> float:
    """The trainer's loss where the model gives these logits to the steps of one row, each of one token."""
    model = lambda **_: SimpleNamespace(logits=torch.tensor([logits])[..., None])  # noqa: E731
    row = {"input_ids": list(range(len(logits))), "ends": list(range(len(logits))), "labels": list(labels)}
    trainer = SimpleNamespace(accelerator=SimpleNamespace(num_processes=n_processes), mark_ids=None)
    counted = None if n_steps is None else torch.tensor(n_steps)
    return float(prm_trainer._StepTrainer.compute_loss(trainer, model, prm_trainer._collate([row]), num_items_in_batch=counted))


@pytest.mark.parametrize(
    ("logits", "labels", "loss"),
    [
        ([0.0], [0.35], math.log(2)),  # at one half, every label costs one bit
        ([0.0], [1.0], math.log(2)),
        ([2.0], [0.0], math.log(1 + math.exp(2))),
        ([2.0], [1.0], math.log(1 + math.exp(-2))),
        # σ(ln(7/13)) = 0.35: what is left is the entropy of the label
        ([math.log(7 / 13)], [0.35], -0.35 * math.log(0.35) - 0.65 * math.log(0.65)),
        ([0.0, 2.0], [0.35, 0.0], (math.log(2) + math.log(1 + math.exp(2))) / 2),
    ],
)
def test_the_loss_is_binary_cross_entropy_with_soft_labels(logits, labels, loss):
    assert loss_of(logits, labels) == pytest.approx(loss, abs=1e-6)
    assert loss_of(logits, labels, n_steps=len(logits)) == pytest.approx(loss, abs=1e-6)
    # a part of a larger optimiser step counts for its share; gradients of several processes are averaged, so the share is multiplied
    assert loss_of(logits, labels, n_steps=4 * len(logits)) == pytest.approx(loss / 4, abs=1e-6)
    assert loss_of(logits, labels, n_steps=4 * len(logits), n_processes=2) == pytest.approx(loss / 2, abs=1e-6)


def test_masked_steps_are_left_out_and_the_others_stand_at_their_ends(tiny):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    rows = [prm_trainer._encode(each, StepEncoder(tokenizer), TrainPRM()) for each in RECORDS]
    assert [row["labels"] for row in rows] == [[0.35], [0.9, 0.0], [0.5, 1.0], [0.7]]
    batch = prm_trainer._collate(rows)
    assert batch["rows"].tolist() == [0, 1, 1, 2, 2, 3]
    assert batch["labels"].tolist() == pytest.approx([0.35, 0.9, 0.0, 0.5, 1.0, 0.7])
    read = [tokenizer.decode(batch["input_ids"][row, : end + 1]) for row, end in zip(batch["rows"], batch["ends"], strict=True)]
    assert read[1] == "<|user|>Fever and a rash?<|end|><|assistant|>Step 1: Look.\n\n"
    assert read[2] == "<|user|>Fever and a rash?<|end|><|assistant|>Step 1: Look.\n\nStep 2: It stays.\n\nStep 3: The answer is A.\n\n"
    assert batch["attention_mask"].sum(1).tolist() == [len(row["input_ids"]) for row in rows]


def loss_by_hand(folder) -> float:
    """Over the six steps that count, one sequence at a time, the head that the seed draws (it comes untrained, hence the frozen run)."""
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    losses = []
    for each in RECORDS:
        ids = tokenizer(f"<|user|>{each['prompt'][0]['content']}<|end|><|assistant|>", add_special_tokens=False).input_ids
        for step, label, counts in zip(each["completions"], each["labels"], each.get("mask", [True] * 3), strict=False):
            ids = ids + tokenizer(step, add_special_tokens=False).input_ids
            with torch.no_grad():
                score = float(model(input_ids=torch.tensor([ids])).logits[0, -1, 0].sigmoid())
            if counts:
                losses.append(-label * math.log(score) - (1 - label) * math.log(1 - score))
    assert len(losses) == 6
    return sum(losses) / 6


@pytest.mark.parametrize(("batch_size", "accumulate"), [(4, 1), (2, 2), (1, 4), (3, 2)])
def test_every_counted_step_weighs_the_same_however_the_batch_is_cut(batch_size, accumulate, tiny, tmp_path):
    """Gradient accumulation gives the mean over all counted steps of the optimiser step, not a mean of means or a sum of them."""
    frozen = Schedule(learning_rate=FROZEN, batch_size=batch_size, accumulate=accumulate)
    outcome = TrainPRM(schedule=frozen).train(tiny, RECORDS, tmp_path / "frozen", seed=3)
    assert outcome.loss == pytest.approx(loss_by_hand(tmp_path / "frozen"), abs=1e-5)
    assert (outcome.steps, outcome.n_records) == (1, 4)


def test_the_gradient_is_the_same_however_the_batch_is_cut(tiny, tmp_path):
    """After four optimiser steps the weights lie together, to a hundredth of the way that they went."""
    for name, batch_size, accumulate in (("whole", 4, 1), ("cut", 1, 4)):
        schedule = Schedule(epochs=4, learning_rate=1e-3, batch_size=batch_size, accumulate=accumulate)
        TrainPRM(schedule=schedule).train(tiny, RECORDS, tmp_path / name, seed=3)
    whole, cut = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    start = load_file(tiny / "model.safetensors")
    apart = sum(float((whole[name] - cut[name]).abs().sum()) for name in start)
    moved = sum(float((whole[name] - start[name]).abs().sum()) for name in start)
    assert moved > 0
    assert apart < 0.01 * moved


def test_the_label_of_a_masked_step_changes_nothing(tiny, tmp_path):
    other = [RECORDS[0], record("Fever and a rash?", ["Look.", "It stays.", "The answer is A."], [0.9, 1.0, 0.0], [True, False, True])]
    for name, records in (("a", RECORDS[:2]), ("b", other)):
        TrainPRM(schedule=Schedule(learning_rate=1e-2)).train(tiny, records, tmp_path / name, seed=0)
    a, b = ((tmp_path / name / "model.safetensors").read_bytes() for name in "ab")
    assert a == b


def test_the_same_seed_gives_the_same_bytes_and_another_another_head(tiny, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        TrainPRM(schedule=Schedule(epochs=2, batch_size=2, learning_rate=1e-3)).train(tiny, RECORDS, tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("form", ["head", "tokens"])
def test_it_learns_what_can_be_learned_and_the_checkpoint_loads_as_a_reward_model(form, tiny, tmp_path):
    """Steps that say "film" are good and those that say "rash" are bad, whatever stands beside them."""
    words, labels = {"good": "The film is clear.", "bad": "The rash is clear."}, {"good": 1.0, "bad": 0.0}
    orders = [("good", "bad"), ("bad", "good"), ("good", "good"), ("bad", "bad")]
    records = [record("Which?", [words[kind] for kind in order], [labels[kind] for kind in order]) for order in orders]
    heard: list[tuple[int, int]] = []
    outcome = TrainPRM(form=form, marks=MARKS, schedule=Schedule(epochs=40, learning_rate=1e-2, batch_size=4)).train(
        tiny, records, tmp_path / "trained", seed=0, on_step=lambda done, total: heard.append((done, total))
    )
    assert heard == [(step, 40) for step in range(1, 41)]
    assert outcome.loss < math.log(2) / 2
    reward = PRM(str(tmp_path / "trained")).load(Prompt("plain", "{question}{options}"), StepCodec())
    traces = [Trace(Question("q-1", "Which?"), tuple(Step(words[kind]) for kind in order)) for order in orders]
    for order, scores in zip(orders, reward.score(traces), strict=True):
        assert [round(score) for score in scores] == [labels[kind] for kind in order]
    architecture = {"head": "Qwen2ForTokenClassification", "tokens": "Qwen2ForCausalLM"}[form]
    assert AutoConfig.from_pretrained(tmp_path / "trained").architectures == [architecture]


def test_the_new_head_has_one_label_and_no_dropout(tiny, tmp_path):
    TrainPRM(schedule=Schedule(learning_rate=FROZEN)).train(tiny, RECORDS, tmp_path / "trained", seed=0)
    config = AutoModelForTokenClassification.from_pretrained(tmp_path / "trained").config
    assert (config.num_labels, config.classifier_dropout) == (1, 0.0)


def test_no_records_is_an_error_in_one_sentence(tiny, tmp_path):
    with pytest.raises(UserError, match=r"^prm: there is no record to train on; [^\n]+$"):
        TrainPRM().train(tiny, [], tmp_path / "trained", seed=0)
    assert not (tmp_path / "trained").exists()


TOKENS = TrainPRM(form="tokens", marks=MARKS, schedule=Schedule(learning_rate=FROZEN, batch_size=2, accumulate=2))


def test_the_token_form_is_the_cross_entropy_of_two_classes_at_each_marker(tiny, tmp_path):
    """By hand, one sequence at a time, over the whole vocabulary and by `torch`'s own cross-entropy with the label as a distribution."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny).eval(), AutoTokenizer.from_pretrained(tiny)
    good, bad, marker = (tokenizer(text, add_special_tokens=False).input_ids for text in "+-#")
    losses = []
    for each in RECORDS:
        ids = tokenizer(f"<|user|>{each['prompt'][0]['content']}<|end|><|assistant|>", add_special_tokens=False).input_ids
        for step, label, counts in zip(each["completions"], each["labels"], each.get("mask", [True] * 3), strict=False):
            ids = ids + tokenizer(step, add_special_tokens=False).input_ids + marker
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([ids])).logits[0, -1, [*good, *bad]]
            if counts:
                losses.append(float(torch.nn.functional.cross_entropy(logits, torch.tensor([label, 1 - label]))))
    assert len(losses) == 6
    assert TOKENS.train(tiny, RECORDS, tmp_path / "frozen", seed=3).loss == pytest.approx(sum(losses) / 6, abs=1e-5)
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "frozen").config.step_marks == {"marker": "#", "good": "+", "bad": "-"}


@pytest.mark.parametrize("form", ["head", "tokens"])
def test_labels_in_are_the_targets_of_the_loss(form, tiny, tmp_path, monkeypatch):
    """What binary cross-entropy is handed in training, put back into the order of the records by their lengths: 0.35 stays 0.35."""
    heard: list[float] = []
    true_loss = prm_trainer.binary_cross_entropy_with_logits
    monkeypatch.setattr(
        prm_trainer, "binary_cross_entropy_with_logits", lambda z, y, **kw: (heard.extend(y.tolist()), true_loss(z, y, **kw))[1]
    )
    TrainPRM(form=form, marks=MARKS, schedule=Schedule(batch_size=3)).train(tiny, RECORDS, tmp_path / "trained", seed=0)
    assert sorted(heard) == pytest.approx([0.0, 0.35, 0.5, 0.7, 0.9, 1.0], abs=1e-7)


def test_the_token_form_ends_each_step_at_its_marker(tiny):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    row = prm_trainer._encode(RECORDS[1], StepEncoder(tokenizer, MARKS.marker), TOKENS)
    assert [tokenizer.decode(row["input_ids"][at]) for at in row["ends"]] == ["#"] * 2  # of three, one is masked
    assert tokenizer.decode(row["input_ids"]).endswith("Step 2: It stays.\n\n#Step 3: The answer is A.\n\n#")


@pytest.mark.parametrize(
    ("marks", "part"),
    [
        ({"good": "++++"}, "marks.good: '++++' is 4 tokens of this tokenizer; name a text that is one"),
        ({"bad": "+"}, "marks: '+' and '+' are the same token; name two that differ"),
    ],
)
def test_tokens_that_cannot_be_told_apart_are_an_error_in_one_sentence(marks, part, tiny, tmp_path):
    with pytest.raises(UserError, match=re.escape(part)):
        TrainPRM(form="tokens", marks=StepMarks(**marks)).train(tiny, RECORDS, tmp_path / "trained", seed=0)
    assert not (tmp_path / "trained").exists()


@pytest.mark.parametrize("form", ["head", "tokens"])
@pytest.mark.parametrize("kind", ["lora", "dora_rslora"])
def test_an_adapter_trains_either_form_into_a_whole_checkpoint(kind, form, tiny, tmp_path):
    """Over two accumulated batches, whose steps are counted as without an adapter."""
    method = TrainPRM(form=form, marks=MARKS, schedule=Schedule(batch_size=2, accumulate=2, learning_rate=FROZEN))
    plain = method.train(tiny, RECORDS, tmp_path / "plain", seed=3)
    adapted = replace(method, adapter=LoRA(kind=kind, r=4)).train(tiny, RECORDS, tmp_path / "adapted", seed=3)
    assert adapted.loss == pytest.approx(plain.loss, abs=1e-5)  # an untrained adapter changes nothing
    lively = replace(method, adapter=LoRA(kind=kind, r=4), schedule=Schedule(epochs=2, learning_rate=1e-2))
    lively.train(tiny, RECORDS, tmp_path / "lively", seed=3)
    trace = Trace(Question("q", "?"), (Step("A."),))
    frozen, moved = (
        PRM(str(tmp_path / name)).load(Prompt("plain", "{question}{options}"), StepCodec()).score([trace]) for name in ("adapted", "lively")
    )
    assert frozen != moved
