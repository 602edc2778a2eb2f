import json
from itertools import product
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.models.nano import END_OF_TURN, PADDING, ROLES, Nano

FILES = {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"}
SPECIAL = [PADDING, END_OF_TURN, *ROLES]
CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Which?"},
    {"role": "assistant", "content": "Step 1: Gout."},
    {"role": "user", "content": "Sure?"},
    {"role": "assistant", "content": "Yes."},
]
RENDERED = "<|system|>Be brief.<|end|><|user|>Which?<|end|><|assistant|>Step 1: Gout.<|end|><|user|>Sure?<|end|><|assistant|>Yes.<|end|>"

# unassigned characters may be composed by one Unicode version and not by another
texts = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=60)
plain = texts.filter(lambda text: "|" not in text)


@pytest.fixture(scope="module")
def tokenizer(tiny):
    return AutoTokenizer.from_pretrained(tiny)


def small(**changes) -> Nano:
    return Nano(**{"vocab_size": 300, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "intermediate_size": 16, "max_length": 64, **changes})


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_it_is_an_ordinary_checkpoint(tiny, tokenizer):
    assert {file.name for file in tiny.iterdir()} == FILES
    model = AutoModelForCausalLM.from_pretrained(tiny)
    assert type(model).__name__ == "Qwen2ForCausalLM"
    assert (model.config.hidden_size, model.config.num_hidden_layers, model.config.max_position_embeddings) == (32, 2, 128)
    assert json.loads((tiny / "generation_config.json").read_text())["eos_token_id"] == tokenizer.eos_token_id == 1
    assert (tokenizer.eos_token, tokenizer.pad_token, tokenizer.model_max_length) == (END_OF_TURN, PADDING, 128)


def test_every_token_has_an_embedding_and_every_embedding_a_token(tiny, tokenizer):
    model = AutoModelForCausalLM.from_pretrained(tiny)
    assert len(tokenizer) == model.config.vocab_size == model.get_input_embeddings().num_embeddings
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert max(tokenizer("<|endoftext|> <|im_end|> <unk>").input_ids) < len(tokenizer)


@pytest.mark.parametrize("vocab_size", [300, 320])
def test_the_vocabulary_is_at_most_the_setting_with_its_special_tokens(tmp_path, one_thread, vocab_size):
    corpus = " ".join(map("".join, product("abcdef", repeat=3)))  # 216 words: more merges than there is room for
    small(vocab_size=vocab_size).create([corpus], tmp_path, seed=0)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert len(tokenizer) == vocab_size
    assert tokenizer.convert_tokens_to_ids(SPECIAL) == [0, 1, 2, 3, 4]


def test_a_corpus_without_text_leaves_the_256_bytes_and_5_special_tokens(tmp_path, one_thread):
    small().create([], tmp_path, seed=0)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert len(tokenizer) == 261
    assert tokenizer.decode(tokenizer("Öl\0").input_ids) == "Öl\0"


@example(text="cafe\u0301")
@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_any_text_round_trips(tokenizer, text):
    """Up to NFC, Qwen2's normal form: é is one character, however it was typed."""
    assert tokenizer.decode(tokenizer(text).input_ids) == normalize("NFC", text)


@settings(max_examples=50, deadline=None)
@given(before=plain, special=st.sampled_from(SPECIAL), after=plain)
def test_special_tokens_round_trip_and_are_left_out_on_request(tokenizer, before, special, after):
    ids = tokenizer(before + special + after).input_ids
    assert tokenizer.decode(ids) == normalize("NFC", before) + special + normalize("NFC", after)
    assert tokenizer.decode(ids, skip_special_tokens=True) == normalize("NFC", before) + normalize("NFC", after)


@example(text="cafe\u0301 in 2024, 120/80 mmHg\r\n\n  Step 1: Fever and a productive cough, isn't it?")
@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_what_is_loaded_is_what_was_saved(tiny, tokenizer, text):
    """AutoTokenizer rebuilds a Qwen2 tokenizer from the vocabulary alone; other readers believe tokenizer.json."""
    saved = Tokenizer.from_file(str(tiny / "tokenizer.json"))
    assert tokenizer(text, add_special_tokens=False).input_ids == saved.encode(text, add_special_tokens=False).ids


def test_the_same_seed_gives_the_same_bytes_and_another_only_other_weights(tmp_path, one_thread):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        small().create(["Fever and cough."] * 3, tmp_path / name, seed=seed)
    a, b, c = (content(tmp_path / name) for name in "abc")
    assert a == b
    assert {name for name in a if a[name] != c[name]} == {"model.safetensors"}


def test_the_template_renders_by_hand(tokenizer):
    assert tokenizer.apply_chat_template(CHAT, tokenize=False) == RENDERED
    assert tokenizer.apply_chat_template(CHAT[:2], tokenize=False, add_generation_prompt=True) == (
        "<|system|>Be brief.<|end|><|user|>Which?<|end|><|assistant|>"
    )


def test_the_markers_cover_the_assistants_tokens_with_the_end_of_the_turn(tokenizer):
    encoded = tokenizer.apply_chat_template(CHAT, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    ids, mask = encoded["input_ids"], encoded["assistant_masks"]
    assert tokenizer.decode(ids) == RENDERED
    assert tokenizer.decode([token for token, is_own in zip(ids, mask, strict=True) if is_own]) == "Step 1: Gout.<|end|>Yes.<|end|>"
    assert tokenizer.decode([token for token, is_own in zip(ids, mask, strict=True) if not is_own]) == (
        "<|system|>Be brief.<|end|><|user|>Which?<|end|><|assistant|><|user|>Sure?<|end|><|assistant|>"
    )


@pytest.mark.parametrize("wrong", [{"vocab_size": 299}, {"hidden_size": 8}, {"n_layers": 0}, {"max_length": 8}, {"width": 3}])
def test_a_shape_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        Nano(**wrong)
