"""Answering questions outside a run: one typed in, or a file of them, with a policy, a strategy and perhaps a reward model."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from osler.commands.engine import engine_named, settings_of
from osler.core.codec import CODECS
from osler.core.errors import RecordError, UserError
from osler.core.model import AsyncModel, Described, Model, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.records import describe, read_records
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.judges import QuestionReader
from osler.models.journal import Journal, journalled
from osler.rewards import PRM
from osler.search import RAG, STRATEGIES, Strategy
from osler.stages.driver import LocalDriver
from osler.stages.retrieving import retriever_named, retriever_of


@dataclass(frozen=True)
class Solving:
    """With what to answer. `settings` are NAME=VALUE overrides of the strategy's own, `engine` those of the policy's engine. `journal` is a
    file that keeps every reply: what it holds is not asked for again. `passages` are what rag looks things up in."""

    policy: str
    reward: Path | None = None
    strategy: str = "greedy"
    settings: tuple[str, ...] = ()
    max_tokens: int = 1024
    seed: int = 0
    prompt: str = "plain"
    codec: str = "step"
    engine: tuple[str, ...] = ()
    journal: Path | None = None
    passages: tuple[Path, ...] = ()
    retriever: str = "bm25"
    index: Path = Path("runs/index")

    def solve(self, questions: Sequence[Question], on_engine: Callable[[Mapping[str, str]], None] | None = None) -> list[Solution]:
        """One solution per question, in order. `on_engine` is told what an endpoint was found to do. Raises UserError where the strategy
        or a checkpoint does not fit."""
        strategy = self._strategy()
        prompt, codec = Prompt.named(self.prompt), CODECS[self.codec]
        if self.reward is None and strategy.needs_scores:
            raise UserError(f"solve: {self.strategy} needs scores; name a process reward model with --reward")
        if isinstance(strategy, RAG) and not self.passages:
            raise UserError("solve: rag looks passages up; name a book or a file of passages with --passages")
        reward = PRM(str(self.reward)).load(prompt, codec) if self.reward else None
        found = retriever_of(retriever_named(self.retriever), self.passages, self.index) if self.passages else None
        with ExitStack() as stack:
            journal = stack.enter_context(closing(Journal(self.journal))) if self.journal else None
            loop = stack.enter_context(asyncio.Runner())
            model: Model | AsyncModel = engine_named(self.policy, self.engine).load()
            policy = Policy(
                journalled(model, journal) if journal else model,
                *(prompt, codec, QuestionReader(), Sampling(max_tokens=self.max_tokens), self.seed),
            )
            driver = stack.enter_context(closing(LocalDriver(policy, loop, retriever=found)))
            if on_engine and isinstance(model, Described):
                on_engine(loop.run(model.description()))
            return driver.drive(strategy, questions, reward)

    def _strategy(self) -> Strategy:
        if self.strategy not in STRATEGIES:
            raise UserError(f"solve: there is no strategy {self.strategy!r}; choose among {', '.join(STRATEGIES)}")
        values: dict[str, Any] = {"max_tokens": self.max_tokens} if self.strategy == "greedy" else {}
        try:
            return TypeAdapter(STRATEGIES[self.strategy]).validate_python({**values, **settings_of(self.settings)})
        except ValidationError as error:
            raise UserError(f"solve: {self.strategy}: {describe(error)}") from error


def read_questions(text: str, options: Sequence[str]) -> list[Question]:
    """The questions of a `.jsonl` file (`{"id", "text", "options"}`, or items, whose keys are left aside), or the one typed in."""
    if not (text.endswith((".jsonl", ".json")) or Path(text).is_file()):
        lettered = {chr(ord("A") + at): option for at, option in enumerate(options)}
        try:
            return [Question(id="typed", text=text, options=lettered)]
        except ValidationError as error:
            raise UserError(f"solve: {describe(error)}; correct the question or its options") from error
    path = Path(text)
    kind: Any = Annotated[Question, BeforeValidator(_without_key)]
    questions: list[Question] = list(read_records(path, kind))
    if not questions:
        raise RecordError(f"{path}: there is no question in it; write one JSON object a line")
    ids = [question.id for question in questions]
    if doubled := next((each for each in ids if ids.count(each) > 1), None):
        raise RecordError(f"{path}: the id {doubled!r} comes twice; give every question an id of its own")
    return questions


def _without_key(record: Any) -> Any:
    """The question of an item; anything else as it is."""
    return record["question"] if isinstance(record, dict) and isinstance(record.get("question"), dict) else record


def solution_to_record(solution: Solution) -> dict[str, Any]:
    """What `osler solve --to` writes for each question."""
    trace = solution.trace
    return {
        "id": solution.question.id,
        "answer": solution.answer,
        "answer_text": solution.question.options.get(solution.answer or "", solution.answer),
        "steps": [step.text for step in trace.steps] if trace else [],
        "response": trace.response if trace else "",
        "votes": solution.votes,
        "evidence": [evidence.id for evidence in trace.evidence] if trace else [],
        "n_errored": solution.n_errored,
        "usage": {"completion_tokens": solution.usage.completion_tokens, "n_calls": solution.usage.n_calls},
    }


def shown(solution: Solution) -> str:
    """A solution for people to read."""
    trace = solution.trace
    if trace is None or solution.answer is None:
        ends = ", ".join(_end(each) for each in solution.candidates) or "nothing was generated"
        return f"{solution.question.id}: no answer ({ends})"
    scores = solution.scores[solution.chosen] if solution.scores and solution.chosen is not None else ()
    lines = [f"  {step.text}" + (f"  [{scores[at]:.2f}]" if at < len(scores) else "") for at, step in enumerate(trace.steps)]
    meaning = solution.question.options.get(solution.answer)
    counted = json.dumps(solution.votes) if len(solution.candidates) > 1 else ""
    read = [f"  read: {', '.join(evidence.id for evidence in trace.evidence)}"] if trace.evidence else []
    return "\n".join(
        [f"{solution.question.id}:", *read, *lines, f"answer: {solution.answer}{f'. {meaning}' if meaning else ''} {counted}".rstrip()]
    )


def _end(trace: Trace) -> str:
    """How a trace ended, and of one whose request failed, why."""
    return f"{trace.ending.value}: {trace.raw}" if trace.ending is Ending.ERROR and trace.raw else trace.ending.value
