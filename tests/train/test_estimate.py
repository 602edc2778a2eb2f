"""What a training is foretold to do is what it does: weights and steps are counted against the model and the training themselves."""

from pathlib import Path
from typing import Any

import pytest
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.train import CPT, SFT, LoRA
from osler.train.adapter import adapted
from osler.train.estimate import estimate
from osler.train.schedule import Schedule

RECORDS: list[dict[str, Any]] = [
    {"id": "not read", "messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": f"Step 1: Number {at}."}]}
    for at in range(10)
]


def n_of(model: Any, *, is_trained: bool) -> int:
    return sum(each.numel() for each in model.parameters() if each.requires_grad or not is_trained)


def test_weights_are_counted_without_loading_them(tiny: Path) -> None:
    """4 bytes each in float32; their gradients and two moments are three times as much. In bfloat16 it is half of that."""
    n = n_of(AutoModelForCausalLM.from_pretrained(tiny), is_trained=False)
    found = estimate(SFT(), tiny, RECORDS)
    assert (found.n_weights, found.n_trained, found.weight_bytes, found.trained_bytes) == (n, n, 4 * n, 12 * n)
    half = estimate(SFT(weights="bfloat16"), tiny, RECORDS)
    assert (half.weight_bytes, half.trained_bytes) == (2 * n, 6 * n)


@pytest.mark.parametrize(
    "adapter", [LoRA(r=4), LoRA(kind="dora", r=2), LoRA(r=3, layers=("q_proj", "v_proj"))], ids=["all", "dora", "named layers"]
)
def test_the_weights_of_an_adapter_are_those_that_peft_trains(adapter: LoRA, tiny: Path) -> None:
    model = adapted(AutoModelForCausalLM.from_pretrained(tiny), adapter)
    assert isinstance(model, PeftModel)
    n = n_of(model, is_trained=True)
    found = estimate(SFT(adapter=adapter), tiny, RECORDS)
    assert (found.n_trained, found.trained_bytes) == (n, 12 * n)


def test_tokens_are_those_of_the_texts_that_are_read(tiny: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    texts = [message["content"] for record in RECORDS for message in record["messages"]]
    assert estimate(SFT(), tiny, RECORDS).n_tokens == sum(len(tokenizer(text, add_special_tokens=False).input_ids) for text in texts)


@pytest.mark.parametrize(
    ("schedule", "n_steps"),
    [
        (Schedule(epochs=2, batch_size=4), 6),  # 3 batches an epoch, the last of two records
        (Schedule(epochs=1, batch_size=2, accumulate=2), 3),  # 5 batches, two of them a step
        (Schedule(epochs=0.5, batch_size=5), 1),
        (Schedule(epochs=9, max_steps=7), 7),
    ],
)
def test_steps_are_counted_as_the_trainer_counts_them(schedule: Schedule, n_steps: int, tiny: Path) -> None:
    assert estimate(SFT(schedule=schedule), tiny, RECORDS).n_steps == n_steps


def test_the_steps_of_a_real_training_are_the_ones_foretold(tiny: Path, tmp_path: Path) -> None:
    schedule = Schedule(epochs=1.5, batch_size=4, accumulate=2)
    foretold = estimate(SFT(schedule=schedule), tiny, RECORDS).n_steps
    assert SFT(schedule=schedule).train(tiny, RECORDS, tmp_path / "out", seed=0).steps == foretold


def test_texts_are_cut_into_chunks_and_packing_is_not_foretold(tiny: Path) -> None:
    """Each text and its end token: 10 × (n + 1) tokens in chunks of 16, four of them a step."""
    texts = [{"text": "Gout explains the toe."}] * 10
    n = len(AutoTokenizer.from_pretrained(tiny)("Gout explains the toe.", add_special_tokens=False).input_ids)
    chunks = -(-10 * (n + 1) // 16)
    assert estimate(CPT(schedule=Schedule(batch_size=4), max_length=16), tiny, texts).n_steps == -(-chunks // 4)
    assert estimate(SFT(is_packed=True), tiny, RECORDS).n_steps is None
