"""llama.cpp in this process: the contract of models is `tests/contracts`; here, that it is the exported checkpoint that answers."""

import random
import sys
import threading
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Request, Sampling, Usage, Written, complete_all
from osler.models.hf import HuggingFace
from osler.models.llamacpp import LlamaCpp

QUESTIONS = ["Which?", "Fever and a rash?", "Which of these explains a stiff neck and a rash that does not blanch?", "?"]
PIECES = [
    *("fever", " Gout", "rash,", "\n\n", "\n", "  ", "\t", "12,345.6", "I'LL", "he's", "naïve", "nai\u0308ve", "Ångström", "µg/dL", "≥ 3"),
    *("熱が出た", "🩺", "👨‍⚕️", "\u00a0", "\u200b", "Ω", "ﬁ", "<|end|>", "<|user|>", "<|nobody|>", "x²", "…", "—", "ß", "١٢٣"),
]


def ask(question: str = "Which?", *, prefix: str = "", stop: str = "", seed: int = 0, **sampling) -> Request:
    settings = Sampling(**{"temperature": 1.0, "top_p": 1.0, "max_tokens": 24, **sampling})
    return Request((Message("user", question),), prefix, settings, stop, seed)


def test_without_the_package_it_says_how_to_install_it(monkeypatch):
    for name in ("llamacpp_engine", "llamacpp_native"):
        monkeypatch.delitem(sys.modules, f"osler.models.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(ModelError, match=r"pip install 'osler\[llamacpp\]'"):
        LlamaCpp("any.gguf").load()


@pytest.fixture(scope="module")
def gguf(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("llama_cpp", reason="llama.cpp is not here: pip install 'osler[llamacpp]' (it is compiled for some minutes)")
    from osler.models.gguf_export import export_gguf

    file = tmp_path_factory.mktemp("llamacpp") / "tiny.gguf"
    export_gguf(tiny, file)
    return file


def loaded(file: Path, **settings):
    return LlamaCpp(str(file), **{"n_threads": 1, **settings}).load()


@pytest.fixture(scope="module")
def model(gguf):
    model = loaded(gguf)
    yield model
    model.close()


def test_every_text_has_the_tokens_that_the_tokenizer_gives_it(model, tiny):
    tokenizer, rng = AutoTokenizer.from_pretrained(tiny), random.Random(0)
    texts = ["", *PIECES, *("".join(rng.choices(PIECES, k=rng.randrange(2, 12))) for _ in range(500))]
    texts += ["".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(160, 0x800)])) for _ in range(30)) for _ in range(200)]
    assert [model.token_ids(text) for text in texts] == tokenizer(texts, add_special_tokens=False).input_ids


@pytest.mark.parametrize("sampling", [{"temperature": 0.0}, {"top_p": 0.9}, {"temperature": 0.3}], ids=str)
def test_replies_are_those_of_the_checkpoint(model, tiny, sampling):
    """Greedy and drawn: the same numbers for the same seeds."""
    requests = [ask(question, prefix=prefix, seed=7, **sampling) for question in QUESTIONS for prefix in ("", "Step 1:", "Step 1: Gout")]
    requests += [ask("Fever and a rash?", seed=seed, stop="e", **sampling) for seed in range(12)]
    expected = complete_all(HuggingFace(str(tiny), dtype="float32", device="cpu").load(), requests)
    replies = complete_all(model, requests)
    assert [(each.text, each.finish, each.usage) for each in replies] == [(each.text, each.finish, each.usage) for each in expected]
    assert {Finish.STOP, Finish.LENGTH} <= {reply.finish for reply in replies}


def test_what_ends_a_turn_ends_the_reply_and_is_counted(tiny, gguf, copied, edit_json, tmp_path):
    from osler.models.gguf_export import export_gguf

    request = ask(seed=3, max_tokens=9)
    *before, token = complete_all(loaded(gguf), [request])[0].written.token_ids[:3]
    assert token not in before
    folder = copied(tiny)
    edit_json(folder / "generation_config.json", eos_token_id=[1, token])
    export_gguf(folder, tmp_path / "ends.gguf")
    [reply] = complete_all(loaded(tmp_path / "ends.gguf"), [request])
    assert (reply.finish, reply.usage.completion_tokens, reply.written.token_ids) == (Finish.END, 3, tuple(before))


@pytest.mark.parametrize("settings", [{"batch_size": 1}, {"batch_size": 3}, {"n_threads": 2}], ids=str)
def test_neither_the_batch_nor_the_threads_change_a_reply(model, gguf, settings):
    requests = [ask(question, seed=seed, max_tokens=16) for question in QUESTIONS for seed in range(3)]
    requests += [ask("Which?", prefix=prefix) for prefix in ("S", "St", "Step 1", "Step 1:")]  # each begins as the one before it
    shuffled = random.Random(0).sample(range(len(requests)), len(requests))
    other = loaded(gguf, **settings)
    expected, replies = complete_all(model, requests), complete_all(other, [requests[at] for at in shuffled])
    other.close()
    assert [reply.text for reply in replies] == [expected[at].text for at in shuffled]


def test_log_probabilities_are_those_of_the_checkpoint_before_temperature_and_top_p(gguf, tiny):
    request = ask("Fever and a rash?", temperature=0.5, top_p=0.9)
    [reply] = complete_all(loaded(gguf, has_logprobs=True), [request])
    tokenizer, checkpoint = AutoTokenizer.from_pretrained(tiny), AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    prompt = tokenizer("<|user|>Fever and a rash?<|end|><|assistant|>", add_special_tokens=False).input_ids
    with torch.no_grad():
        logits = checkpoint(torch.tensor([[*prompt, *reply.written.token_ids]])).logits[0, len(prompt) - 1 : -1]
    expected = logits.log_softmax(-1)[range(24), list(reply.written.token_ids)]
    assert reply.logprobs == pytest.approx(expected.tolist(), abs=1e-4)
    assert complete_all(loaded(gguf), [request])[0].logprobs == ()


def test_it_goes_on_from_the_tokens_that_it_wrote(model):
    """A prefix in other tokens than its text would have: both spellings of the same five letters are kept apart."""
    as_text = ask(prefix="Fever: Gout")
    letters = [token for letter in "Fever" for token in model.token_ids(letter)]
    assert letters != model.token_ids("Fever")
    as_written = Request(as_text.messages, as_text.prefix, as_text.sampling, "", 0, ((0, Written("Fever", tuple(letters))),))
    [text, written] = complete_all(model, [as_text, as_written])
    n_tokens = len(model.token_ids("<|user|>Which?<|end|><|assistant|>")) + len(letters) + len(model.token_ids(": Gout"))
    assert written.usage.prompt_tokens == n_tokens != text.usage.prompt_tokens
    assert written.text != text.text


def test_what_was_written_is_handed_back_with_the_stop_string(model):
    replies = complete_all(model, [ask(stop="e", seed=seed) for seed in range(20)])
    stopped = [reply for reply in replies if reply.finish is Finish.STOP]
    assert stopped
    for reply in stopped:
        assert reply.written.text.startswith(f"{reply.text}e")
        assert len(reply.written.token_ids) == reply.usage.completion_tokens


def test_a_prompt_without_room_for_a_reply_is_refused_and_a_reply_ends_where_the_room_ends(gguf):
    small = loaded(gguf, max_length=32)
    long, short = complete_all(small, [ask("rash " * 40), ask("?", max_tokens=1000, temperature=0.0)])
    n_long = len(small.token_ids(f"<|user|>{'rash ' * 40}<|end|><|assistant|>"))
    assert (long.finish, long.usage) == (Finish.ERROR, Usage(n_long, 0, 1))
    assert long.error == f"the prompt has {n_long} tokens, the model takes 32"
    assert short.usage.prompt_tokens + short.usage.completion_tokens == 32


def test_the_room_is_never_more_than_the_model_was_made_for(model):
    [reply] = complete_all(model, [ask("rash " * 200)])
    assert reply.error.endswith("the model takes 128")  # of `tiny`, not the 4096 of the settings


def test_the_identity_tells_files_and_what_changes_replies_apart(model, gguf, tiny, tmp_path):
    from osler.models.gguf_export import export_gguf

    export_gguf(tiny, tmp_path / "half.gguf", "f16")
    same, others = loaded(gguf, n_threads=2, batch_size=2), [{"cache_dtype": "float16"}, {"max_length": 64}, {"has_logprobs": True}]
    identities = {loaded(gguf, **settings).identity for settings in others} | {loaded(tmp_path / "half.gguf").identity}
    assert same.identity == model.identity
    assert len(identities | {model.identity}) == 5


def test_nothing_goes_to_the_terminal_and_closing_twice_does_nothing(gguf, tmp_path, capfd):
    model = loaded(gguf)
    complete_all(model, [ask()])
    model.close()
    model.close()
    (tmp_path / "broken.gguf").write_bytes(gguf.read_bytes()[:2000])
    for broken, message in ((tmp_path / "broken.gguf", "llama.cpp could not load this file"), (tmp_path / "no.gguf", "cannot be read")):
        with pytest.raises(ModelError, match=message) as refusal:
            loaded(broken)
        assert str(refusal.value).startswith(f"{broken}: ")
    assert capfd.readouterr() == ("", "")


def test_a_file_without_a_chat_template_is_refused(tiny, tmp_path, gguf, monkeypatch):
    from osler.models.gguf_export import export_gguf

    monkeypatch.setattr("gguf.GGUFWriter.add_chat_template", lambda *_: None)
    export_gguf(tiny, tmp_path / "bare.gguf")
    with pytest.raises(ModelError, match="the file has no chat template"):
        loaded(tmp_path / "bare.gguf")


def test_it_answers_in_a_thread_of_its_own(model):
    """A server answers from threads."""
    replies = []
    thread = threading.Thread(target=lambda: replies.extend(complete_all(model, [ask(temperature=0.0)])))
    thread.start()
    thread.join()
    assert replies == complete_all(model, [ask(temperature=0.0)])
