"""DPO against its own formula, by hand, on a model that nobody trained."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import log_softmax, logsigmoid
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.errors import RecordError, UserError
from osler.models.nano import CHAT_TEMPLATE
from osler.train.adapter import LoRA
from osler.train.dpo import DPO
from osler.train.dpo_trainer import trainer_of
from osler.train.method import Course
from osler.train.records import Records, Sound
from osler.train.schedule import Schedule

PAIRS = [
    ("Which?", "Step 1: Gout explains the toe.", "Fever."),
    ("Fever and a stiff neck?", "A. Meningitis", "The answer is B. Migraine"),
    ("A rash?", "Measles.", "Step 1: It does not blanch.\n\nStep 2: The answer is A."),
]
RECORDS = [{"prompt": prompt, "chosen": chosen, "rejected": rejected} for prompt, chosen, rejected in PAIRS]
STEADY = {"batch_size": 3, "decay": "constant", "warmup": 0.0}
"""All records in each batch, and a learning rate that neither rises nor falls."""


def trainer(base: Path, folder: Path, records: list[dict[str, Any]] = RECORDS, **settings: Any) -> Any:
    return trainer_of(DPO(**settings), Course(base, folder, 0), Sound(Records(records)))[0]


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


def margins(policy: Path, reference: Path) -> list[float]:
    """Δ of each record: the log-ratio of chosen less that of rejected."""
    return [
        (said(policy, prompt, chosen) - said(reference, prompt, chosen))
        - (said(policy, prompt, rejected) - said(reference, prompt, rejected))
        for prompt, chosen, rejected in PAIRS
    ]


def curve(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("adapter", [None, LoRA(r=2), LoRA(r=2, kind="dora")], ids=["full", "lora", "dora"])
def test_at_the_start_the_loss_is_ln_2(adapter: LoRA | None, tiny: Path, tmp_path: Path) -> None:
    """The golden value at zero margin: the policy is its own reference."""
    outcome = DPO(adapter=adapter, schedule=Schedule(batch_size=3)).train(tiny, RECORDS, tmp_path / "out", seed=0)
    assert outcome.loss == pytest.approx(0.693147, abs=1e-6)
    assert outcome.notes["margin"] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(("delta", "expected"), [(0.0, 0.693147), (10.0, 0.313262), (-10.0, 1.313262)])
def test_the_loss_of_the_trainer_at_a_margin(delta: float, expected: float, tiny: Path, tmp_path: Path) -> None:
    """The golden value: β·Δ = .1 · 10 = 1, with half of the margin on either side. The trainer's own batch and loss; only what the
    reference says is set."""
    made = trainer(tiny, tmp_path)
    batch = made.data_collator([made.train_dataset[at] for at in range(3)])
    batch["ref_chosen_logps"] -= delta / 2
    batch["ref_rejected_logps"] += delta / 2
    made.model.eval()
    assert made.compute_loss(made.model, batch).item() == pytest.approx(expected, abs=2e-6)


def test_the_reference_is_what_the_start_policy_says_of_the_turn_and_its_end(tiny: Path, tmp_path: Path) -> None:
    rows = trainer(tiny, tmp_path).train_dataset
    for row, (prompt, chosen, rejected) in zip(rows, PAIRS, strict=True):
        assert row["ref_chosen_logps"] == pytest.approx(said(tiny, prompt, chosen), abs=1e-3)
        assert row["ref_rejected_logps"] == pytest.approx(said(tiny, prompt, rejected), abs=1e-3)


@pytest.mark.parametrize("adapter", [None, LoRA(r=2, alpha=64)], ids=["full", "lora"])
def test_the_second_step_by_hand(adapter: LoRA | None, tiny: Path, tmp_path: Path) -> None:
    """One step, and two from the same start: the loss of the second is that of the first one's weights against the start, which with an
    adapter is the base beneath it."""
    one, two = (
        DPO(adapter=adapter, beta=0.5, schedule=Schedule(**STEADY, learning_rate=1e-2, epochs=n)).train(
            tiny, RECORDS, tmp_path / str(n), seed=0
        )
        for n in (1, 2)
    )
    assert (one.steps, two.steps) == (1, 2)
    deltas = torch.tensor(margins(tmp_path / "1", tiny))
    assert deltas.abs().max() > 0.5
    second = curve(tmp_path / "2")[1]
    assert second["loss"] == pytest.approx(float(-logsigmoid(0.5 * deltas).mean()), abs=1e-4)
    assert two.notes["margin"] == second["rewards/margins"] == pytest.approx(float((0.5 * deltas).mean()), abs=1e-3)
    assert two.notes["chosen_is_likelier"] == second["rewards/accuracies"] == pytest.approx(float((deltas > 0).float().mean()))


def test_the_other_losses_by_hand_at_zero_margin(tiny: Path, tmp_path: Path) -> None:
    """ipo: (0 − 1 / 2β)² = 25 at β .1; per token the logistic loss is ln 2 as well."""
    for loss, expected in (("ipo", 25.0), ("sigmoid_norm", math.log(2))):
        outcome = DPO(loss=loss, schedule=Schedule(batch_size=3)).train(tiny, RECORDS, tmp_path / loss, seed=0)
        assert outcome.loss == pytest.approx(expected, abs=1e-4)


def test_it_learns_what_is_preferred_and_a_whole_checkpoint_stands_beside_the_adapter(tiny: Path, tmp_path: Path) -> None:
    """After the training every chosen turn has gained on its rejected one; the base and the adapter, merged, are the checkpoint."""
    for name, adapter in (("full", None), ("lora", LoRA(r=4))):
        schedule = Schedule(**STEADY, learning_rate=5e-3, epochs=10)
        outcome = DPO(adapter=adapter, schedule=schedule).train(tiny, RECORDS, tmp_path / name, seed=0)
        assert min(margins(tmp_path / name, tiny)) > 1
        assert outcome.notes["chosen_is_likelier"] == 1.0
        assert outcome.loss < math.log(2)
    names = set(load_file(tmp_path / "lora" / "adapter" / "adapter_model.safetensors"))
    assert names
    assert not any(".ref." in name for name in names)
    assert not (tmp_path / "lora" / "adapter" / "ref").exists()


def test_a_turn_that_goes_on_has_no_end(tiny: Path, tmp_path: Path) -> None:
    """The token that ends a turn is learnt from what is finished, and from nothing else."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    end = tokenizer.convert_tokens_to_ids("<|end|>")
    for going_on in ([], ["chosen"], ["rejected"], ["chosen", "rejected"]):
        rows = trainer(tiny, tmp_path, [{**each, "open": going_on} for each in RECORDS]).train_dataset
        for side in ("chosen", "rejected"):
            assert [row[f"{side}_ids"].count(end) for row in rows] == [0 if side in going_on else 1] * 3
            texts = [tokenizer.decode([token for token in row[f"{side}_ids"] if token != end]) for row in rows]
            assert texts == [each[side] for each in RECORDS]


def test_texts_messages_and_templates_without_markers_are_the_same_tokens(tiny: Path, copied: Any, tmp_path: Path) -> None:
    def as_messages(role: str, text: str) -> list[dict[str, str]]:
        return [{"role": role, "content": text}]

    messages = [
        {"prompt": as_messages("user", prompt), "chosen": as_messages("assistant", chosen), "rejected": as_messages("assistant", rejected)}
        for prompt, chosen, rejected in PAIRS
    ]
    unmarked = copied(tiny)
    template = CHAT_TEMPLATE.replace("{% generation %}", "").replace("{% endgeneration %}", "")
    (unmarked / "chat_template.jinja").write_text(template)
    columns = ("prompt_ids", "chosen_ids", "rejected_ids")
    expected, *others = (
        [[row[name] for name in columns] for row in trainer(base, tmp_path, records).train_dataset]
        for base, records in ((tiny, RECORDS), (tiny, messages), (unmarked, RECORDS))
    )
    assert others == [expected, expected]


LONG = {**RECORDS[0], "rejected": "word " * 200}
BAD = {
    "missing_column": ({"prompt": "Which?", "chosen": "A."}, "there is no `rejected`"),
    "no_messages": ({**RECORDS[0], "chosen": [{"text": "A."}]}, "`chosen` is neither a text nor messages"),
    "empty": ({**RECORDS[0], "chosen": "  "}, "`chosen` is empty"),
    "same": ({**RECORDS[0], "chosen": "A.", "rejected": "A."}, "`chosen` and `rejected` are the same"),
    "no_side": ({**RECORDS[0], "open": ["prompt"]}, "`open` names another column"),
    "too_long": (LONG, "tokens, more than 128"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_record_stops_with_its_place_or_is_dropped_and_counted(reason: str, tiny: Path, tmp_path: Path) -> None:
    bad, what = BAD[reason]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in (RECORDS[0], bad, RECORDS[1])))
    with pytest.raises(RecordError, match=rf"pairs\.jsonl:2: .*{what}.*; [^\n]+, or set on_bad: drop$"):
        DPO().train(tiny, Records.read(file), tmp_path / "out", seed=0)
    assert not (tmp_path / "out").exists()
    outcome = DPO(on_bad="drop").train(tiny, Records.read(file), tmp_path / "out", seed=0)
    assert (outcome.n_records, outcome.dropped) == (2, {reason: 1})


def test_no_records_is_an_error_in_one_sentence(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^dpo: there is no record to train on; [^\n]+$"):
        DPO().train(tiny, [], tmp_path / "out", seed=0)


@pytest.mark.slow
def test_interrupted_after_any_step_it_goes_on_to_the_same_curve_and_weights(tiny: Path, tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    method = DPO(schedule=Schedule(learning_rate=1e-2, batch_size=1, save_every_s=0))
    whole = method.train(tiny, RECORDS, tmp_path / "whole", seed=0)
    with pytest.raises(KeyboardInterrupt):
        method.train(tiny, RECORDS, tmp_path / "parts", seed=0, on_step=stop)
    parts = method.train(tiny, RECORDS, tmp_path / "parts", seed=0)
    assert parts.resumed_at > 0
    assert curve(tmp_path / "parts") == curve(tmp_path / "whole")
    assert parts.notes == whole.notes
    assert (tmp_path / "parts" / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
