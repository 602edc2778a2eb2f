"""Which tokens are trained on, under four forms of templates written here as jinja and, by hand, as text."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from osler.train.masks import ChatEncoder, Encoded
from osler.train.records import Unsound

Turns = Sequence[tuple[str, str]]

SINGLE: Turns = [("user", "Which?"), ("assistant", "Gout explains the toe.")]
TWO: Turns = [*SINGLE, ("user", "Sure?"), ("assistant", "Yes, for uric acid is high.")]
WITH_SYSTEM: Turns = [("system", "Be brief."), *TWO]
THOUGHT = "<think>\nThe toe swells.\n\nUric acid is high.\n</think>\n\nGout."
THOUGHTFUL: Turns = [("user", "Which?"), ("assistant", THOUGHT), ("user", "Sure?"), ("assistant", THOUGHT.replace("Gout", "Yes"))]


class Form(NamedTuple):
    """A form of templates: in jinja, what a chat looks like in it, and what the assistant writes of a turn, its end with it."""

    jinja: str
    opening: str
    turn: Callable[[str, str], str]
    own: Callable[[str], str]
    has_system: bool = True


REFUSING = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
FORMS = {
    # its markers take in the line break after the end of the turn
    "chatml": Form(
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
        "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>\n' }}{% endgeneration %}"
        "{% else %}{{ message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
        "",
        lambda role, text: f"<|im_start|>{role}\n{text}<|im_end|>\n",
        lambda text: f"{text}<|im_end|>",
    ),
    "llama3": Form(
        "{{ '<|begin_of_text|>' }}{% for message in messages %}"
        "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}"
        "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] | trim + '<|eot_id|>' }}{% endgeneration %}"
        "{% else %}{{ message['content'] | trim + '<|eot_id|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
        "<|begin_of_text|>",
        lambda role, text: f"<|start_header_id|>{role}<|end_header_id|>\n\n{text}<|eot_id|>",
        lambda text: f"{text}<|eot_id|>",
    ),
    "mistral": Form(
        REFUSING + "{{ '<s>' }}{% for message in messages %}"
        "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + '[/INST]' }}"
        "{% else %}{% generation %}{{ ' ' + message['content'] + '</s>' }}{% endgeneration %}{% endif %}{% endfor %}",
        "<s>",
        lambda role, text: f"[INST] {text}[/INST]" if role == "user" else f" {text}</s>",
        lambda text: f" {text}</s>",
        has_system=False,
    ),
    # its markers leave out the end of the turn
    "gemma": Form(
        REFUSING + "{{ '<bos>' }}{% for message in messages %}"
        "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}"
        "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] | trim }}{% endgeneration %}"
        "{% else %}{{ message['content'] | trim }}{% endif %}{{ '<end_of_turn>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
        "<bos>",
        lambda role, text: f"<start_of_turn>{'model' if role == 'assistant' else role}\n{text}<end_of_turn>\n",
        lambda text: f"{text}<end_of_turn>",
        has_system=False,
    ),
}
SPECIAL = [
    *("<pad>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<s>"),
    *("</s>", "[INST]", "[/INST]", "<bos>", "<start_of_turn>", "<end_of_turn>"),
]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Bytes, some merged, and the special tokens of all the forms."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer, backend.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator([text for _, text in (*WITH_SYSTEM, *THOUGHTFUL)], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="<pad>", clean_up_tokenization_spaces=False)
    made.add_special_tokens({"extra_special_tokens": SPECIAL})
    return made


def encoded(tokenizer: Any, template: str, turns: Turns) -> list[Encoded] | Unsound:
    tokenizer.chat_template = template
    return ChatEncoder(tokenizer).encode([{"role": role, "content": text} for role, text in turns])


def shown(tokenizer: Any, rows: list[Encoded] | Unsound) -> list[tuple[str, list[str]]]:
    """Of each row its text, and the text of each run of tokens that are trained on."""
    assert isinstance(rows, list)
    seen = []
    for row in rows:
        assert len(row.ids) == len(row.is_own)
        runs: list[list[int]] = [[]]
        for token, is_own in zip(row.ids, row.is_own, strict=True):
            if is_own:
                runs[-1].append(token)
            elif runs[-1]:
                runs.append([])
        seen.append((tokenizer.decode(row.ids), [tokenizer.decode(run) for run in runs if run]))
    return seen


def unmarked(template: str) -> str:
    return re.sub(r"{% (end)?generation %}", "", template)


@pytest.mark.parametrize("turns", [SINGLE, TWO, WITH_SYSTEM, THOUGHTFUL], ids=["single", "two turns", "system", "thoughts"])
@pytest.mark.parametrize("name", FORMS)
def test_the_mask_is_what_the_assistant_wrote_and_the_end_of_its_turn(name: str, turns: Turns, tokenizer: Any) -> None:
    """With markers a row of all its turns; without a row for each, which ends in that one."""
    form = FORMS[name]
    if turns[0][0] == "system" and not form.has_system:
        found = encoded(tokenizer, form.jinja, turns)
        assert isinstance(found, Unsound)
        assert (found.reason, found.what) == ("refused", "the chat template refuses it (System role not supported)")
        return
    text = form.opening + "".join(form.turn(role, said) for role, said in turns)
    own = [form.own(said) for role, said in turns if role == "assistant"]
    assert shown(tokenizer, encoded(tokenizer, form.jinja, turns)) == [(text, own)]

    ends = [at for at, (role, _) in enumerate(turns, 1) if role == "assistant"]
    texts = [form.opening + "".join(form.turn(role, said) for role, said in turns[:end]) for end in ends]
    assert shown(tokenizer, encoded(tokenizer, unmarked(form.jinja), turns)) == [
        (each, [one]) for each, one in zip(texts, own, strict=True)
    ]


FORGETFUL = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% set said = message['content'] if loop.last else message['content'].split('</think>')[-1].lstrip('\n') %}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ said + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ said + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""As Qwen3: the thoughts of all turns but the last are left out."""


@pytest.mark.parametrize("template", [FORGETFUL, unmarked(FORGETFUL)], ids=["markers", "no markers"])
def test_where_earlier_thoughts_are_dropped_each_turn_is_learnt_with_its_own(template: str, tokenizer: Any) -> None:
    """Never the answer of an earlier turn without the thought that led to it, which a row with all turns would teach."""
    first, second = THOUGHT, THOUGHTFUL[3][1]
    asked = "<|im_start|>user\nWhich?<|im_end|>\n<|im_start|>assistant\n"
    again = "Gout.<|im_end|>\n<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n"
    assert shown(tokenizer, encoded(tokenizer, template, THOUGHTFUL)) == [
        (f"{asked}{first}<|im_end|>\n", [f"{first}<|im_end|>"]),
        (f"{asked}{again}{second}<|im_end|>\n", [f"{second}<|im_end|>"]),
    ]


def test_a_thought_that_the_prompt_opens_is_trained_on_from_there(tokenizer: Any) -> None:
    template = FORGETFUL.replace("{{ '<|im_start|>assistant\n' }}", "{{ '<|im_start|>assistant\n<think>\n' }}")
    [(_, own)] = shown(tokenizer, encoded(tokenizer, unmarked(template), THOUGHTFUL[:2]))
    assert own == [THOUGHT.removeprefix("<think>\n") + "<|im_end|>"]


def test_a_template_that_drops_the_thought_of_the_last_turn_too_cannot_teach_it(tokenizer: Any) -> None:
    """As DeepSeek-R1's. TRL would train on the answer alone and warn once."""
    for template in (FORGETFUL, unmarked(FORGETFUL)):
        found = encoded(tokenizer, template.replace("if loop.last else", "if false else"), THOUGHTFUL)
        assert isinstance(found, Unsound)
        assert found.reason == "left_out"


def test_markers_around_nothing_are_said(tokenizer: Any) -> None:
    template = unmarked(FORMS["chatml"].jinja) + "{% generation %}{% endgeneration %}"
    found = encoded(tokenizer, template, SINGLE)
    assert isinstance(found, Unsound)
    assert found.reason == "unmarked"


def test_labels_are_the_tokens_that_are_trained_on() -> None:
    row = Encoded([5, 6, 7], [False, True, True])
    assert (row.labels, row.n_own) == ([-100, 6, 7], 2)
    assert row.cut(2).labels == [-100, 6]
