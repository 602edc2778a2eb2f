import math
import random

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.models.hf import HuggingFace
from osler.models.option_likelihood import OptionLikelihood, OptionLogprobs

LISTED = Prompt("listed", "{question}{options}")
UNLISTED = Prompt("unlisted", "{question}")
QUESTIONS = [
    Question("q-1", "Which?", {"A": "Gout", "B": "Measles", "C": "Meningitis and a rash"}),
    Question("q-2", "Which of these explains a stiff neck?", {"A": "Migraine", "B": "Pneumonia", "C": "µ", "D": "Gout"}),
    Question("q-3", "?", {"A": "a", "B": "b"}),
    Question("q-4", "Which of these explains a stiff neck and a rash?", {"A": "Fever", "B": "Uric acid is high in the swollen toe"}),
    Question("q-5", "Why does it not blanch?", {"A": "Gout", "J": "Measles"}),
]


@pytest.fixture(scope="module")
def reference(tiny):
    return AutoTokenizer.from_pretrained(tiny), AutoModelForCausalLM.from_pretrained(tiny).eval()


def chat(question: Question, *, is_listed: bool) -> str:
    """The nano's chat template, by hand."""
    options = "".join(f"\n{letter}. {text}" for letter, text in question.options.items()) if is_listed else ""
    return f"<|user|>{question.text}{options}<|end|><|assistant|>The answer is"


def plain_sum(reference, before: str, option: str) -> tuple[float, int]:
    """One sequence, one forward pass, no cache: the log-probability of what follows `before`, and its tokens."""
    tokenizer, model = reference
    head = tokenizer(before, add_special_tokens=False).input_ids
    ids = tokenizer(f"{before} {option}", add_special_tokens=False).input_ids
    assert ids[: len(head)] == head
    with torch.inference_mode():
        log_p = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return sum(float(log_p[at - 1, ids[at]]) for at in range(len(head), len(ids))), len(ids) - len(head)


@pytest.mark.parametrize("form", ["letter", "text"])
@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_the_sums_are_those_of_a_plain_forward_pass(tiny, reference, form, batch_size):
    prompt = LISTED if form == "letter" else UNLISTED
    found = OptionLikelihood(HuggingFace(str(tiny), batch_size=batch_size), prompt, form=form).logprobs(QUESTIONS)
    assert len(found) == len(QUESTIONS) == 5
    for question, each in zip(QUESTIONS, found, strict=True):
        assert each.error == ""
        assert list(each.sums) == list(question.options)
        for letter, text in question.options.items():
            stated = letter if form == "letter" else text
            expected, n_tokens = plain_sum(reference, chat(question, is_listed=form == "letter"), stated)
            assert each.sums[letter] == pytest.approx(expected, abs=1e-4)
            assert each.lengths[letter] == (n_tokens, len(stated), len(stated.encode()))


def test_a_question_s_numbers_depend_on_no_other_question(tiny):
    together = OptionLikelihood(HuggingFace(str(tiny), batch_size=64), UNLISTED, form="text")
    all_at_once = together.logprobs(QUESTIONS)
    assert all_at_once
    for question, each in zip(QUESTIONS, all_at_once, strict=True):
        [alone] = together.logprobs([question])
        assert alone.sums == pytest.approx(dict(each.sums), abs=1e-5)
    shuffled = random.Random(0).sample(range(5), 5)
    again = together.logprobs([QUESTIONS[at] for at in shuffled])
    assert again == [all_at_once[at] for at in shuffled]


def test_a_letter_s_probability_is_that_of_one_token(tiny, reference):
    """All letters of the alphabet follow one prompt: their probabilities are parts of one distribution."""
    letters = {chr(65 + n): f"option {n}" for n in range(26)}
    [each] = OptionLikelihood(HuggingFace(str(tiny)), UNLISTED).logprobs([Question("q", "Which?", letters)])
    assert {length[1:] for length in each.lengths.values()} == {(1, 1)}
    assert 0 < math.fsum(math.exp(total) for total in each.sums.values()) < 1


def test_a_base_model_without_a_chat_template_gets_the_bare_text(tiny, copied, reference):
    folder = copied(tiny)
    (folder / "chat_template.jinja").unlink()
    settings = HuggingFace(str(folder))
    question = QUESTIONS[0]
    for model in (
        OptionLikelihood(settings, LISTED, lead="Answer:"),
        OptionLikelihood(HuggingFace(str(tiny)), LISTED, lead="Answer:", is_chat=False),
    ):
        [each] = model.logprobs([question])
        before = "Which?\nA. Gout\nB. Measles\nC. Meningitis and a rash\nAnswer:"
        assert each.sums == pytest.approx({letter: plain_sum(reference, before, letter)[0] for letter in "ABC"}, abs=1e-4)


def test_a_tokenizer_that_joins_the_prompt_with_the_option(tiny, monkeypatch, reference):
    """Where "is X" is one token, all of "is X" is the option's, and the sums are of the same strings for every option."""
    model = OptionLikelihood(HuggingFace(str(tiny)), UNLISTED, form="text")
    ids = {"before": (9, 10, 11), "before one": (9, 10, 12), "before two": (9, 10, 13, 14)}
    monkeypatch.setattr(model, "_rendered", lambda _: "before")
    monkeypatch.setattr(model, "_ids", ids.__getitem__)
    [each] = model.logprobs([Question("q", "Which?", {"A": "one", "B": "two"})])
    with torch.inference_mode():
        log_p = reference[1](torch.tensor([[9, 10, 13]])).logits[0].double().log_softmax(-1)
    assert each.sums == pytest.approx({"A": float(log_p[1, 12]), "B": float(log_p[1, 13] + log_p[2, 14])}, abs=1e-4)
    assert [each.lengths[letter][0] for letter in "AB"] == [1, 2]


def test_a_prompt_that_is_too_long_or_without_options_has_an_error_and_harms_no_other(tiny):
    model = OptionLikelihood(HuggingFace(str(tiny)), LISTED)
    long = Question("long", "? " * 200, {"A": "one", "B": "two"})
    found = model.logprobs([long, QUESTIONS[0], Question("open", "Which?")])
    assert "the model takes 128" in found[0].error
    assert found[2] == OptionLogprobs(error="the question has no options")
    assert (found[0].sums, found[0].per("byte")) == ({}, {})
    assert found[1] == model.logprobs([QUESTIONS[0]])[0]
    assert model.logprobs([]) == []


def test_an_option_is_divided_by_its_length():
    each = OptionLogprobs({"A": -6.0, "B": -8.0}, {"A": (2, 3, 4), "B": (4, 8, 16)})
    assert each.per("option") == {"A": -6.0, "B": -8.0}
    assert each.per("token") == {"A": -3.0, "B": -2.0}
    assert each.per("character") == {"A": -2.0, "B": -1.0}
    assert each.per("byte") == {"A": -1.5, "B": -0.5}


def test_the_identity_names_all_that_could_change_a_number(tiny):
    settings = HuggingFace(str(tiny))
    models = [
        OptionLikelihood(settings, LISTED),
        OptionLikelihood(settings, UNLISTED),
        OptionLikelihood(settings, LISTED, form="text"),
        OptionLikelihood(settings, LISTED, lead="Answer:"),
        OptionLikelihood(settings, LISTED, is_chat=False),
    ]
    assert len({model.identity for model in models}) == 5
    assert OptionLikelihood(settings, LISTED).identity == models[0].identity
