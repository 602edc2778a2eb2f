import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

from osler.core.checkpoint import content_hash
from osler.core.codec import CODECS, StepCodec
from osler.core.errors import ModelError
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.trace import Step, Trace
from osler.rewards.prm import PRM
from osler.synthesise.exports import prm_record
from osler.synthesise.labels import LabelledTrace
from osler.train import TrainPRM, prm_trainer

PROMPT = Prompt("plain", "{question}{options}")
QUESTION = Question("q-1", "Which?", {"A": "Gout", "B": "Rash"})
STEPS = ("Fever suggests pneumonia.", "The film is clear.", "The answer is B.")
PROMPTED = "<|user|>Which?\nA. Gout\nB. Rash<|end|><|assistant|>"

lines = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text.strip() == text)
traces = st.builds(
    lambda question, texts: Trace(Question("q", question, {"A": "one", "B": "two"}), tuple(Step(text) for text in texts)),
    lines,
    st.lists(lines, max_size=4),
)


def trace(*texts: str) -> Trace:
    return Trace(QUESTION, tuple(Step(text) for text in texts))


@pytest.fixture(scope="module")
def reward(tiny_prm):
    return PRM(str(tiny_prm)).load(PROMPT, StepCodec())


@pytest.fixture(scope="module")
def tokenizer(tiny_prm):
    return AutoTokenizer.from_pretrained(tiny_prm)


def test_scores_are_the_sigmoid_of_the_logit_at_the_last_token_of_each_step(tiny_prm, tokenizer, reward):
    """Against a plain forward pass over one sequence without padding, put together by hand."""
    model = AutoModelForTokenClassification.from_pretrained(tiny_prm).eval()
    chunks = [f"Step {number}: {text}\n\n" for number, text in enumerate(STEPS, 1)]
    ids, ends = tokenizer(PROMPTED, add_special_tokens=False).input_ids, []
    for chunk in chunks:
        ids += tokenizer(chunk, add_special_tokens=False).input_ids
        ends.append(len(ids) - 1)
    assert tokenizer.decode(ids) == PROMPTED + "".join(chunks)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0, :, 0].tolist()
    expected = [1 / (1 + math.exp(-logits[end])) for end in ends]
    assert len({round(score, 3) for score in expected}) == 3  # scores that are all alike would prove little
    padded = reward.score([trace(*STEPS), trace("A much longer step than any other, so that the rest is padded." * 3)])[0]
    assert padded == pytest.approx(expected, abs=1e-5)
    assert PRM(str(tiny_prm), batch_size=1).load(PROMPT, StepCodec()).score([trace(*STEPS)])[0] == pytest.approx(expected, abs=1e-5)


def test_of_the_token_form_they_are_the_softmax_over_two_tokens_behind_each_marker(tiny_token_prm, tokenizer):
    model = AutoModelForCausalLM.from_pretrained(tiny_token_prm).eval()
    good, bad, marker = (tokenizer(text, add_special_tokens=False).input_ids for text in "+-#")
    ids, expected = tokenizer(PROMPTED, add_special_tokens=False).input_ids, []
    for number, text in enumerate(STEPS, 1):
        ids += tokenizer(f"Step {number}: {text}\n\n", add_special_tokens=False).input_ids + marker
        with torch.no_grad():
            plus, minus = model(input_ids=torch.tensor([ids])).logits[0, -1, [*good, *bad]].tolist()
        expected.append(math.exp(plus) / (math.exp(plus) + math.exp(minus)))
    assert len({round(score, 3) for score in expected}) == 3
    reward = PRM(str(tiny_token_prm)).load(PROMPT, StepCodec())
    padded = reward.score([trace(*STEPS), trace("A much longer step than any other, so that the rest is padded." * 3)])[0]
    assert padded == pytest.approx(expected, abs=1e-5)


def test_the_marks_are_in_the_identity(tiny_token_prm, copied, edit_json):
    other = copied(tiny_token_prm)
    edit_json(other / "config.json", step_marks={"marker": "?", "good": "+", "bad": "-"})
    one, another = (PRM(str(folder)).load(PROMPT, StepCodec()) for folder in (tiny_token_prm, other))
    assert one.identity != another.identity
    assert one.score([trace(*STEPS)]) != another.score([trace(*STEPS)])


@settings(max_examples=80, deadline=None)
@given(trace=traces, codec=st.sampled_from(sorted(CODECS)))
def test_training_reads_the_same_tokens(reward, trace, codec):
    reward._codec = CODECS[codec]
    labelled = LabelledTrace(trace, tuple(0.5 for _ in trace.steps), is_right=True)
    trained = prm_trainer._encode(prm_record(labelled, PROMPT, CODECS[codec]), reward._encoder, TrainPRM())
    scored = reward._encode(trace)
    reward._codec = StepCodec()
    assert trained["input_ids"] == list(scored.ids)
    assert trained["ends"] == list(scored.ends)
    assert len(scored.ends) == len(trace.steps)
    assert scored.ends == () or scored.ends[-1] == len(scored.ids) - 1


@pytest.fixture(scope="module")
def rewards(tiny_prm):
    """By batch size: one trace at a time, several batches to a group of prompts, and all at once."""
    return {n: PRM(str(tiny_prm), batch_size=n).load(PROMPT, StepCodec()) for n in (1, 3, 64)}


@settings(max_examples=25, deadline=None)
@given(traces=st.lists(traces, min_size=1, max_size=8), batch_size=st.sampled_from([1, 3, 64]), n_copies=st.integers(1, 2))
def test_scores_are_what_training_sees_whatever_shares_a_prompt(rewards, traces, batch_size, n_copies):
    """Every question also has a trace without steps, and perhaps one with twice as many. The trainer runs whole sequences, prompts and
    all, side by side."""
    traces = [Trace(each.question, each.steps * n) for each in traces for n in range(n_copies + 1)]
    reward = rewards[batch_size]
    reward._known.clear()
    scores = reward.score(traces)
    labelled = [LabelledTrace(each, (0.5,) * len(each.steps), is_right=True) for each in traces]
    batch = prm_trainer._collate(
        [prm_trainer._encode(prm_record(each, PROMPT, StepCodec()), reward._encoder, TrainPRM()) for each in labelled]
    )
    with torch.no_grad():
        logits = reward._model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    trained = logits[batch["rows"], batch["ends"], 0].sigmoid().tolist()
    assert [score for scores_S in scores for score in scores_S] == pytest.approx(trained, abs=1e-5)


def test_the_prompt_of_a_question_is_run_once(tiny_prm):
    """Nine traces for two questions, four to a batch: one pass of the body over two prompts, but for their last tokens, then the steps
    alone."""
    reward = PRM(str(tiny_prm), batch_size=4).load(PROMPT, StepCodec())
    shapes: list[tuple[int, ...]] = []
    reward._model.model.register_forward_pre_hook(
        lambda module, positional, named: shapes.append(tuple((named["input_ids"] if "input_ids" in named else positional[0]).shape)),
        with_kwargs=True,
    )
    other = Question("q-2", "And?", QUESTION.options)
    reward.score([Trace(question, (Step("No." * n),)) for question in (QUESTION, other) for n in range(1, 6 if question is other else 5)])
    n_prompt = max(len(reward._encode(Trace(question)).ids) for question in (QUESTION, other))
    assert shapes[0] == (2, n_prompt - 1)
    assert sum(rows for rows, _ in shapes[1:]) == 9
    assert [rows for rows, _ in shapes[1:]] == [4, 4, 1]
    longest = reward._encode(Trace(other, (Step("No." * 5),)))
    assert max(tokens for _, tokens in shapes[1:]) == len(longest.ids) - longest.n_prompt + 1


@settings(max_examples=50, deadline=None)
@given(trace=traces)
def test_the_tokens_of_a_prefix_are_a_prefix_of_the_tokens(reward, trace):
    whole = reward._encode(trace)
    for n in range(len(trace.steps) + 1):
        part = reward._encode(Trace(trace.question, trace.steps[:n]))
        assert (part.ids, part.ends) == (whole.ids[: len(part.ids)], whole.ends[:n])


def test_what_was_scored_is_not_scored_again(tiny_prm):
    reward = PRM(str(tiny_prm)).load(PROMPT, StepCodec())
    n_rows: list[int] = []
    reward._model.register_forward_pre_hook(lambda module, positional, named: n_rows.append(len(named["input_ids"])), with_kwargs=True)
    first = reward.score([trace("One."), trace("Two."), trace("One."), trace()])
    assert n_rows == [2]
    assert reward.score([trace("Two."), trace("One.")]) == [first[1], first[0]]
    assert n_rows == [2]


def spoilt(name: str, tiny, tiny_prm, copied, edit_weights):
    folder = copied(tiny if name == "causal" else tiny_prm)
    if name == "two labels":
        AutoModelForTokenClassification.from_pretrained(tiny, num_labels=2).save_pretrained(folder)
    elif name == "no head":
        edit_weights(folder, lambda tensors: tensors.pop("score.weight"))
    elif name == "cut":
        (folder / "model.safetensors").write_bytes(b"\0" * 99)
    elif name == "pickle":
        torch.save(AutoModelForTokenClassification.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    elif name == "nothing":
        folder = folder / "nothing"
    return folder


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("causal", "this checkpoint is Qwen2ForCausalLM, not a one-label …ForTokenClassification or one with `step_marks`; train one"),
        (
            "two labels",
            "this checkpoint is Qwen2ForTokenClassification, not a one-label …ForTokenClassification or one with `step_marks`; train one",
        ),
        ("no head", "the checkpoint lacks the weights score.weight; copy or train it again"),
        ("pickle", "no file named model.safetensors"),
        ("cut", "; check the path"),
        ("nothing", "; check the path"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused_in_one_sentence(name, part, tiny, tiny_prm, copied, edit_weights):
    folder = spoilt(name, tiny, tiny_prm, copied, edit_weights)
    with pytest.raises(ModelError) as error:
        PRM(str(folder)).load(PROMPT, StepCodec())
    assert part in str(error.value)
    assert str(error.value).startswith(f"{folder}: ")
    assert "\n" not in str(error.value)


def test_the_identity_tells_weights_apart_not_places(tiny_prm, reward, copied, edit_weights):
    same, other = copied(tiny_prm), copied(tiny_prm)
    edit_weights(other, lambda tensors: tensors["score.weight"].mul_(1.01))
    names = [PRM(str(folder), device="auto", dtype="float32").load(PROMPT, StepCodec()).identity for folder in (same, other)]
    assert reward.identity == f"prm:{content_hash(str(tiny_prm))}:float32:cpu"
    assert (names[0] == reward.identity) is not torch.cuda.is_available()
    assert names[1] != names[0]
    assert PRM(str(same), dtype="bfloat16").load(PROMPT, StepCodec()).identity == f"prm:{content_hash(str(same))}:bfloat16:cpu"


def test_a_device_that_is_not_there_is_refused_in_one_sentence(tiny_prm, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ModelError, match=f"^{tiny_prm}: there is no device 'cuda'"):
        PRM(str(tiny_prm), device="cuda").load(PROMPT, StepCodec())
