"""A solution as a client gets it: a chat completion of OpenAI's shape, whole or in pieces, with everything that was found under `osler`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from osler.core.codec import Codec, Parsed
from osler.core.model import Usage
from osler.core.reading import Abstention
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.serve.asked import Asked
from osler.serve.parts import NOTICE

BUDGET_SPENT, NOTHING_FINISHED = "budget_spent", "nothing_finished"
MEANINGS: dict[str, str] = {
    Abstention.EMPTY: "the model wrote nothing",
    Abstention.NO_ANSWER: "what the model wrote states no answer that can be read",
    Abstention.SEVERAL: "the closing statement names more than one option",
    Abstention.NOT_AN_OPTION: "an answer is stated, but it is none of the options",
    Abstention.TRUNCATED: "the reasoning was cut before its answer",
    Abstention.REFUSED: "the model declines to answer",
    Abstention.ERRORED: "the engine failed",
    BUDGET_SPENT: "the budget was spent before any answer",
    NOTHING_FINISHED: "the search finished no line of reasoning",
}
"""Why there is no answer: the reader's reasons, and two of the search's."""


@dataclass(frozen=True)
class Solved:
    """A solution, what was asked, and what an answer to it is called: `id`, `created_s` (since 1970) and `name` of the model."""

    asked: Asked
    solution: Solution
    codec: Codec
    id: str
    created_s: int
    name: str
    identity: str

    def whole(self) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        message = {"role": "assistant", "content": self._content, "refusal": None, "reasoning_content": self._reasoning or None}
        choice = {"index": 0, "message": message, "finish_reason": self._finish, "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage, "osler": self.about}

    def pieces(self, *, has_usage: bool) -> Iterator[dict[str, Any]]:
        """What follows the first piece of a stream: the reasoning step by step, the content, the end with `osler`, and the usage."""
        for step in self._reasoning_steps:
            yield self._piece({"reasoning_content": f"{step.text}\n\n"})
        yield self._piece({"content": self._content})
        yield {**self._piece({}, finish=self._finish), "osler": self.about}
        if has_usage:
            yield {**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage}

    @property
    def abstention(self) -> str | None:
        """The reason that most candidates have, where there is no answer."""
        if self.solution.answer is not None:
            return None
        if not self.solution.candidates:
            return BUDGET_SPENT if self.solution.is_cut else NOTHING_FINISHED
        reasons = Counter(reason for trace in self.solution.candidates if (reason := _abstention(trace)))
        return reasons.most_common(1)[0][0] if reasons else NOTHING_FINISHED

    @property
    def about(self) -> dict[str, Any]:
        solution, trace = self.solution, self.solution.trace
        question, reason = solution.question, self.abstention
        return {
            "notice": NOTICE,
            "question": {"id": question.id, "kind": question.answer_kind, "options": dict(question.options)},
            "strategy": asdict(self.asked.strategy),
            "seed": self.asked.seed,
            "answer": solution.answer,
            "answer_text": question.options.get(solution.answer or "", solution.answer),
            "abstention": {"reason": reason, "meaning": MEANINGS[reason]} if reason else None,
            "reasoning": [step.text for step in trace.steps] if trace else [],
            "step_scores": list(_scores(solution, solution.chosen)),
            "votes": solution.votes,
            "candidates": [_candidate(solution, at) for at in range(len(solution.candidates))],
            "chosen": solution.chosen,
            "is_cut": solution.is_cut,
            "n_errored": solution.n_errored,
            "usage": {**_tokens(solution.usage), "n_calls": solution.usage.n_calls},
        }

    @property
    def _reasoning_steps(self) -> tuple[Step, ...]:
        """The steps but for one that states the answer and is the content."""
        trace = self.solution.trace
        if trace is None:
            return ()
        is_stated = bool(trace.steps) and self._content == trace.steps[-1].text
        return trace.steps[:-1] if is_stated else trace.steps

    @property
    def _reasoning(self) -> str:
        return "\n\n".join(step.text for step in self._reasoning_steps)

    @property
    def _content(self) -> str:
        trace = self.solution.trace
        if trace is None:
            return f"No answer: {MEANINGS[self.abstention or NOTHING_FINISHED]}."
        return self.codec.answer_text(Parsed(trace.steps, trace.response))

    @property
    def _finish(self) -> str:
        return "length" if self.abstention in (Abstention.TRUNCATED, BUDGET_SPENT) else "stop"

    @property
    def _usage(self) -> dict[str, int]:
        usage = self.solution.usage
        return {**_tokens(usage), "total_tokens": usage.prompt_tokens + usage.completion_tokens}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created_s, "model": self.name, "system_fingerprint": self.identity}

    def _piece(self, said: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk"), "choices": [{"index": 0, "delta": said, "finish_reason": finish}]}


def engine_error(solution: Solution) -> str | None:
    """What the engine said, where nothing but failed requests came of a search; empty where it did not say."""
    if not solution.n_errored or any(trace.ending is not Ending.ERROR for trace in solution.candidates):
        return None
    return next((trace.raw for trace in solution.candidates), "")


def _abstention(trace: Trace) -> str | None:
    return trace.reading.abstention.value if trace.reading and trace.reading.abstention else None


def _scores(solution: Solution, at: int | None) -> tuple[float, ...]:
    return solution.scores[at] if at is not None and at < len(solution.scores) else ()


def _candidate(solution: Solution, at: int) -> dict[str, Any]:
    trace = solution.candidates[at]
    return {
        "answer": trace.answer,
        "abstention": _abstention(trace),
        "ending": trace.ending.value,
        "reasoning": [step.text for step in trace.steps],
        "response": trace.response,
        "raw": trace.raw,
        "n_tokens": trace.n_tokens,
        "step_scores": list(_scores(solution, at)),
    }


def _tokens(usage: Usage) -> dict[str, int]:
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
