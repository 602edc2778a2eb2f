from pathlib import Path

import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from osler.core.errors import UserError
from osler.core.model import Message, Request, Sampling, complete_all
from osler.models.hf import HuggingFace
from osler.models.nano import CHAT_TEMPLATE
from osler.train.schedule import Schedule
from osler.train.sft import SFT

FROZEN = 1e-12
"""A learning rate at which the loss of an epoch is that of the weights it started with."""

CHATS = [
    [("user", "Which?"), ("assistant", "Step 1: Gout explains the toe.")],
    [("user", "Fever and a stiff neck?"), ("assistant", "A.")],
    [("system", "Be brief."), ("user", "Sure?"), ("assistant", "Yes."), ("user", "Why?"), ("assistant", "The rash.\n\nStep 2: It stays.")],
]
UNMARKED = CHAT_TEMPLATE.replace("{% generation %}", "").replace("{% endgeneration %}", "")
TRIMMED = CHAT_TEMPLATE.replace("{% generation %}", "{%- generation -%}").replace("{% endgeneration %}", "{%- endgeneration -%}")


def record(turns: list[tuple[str, str]]) -> dict:
    return {"id": "q-1", "messages": [{"role": role, "content": content} for role, content in turns]}


RECORDS = [record(turns) for turns in CHATS]


def loss_by_hand(folder: Path) -> float:
    """The mean cross-entropy of every token that the assistant wrote, each turn's end with it, one sequence at a time."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    total, n_tokens = 0.0, 0
    for turns in CHATS:
        ids, own = [], []
        for role, content in turns:
            heading = tokenizer(f"<|{role}|>", add_special_tokens=False).input_ids
            body = tokenizer(f"{content}<|end|>", add_special_tokens=False).input_ids
            ids += [*heading, *body]
            own += [False] * len(heading) + [role == "assistant"] * len(body)
        with torch.no_grad():
            losses = cross_entropy(model(input_ids=torch.tensor([ids])).logits[0, :-1], torch.tensor(ids[1:]), reduction="none")
        total += sum(loss for loss, is_own in zip(losses.tolist(), own[1:], strict=True) if is_own)
        n_tokens += sum(own)
    return total / n_tokens


@pytest.mark.parametrize("template", [CHAT_TEMPLATE, TRIMMED, UNMARKED], ids=["markers", "trimmed markers", "no markers"])
@pytest.mark.parametrize(("batch_size", "accumulate"), [(4, 1), (1, 4)])
def test_the_loss_is_that_of_the_tokens_that_the_assistant_wrote(template, batch_size, accumulate, tiny, copied, tmp_path):
    """With markers or without, in one batch or in parts of unequal length. Without markers, the chat of two replies makes two rows."""
    base = copied(tiny)
    (base / "chat_template.jinja").write_text(template)
    schedule = Schedule(learning_rate=FROZEN, batch_size=batch_size, accumulate=accumulate)
    outcome = SFT(schedule=schedule).train(base, RECORDS, tmp_path / "trained", seed=0)
    assert outcome.loss == pytest.approx(loss_by_hand(tiny), abs=1e-4)
    assert (outcome.steps, outcome.n_records) == (1, 3)


def test_the_weights_are_those_that_trl_itself_would_train(tiny, tmp_path):
    """Two records a batch, gradients of two batches together, a learning rate that moves the weights; TRL reads the chats by itself."""
    schedule = Schedule(epochs=3, learning_rate=1e-3, batch_size=2, accumulate=2)
    ours = SFT(schedule=schedule).train(tiny, RECORDS, tmp_path / "ours", seed=0)
    theirs = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(tiny),
        processing_class=AutoTokenizer.from_pretrained(tiny),
        train_dataset=Dataset.from_list([{"messages": each["messages"]} for each in RECORDS]),
        args=SFTConfig(**schedule.arguments(str(tmp_path / "theirs"), 0), assistant_only_loss=True),
    )
    assert ours.loss == pytest.approx(theirs.train().training_loss, abs=1e-6)
    weights, start, expected = load_file(tmp_path / "ours" / "model.safetensors"), load_file(tiny / "model.safetensors"), theirs.model
    assert max(float((weights[name] - tensor).abs().max()) for name, tensor in expected.state_dict().items() if name in weights) < 1e-6
    assert max(float((weights[name] - start[name]).abs().max()) for name in start) > 1e-3


def test_it_learns_to_say_what_it_is_shown_and_the_checkpoint_is_an_ordinary_one(tiny, tmp_path):
    heard: list[tuple[int, int]] = []
    schedule = Schedule(epochs=40, learning_rate=1e-2, batch_size=2)
    sft = SFT(schedule=schedule)
    outcome = sft.train(tiny, RECORDS[:2], tmp_path / "trained", seed=0, on_step=lambda done, total: heard.append((done, total)))
    assert heard == [(step, 40) for step in range(1, 41)]
    assert outcome.steps == 40
    assert outcome.loss < loss_by_hand(tiny) / 2
    requests = [Request((Message("user", turns[0][1]),), "", Sampling(temperature=0.0, max_tokens=30), "", 0) for turns in CHATS[:2]]
    assert [reply.text for reply in complete_all(HuggingFace(str(tmp_path / "trained")).load(), requests)] == [CHATS[0][1][1], "A."]
    assert AutoTokenizer.from_pretrained(tmp_path / "trained").get_vocab() == AutoTokenizer.from_pretrained(tiny).get_vocab()


def test_the_same_seed_gives_the_same_bytes_and_another_another_order(tiny, tmp_path):
    """Three records in batches of one, so that the order matters."""
    sft = SFT(schedule=Schedule(epochs=2, learning_rate=1e-2, batch_size=1))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sft.train(tiny, RECORDS, tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert a != (tiny / "model.safetensors").read_bytes()


def test_the_base_stays_as_it_is(tiny, copied, tmp_path):
    base = copied(tiny)
    SFT(schedule=Schedule(learning_rate=1e-2)).train(base, RECORDS, tmp_path / "trained", seed=0)
    assert {file.name: file.read_bytes() for file in base.iterdir()} == {file.name: file.read_bytes() for file in tiny.iterdir()}


def test_no_records_is_an_error_in_one_sentence(tiny, tmp_path):
    with pytest.raises(UserError, match=r"^sft: there is no record to train on; [^\n]+$"):
        SFT().train(tiny, [], tmp_path / "trained", seed=0)
    assert not (tmp_path / "trained").exists()


def test_in_order_the_records_are_read_as_they_come(tiny, tmp_path):
    """In batches of one, so that the order matters; then the seed, which would shuffle them, does not."""
    sft = SFT(schedule=Schedule(learning_rate=1e-2, batch_size=1), is_in_order=True)
    for name, records, seed in (("a", RECORDS, 1), ("b", RECORDS, 2), ("c", RECORDS[::-1], 1)):
        sft.train(tiny, records, tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c
