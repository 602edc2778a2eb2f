"""Records that share a row are strangers to each other."""

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from pydantic import ValidationError
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer, MambaConfig, MambaForCausalLM

from osler.core.errors import UserError
from osler.train import sft_trainer
from osler.train.packing import PackedRows, packed, require_separation
from osler.train.schedule import Schedule
from osler.train.sft import SFT

RECORDS = [[10, 11, 12, 13, 14], [20, 21, 22], [30, 31, 32, 33], [40, 41]]
LABELS = [[-100, -100, 12, 13, 14], [-100, 21, 22], [-100, -100, -100, 33], [-100, 41]]


def rows() -> Dataset:
    return Dataset.from_dict({"input_ids": RECORDS, "labels": LABELS})


def test_records_are_packed_whole_and_positions_start_anew_with_each() -> None:
    """Into rows of 8, the longest first: 5 and 3, then 4 and 2."""
    batch = PackedRows(pad_token=0)(list(packed(rows(), 8)))
    assert batch["input_ids"].tolist() == [[*RECORDS[0], *RECORDS[1]], [*RECORDS[2], *RECORDS[3], 0, 0]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 4, 0, 1, 2], [0, 1, 2, 3, 0, 1, 0, 0]]
    assert batch["labels"].tolist() == [[*LABELS[0], *LABELS[1]], [*LABELS[2], *LABELS[3], -100, -100]]
    assert "attention_mask" not in batch


def test_no_record_foretells_the_first_token_of_the_next() -> None:
    """Where every token has a label, as in a text."""
    batch = PackedRows(pad_token=0)([{"input_ids": [7, 8, 9], "labels": [7, 8, 9], "seq_lengths": [2, 1]}])
    assert batch["labels"].tolist() == [[-100, 8, -100]]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_each_token_has_the_loss_that_it_has_alone(attention: str, tiny: Path) -> None:
    """Two records of a row of eight, and the same row as one sequence, which shows that the test could tell."""
    model = AutoModelForCausalLM.from_pretrained(tiny, attn_implementation=attention).eval()
    model.config.use_cache = False

    def losses(ids: list[int], positions: list[int]) -> torch.Tensor:
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids]), position_ids=torch.tensor([positions])).logits
        return cross_entropy(logits[0, :-1], torch.tensor(ids[1:]), reduction="none")

    first, second = RECORDS[:2]
    alone = torch.cat([losses(first, [0, 1, 2, 3, 4]), losses(second, [0, 1, 2])])
    own = [0, 1, 2, 3, 5, 6]  # the fifth of them foretells the next record
    together = losses(first + second, [0, 1, 2, 3, 4, 0, 1, 2])[own]
    mixed = losses(first + second, list(range(8)))[own]
    assert (together - alone).abs().max() < 1e-5
    assert (mixed - alone)[4:].abs().max() > 1e-2


CHATS = [
    ("Which?", "Step 1: Gout explains the toe."),
    ("Fever and a stiff neck?", "A."),
    ("Sure?", "Yes, for uric acid is high and the toe is swollen."),
    ("Why?", "The rash."),
    ("A rash that does not blanch?", "B."),
]
CHAT_RECORDS = [{"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]} for asked, said in CHATS]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_packed_training_moves_the_weights_as_an_unpacked_one(attention: str, tiny: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """All the records in each of three steps, in fewer rows: the same loss, and the same weights after it."""

    def model(base: Path, *_: Any) -> Any:
        return AutoModelForCausalLM.from_pretrained(base, attn_implementation=attention)

    monkeypatch.setattr(sft_trainer, "causal_model", model)
    settings: dict[str, Any] = {"schedule": Schedule(epochs=3, learning_rate=1e-3, batch_size=8, warmup=0), "max_length": 96}
    whole = SFT(**settings).train(tiny, CHAT_RECORDS, tmp_path / "whole", seed=0)
    together = SFT(**settings, is_packed=True).train(tiny, CHAT_RECORDS, tmp_path / "packed", seed=0)
    assert whole.notes["n_rows"] == 5
    assert together.notes["n_rows"] < 5
    assert {name: n for name, n in together.notes.items() if name != "n_rows"} == {n: v for n, v in whole.notes.items() if n != "n_rows"}
    assert (together.steps, together.n_records) == (whole.steps, whole.n_records) == (3, 5)
    assert together.loss == pytest.approx(whole.loss, abs=1e-5)
    start, alone, packed_ = (
        AutoModelForCausalLM.from_pretrained(folder).state_dict() for folder in (tiny, tmp_path / "whole", tmp_path / "packed")
    )
    moved = torch.cat([(alone[name] - start[name]).flatten() for name in start])
    differing = torch.cat([(alone[name] - packed_[name]).flatten() for name in start])
    assert differing.norm() < 1e-2 * moved.norm()


def test_a_model_that_mixes_the_records_of_a_row_is_refused(tiny: Path, tmp_path: Path, copied: Any) -> None:
    """A recurrent one: its state goes on from record to record. The base that every test uses is not."""
    require_separation(AutoModelForCausalLM.from_pretrained(tiny))
    base = tmp_path / "recurrent"
    torch.manual_seed(0)
    MambaForCausalLM(MambaConfig(vocab_size=400, hidden_size=32, num_hidden_layers=1, state_size=4)).save_pretrained(base)
    AutoTokenizer.from_pretrained(tiny).save_pretrained(base)
    with pytest.raises(
        UserError, match=r"^is_packed: this model lets a record of a packed row see the one before it; set is_packed: false$"
    ):
        SFT(is_packed=True).train(base, CHAT_RECORDS, tmp_path / "trained", seed=0)
    assert not (tmp_path / "trained").exists()


def test_packing_has_no_order() -> None:
    with pytest.raises(ValidationError, match="choose is_packed or is_in_order"):
        SFT(is_packed=True, is_in_order=True)
