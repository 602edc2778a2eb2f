"""Keys and values that outlive their batch: the same replies for fewer tokens read, within the memory that was given."""

import random
from collections.abc import Sequence

import pytest
import torch

from osler.core.checkpoint import content_hash
from osler.core.codec import Parsed
from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Written, complete_all
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Reading
from osler.core.solution import Solution
from osler.core.trace import Step, Trace
from osler.models import hf_engine
from osler.models.hf import HuggingFace
from osler.models.nano import Nano
from osler.search import MCTS, Beam
from osler.search.drive import drive

GREEDY = Sampling(temperature=0.0, top_p=1.0, max_tokens=12)
LONG = "Which of these explains a stiff neck and a rash that does not blanch?"


def ask(question: str, prefix: str = "", written: Sequence[tuple[int, Written]] = (), seed: int = 0, stop: str = "", **changes) -> Request:
    sampling = Sampling(**{"temperature": 0.0, "top_p": 1.0, "max_tokens": 12, **changes})
    return Request((Message("user", question),), prefix, sampling, stop, seed, tuple(written))


@pytest.fixture(scope="module")
def plain(tiny):
    """The engine that keeps nothing."""
    return HuggingFace(str(tiny), batch_size=16).load()


@pytest.fixture
def keeping(tiny):
    return HuggingFace(str(tiny), batch_size=16, cache_mb=4).load()


@pytest.fixture
def n_read(keeping):
    """Of every pass over more than a token a row: how many tokens it read. A row of a step has one."""
    counts: list[int] = []

    def listen(_, args, given):
        width = given["input_ids"].shape[1]
        if "logits_to_keep" in given:
            counts.append(int(given["attention_mask"][:, -width:].sum()))

    keeping._model.register_forward_pre_hook(listen, with_kwargs=True)
    return counts


def n_tokens(model, text: str) -> int:
    return len(model._tokenizer(text, add_special_tokens=False).input_ids)


class Hashes:
    """A codec whose steps end with "#", a token of its own, so that a model that never learnt anything writes steps."""

    stop = "#"

    def render(self, steps: Sequence[Step], response: str = "") -> str:
        return "#".join(step.text for step in steps)

    def chunks(self, steps: Sequence[Step]) -> list[str]:
        return [step.text + "#" for step in steps]

    def opening(self, steps: Sequence[Step]) -> str:
        return "".join(self.chunks(steps))

    def parse(self, text: str) -> Parsed | None:
        return Parsed(tuple(Step(part) for part in text.split("#")))

    def answer_text(self, parsed: Parsed) -> str:
        return parsed.steps[-1].text

    def states_answer(self, step: Step) -> bool:
        return "?" in step.text


class First:
    def read(self, text: str, question: Question) -> Reading:
        return Reading(value=text[:1], method="first letter") if text[:1] else Reading()


class ByLetters:
    """A reward that knows nothing and has a score for everything."""

    identity = "letters"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [tuple(sum(map(ord, step.text)) % 97 / 97 for step in trace.steps) for trace in traces]


@pytest.fixture(scope="module")
def lively(tmp_path_factory, one_thread):
    """A nano model whose weights are so wide that its likeliest tokens differ from place to place, as a trained one's do."""
    folder = tmp_path_factory.mktemp("lively")
    shape = Nano(vocab_size=300, hidden_size=32, n_layers=2, n_heads=4, intermediate_size=64, max_length=256, init_std=0.6)
    shape.create([LONG], folder, seed=1)
    return folder


def searched(model, trees, temperature: float, monkeypatch) -> tuple[list[Solution], int, int]:
    """What the search finds, how many tokens were put in, and how deep in the tree the deepest request was."""
    [ends_step] = model._tokenizer("#", add_special_tokens=False).input_ids
    n_read, depths, draw, complete = [], [], hf_engine._draw, model.complete

    def draws(logits: torch.Tensor, sampling: Sampling, seeds: Sequence[int], step: int) -> torch.Tensor:
        bias = torch.zeros(logits.shape[-1])
        bias[ends_step] = 3 * step if step > 1 else -99  # some tokens a step, and seldom too many
        return draw(logits + bias, sampling, seeds, step)

    def completes(requests: Sequence[Request]):
        depths.extend(len(request.written) for request in requests)
        return complete(requests)

    model._model.register_forward_pre_hook(lambda _, args, given: n_read.append(given["input_ids"].numel()), with_kwargs=True)
    with monkeypatch.context() as patch:
        patch.setattr(hf_engine, "_draw", draws)
        patch.setattr(model, "complete", completes)
        patch.setattr(model, "_has_written", True)
        policy = Policy(model, Prompt("plain", "{question}"), Hashes(), First(), Sampling(temperature, 1.0, 30), 3)
        questions = [Question(f"q-{at}", f"{LONG} {at}", {}) for at in range(4)]
        return drive(trees, questions, policy, ByLetters()), sum(n_read), max(depths)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["beam", "mcts"])
def test_a_search_finds_the_same(lively, kind, temperature, monkeypatch):
    """Beside an engine that goes on from the same tokens and reads all of them again at every step."""
    width = 3 if temperature else 1
    tree = {"beam": Beam(n_beams=6, width=width, max_steps=4), "mcts": MCTS(value_by="scores", n_children=width, max_nodes=8)}[kind]
    plain, keeping = (HuggingFace(str(lively), batch_size=16, cache_mb=cache_mb).load() for cache_mb in (0, 4))
    expected, n_plain, depth = searched(plain, tree, temperature, monkeypatch)
    solutions, n_keeping, _ = searched(keeping, tree, temperature, monkeypatch)
    assert solutions == expected
    assert depth >= 2  # children of children
    assert n_keeping < 0.8 * n_plain


def test_children_read_only_what_their_parents_did_not(keeping, n_read):
    """First the prompt, once for three siblings. Then of each child what its parent drew last and never read, and the tail."""
    first = [ask(LONG, seed=seed, temperature=1.0) for seed in range(3)]
    replies = complete_all(keeping, first)
    assert {reply.finish for reply in replies} == {Finish.LENGTH}
    n_prompt = replies[0].usage.prompt_tokens
    assert n_read == [n_prompt]
    children = [ask(LONG, reply.written.text + " 2:", [(0, reply.written)], seed=seed) for reply in replies for seed in range(4)]
    n_tail = n_tokens(keeping, " 2:")
    grown = complete_all(keeping, children)
    assert n_read[1:] == [3 * (1 + n_tail)]
    assert {reply.usage.prompt_tokens for reply in grown} == {n_prompt + 12 + n_tail}
    complete_all(keeping, children)
    assert n_read[2:] == [3]  # known to the end; but what comes next is said by the last token
    complete_all(keeping, first)
    assert n_read[3:] == [1]


def test_a_beginning_that_prompts_of_a_batch_share_is_read_once(keeping, n_read):
    others = [ask(LONG + tail) for tail in ("", " Why?", " Who?")]
    ids = keeping._encode(others)
    n_shared = [next(at for at, (a, b) in enumerate(zip(ids[0], other, strict=False)) if a != b) for other in ids[1:]]
    assert min(n_shared) > 16
    complete_all(keeping, others)
    assert n_read == [len(ids[0]), len(ids[1]) + len(ids[2]) - sum(n_shared)]
    before = len(n_read)
    short = [ask("Gout?"), ask("Gout!")]  # too little in common to wait for
    complete_all(keeping, short)
    n_template = 1
    assert len(n_read) == before + 1
    assert n_read[-1] == sum(len(each) - n_template for each in keeping._encode(short))


def test_what_it_wrote_comes_back_in_the_same_tokens(keeping, tiny, monkeypatch):
    """A letter is a token here, which no tokenizer would make of the text."""
    letters = [keeping._tokenizer(letter, add_special_tokens=False).input_ids[0] for letter in "Fever.\n\nStep"]
    monkeypatch.setattr(hf_engine, "_draw", lambda logits, sampling, seeds, step: torch.full((len(seeds),), letters[step]))
    [reply] = complete_all(keeping, [ask("Which?", "Step 1: ", stop="\n\nStep", max_tokens=30)])
    assert reply.text == "Fever."
    assert reply.written == Written("Fever.\n\nStep", tuple(letters))
    assert n_tokens(keeping, reply.written.text) < 12
    prefix = "Step 1: Fever.\n\nStep 2:"
    [there] = keeping._encode([ask("Which?", prefix, [(8, reply.written)])])
    parts = [keeping._tokenizer(text, add_special_tokens=False).input_ids for text in ("<|user|>Which?<|end|><|assistant|>Step 1: ", " 2:")]
    assert there == (*parts[0], *letters, *parts[1])
    assert HuggingFace(str(tiny)).load()._encode([ask("Which?", prefix, [(8, reply.written)])]) == keeping._encode([ask("Which?", prefix)])


def test_the_end_of_a_turn_is_not_gone_on_from(keeping, monkeypatch):
    ids = keeping._tokenizer("ab<|end|>", add_special_tokens=False).input_ids
    monkeypatch.setattr(hf_engine, "_draw", lambda logits, sampling, seeds, step: torch.full((len(seeds),), ids[step]))
    [reply] = complete_all(keeping, [ask("Which?")])
    assert (reply.finish, reply.written) == (Finish.END, Written("ab", tuple(ids[:-1])))


def replies_to(model, requests: Sequence[Request]) -> list[Reply]:
    return [Reply(reply.text, reply.finish, reply.usage) for reply in complete_all(model, requests)]


def test_the_memory_is_bounded_and_what_does_not_fit_is_read_as_if_nothing_were_kept(tiny, plain):
    """2 layers of keys and values of 32 numbers of 4 bytes: 512 bytes a token, so 2,048 tokens in a MiB, one of which is padding."""
    model = HuggingFace(str(tiny), batch_size=24, cache_mb=1).load()
    kept = model._kept
    assert kept.tree.n_slots == 2047
    assert sum(pool.nbytes for pool in kept._pool) == 1 << 20
    rng = random.Random(0)
    for n_letters in (2, 90, 20):  # 24 prompts of 90 letters and more are too many
        requests = [ask("".join(rng.choices("abcdxyz?", k=n_letters)), seed=seed) for seed in range(30)]
        assert replies_to(model, requests) == replies_to(plain, requests)
        assert 0 < kept.tree.n_used <= 2047
    assert kept.read([tuple(rng.choices(range(9, 300), k=120)) for _ in range(20)]) is None


def test_a_pass_that_fails_leaves_nothing_half_read(keeping, plain, monkeypatch):
    forward, n_left = keeping._model.forward, [1]

    def fails(**given):
        if n_left[0] == 0:
            raise RuntimeError("out of memory")
        n_left[0] -= 1
        return forward(**given)

    requests = [ask(LONG + tail) for tail in ("", " Why?", " Who?")]
    monkeypatch.setattr(keeping._model, "forward", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        complete_all(keeping, requests)
    monkeypatch.undo()
    assert keeping._kept.tree.n_used == 0
    assert replies_to(keeping, requests) == replies_to(plain, requests)


def test_only_who_keeps_says_so(tiny, plain, keeping):
    name = f"hf:{content_hash(str(tiny))}:float32:cpu"
    assert (plain.identity, keeping.identity) == (name, f"{name}:kept")
    assert plain.is_reproducible
    assert not keeping.is_reproducible
    assert complete_all(plain, [ask("Which?")])[0].written is None


def test_a_model_that_keeps_only_a_window_is_refused(tiny, copied, edit_json):
    folder = copied(tiny)
    edit_json(
        folder / "config.json", use_sliding_window=True, sliding_window=16, max_window_layers=0, layer_types=["sliding_attention"] * 2
    )
    HuggingFace(str(folder)).load()
    with pytest.raises(ModelError, match=r"keeps more than one key and value a token \(\w*Sliding\w*\); set cache_mb: 0$"):
        HuggingFace(str(folder), cache_mb=4).load()


def test_a_cache_that_holds_nothing_is_refused(tiny):
    with pytest.raises(ModelError, match=r"raise cache_mb$"):
        hf_engine.PrefixCache(HuggingFace(str(tiny)).load()._model, 0, "there")


def test_a_tokenizer_that_begins_every_piece_with_a_space_goes_on_from_text():
    class Spacing:
        def __call__(self, text, **_):
            return type("Encoded", (), {"input_ids": [text]})

        def decode(self, pieces):
            return " ".join(pieces)

    class Joining(Spacing):
        def decode(self, pieces):
            return "".join(pieces)

    assert [hf_engine._joins_pieces(each()) for each in (Spacing, Joining)] == [False, True]
