"""How fast is the engine in this process, against transformers' own `generate` on the same requests, sorted by length, in full batches?

    python bench/engine.py [--shapes nano 100m] [--device cpu] [--dtype auto] [--threads 2] [--repeats 2] [--clock wall]

alone      prompts that are all different, known beforehand. To be reached: 1.0. What `generate` does here is the peak of plain batches.
stream     the requests of a real search, wave by wave: MCTS and a beam over cases of the clinic, by a nano policy that learnt to reason for
           some seconds. The engine keeps keys and values down the tree; `generate` answers each wave in sorted full batches. To be
           reached: 1.6.
scoring    traces a second of a process reward model of the same shape.

`nano` is the default nano shape, `100m`, `1b` and `8b` are Llama-shaped, all with random weights. A random model writes no steps,
so both ways are made to write what the nano policy wrote, and in `alone` random tokens, one in forty of which ends the turn. `generate` is
left one token to draw; the engine draws from all, then the token is replaced.
`generate` looks for the stop string as fast as the engine does, by the engine's own `StopWatch`.

`1b` and `8b` want `--device cuda --dtype bfloat16`; where there is no such device the script says so and ends. With `--clock cpu` and one
thread the seconds are those of the processor, for a machine that others use as well. The ways take turns; the best of the repeats stands.
About four minutes on two cores.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import datasets
import torch
import transformers
from decode import workloads
from search import CLINIC, CODEC, PROMPT, READER, machine, trained
from transformers import LlamaConfig, LogitsProcessor, StoppingCriteria

from osler.core.model import Finish, Message, Reply, Request, Sampling, complete_all
from osler.core.policy import Policy
from osler.core.trace import Trace
from osler.judges import JUDGES
from osler.models import hf_engine
from osler.models.hf import HuggingFace
from osler.models.stopping import StopWatch
from osler.rewards.prm import PRM
from osler.search import MCTS, Beam
from osler.search.drive import drive
from osler.synthesise.oracle import Oracle


@dataclass(frozen=True)
class Shape:
    """A Llama-shaped body, and how much of each workload it is given."""

    hidden: int = 0
    layers: int = 0
    heads: int = 0
    kv_heads: int = 0
    intermediate: int = 0
    vocabulary: int = 0
    n_rows: int = 512
    n_questions: int = 64
    max_tokens: int = 96
    cache_mb: int = 256


SHAPES = {
    "nano": Shape(),
    "100m": Shape(768, 14, 12, 4, 2560, 1500, n_rows=32, n_questions=2, max_tokens=64, cache_mb=1024),
    "1b": Shape(2048, 16, 32, 8, 8192, 128_256, n_rows=1024, n_questions=64, max_tokens=256, cache_mb=16_384),
    "8b": Shape(4096, 32, 32, 8, 14_336, 128_256, n_rows=512, n_questions=64, max_tokens=256, cache_mb=32_768),
}
BATCH_SIZE, TURN_ENDS = 256, 40
TREES = (MCTS(n_rollouts=4, min_rollouts=2, max_nodes=12), Beam(n_beams=8, width=4, max_steps=6))

Wave = list[tuple[Request, tuple[int, ...]]]
"""Requests and the tokens of their replies, the end included."""


# checkpoints


def created(shape: Shape, nano: Path, folder: Path, device: str, dtype: str) -> Path:
    """A checkpoint of this shape with random weights and the tokenizer of `nano`, and a reward model beside it."""
    config = transformers.AutoConfig.from_pretrained(nano)
    if shape.hidden:
        config = LlamaConfig(
            vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
            num_key_value_heads=shape.kv_heads, intermediate_size=shape.intermediate, tie_word_embeddings=shape.hidden < 4096,
            eos_token_id=config.eos_token_id, pad_token_id=0,
        )  # fmt: skip
    config.max_position_embeddings, config.dtype, config.num_labels = 2048, dtype, 1
    torch.manual_seed(0)
    torch.set_default_dtype(getattr(torch, dtype))
    for name, kind in (("policy", transformers.AutoModelForCausalLM), ("prm", transformers.AutoModelForTokenClassification)):
        with torch.device(device):
            kind.from_config(config).save_pretrained(folder / name)
        transformers.AutoTokenizer.from_pretrained(nano).save_pretrained(folder / name)
    torch.set_default_dtype(torch.float32)
    return folder


def prompts(shape: Shape, end: int) -> Wave:
    """Prompts that are all different, and random replies that differ in length as real ones do: one token in forty ends the turn."""
    rng, sampling = random.Random(2), Sampling(temperature=1.0, top_p=1.0, max_tokens=shape.max_tokens)
    wave: Wave = []
    for at, prompt in enumerate(workloads(shape.n_rows)["every prompt different"]):
        n_more = next((n for n in range(shape.max_tokens) if rng.random() < 1 / TURN_ENDS), None)
        tokens = rng.choices(range(10, 1000), k=shape.max_tokens if n_more is None else n_more)
        wave.append((Request((Message("user", prompt),), "", sampling, "", at), tuple(tokens if n_more is None else [*tokens, end])))
    return wave


class Listening:
    """A model that remembers each wave and what it wrote."""

    def __init__(self, model: Any) -> None:
        self.identity, self.is_reproducible, self._model, self.waves = model.identity, model.is_reproducible, model, list[Wave]()

    def complete(self, requests: Sequence[Request]) -> Any:
        replies = complete_all(self._model, requests)
        end = (self._model._tokenizer.eos_token_id,)
        self.waves.append([(each, tokens_of(reply, end)) for each, reply in zip(requests, replies, strict=True)])
        yield list(enumerate(replies))

    def close(self) -> None:
        self._model.close()


def tokens_of(reply: Reply, end: tuple[int, ...]) -> tuple[int, ...]:
    assert reply.written is not None
    return reply.written.token_ids + (end if reply.finish is Finish.END else ())


def recorded(checkpoint: Path, n_questions: int) -> tuple[list[Wave], list[Trace]]:
    """What real searches ask, and what they find. The seed of a request becomes its place in the wave."""
    items = CLINIC.load(1).search[:n_questions]
    model = Listening(HuggingFace(str(checkpoint), cache_mb=256).load())
    policy = Policy(model, PROMPT, CODEC, READER, Sampling(temperature=1.0, top_p=1.0, max_tokens=120), 1)
    solutions = [each for tree in TREES for each in drive(tree, [item.question for item in items], policy, Oracle(items, JUDGES))]
    waves = [[(replace(request, seed=at), tokens) for at, (request, tokens) in enumerate(wave)] for wave in model.waves]
    return waves, [trace for solution in solutions for trace in solution.candidates]


# the two ways


def by_osler(model: Any, waves: Sequence[Wave]) -> int:
    """Where keys and values are kept, none are as a run begins."""
    if model._kept:
        model._kept.tree.clear()
    draw, n_tokens = hf_engine._draw, 0
    try:
        for wave in waves:
            hf_engine._draw = dictated(draw, [tokens for _, tokens in wave])
            n_tokens += sum(reply.usage.completion_tokens for reply in complete_all(model, [request for request, _ in wave]))
    finally:
        hf_engine._draw = draw
    assert n_tokens == sum(len(tokens) for wave in waves for _, tokens in wave), "the same requests must bring the same tokens"
    return n_tokens


def dictated(draw: Callable[..., torch.Tensor], texts: Sequence[tuple[int, ...]]) -> Callable[..., torch.Tensor]:
    def draws(logits: torch.Tensor, sampling: Sampling, seeds: Sequence[int], step: int) -> torch.Tensor:
        drawn = draw(logits, sampling, seeds, step)
        return drawn.new_tensor([texts[seed][step] if step < len(texts[seed]) else 0 for seed in seeds])

    return draws


class Dictation(LogitsProcessor):
    """Leaves each row one token to draw. Column 0 of `texts`, shape (rows, tokens), is the first."""

    def __init__(self, texts: torch.Tensor, width: int) -> None:
        self._texts, self._width = texts, width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        step = min(input_ids.shape[1] - self._width, self._texts.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter_(1, self._texts[:, step : step + 1], 0.0)


class Stopping(StoppingCriteria):
    def __init__(self, stop: str, tokenizer: Any, width: int, device: Any) -> None:
        self._watch, self._width = StopWatch(stop, tokenizer), width
        self._closing = torch.tensor(sorted(self._watch._closing), device=device)

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        is_done = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
        for row in torch.isin(input_ids[:, -1], self._closing).nonzero()[:, 0].tolist():
            is_done[row] = self._watch.has_come(input_ids[row, self._width :].tolist())
        return is_done


class Plain:
    """What a careful user writes with transformers: sorted by length, longest first, full batches, padded on the left."""

    def __init__(self, settings: HuggingFace, device: str, dtype: str) -> None:
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(settings.path, padding_side="left")
        model = transformers.AutoModelForCausalLM.from_pretrained(settings.path, dtype=getattr(torch, dtype))
        self._model = model.to(device).eval()
        self.end = self._tokenizer.eos_token_id

    def __call__(self, waves: Sequence[Wave]) -> int:
        return sum(self._answer(wave) for wave in waves)

    def _answer(self, wave: Wave) -> int:
        n_tokens = 0
        for _, members in groupby(sorted(wave, key=lambda row: hf_engine._group(row[0])), key=lambda row: hf_engine._group(row[0])):
            group = list(members)
            texts = [self._text(request) for request, _ in group]
            lengths = [len(ids) for ids in self._tokenizer(texts, add_special_tokens=False).input_ids]
            order = sorted(range(len(group)), key=lambda at: -lengths[at])
            for start in range(0, len(order), BATCH_SIZE):
                batch = order[start : start + BATCH_SIZE]
                n_tokens += self._generate([texts[at] for at in batch], [group[at] for at in batch])
        return n_tokens

    def _text(self, request: Request) -> str:
        turns = [{"role": message.role, "content": message.content} for message in request.messages]
        return self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False) + request.prefix

    @torch.inference_mode()
    def _generate(self, texts: Sequence[str], rows: Wave) -> int:
        inputs = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(self._model.device)
        sampling, stop, width = rows[0][0].sampling, rows[0][0].stop, inputs.input_ids.shape[1]
        stopping = [Stopping(stop, self._tokenizer, width, self._model.device)] if stop else []
        longest = max(len(tokens) for _, tokens in rows)
        padded = torch.tensor([[*tokens, *[0] * (longest - len(tokens))] for _, tokens in rows], device=self._model.device)
        output = self._model.generate(
            **inputs, use_cache=True, do_sample=True, temperature=sampling.temperature, top_p=1.0, top_k=0,
            max_new_tokens=sampling.max_tokens,
            pad_token_id=self._tokenizer.pad_token_id, stopping_criteria=stopping, logits_processor=[Dictation(padded, width)],
        )  # fmt: skip
        assert output.shape[1] - width == longest, "a reply is longer than it was"
        self._tokenizer.batch_decode(output[:, width:], skip_special_tokens=True)
        return sum(len(tokens) for _, tokens in rows)


# measuring


def measured(ways: dict[str, Callable[[], int]], n_repeats: int, clock: Callable[[], float], device: str) -> dict[str, float]:
    """Tokens a second of each way at its best."""
    best = dict.fromkeys(ways, 0.0)
    for _ in range(n_repeats):
        for name, answer in ways.items():
            started = clock()
            n_tokens = answer()
            if device != "cpu":
                torch.cuda.synchronize()
            best[name] = max(best[name], n_tokens / (clock() - started))
    return best


def row(shape: str, what: str, best: dict[str, float], goal: float) -> None:
    ours, plain = best["osler"], best["generate"]
    print(f"  {shape:6}{what:34}{ours:12,.0f}{plain:12,.0f} tokens/s{ours / plain:8.2f}  (to be reached: {goal})", flush=True)


def measure(name: str, folder: Path, arguments: argparse.Namespace) -> None:
    shape, device = SHAPES[name], arguments.device
    dtype = arguments.dtype if arguments.dtype != "auto" else "float32" if device == "cpu" else "bfloat16"
    clock = time.process_time if arguments.clock == "cpu" else time.perf_counter
    nano = trained(arguments.checkpoint or folder / "trained")
    path = created(shape, nano, folder / name, device, dtype)
    settings = HuggingFace(str(path / "policy"), batch_size=BATCH_SIZE, dtype=dtype, device=device)
    plain, model = Plain(settings, device, dtype), settings.load()
    alone = [prompts(shape, plain.end)]
    plain([alone[0][:8]])
    by_osler(model, [alone[0][:8]])  # warms up
    peak = measured({"osler": lambda: by_osler(model, alone), "generate": lambda: plain(alone)}, arguments.repeats, clock, device)
    row(name, f"alone, {len(alone[0])} prompts", peak, 1.0)
    model.close()
    waves, traces = recorded(nano, shape.n_questions)
    keeping = replace(settings, cache_mb=shape.cache_mb).load()
    best = measured({"osler": lambda: by_osler(keeping, waves), "generate": lambda: plain(waves)}, arguments.repeats, clock, device)
    row(name, f"stream, {sum(map(len, waves)):,} requests, {len(waves)} waves", best, 1.6)
    print(f"  {name:6}{'  share of the peak of plain batches':34}{best['osler'] / peak['generate']:12.0%}", flush=True)
    keeping.close()
    reward = PRM(str(path / "prm"), batch_size=64, device=device, dtype=dtype).load(PROMPT, CODEC)
    started = clock()
    reward.score(traces)
    print(f"  {name:6}{f'scoring, {len(traces):,} traces':34}{len(traces) / (clock() - started):12,.0f} traces/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="the engine in this process against transformers' generate")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["nano", "100m"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--checkpoint", type=Path, help="where the trained nano policy is, or is to be left")
    arguments = parser.parse_args()
    if arguments.device.startswith("cuda") and not torch.cuda.is_available():
        parser.exit(0, f"no GPU that torch {torch.__version__} sees: nothing measured\n")
    if arguments.clock == "cpu" and (arguments.threads != 1 or arguments.device != "cpu"):
        parser.error("--clock cpu needs --threads 1 on a CPU")
    torch.set_num_threads(arguments.threads)
    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()
    name = torch.cuda.get_device_name(arguments.device) if arguments.device.startswith("cuda") else machine()
    print(f"{name}, {arguments.threads} threads, load {os.getloadavg()[0]:.1f}, seconds by the {arguments.clock} clock")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, batches of {BATCH_SIZE}\n")
    print(f"  {'':40}{'osler':>12}{'generate':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for shape in arguments.shapes:
            measure(shape, Path(folder), arguments)


if __name__ == "__main__":
    main()
