"""The contract of models, run over every kind: order kept, stops respected, usage counted, same seed same reply where it says so. To add a
kind: one line in `build` below. Every base of the registry loads as the Hugging Face engine. Asynchronous models answer one call at a time
here; many at once in `tests/models/test_journal_async.py`."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from osler.core.model import AsyncModel, Finish, Message, Model, Reply, Request, Sampling, complete_all
from osler.models import BASES
from osler.models.journal import AsyncJournalledModel, Journal, JournalledModel
from osler.models.scripted import AsyncScriptedModel, ScriptedModel

KINDS = ["scripted", "hf", "journalled scripted", "journalled hf", "async scripted", "async journalled scripted"]
LLAMACPP = pytest.param(
    "llamacpp", marks=pytest.mark.skipif(not find_spec("llama_cpp"), reason="no llama.cpp here: pip install 'osler[llamacpp]'")
)
BATCH = 9
STOPS = ["", "e", "\n", "a rash"]
QUESTIONS = ["Which?", "Fever and a rash?", "What explains a stiff neck, a rash and fever?"]


def script(request: Request, _: random.Random) -> str:
    """Some words of a few, other ones for every request."""
    rng = random.Random(repr(request))
    return "".join(rng.choice(["fever ", "a rash ", "gout\n", "pus "]) for _ in range(rng.randrange(40)))


def build(kind: str, folder: Path) -> Model:
    from osler.models.hf import HuggingFace

    if kind == "llamacpp":
        return build_llamacpp(folder)
    return ScriptedModel(script, batch_size=BATCH) if kind.endswith("scripted") else HuggingFace(str(folder), batch_size=BATCH).load()


def build_llamacpp(folder: Path) -> Model:
    from osler.models.gguf_export import export_gguf
    from osler.models.llamacpp import LlamaCpp

    if not (file := folder.with_suffix(".gguf")).exists():
        export_gguf(folder, file)
    return LlamaCpp(str(file), batch_size=BATCH, n_threads=1).load()


@pytest.fixture(params=[*KINDS, LLAMACPP])
def model(request: pytest.FixtureRequest, tiny: Path, tmp_path: Path) -> Iterator[Model]:
    inner = build(request.param, tiny)
    if request.param == "async scripted":
        yield OneCallAtATime(AsyncScriptedModel(inner))
        return
    if "journalled" not in request.param:
        yield inner
        return
    journal = Journal(tmp_path / "journal.db")
    if request.param.startswith("async"):
        yield OneCallAtATime(AsyncJournalledModel(AsyncScriptedModel(inner), journal))
    else:
        yield JournalledModel(inner, journal)
    journal.close()


class OneCallAtATime:
    """An asynchronous model, asked as a synchronous one is."""

    def __init__(self, model: AsyncModel) -> None:
        self.identity, self.is_reproducible, self._model = model.identity, model.is_reproducible, model

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        if requests:
            yield list(enumerate(asyncio.run(self._model.complete(requests))))


def requests_for(seeds: Sequence[int], max_tokens: int = 20) -> list[Request]:
    """Every question, stop string and seed, in no order."""
    requests = [
        Request((Message("user", question),), prefix, Sampling(temperature, 1.0, max_tokens), stop, seed)
        for question in QUESTIONS
        for stop in STOPS
        for prefix, temperature in (("", 1.0), ("Step 1:", 0.5))
        for seed in seeds
    ]
    return random.Random(0).sample(requests, len(requests))


def answers(model: Model, requests: Sequence[Request]) -> list[Reply]:
    """The replies in order, and the proof that each position was answered once."""
    answered = [each for batch in model.complete(requests) for each in batch]
    assert sorted(at for at, _ in answered) == list(range(len(requests)))
    replies = dict(answered)
    return [replies[at] for at in range(len(requests))]


def test_every_base_of_the_registry_has_a_line_here() -> None:
    here = {"nano", "hf", "llamacpp"}  # a nano model, once created, is a Hugging Face checkpoint
    elsewhere = {"vllm", "openai_http"}  # against the recorded signatures of the one, and a server of ours: tests/models
    assert BASES.keys() == here | elsewhere


def test_each_request_gets_its_own_reply_in_any_order(model: Model) -> None:
    requests = requests_for(range(2))
    forwards = answers(model, requests)
    assert answers(model, requests[::-1]) == forwards[::-1]
    assert answers(model, requests[7:11]) == forwards[7:11]
    assert len({reply.text for reply in forwards}) > len(requests) / 3


def test_a_request_made_twice_is_answered_twice(model: Model) -> None:
    first, second = requests_for([3])[:2]
    replies = answers(model, [first, second, first, first])
    assert replies[0] == replies[2] == replies[3] != replies[1]


def test_nothing_asked_is_nothing_answered(model: Model) -> None:
    assert list(model.complete([])) == []
    assert complete_all(model, []) == []


def test_no_reply_has_its_stop_string_in_it_and_each_finish_happens(model: Model) -> None:
    requests = requests_for(range(8))
    replies = answers(model, requests)
    stopped = [reply.finish is Finish.STOP for reply in replies]
    assert any(stopped)
    assert not all(stopped)
    assert [request for request, reply in zip(requests, replies, strict=True) if request.stop and request.stop in reply.text] == []
    assert not any(has_stopped for request, has_stopped in zip(requests, stopped, strict=True) if not request.stop)
    assert {reply.finish for reply in replies} <= {Finish.END, Finish.STOP, Finish.LENGTH}
    assert {reply.error for reply in replies} == {""}


def test_usage_is_counted(model: Model) -> None:
    requests = requests_for(range(4), max_tokens=9)
    replies = answers(model, requests)
    assert {reply.usage.n_calls for reply in replies} == {1}
    assert all(0 <= reply.usage.completion_tokens <= 9 for reply in replies)
    at_limit = [reply.usage.completion_tokens for reply in replies if reply.finish is Finish.LENGTH]
    assert set(at_limit) == {9}
    of_prompt: dict[tuple[str, str], set[int]] = {}
    for request, reply in zip(requests, replies, strict=True):
        of_prompt.setdefault((request.messages[0].content, request.prefix), set()).add(reply.usage.prompt_tokens)
    assert len(of_prompt) == 2 * len(QUESTIONS)
    assert all(len(counts) == 1 and min(counts) > 0 for counts in of_prompt.values())


def test_the_same_seed_gives_the_same_reply(model: Model) -> None:
    assert model.is_reproducible  # every kind of this list is; one that is not would be skipped here
    requests = requests_for(range(4))
    assert answers(model, requests) == answers(model, requests)
    by_seed = [complete_all(model, [Request((Message("user", "Which?"),), "", Sampling(1.0, 1.0, 20), "", seed)]) for seed in range(10)]
    assert len({reply.text for [reply] in by_seed}) > 5


def test_the_last_batches_asked_alone_are_the_same_batches(tiny: Path) -> None:
    for kind in KINDS[:2]:
        model, requests = build(kind, tiny), requests_for(range(2))
        batches = [[requests[at] for at, _ in batch] for batch in model.complete(requests)]
        assert len(batches) > 3
        rest = [request for batch in batches[2:] for request in batch]
        assert [[rest[at] for at, _ in batch] for batch in model.complete(rest)] == batches[2:]


@pytest.mark.parametrize("kind", KINDS[:2])
def test_the_identity_is_the_model_s_and_the_journal_adds_nothing(kind: str, tiny: Path, tmp_path: Path) -> None:
    model = build(kind, tiny)
    journal = Journal(tmp_path / "journal.db")
    journalled = JournalledModel(model, journal)
    assert journalled.identity == model.identity == build(kind, tiny).identity
    assert answers(journalled, requests_for([0])) == answers(model, requests_for([0]))
    journal.close()
