"""Searches on a scripted policy far away: the problems, the policy, and a run over them in this process. `bench/search.py` measures it.

No model computes anything, so that what is left is what osler costs.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path

from osler.core.codec import CODECS
from osler.core.model import Reply, Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import ChoiceKey, Item, Question
from osler.judges import JUDGES, QuestionReader
from osler.models.journal import AsyncJournalledModel, Journal
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import MCTS
from osler.search.drive_async import drive_async
from osler.synthesise.oracle import Oracle

PROMPT = Prompt.named("plain")
DELAY_S, ACCURACY = 0.02, 0.3
WORDS = """fever cough rash gout stiff neck chest pain of a with and no for two days explains but would bring high low uric acid so the
patient has shows fits less well than because which argues against it given age drug dose level film blood count normal raised since"""
DISEASES = "pneumonia|pulmonary embolism|acute gout|bacterial meningitis|heart failure|iron deficiency|chronic kidney disease|sepsis"


def scripted_items(n: int, start: int = 0) -> list[Item]:
    """Questions of 90 words with four options."""
    items: list[Item] = []
    for number in range(start, start + n):
        rng = random.Random(number)
        options = dict(zip("ABCD", rng.sample(DISEASES.split("|"), 4), strict=True))
        text = " ".join(rng.choices(WORDS.split(), k=90)) + "?"
        items.append(Item(Question(f"scripted-{number:05}", text, options), ChoiceKey((rng.choice("ABCD"),))))
    return items


class Script:
    """Steps of 25 words. One step in three answers; a whole trace has one to three more steps. Every answer is right three times in ten."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._right = {PROMPT.messages(item.question): item.key.letters[0] for item in items if isinstance(item.key, ChoiceKey)}
        rng = random.Random(0)
        self._openings, self._endings = ([" ".join(rng.choices(WORDS.split(), k=k)) for _ in range(997)] for k in (12, 13))

    def __call__(self, request: Request, rng: random.Random) -> str:
        right = self._right[request.messages]
        answer = f"The answer is {right if rng.random() < ACCURACY else rng.choice('ABCD'.replace(right, ''))}."
        if request.stop:
            return f" {self._step(rng)} {answer}" if rng.random() < 1 / 3 else f" {self._step(rng)}\n\nStep"
        first = request.prefix.count("\n\nStep ") + 1
        more = [f"Step {number}: {self._step(rng)}" for number in range(first + 1, first + 1 + int(3 * rng.random()))]
        return "\n\n".join([f" {self._step(rng)}" if request.prefix else f"Step 1: {self._step(rng)}", *more]) + f" {answer}"

    def _step(self, rng: random.Random) -> str:
        return f"{self._openings[int(997 * rng.random())]} {self._endings[int(997 * rng.random())]}."


class FarAway(AsyncScriptedModel):
    """Adds up the sequences in flight over time."""

    def __init__(self, model: ScriptedModel, delay_s: float) -> None:
        super().__init__(model, delay_s)
        self.sequence_seconds = 0.0

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        started = time.perf_counter()
        replies = await super().complete(requests)
        self.sequence_seconds += len(requests) * (time.perf_counter() - started)
        return replies


def far_away(strategy: MCTS, n: int, start: int, folder: str, delay_s: float = DELAY_S) -> dict[str, float]:
    """Totals of a run over `n` problems, numbered from `start`, in this process."""
    items = scripted_items(n, start)
    far = FarAway(ScriptedModel(Script(items)), delay_s)
    journal = Journal(Path(folder) / f"{start}-{time.monotonic_ns()}.db")
    policy = Policy(AsyncJournalledModel(far, journal), PROMPT, CODECS["step"], QuestionReader(), Sampling(), 1)
    started, started_cpu = time.perf_counter(), time.process_time()
    solutions = asyncio.run(drive_async(strategy, [item.question for item in items], policy, Oracle(items, JUDGES)))
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    n_nodes = sum(len(solution.tree) - 1 for solution in solutions)
    journal.close()
    return {"problems": n, "calls": len(far.calls), "requests": sum(far.calls), "nodes": n_nodes, "seconds": seconds, "cpu_s": cpu_s,
            "in_flight": far.sequence_seconds / seconds}  # fmt: skip
