"""A solution as a client gets it, for each form of reasoning and each way of having no answer."""

import pytest

from osler.core.budget import Budget
from osler.core.codec import Codec, SectionCodec, StepCodec, ThinkCodec
from osler.core.model import Sampling, Usage
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.search.greedy import Greedy
from osler.serve.asked import Asked
from osler.serve.solved import MEANINGS, Solved, engine_error

QUESTION = Question("q-1", "Why?", {"A": "gout", "B": "flu"})


def solved(solution: Solution, codec: Codec) -> Solved:
    asked = Asked(QUESTION, (), Greedy(), Budget(), Sampling(), 0)
    return Solved(asked, solution, codec, "chatcmpl-1", 1700000000, "small", "scripted")


def unread(*reasons: Abstention) -> tuple[Trace, ...]:
    endings = {Abstention.TRUNCATED: Ending.LENGTH, Abstention.ERRORED: Ending.ERROR}
    return tuple(
        Trace(QUESTION, (), "", endings.get(reason, Ending.FINISHED), f"raw {reason}", reading=Reading(abstention=reason))
        for reason in reasons
    )


@pytest.mark.parametrize(
    ("codec", "steps", "response", "reasoning", "content"),
    [
        (StepCodec(), ("Fever.", "The answer is B."), "", "Fever.", "The answer is B."),
        (StepCodec(), ("The answer is B.",), "", None, "The answer is B."),
        (ThinkCodec(), ("Fever.", "So flu."), "It is flu. The answer is B.", "Fever.\n\nSo flu.", "It is flu. The answer is B."),
        (SectionCodec(), ("Fever.",), "The answer is B.", "Fever.", "The answer is B."),
    ],
)
def test_reasoning_and_content(codec: Codec, steps: tuple[str, ...], response: str, reasoning: str | None, content: str) -> None:
    trace = Trace(QUESTION, tuple(map(Step, steps)), response, Ending.FINISHED, reading=Reading("B"))
    answer = solved(Solution(QUESTION, (trace,), 0), codec)
    [choice] = answer.whole()["choices"]
    assert (choice["message"]["reasoning_content"], choice["message"]["content"]) == (reasoning, content)
    assert answer.about["reasoning"] == list(steps)
    said = [piece["choices"][0]["delta"] for piece in answer.pieces(has_usage=False)]
    assert "".join(each.get("reasoning_content", "") for each in said).strip() == (reasoning or "")
    assert "".join(each.get("content", "") for each in said) == content


@pytest.mark.parametrize(
    ("solution", "reason", "finish"),
    [
        (Solution(QUESTION, unread(Abstention.REFUSED), None), "refused", "stop"),
        (Solution(QUESTION, unread(Abstention.EMPTY, Abstention.TRUNCATED, Abstention.TRUNCATED), None), "truncated", "length"),
        (Solution(QUESTION, unread(Abstention.EMPTY, Abstention.SEVERAL), None), "empty", "stop"),
        (Solution(QUESTION, (), None, is_cut=True), "budget_spent", "length"),
        (Solution(QUESTION, (), None), "nothing_finished", "stop"),
        (Solution(QUESTION, (Trace(QUESTION),), None), "nothing_finished", "stop"),
    ],
)
def test_no_answer_says_why(solution: Solution, reason: str, finish: str) -> None:
    answer = solved(solution, StepCodec())
    [choice] = answer.whole()["choices"]
    assert choice["message"]["content"] == f"No answer: {MEANINGS[reason]}."
    assert choice["finish_reason"] == finish
    assert answer.about["abstention"] == {"reason": reason, "meaning": MEANINGS[reason]}
    assert answer.about["answer"] is None
    assert [candidate["raw"] for candidate in answer.about["candidates"]] == [trace.raw for trace in solution.candidates]


def test_every_abstention_has_a_meaning() -> None:
    assert {*Abstention} <= MEANINGS.keys()


def test_usage_is_the_solutions() -> None:
    usage = solved(Solution(QUESTION, (), None, usage=Usage(7, 5, 3)), StepCodec()).whole()
    assert usage["usage"] == {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    assert usage["osler"]["usage"] == {"prompt_tokens": 7, "completion_tokens": 5, "n_calls": 3}


def test_an_engine_error_is_one_where_nothing_else_came() -> None:
    failed, other = unread(Abstention.ERRORED, Abstention.EMPTY)
    assert engine_error(Solution(QUESTION, (failed, failed), None, n_errored=2)) == "raw errored"
    assert engine_error(Solution(QUESTION, (), None, n_errored=2)) == ""
    assert engine_error(Solution(QUESTION, (failed, other), None, n_errored=1)) is None
    assert engine_error(Solution(QUESTION, (), None)) is None
