import builtins
import math
import random
from collections import Counter
from collections.abc import Sequence

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, complete_all
from osler.models import hf_engine
from osler.models.hf import HuggingFace

QUESTIONS = ["Which?", "Fever and a rash?", "Which of these explains a stiff neck and a rash that does not blanch?", "?"]
SHARES = (0.5, 0.25, 0.125, 0.0625, 0.0625)
LAST = 1 - 2**-53
"""The greatest number that `uniforms` gives: rounded to float32 it is 1."""


def ask(question: str = "Which?", *, prefix: str = "", stop: str = "", seed: int = 0, **sampling) -> Request:
    settings = Sampling(**{"temperature": 1.0, "top_p": 1.0, "max_tokens": 24, **sampling})
    return Request((Message("user", question),), prefix, settings, stop, seed)


def rendered(request: Request) -> str:
    """The template, by hand."""
    return f"<|user|>{request.messages[0].content}<|end|><|assistant|>{request.prefix}"


@pytest.fixture(scope="module")
def model(tiny):
    return HuggingFace(str(tiny)).load()


@pytest.fixture(scope="module")
def tokenizer(tiny):
    return AutoTokenizer.from_pretrained(tiny, padding_side="left")


@pytest.fixture
def ending(tiny, copied, edit_json):
    """A checkpoint whose generation config ends a turn at every fourth token, so that replies differ in length."""
    folder = copied(tiny)
    edit_json(folder / "generation_config.json", eos_token_id=list(range(1, 400, 4)))
    return folder


def by_generate(folder, tokenizer, requests: Sequence[Request], n_tokens: int) -> list[Reply]:
    """What transformers' own `generate` makes of the same prompts, greedily."""
    reference = AutoModelForCausalLM.from_pretrained(folder).eval()
    inputs = tokenizer([rendered(request) for request in requests], return_tensors="pt", padding=True, add_special_tokens=False)
    output = reference.generate(**inputs, do_sample=False, max_new_tokens=n_tokens, pad_token_id=tokenizer.pad_token_id)
    ends, replies = set(reference.generation_config.eos_token_id), []
    for row, mask in zip(output[:, inputs.input_ids.shape[1] :].tolist(), inputs.attention_mask, strict=True):
        n = next((at + 1 for at, token in enumerate(row) if token in ends), None)
        usage = Usage(int(mask.sum()), n or n_tokens, 1)
        replies.append(Reply(tokenizer.decode(row[:n], skip_special_tokens=True), Finish.END if n else Finish.LENGTH, usage))
    return replies


def test_greedy_is_what_generate_writes(ending, tokenizer):
    requests = [ask(question, prefix=prefix, temperature=0.0) for question in QUESTIONS for prefix in ("", "Step 1:", "Step 1: Gout")]
    expected = by_generate(ending, tokenizer, requests, 24)
    assert {reply.finish for reply in expected} == {Finish.END, Finish.LENGTH}
    assert complete_all(HuggingFace(str(ending)).load(), requests) == expected


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_reply_depends_neither_on_the_order_nor_on_the_batch(ending, batch_size):
    requests = [ask(question, seed=seed, max_tokens=60) for question in QUESTIONS for seed in range(6)]
    alone = [complete_all(HuggingFace(str(ending)).load(), [request])[0] for request in requests]
    assert len({reply.usage.completion_tokens for reply in alone}) > 5
    shuffled = random.Random(0).sample(range(len(requests)), len(requests))
    replies = complete_all(HuggingFace(str(ending), batch_size=batch_size).load(), [requests[at] for at in shuffled])
    assert replies == [alone[at] for at in shuffled]


def test_a_reply_is_as_long_beside_a_long_prompt_as_alone(model):
    short, long = ask(max_tokens=90), ask("Fever. " * 30, max_tokens=90)
    [alone] = complete_all(model, [short])
    together = complete_all(model, [short, long])
    assert alone.usage.completion_tokens == 90
    assert together[0] == alone
    assert together[1].usage.prompt_tokens + together[1].usage.completion_tokens == 128
    assert together[1].finish is Finish.LENGTH


def test_each_seed_gives_a_reply_of_its_own(model):
    assert len({reply.text for reply in complete_all(model, [ask(seed=seed) for seed in range(50)])}) == 50


def chi_square(counts: Sequence[int], shares: Sequence[float]) -> float:
    n = sum(counts)
    return sum((count - n * share) ** 2 / (n * share) for count, share in zip(counts, shares, strict=True))


def drawn(seeds: Sequence[int], **sampling) -> list[int]:
    """How often each of five tokens with the shares above is drawn."""
    logits = torch.tensor(SHARES).log().repeat(len(seeds), 1)
    counts = Counter(hf_engine._draw(logits, Sampling(**{"temperature": 1.0, "top_p": 1.0, **sampling}), seeds, 0).tolist())
    return [counts[token] for token in range(5)]


@pytest.mark.parametrize(
    ("sampling", "shares"),
    [
        ({}, SHARES),
        # squared: 64, 16, 4, 1 and 1 of 86
        ({"temperature": 0.5}, (64 / 86, 16 / 86, 4 / 86, 1 / 86, 1 / 86)),
        # the shares before the tokens are 0, 0.5, 0.75, …: those below top_p are kept
        ({"top_p": 0.8}, (4 / 7, 2 / 7, 1 / 7)),
        ({"top_p": 0.7}, (2 / 3, 1 / 3)),
        ({"top_p": 0.5}, (1,)),
        ({"temperature": 0.0}, (1,)),
    ],
)
def test_tokens_are_drawn_in_their_shares_and_never_from_outside_the_nucleus(sampling, shares):
    counts = drawn(range(4000), **sampling)
    assert counts[len(shares) :] == [0] * (5 - len(shares))
    assert chi_square(counts[: len(shares)], shares) < 18.5  # the 99.9th percentile with 4 degrees of freedom


@pytest.mark.parametrize(("number", "top_p", "token"), [(0.0, 1.0, 0), (LAST, 1.0, 4), (0.0, 0.7, 0), (LAST, 0.7, 1), (LAST, 0.5, 0)])
def test_rounding_never_reaches_a_token_outside_the_nucleus(monkeypatch, number, top_p, token):
    monkeypatch.setattr(hf_engine, "uniforms", lambda seeds, step: [number for _ in seeds])
    assert drawn([0], top_p=top_p)[token] == 1


def test_the_first_token_comes_from_the_softmax(tiny, model, tokenizer):
    ids = tokenizer(rendered(ask()), return_tensors="pt", add_special_tokens=False)
    softmax = AutoModelForCausalLM.from_pretrained(tiny)(**ids).logits[0, -1].softmax(-1).tolist()
    texts = [tokenizer.decode([token], skip_special_tokens=True) for token in range(len(softmax))]
    replies = Counter(reply.text for reply in complete_all(model, [ask(seed=seed, max_tokens=1) for seed in range(4000)]))
    shares: dict[str, float] = Counter()  # several tokens are half a character, and look the same
    for text, share in zip(texts, softmax, strict=True):
        shares[text] += share
    often = [text for text in shares if shares[text] > 5 / 4000]
    assert len(often) > 100
    rare = 4000 - sum(replies[text] for text in often), 1 - sum(shares[text] for text in often)
    statistic = chi_square([*(replies[text] for text in often), rare[0]], [*(shares[text] for text in often), rare[1]])
    assert abs(statistic - len(often)) < 4 * math.sqrt(2 * len(often))  # mean and variance of chi-square are n and 2n


@pytest.mark.parametrize("stop", ["e", "ep", " t", "\n"])
def test_a_stop_string_cuts_the_reply_where_it_first_comes(model, stop):
    free = complete_all(model, [ask(seed=seed, max_tokens=60) for seed in range(60)])
    stopped = complete_all(model, [ask(seed=seed, max_tokens=60, stop=stop) for seed in range(60)])
    assert [reply.text for reply in stopped] == [reply.text.partition(stop)[0] for reply in free]
    assert [reply.finish is Finish.STOP for reply in stopped] == [stop in reply.text for reply in free]
    assert any(stop in reply.text for reply in free)


class Dictated:
    """Takes the place of the draw: the row with seed n writes the n-th list of pieces, then nothing but padding."""

    def __init__(self, tokenizer, *rows: Sequence[str]) -> None:
        self.rows = [[token for piece in row for token in tokenizer(piece, add_special_tokens=False).input_ids] for row in rows]
        self.n_rows: list[int] = []

    def __call__(self, logits: torch.Tensor, sampling: Sampling, seeds: Sequence[int], step: int) -> torch.Tensor:
        self.n_rows.append(len(seeds))
        return torch.tensor([self.rows[seed][step] if step < len(self.rows[seed]) else 0 for seed in seeds])


def test_replies_end_at_the_end_of_the_turn_at_the_stop_string_or_at_the_limit(model, tokenizer, monkeypatch):
    """A letter is a token here, so that the stop string lies across eight of them."""
    dictated = Dictated(
        tokenizer,
        [*"one.", *"\n\nStep", *" 2"],
        [*"two", "<|end|>"],
        [*"a" * 50],
        [*"b\n\n", "<|pad|>", *"Step", *"more"],
        ["<|end|>"],
        [*"\n\nSte", "<|end|>"],
        [*"\n\nStep"],
    )
    monkeypatch.setattr(hf_engine, "_draw", dictated)
    replies = complete_all(model, [ask(seed=seed, max_tokens=20, stop="\n\nStep") for seed in range(7)])
    assert [(reply.text, reply.finish.value, reply.usage.completion_tokens) for reply in replies] == [
        ("one.", "stop", 10),
        ("two", "end", 4),
        ("a" * 20, "length", 20),
        ("b", "stop", 8),
        ("", "end", 1),
        ("\n\nSte", "end", 6),
        ("", "stop", 6),
    ]
    assert dictated.n_rows == sorted(dictated.n_rows, reverse=True)  # rows that are done leave
    assert (len(dictated.n_rows), dictated.n_rows[0], dictated.n_rows[-1]) == (20, 7, 1)


def test_a_limit_that_is_reached_with_the_end_or_the_stop_string_is_not_what_ended_the_reply(model, tokenizer, monkeypatch):
    monkeypatch.setattr(hf_engine, "_draw", Dictated(tokenizer, [*"ab", "<|end|>"], [*"a\n."], [*"abc"]))
    replies = complete_all(model, [ask(seed=seed, max_tokens=3, stop="\n.") for seed in range(3)])
    assert [(reply.text, reply.finish.value) for reply in replies] == [("ab", "end"), ("a", "stop"), ("abc", "length")]


def test_a_prompt_that_is_too_long_is_a_failed_reply_and_harms_no_other(model, tokenizer):
    template = len(tokenizer(rendered(ask("")), add_special_tokens=False).input_ids)
    assert template == 3
    fits, too_long = ask("?" * 124, max_tokens=9), ask("?" * 125, max_tokens=9)
    replies = complete_all(model, [too_long, ask(), fits])
    assert replies[0] == Reply("", Finish.ERROR, Usage(128, 0, 1), error="the prompt has 128 tokens, the model takes 128")
    assert replies[1] == complete_all(model, [ask()])[0]
    assert (replies[2].finish, replies[2].usage) == (Finish.LENGTH, Usage(127, 1, 1))


def test_the_last_batches_asked_alone_are_the_same_batches(tiny):
    model = HuggingFace(str(tiny), batch_size=4).load()
    kinds = [{}, {"temperature": 0.5}, {"stop": "e"}, {"max_tokens": 5}]
    requests = [ask(question, seed=seed, **kind) for kind in kinds for question in QUESTIONS for seed in range(3)]
    requests.append(ask("? " * 200))
    random.Random(0).shuffle(requests)
    batches = [[(requests[at], reply) for at, reply in batch] for batch in model.complete(requests)]
    assert [len(batch) for batch in batches] == [1, *[4] * 12]
    for done in range(1, len(batches)):
        rest = [request for batch in batches[done:] for request, _ in batch]
        random.Random(done).shuffle(rest)
        assert [[(rest[at], reply) for at, reply in batch] for batch in model.complete(rest)] == batches[done:]


def test_a_prompt_that_many_requests_share_is_read_once(model):
    shapes: list[tuple[int, int]] = []
    hook = model._model.register_forward_pre_hook(lambda *given: shapes.append(tuple(given[-1]["input_ids"].shape)), with_kwargs=True)
    complete_all(model, [ask(question, seed=seed, max_tokens=3) for seed in range(4) for question in QUESTIONS[:2]])
    hook.remove()
    assert [rows for rows, _ in shapes] == [2, 8, 8]  # two prompts, then a token for each of eight rows; none after the last
    assert [width for _, width in shapes[1:]] == [1, 1]


def spoilt(name: str, folder, edit_json, edit_weights) -> None:
    weights = folder / "model.safetensors"
    if name == "masked":
        (folder / "config.json").write_text('{"architectures": ["BertForMaskedLM"], "model_type": "bert"}')
    elif name == "code":
        edit_json(
            folder / "config.json", model_type="strange", auto_map={"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}
        )
        (folder / "code.py").write_text("raise SystemExit('the code of a checkpoint ran')")
    elif name == "pickle":
        torch.save(AutoModelForCausalLM.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
        weights.unlink()
    elif name == "cut":
        weights.write_bytes(weights.read_bytes()[:9000])
    elif name == "lacking":
        edit_weights(folder, lambda tensors: tensors.pop("model.norm.weight"))
    elif name == "narrow":
        edit_weights(folder, lambda tensors: tensors.update({"model.norm.weight": torch.ones(16)}))
    else:
        (folder / name).unlink()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("masked", "this checkpoint is BertForMaskedLM, not a causal language model; name a"),
        ("chat_template.jinja", "the tokenizer has no chat template; add one"),
        ("tokenizer.json", "the tokenizer has no vocabulary; copy"),
        ("lacking", "lacks the weights model.norm.weight; copy"),
        ("pickle", "no file named model.safetensors"),
        ("model.safetensors", "no file named model.safetensors"),
        ("config.json", "; check the path"),
        ("narrow", "; check the path"),
        ("cut", "; check the path"),
        ("code", "custom code"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused_in_one_sentence(name, part, tiny, copied, edit_json, edit_weights, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda *_: pytest.fail("a person was asked whether to run a checkpoint's code"))
    spoilt(name, folder := copied(tiny), edit_json, edit_weights)
    with pytest.raises(ModelError) as error:
        HuggingFace(str(folder)).load()
    assert part in str(error.value)
    assert str(error.value).startswith(f"{folder}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("path", ["no-such-model", "nobody/no-such-model", "/no/such/folder"])
def test_a_path_that_leads_nowhere_is_refused_in_one_sentence(path):
    with pytest.raises(ModelError, match=rf"^{path}: no causal language model could be loaded \(.*\); check the path$"):
        HuggingFace(path).load()


def test_the_identity_tells_checkpoints_apart(tiny, model, copied, edit_json, edit_weights):
    same, weights, template, ends = (copied(tiny) for _ in range(4))
    (same / "README").write_text("changes no reply")
    edit_weights(weights, lambda tensors: tensors["model.norm.weight"].mul_(1.001))
    (template / "chat_template.jinja").write_text((template / "chat_template.jinja").read_text() + " ")
    edit_json(ends / "generation_config.json", eos_token_id=2)
    assert HuggingFace(str(same), batch_size=3).load().identity == model.identity
    others = [HuggingFace(str(folder)).load().identity for folder in (weights, template, ends)]
    others.append(HuggingFace(str(same), dtype="bfloat16").load().identity)
    assert len({model.identity, *others}) == 5
    assert model.is_reproducible
    assert not HuggingFace(str(same), dtype="bfloat16").load().is_reproducible
