"""What do the published search over 8,000 problems and a run over 1,000,000 questions cost? Prints the tables of docs/scale.md.

    python bench/scale.py [--problems 64] [--rates 8B=3400 70B=1728] [--gpus 8B=1 70B=2] [--trace-steps 4]

Measured here: the requests of the published tree (MedS3's `trial5.json`) for each problem, how many of them are steps and how many
roll-outs, and how many steps the prefix of each has, on a scripted policy (bench/far_away.py) at several accuracies. Taken from elsewhere:
the tokens of a step and of a prompt, which are the medical policy's own and not the script's, and the tokens a second of a GPU. Each
assumption is a flag or a constant below, with where it comes from.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import far_away
from far_away import PROMPT, Script, scripted_items

from osler.core.codec import CODECS
from osler.core.model import Reply, Request, Sampling
from osler.core.policy import Policy
from osler.judges import JUDGES, QuestionReader
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import MCTS
from osler.search.drive_async import drive_async
from osler.synthesise.oracle import Oracle

PROMPT_TOKENS = 300
"""Of a question with its options and the chat template: MedQA's questions have about 130 words. Assumed."""
STEP_TOKENS = 100
"""Of a step of an 8B policy. Assumed; the published limit is 4,096."""
ACCURACIES = (0.05, 0.3, 0.6)
CURRICULUM = 8
"""Whole traces of every question before the search (published figure: 8)."""
BYTES_A_ROW = 90
"""Of a reply in the journal beside its text: `bench/journal.py bytes`."""
CHARACTERS_A_TOKEN = 4.5
KEPT_BYTES_A_TOKEN = 5.1
"""Of a row of the journal: text at 4.5 characters a token, and what SQLite's pages leave empty; `bench/journal.py bytes`."""


@dataclass(frozen=True)
class Cost:
    """Of one problem, on average: requests, tokens that are generated, and tokens that are read (all prefixes, and without what a prefix
    cache keeps)."""

    requests: float
    made: float
    read: float
    read_cached: float

    def times(self, n: float) -> "Cost":
        return Cost(n * self.requests, n * self.made, n * self.read, n * self.read_cached)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.requests + other.requests, self.made + other.made, self.read + other.read, self.read_cached + other.read_cached)


class Counting(AsyncScriptedModel):
    """Remembers of every request how many steps its prefix and its reply have."""

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__(model, 0.0)
        self.steps: list[tuple[int, int]] = []
        self.prefixes: set[tuple[object, str]] = set()

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        replies = await super().complete(requests)
        for request, reply in zip(requests, replies, strict=True):
            before = request.prefix.count("Step ") - bool(request.prefix)
            self.steps.append((before, 1 + reply.text.removeprefix("Step 1:").count("\n\nStep ") - (reply.text.endswith("\n\nStep"))))
            self.prefixes.add((request.messages, request.prefix))
        return replies


def tree(n: int, accuracy: float) -> Cost:
    """The mean over `n` problems under the oracle."""
    far_away.ACCURACY = accuracy
    items = scripted_items(n)
    model = Counting(ScriptedModel(Script(items)))
    policy = Policy(model, PROMPT, CODECS["step"], QuestionReader(), Sampling(), 1)
    asyncio.run(drive_async(MCTS(), [item.question for item in items], policy, Oracle(items, JUDGES)))
    made = STEP_TOKENS * sum(steps for _, steps in model.steps)
    read = sum(PROMPT_TOKENS + STEP_TOKENS * before for before, _ in model.steps)
    # with a prefix cache: the question once, and of each distinct prefix the step that its parent's has not
    cached = PROMPT_TOKENS * n + STEP_TOKENS * sum(bool(prefix) for _, prefix in model.prefixes)
    return Cost(len(model.steps), made, read, cached).times(1 / n)


def whole(n_traces: int, n_steps: float) -> Cost:
    """`n_traces` whole traces of a problem, asked together."""
    return Cost(n_traces, n_traces * n_steps * STEP_TOKENS, n_traces * PROMPT_TOKENS, PROMPT_TOKENS)


def quantity(number: float) -> str:
    for unit in ("", "k", "M", "G", "T"):
        if number < 1000:
            return f"{number:.3g} {unit}".strip()
        number /= 1000
    return f"{number:.3g} P"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"| {' | '.join(headings)} |")
    print("|" + "---|" * len(headings))
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def by_name(given: Sequence[str]) -> dict[str, float]:
    return {name: float(value) for name, _, value in (each.partition("=") for each in given)}


def main() -> int:
    parser = argparse.ArgumentParser(description="what large runs cost, on paper")
    parser.add_argument("--problems", type=int, default=64, help="how many problems the tree is measured on")
    parser.add_argument(
        "--rates", nargs="+", default=["8B=3400", "70B=1728"], metavar="NAME=N", help="generated tokens a second of one engine"
    )
    parser.add_argument("--gpus", nargs="+", default=["8B=1", "70B=2"], metavar="NAME=N", help="GPUs of one engine")
    parser.add_argument("--trace-steps", type=float, default=4.0, help="steps of a whole trace")
    arguments = parser.parse_args()
    random.seed(0)
    trees = {accuracy: tree(arguments.problems, accuracy) for accuracy in ACCURACIES}
    print(f"The published tree, a problem, over {arguments.problems} scripted problems\n")
    table(
        ("right, of 100", "requests", "tokens made", "tokens read", "with a prefix cache"),
        [(f"{100 * a:.0f}", f"{c.requests:.0f}", quantity(c.made), quantity(c.read), quantity(c.read_cached)) for a, c in trees.items()],
    )
    greedy, many = whole(1, arguments.trace_steps), whole(16, arguments.trace_steps)
    published = (whole(CURRICULUM, arguments.trace_steps) + trees[0.3]).times(2 * 8000)
    runs = {
        "published search: 8,000 problems, two rounds": published,
        "1,000,000 questions, greedy": greedy.times(1e6),
        "1,000,000 questions, vote of 16": many.times(1e6),
        "1,000,000 questions, the tree": trees[0.3].times(1e6),
    }
    rates, gpus = by_name(arguments.rates), by_name(arguments.gpus)
    print("What runs cost\n")
    table(
        ("run", "requests", "made", "read", "journal", *(f"GPU-hours, {name}" for name in rates)),
        [
            (
                *(name, quantity(cost.requests), quantity(cost.made), quantity(cost.read)),
                f"{quantity(cost.requests * BYTES_A_ROW + cost.made * KEPT_BYTES_A_TOKEN)}B",
                *(f"{cost.made / rate / 3600 * gpus[policy]:,.0f}" for policy, rate in rates.items()),
            )
            for name, cost in runs.items()
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
