"""KTO against its own formula, by hand, on a model that nobody trained."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import log_softmax
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.errors import RecordError, UserError
from osler.train.adapter import LoRA
from osler.train.kto import KTO
from osler.train.kto_trainer import columns, trainer_of
from osler.train.method import Course
from osler.train.records import Records, Sound
from osler.train.schedule import Schedule
from osler.train.turns import Turn

SAID = [
    ("Which?", "Step 1: Gout explains the toe.", True),
    ("Fever and a stiff neck?", "The answer is B. Migraine", False),
    ("A rash?", "Measles.", False),
]
RECORDS = [{"prompt": prompt, "completion": completion, "label": label} for prompt, completion, label in SAID]
STEADY = {"batch_size": 3, "decay": "constant", "warmup": 0.0}


@cache
def parts(folder: Path) -> tuple[Any, Any]:
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def said(folder: Path, prompt: str, turn: str) -> float:
    """The log-likelihood of an assistant's turn, its end with it, after the prompt, one sequence at a time."""
    model, tokenizer = parts(folder)
    before = tokenizer(f"<|user|>{prompt}<|end|><|assistant|>", add_special_tokens=False).input_ids
    own = tokenizer(f"{turn}<|end|>", add_special_tokens=False).input_ids
    with torch.no_grad():
        logps = log_softmax(model(input_ids=torch.tensor([before + own])).logits[0, :-1], dim=-1)
    return float(logps[torch.arange(len(before) - 1, len(before) + len(own) - 1), torch.tensor(own)].sum())


def ratio(policy: Path, reference: Path, prompt: str, turn: str) -> float:
    return said(policy, prompt, turn) - said(reference, prompt, turn)


def curve(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


def test_at_the_start_every_record_is_worth_half_its_weight(tiny: Path, tmp_path: Path) -> None:
    """The policy is its own reference: 1 − σ(0) = .5. One is wanted and two are not: (3 · .5 + 2 · 2 · .5) / 3 with the weights 3 and 2,
    which come to 3 · 1 against 2 · 2."""
    plain = KTO(schedule=Schedule(batch_size=3)).train(tiny, RECORDS, tmp_path / "plain", seed=0)
    assert plain.loss == pytest.approx(0.5, abs=1e-6)
    assert {name: plain.notes[name] for name in ("n_wanted", "n_unwanted", "balance")} == {"n_wanted": 1, "n_unwanted": 2, "balance": 0.5}
    weighed = KTO(schedule=Schedule(batch_size=3), desirable_weight=3, undesirable_weight=2)
    outcome = weighed.train(tiny, RECORDS, tmp_path / "weighed", seed=0)
    assert outcome.loss == pytest.approx(3.5 / 3, abs=1e-6)
    assert outcome.notes["balance"] == 0.75


@pytest.mark.parametrize("adapter", [None, LoRA(r=2, alpha=64)], ids=["full", "lora"])
def test_the_second_step_by_hand(adapter: LoRA | None, tiny: Path, tmp_path: Path) -> None:
    """The loss of the second step is that of the first one's weights against the start. The divergence is the mean log-ratio of each
    completion after the prompt of the next record, in the trainer's order and round it."""
    records = [{**each, "label": not each["label"]} for each in RECORDS]  # two that are wanted, for a divergence above 0
    for n in (1, 2):
        schedule = Schedule(**STEADY, learning_rate=1e-2, epochs=n)
        method = KTO(adapter=adapter, beta=0.5, desirable_weight=2.0, schedule=schedule)
        method.train(tiny, records, tmp_path / str(n), seed=0)
    left = trainer_of(method, Course(tiny, tmp_path / "made", 0), Sound(Records(records)))[1]
    order = [(each["prompt"], each["completion"], each["label"]) for each in left.records]
    assert sorted(order) == sorted((prompt, completion, not label) for prompt, completion, label in SAID)
    policy = tmp_path / "1"
    mismatched = [ratio(policy, tiny, order[at][0], order[at - 1][1]) for at in range(3)]
    z = max(0.0, sum(mismatched) / 3)
    ratios = [(ratio(policy, tiny, prompt, completion), is_wanted) for prompt, completion, is_wanted in order]
    sigmoid = torch.nn.Sigmoid()
    losses = [
        2.0 * float(1 - sigmoid(torch.tensor(0.5 * (r - z)))) if is_wanted else float(1 - sigmoid(torch.tensor(0.5 * (z - r))))
        for r, is_wanted in ratios
    ]
    second = curve(tmp_path / "2")[1]
    assert max(abs(r) for r, _ in ratios) > 0.5
    assert z > 0.05
    assert second["loss"] == pytest.approx(sum(losses) / 3, abs=1e-4)
    assert second["kl"] == pytest.approx(z, abs=1e-3)


def test_each_is_set_against_the_one_before_in_its_batch_and_the_last_alone_against_another() -> None:
    turns = [Turn([at], [10 + at]) for at in range(5)]
    rows = columns(turns, [True, False, True, False, True], batch_size=2)
    assert [row["KL_completion_ids"] for row in rows] == [[11], [10], [13], [12], [13]]
    assert [(row["prompt_ids"], row["completion_ids"], row["label"]) for row in rows] == [([at], [10 + at], at % 2 == 0) for at in range(5)]


def test_what_is_wanted_becomes_likelier_and_what_is_not_less_likely(tiny: Path, tmp_path: Path) -> None:
    outcome = KTO(schedule=Schedule(**STEADY, learning_rate=5e-3, epochs=10)).train(tiny, RECORDS, tmp_path / "out", seed=0)
    ratios = {is_wanted: [] for is_wanted in (True, False)}
    for prompt, completion, is_wanted in SAID:
        ratios[is_wanted].append(ratio(tmp_path / "out", tiny, prompt, completion))
    assert min(ratios[True]) > max(ratios[False])
    assert outcome.notes["margin"] > 0
    assert outcome.loss < 0.5


BAD = {
    "missing_column": ({"prompt": "Which?", "completion": "A."}, "there is no `label`"),
    "bad_label": ({**RECORDS[0], "label": 1}, "the label is 1"),
    "empty": ({**RECORDS[0], "completion": ""}, "`completion` is empty"),
    "too_long": ({**RECORDS[0], "completion": "word " * 200}, "tokens, more than 128"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_record_stops_with_its_place_or_is_dropped_and_counted(reason: str, tiny: Path, tmp_path: Path) -> None:
    bad, what = BAD[reason]
    file = tmp_path / "judged.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in (RECORDS[0], bad, RECORDS[1])))
    with pytest.raises(RecordError, match=rf"judged\.jsonl:2: .*{what}.*; [^\n]+, or set on_bad: drop$"):
        KTO().train(tiny, Records.read(file), tmp_path / "out", seed=0)
    assert not (tmp_path / "out").exists()
    outcome = KTO(on_bad="drop").train(tiny, Records.read(file), tmp_path / "out", seed=0)
    assert (outcome.n_records, outcome.dropped) == (2, {reason: 1})


def test_one_label_alone_and_batches_of_one_are_errors_in_one_sentence(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^kto: all 2 records are not wanted, and none is; [^\n]+$"):
        KTO().train(tiny, RECORDS[1:], tmp_path / "out", seed=0)
    with pytest.raises(UserError, match=r"^schedule.batch_size: [^\n]+ give each process 2 or more$"):
        KTO(schedule=Schedule(batch_size=1)).train(tiny, RECORDS, tmp_path / "out", seed=0)
    too_long = {**RECORDS[0], "completion": "word " * 200}
    with pytest.raises(UserError, match=r"^kto: all 2 records are not wanted"):
        KTO(on_bad="drop").train(tiny, [too_long, *RECORDS[1:]], tmp_path / "out", seed=0)


@pytest.mark.slow
def test_interrupted_after_any_step_it_goes_on_to_the_same_curve_and_weights(tiny: Path, tmp_path: Path) -> None:
    """Five records in batches of two: the last is set against one of another batch, before the interruption and after it."""

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    method = KTO(schedule=Schedule(learning_rate=1e-2, batch_size=2, save_every_s=0))
    records = [*RECORDS, *RECORDS[:2]]
    whole = method.train(tiny, records, tmp_path / "whole", seed=0)
    with pytest.raises(KeyboardInterrupt):
        method.train(tiny, records, tmp_path / "parts", seed=0, on_step=stop)
    parts = method.train(tiny, records, tmp_path / "parts", seed=0)
    assert parts.resumed_at > 0
    assert curve(tmp_path / "parts") == curve(tmp_path / "whole")
    assert parts.notes == whole.notes
    assert (tmp_path / "parts" / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
