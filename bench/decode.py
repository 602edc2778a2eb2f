"""How fast is osler's decode loop, against transformers' own `generate`? The same checkpoint, prompts, sampling and batches, in one run.

    python bench/decode.py [--rows 512] [--batch-size 256] [--max-tokens 96] [--repeats 3] [--threads 2]

The checkpoint is a nano model of the default shape with random weights. About one token in forty ends a turn, so that replies differ in
length as real ones do; no stop string, since `generate` would have to look for it in every row at every token. `generate` gets the prompts
sorted by length, longest first, in full batches, padded on the left, and its cache: what a careful user would write. Two workloads: every
prompt different, and eight samples of each prompt, which osler reads once.

Counted are the tokens that a reply is made of, its end included; time includes tokenising and decoding. The ways take turns, and
the best of the repeats stands.
"""

import argparse
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers

from osler.core.model import Message, Request, Sampling, complete_all
from osler.models.hf import HuggingFace
from osler.models.nano import Nano

WORDS = "fever cough rash gout stiff neck chest pain of a with and no for two days explains but would bring high low uric acid"
TURN_ENDS = 40
"""One in this many tokens ends a turn."""

Way = Callable[[Sequence[str]], int]


def create_checkpoint(folder: Path) -> None:
    rng = random.Random(0)
    Nano(max_length=512).create([" ".join(rng.choices(WORDS.split(), k=4000))], folder, seed=0)
    file = folder / "generation_config.json"
    n_tokens = json.loads((folder / "config.json").read_text())["vocab_size"]
    file.write_text(json.dumps({**json.loads(file.read_text()), "eos_token_id": list(range(1, n_tokens, TURN_ENDS))}))


def by_osler(folder: Path, batch_size: int, max_tokens: int) -> Way:
    model = HuggingFace(str(folder), batch_size=batch_size).load()
    sampling = Sampling(temperature=1.0, top_p=1.0, max_tokens=max_tokens)

    def answer(prompts: Sequence[str]) -> int:
        requests = [Request((Message("user", prompt),), "", sampling, "", seed) for seed, prompt in enumerate(prompts)]
        return sum(reply.usage.completion_tokens for reply in complete_all(model, requests))

    return answer


def by_generate(folder: Path, batch_size: int, max_tokens: int) -> Way:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ends = torch.tensor(model.generation_config.eos_token_id)

    @torch.inference_mode()
    def answer(prompts: Sequence[str]) -> int:
        turns = [[{"role": "user", "content": prompt}] for prompt in prompts]
        texts = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False).input_ids]
        order = sorted(range(len(texts)), key=lambda at: -lengths[at])
        n_tokens = 0
        for start in range(0, len(order), batch_size):
            batch = [texts[at] for at in order[start : start + batch_size]]
            inputs = tokenizer(batch, return_tensors="pt", padding=True, add_special_tokens=False)
            output = model.generate(
                **inputs,
                do_sample=True,
                temperature=1.0,
                top_p=1.0,
                top_k=0,
                max_new_tokens=max_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
            replies = output[:, inputs.input_ids.shape[1] :]
            tokenizer.batch_decode(replies, skip_special_tokens=True)
            has_ended = torch.isin(replies, ends).cumsum(1)
            n_tokens += int((has_ended - torch.isin(replies, ends).long() == 0).sum())
        return n_tokens

    return answer


def workloads(n_rows: int) -> dict[str, list[str]]:
    rng = random.Random(1)
    prompts = [" ".join(rng.choices(WORDS.split(), k=rng.randint(10, 90))) + f" {number}" for number in range(n_rows)]
    return {"every prompt different": prompts, "8 samples a prompt": [prompts[at // 8] for at in range(n_rows)]}


def measure(ways: dict[str, Way], prompts: Sequence[str], n_repeats: int) -> dict[str, tuple[float, float]]:
    """Tokens a second of each way at its best, and its tokens a reply."""
    best = dict.fromkeys(ways, (0.0, 0.0))
    for repeat in range(n_repeats + 1):
        for name, answer in ways.items():
            torch.manual_seed(repeat)
            started = time.perf_counter()
            n_tokens = answer(prompts)
            speed = n_tokens / (time.perf_counter() - started)
            if repeat:  # the first one warms up
                best[name] = max(best[name], (speed, n_tokens / len(prompts)))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="osler's decode loop against transformers' generate")
    for name, default in (("rows", 512), ("batch-size", 256), ("max-tokens", 96), ("repeats", 3), ("threads", os.cpu_count() or 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {arguments.threads} threads, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}, float32")
    print(f"{arguments.rows} rows in batches of {arguments.batch_size}, at most {arguments.max_tokens} tokens each")
    with tempfile.TemporaryDirectory() as folder:
        create_checkpoint(Path(folder))
        settings = (Path(folder), arguments.batch_size, arguments.max_tokens)
        ways = {"osler": by_osler(*settings), "generate": by_generate(*settings)}
        for workload, prompts in workloads(arguments.rows).items():
            best = measure(ways, prompts, arguments.repeats)
            print(f"\n{workload}")
            for name, (speed, length) in best.items():
                print(f"  {name:10}{speed:10,.0f} tokens/s   ({length:.1f} tokens a reply)")
            print(f"  {'ratio':10}{best['osler'][0] / best['generate'][0]:10.2f}")


if __name__ == "__main__":
    main()
