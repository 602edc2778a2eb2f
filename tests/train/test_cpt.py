from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.errors import RecordError, UserError
from osler.train.cpt import CPT
from osler.train.cpt_trainer import chunked
from osler.train.records import Records
from osler.train.schedule import Schedule

FROZEN = Schedule(learning_rate=1e-12, batch_size=64)
TEXTS = ["Gout explains the swollen toe.", "Uric acid is high.", "The chest film shows a lobar shadow, and the answer is B."]


def test_every_token_but_the_first_is_foretold_once():
    """Ten tokens in chunks of four: 0-3, 3-6, 6-9; the second of two cases leaves a shorter last chunk."""
    assert [list(chunk) for chunk in chunked(np.arange(10), 4)] == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert [list(chunk) for chunk in chunked(np.arange(9), 4)] == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8]]
    for n in range(2, 40):
        foretold = [token for chunk in chunked(np.arange(n), 5) for token in chunk[1:]]
        assert foretold == list(range(1, n))


def test_the_loss_is_that_of_all_tokens_with_an_end_after_each_text(tiny, tmp_path):
    """By hand, chunk by chunk; what is left over at the end is trained on and said."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny).eval(), AutoTokenizer.from_pretrained(tiny)
    end = tokenizer.convert_tokens_to_ids("<|end|>")
    tokens = [token for text in TEXTS for token in (*tokenizer(text, add_special_tokens=False).input_ids, end)]
    losses: list[float] = []
    for start in range(0, len(tokens) - 1, 15):
        ids = torch.tensor(tokens[start : start + 16])
        with torch.no_grad():
            losses += cross_entropy(model(input_ids=ids[None]).logits[0, :-1], ids[1:], reduction="none").tolist()
    outcome = CPT(max_length=16, schedule=FROZEN).train(tiny, [{"text": text} for text in TEXTS], tmp_path / "trained", seed=0)
    assert len(losses) == len(tokens) - 1
    assert outcome.loss == pytest.approx(sum(losses) / len(losses), abs=1e-5)
    n_chunks = -(-(len(tokens) - 1) // 15)
    last = len(tokens) - 15 * (n_chunks - 1)
    assert last < 16
    assert outcome.notes == {"n_tokens": len(tokens), "n_chunks": n_chunks, "n_tokens_of_last_chunk": last}
    assert (outcome.n_records, outcome.n_cut, outcome.n_tokens_cut) == (3, 0, 0)


def test_a_text_that_closes_itself_is_not_closed_again(tiny, tmp_path):
    cpt = CPT(max_length=32, schedule=FROZEN)
    closed = cpt.train(tiny, [{"text": TEXTS[0] + "<|end|>"}, {"text": TEXTS[1]}], tmp_path / "closed", seed=0)
    open_ended = cpt.train(tiny, [{"text": TEXTS[0]}, {"text": TEXTS[1]}], tmp_path / "open", seed=0)
    assert closed.notes == open_ended.notes
    assert closed.loss == open_ended.loss


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"body": "Gout."}', "there is no `text`; give it one"),
        ('{"text": 3}', "`text` is not a string; make it one"),
        ('{"text": " \\n"}', "the text is empty; give it a text"),
    ],
)
def test_a_record_that_is_no_text_stops_before_the_first_step(line, what, tiny, tmp_path):
    file = tmp_path / "texts.jsonl"
    file.write_text(f'{{"text": "Gout."}}\n\n{line}\n')
    with pytest.raises(RecordError) as raised:
        CPT().train(tiny, Records.read(file), tmp_path / "trained", seed=0)
    assert str(raised.value) == f"{file}:3: {what}, or set on_bad: drop"
    assert not (tmp_path / "trained").exists()


def test_a_tokenizer_without_an_end_is_said(tiny, copied, edit_json, tmp_path):
    base: Path = copied(tiny)
    edit_json(base / "tokenizer_config.json", eos_token=None)
    with pytest.raises(UserError, match="the tokenizer has no end-of-text token"):
        CPT().train(base, [{"text": "Gout."}], tmp_path / "trained", seed=0)
