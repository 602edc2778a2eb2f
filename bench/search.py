"""How fast is the search? Five ratios and a table, each against a named other, on the same machine and in the same run.

    python bench/search.py [peak] [alone] [delayed] [scoring] [overhead] [--checkpoint FOLDER]

peak      tokens a second of MCTS over 256 cases of the clinic, against the engine alone on the very same requests, sorted and in full
          batches as if all had been known beforehand. To be reached: 0.8.
alone     the same searches one question at a time, against together. To be reached: 2 times slower.
delayed   problems a second where the policy is far away and answers each ask after 20 ms; an answer is right three times in ten. Default
          tree, asynchronous driver, journal on disk. To be reached: 40 in one process, 80 in two. The published code of MedS³
          (arXiv 2501.12051), repaired so that it runs, with a stub of the same accuracy for a policy: 46.7 calls a problem one after
          the other, 3.7 sequences in flight, 1.23 problems a second.
scoring   a process reward model on 16 candidates a question, batched behind one pass over the question, against one sequence a pass. To be
          reached: 3 times as fast. Both give the same scores.
overhead  what osler itself costs a node, and where: the same searches as `delayed`, by a sampling profiler.

All by default, in about three minutes on two cores. `peak`, `alone` and `scoring` need a policy that writes steps: a nano model, trained
for some seconds on worked cases of the clinic, or found in `--checkpoint`, where it is left for the next time.
"""

import argparse
import multiprocessing
import os
import platform
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

from far_away import far_away

from osler.clinic.case import CaseKind
from osler.core.codec import CODECS
from osler.core.encoding import StepEncoder
from osler.core.model import Reply, Request, Sampling, complete_all
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.trace import Step, Trace
from osler.data import ClinicSource
from osler.judges import JUDGES, QuestionReader
from osler.models.hf import HuggingFace
from osler.models.nano import Nano
from osler.rewards.prm import PRM
from osler.search import MCTS, SelfConsistency
from osler.search.drive import drive
from osler.synthesise.exports import sft_record
from osler.synthesise.oracle import Oracle
from osler.train.schedule import Schedule
from osler.train.sft import SFT

PROMPT, CODEC, READER = Prompt.named("plain"), CODECS["step"], QuestionReader()
CLINIC = ClinicSource(
    body_systems=("respiratory", "cardiovascular", "gastrointestinal", "neurological", "infectious", "endocrine"),
    shares={CaseKind.DIAGNOSIS: 1.0}, n_present=4, n_worked=300, n_orders=4, n_search=256, n_answer=64, answer_split="dev",
)  # fmt: skip
"""The cases of `recipes/demo.yaml`, fewer."""
TREE = MCTS(n_rollouts=8, min_rollouts=2, max_nodes=12)
N_PROBLEMS, N_CANDIDATES = 400, 16


def row(name: str, *values: str) -> None:
    print(f"  {name:44}" + "".join(f"{value:>15}" for value in values), flush=True)


def best(measure: Callable[[], Any], n_repeats: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    seconds: list[float] = []
    for _ in range(n_repeats):
        started = time.perf_counter()
        measure()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


# a nano policy on the clinic


def trained(folder: Path) -> Path:
    """A nano policy that has learnt to reason about the clinic's cases, if not well."""
    if (folder / "seed" / "model.safetensors").is_file():
        return folder / "seed"
    dataset = CLINIC.load(1)
    records = [sft_record(each.item.question, [Step(text) for text in each.steps], PROMPT, CODEC) for each in dataset.worked]
    turns = [message["content"] for record in records for message in record["messages"]]
    Nano().create([*turns, *dataset.vocabulary], folder / "base", seed=1)
    schedule = Schedule(learning_rate=3e-3, batch_size=8, warmup=0.05, weight_decay=0.3, adam_beta2=0.98)
    SFT(schedule=schedule, max_length=256).train(folder / "base", records, folder / "seed", seed=1)
    return folder / "seed"


class Listening:
    """A model that remembers what it was asked and the tokens of its replies."""

    def __init__(self, model: Any) -> None:
        self.identity, self.is_reproducible, self._model = model.identity, model.is_reproducible, model
        self.requests: list[Request] = []
        self.n_tokens = 0

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        self.requests.extend(requests)
        for batch in self._model.complete(requests):
            self.n_tokens += sum(reply.usage.completion_tokens for _, reply in batch)
            yield batch


def nano_policy(checkpoint: Path) -> Policy:
    sampling = Sampling(temperature=1.0, top_p=1.0, max_tokens=120)
    return Policy(Listening(HuggingFace(str(checkpoint)).load()), PROMPT, CODEC, READER, sampling, 1)


def peak(checkpoint: Path, _: str) -> None:
    items = CLINIC.load(1).search
    policy, oracle = nano_policy(checkpoint), Oracle(items, JUDGES)
    drive(TREE, [item.question for item in items[:8]], policy, oracle)  # warms up
    policy = nano_policy(checkpoint)
    searching = best(lambda: drive(TREE, [item.question for item in items], policy, oracle), 1)
    model = policy.model
    assert isinstance(model, Listening)
    n_tokens, requests = model.n_tokens, list(model.requests)
    flat = best(lambda: complete_all(model, requests), 1)
    assert model.n_tokens == 2 * n_tokens, "the same requests must bring the same tokens"
    row(f"MCTS, {len(items)} cases, {len(requests):,} requests", f"{n_tokens / searching:,.0f} tokens/s")
    row("the engine alone on the same requests", f"{n_tokens / flat:,.0f} tokens/s")
    row("ratio (to be reached: 0.8)", f"{flat / searching:.2f}")


def alone(checkpoint: Path, _: str) -> None:
    items = CLINIC.load(1).search[:16]
    policy, oracle = nano_policy(checkpoint), Oracle(items, JUDGES)
    questions = [item.question for item in items]
    together = best(lambda: drive(TREE, questions, policy, oracle), 2)
    one_by_one = best(lambda: [drive(TREE, [question], policy, oracle) for question in questions], 1)
    row("16 questions together", f"{together:.2f} s")
    row("one after the other", f"{one_by_one:.2f} s")
    row("ratio (to be reached: 2)", f"{one_by_one / together:.1f}")


# a scripted policy far away


def delayed(_: Path, folder: str) -> None:
    for strategy in (MCTS(), MCTS(n_parallel=4)):
        one = far_away(strategy, N_PROBLEMS, 0, folder)
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.starmap(far_away, [(strategy, 2, 0, folder)] * 2, chunksize=1)  # imports, caches
            two = pool.starmap(far_away, [(strategy, N_PROBLEMS, start, folder) for start in (0, N_PROBLEMS)], chunksize=1)
        n = one["problems"]
        row(f"default tree, n_parallel = {strategy.n_parallel}")
        row("  problems/s, one process (to be reached: 40)", f"{n / one['seconds']:.1f}", f"(CPU {one['cpu_s'] / one['seconds']:.0%})")
        row("  problems/s, two processes (80)", f"{2 * n / max(each['seconds'] for each in two):.1f}")
        row("  calls one after the other, a problem", f"{one['calls'] / n:.1f}")
        row("  requests a problem; nodes a problem", f"{one['requests'] / n:.1f}", f"{one['nodes'] / n:.1f}")
        row("  sequences in flight", f"{one['in_flight']:.0f}")
    row("published code, repaired: calls, in flight, /s", "46.7", "3.7", "1.23")


# process reward model


def scoring(checkpoint: Path, folder: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

    body = AutoModelForTokenClassification.from_pretrained(checkpoint, config=AutoConfig.from_pretrained(checkpoint, num_labels=1)).eval()
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    path = Path(folder) / "prm"
    body.save_pretrained(path)  # its head has learnt nothing, which costs the same
    tokenizer.save_pretrained(path)
    questions = [item.question for item in CLINIC.load(1).search[:32]]
    traces_Q = [list(solution.candidates) for solution in drive(SelfConsistency(n=N_CANDIDATES), questions, nano_policy(checkpoint))]

    @torch.inference_mode()
    def one_sequence_a_pass(traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        encoder, scores = StepEncoder(tokenizer), []
        for trace in traces:
            turns = [{"role": message.role, "content": message.content} for message in PROMPT.messages(trace.question)]
            encoded = encoder.encode(turns, CODEC.chunks(trace.steps))
            logits = body(input_ids=torch.tensor([encoded.ids])).logits[0, :, 0].sigmoid()
            scores.append(tuple(logits[list(encoded.ends)].tolist()))
        return scores

    def ours(batches: Sequence[Sequence[Trace]]) -> tuple[float, list[tuple[float, ...]]]:
        reward = PRM(str(path)).load(PROMPT, CODEC)  # anew, for it remembers what it has scored
        started = time.perf_counter()
        scores_N_S = [scores_S for traces in batches for scores_S in reward.score(traces)]
        return time.perf_counter() - started, scores_N_S

    flat = [trace for traces in traces_Q for trace in traces]
    plain, expected = best(lambda: one_sequence_a_pass(flat), 2), one_sequence_a_pass(flat)
    row(f"{len(flat)} traces, one sequence a pass", f"{plain:.2f} s")
    for name, batches in ((f"{N_CANDIDATES} candidates at a time", traces_Q), ("all together", [flat])):
        seconds, scores_N_S = min(ours(batches) for _ in range(3))
        differences = [abs(a - b) for one, other in zip(scores_N_S, expected, strict=True) for a, b in zip(one, other, strict=True)]
        assert max(differences) < 1e-4, f"scores differ by {max(differences)}"
        row(f"  {name} (to be reached: 3 times)", f"{seconds:.2f} s", f"{plain / seconds:.1f} times")


# what osler itself costs


PARTS = {
    "the script in the engine's place": ("bench/far_away", "models/scripted"),
    "journal": ("models/journal",),
    "reading answers": ("osler/judges",),
    "tree": ("search/mcts", "search/growth", "search/tree", "search/asks", "search/selection"),
    "policy: requests, traces, steps": ("core/policy", "core/codec", "core/prompt"),
    "oracle": ("synthesise/oracle",),
    "driver and event loop": ("search/drive", "search/underway", "core/pooled", "asyncio", "selectors"),
}


def overhead(_: Path, folder: str) -> None:
    """Looks once a millisecond of CPU time at what is running; a call belongs to the part that is nearest to it in the stack."""
    seen = Counter[str]()

    def look(_: int, frame: FrameType | None) -> None:
        while frame:
            file = frame.f_code.co_filename
            if part := next((part for part, files in PARTS.items() if any(each in file for each in files)), None):
                seen[part] += 1
                return
            frame = frame.f_back
        seen["other"] += 1

    far_away(MCTS(), 4, 0, folder)
    unwatched = far_away(MCTS(), 150, 0, folder)
    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    far_away(MCTS(), 150, 0, folder)
    signal.setitimer(signal.ITIMER_PROF, 0)
    for unit in ("nodes", "requests"):
        row(f"CPU a {unit[:-1]}, all in all", f"{1e6 * unwatched['cpu_s'] / unwatched[unit]:.0f} us")
    for part, n in seen.most_common():
        share = n / seen.total()
        row(f"  {part}", f"{share:.0%}", f"{share * 1e6 * unwatched['cpu_s'] / unwatched['nodes']:.0f} us a node")


SECTIONS = {"peak": peak, "alone": alone, "delayed": delayed, "scoring": scoring, "overhead": overhead}


def machine() -> str:
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description="how fast the search is, against named others")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=SECTIONS)
    parser.add_argument("--checkpoint", type=Path, help="where the nano policy is, or is to be left")
    arguments = parser.parse_args()
    import datasets
    import torch
    import transformers

    datasets.disable_progress_bars()
    transformers.logging.disable_progress_bar()
    print(f"{machine()}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.sections:
            checkpoint = trained(arguments.checkpoint or Path(folder)) if name in ("peak", "alone", "scoring") else Path()
            started = time.perf_counter()
            print(f"\n{name}")
            SECTIONS[name](checkpoint, folder)
            print(f"  [{time.perf_counter() - started:.0f} s, load {os.getloadavg()[0]:.1f}]")


if __name__ == "__main__":
    main()
