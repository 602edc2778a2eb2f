"""Solutions as records, with the truth of their steps where it is known, and what that truth says of reasoning."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from pydantic.dataclasses import dataclass

from osler.core.question import (
    STRICT,
    ChoiceKey,
    ClaimsKey,
    DateKey,
    Item,
    MultiKey,
    NumberKey,
    OpenKey,
    RankedListKey,
    RubricKey,
    TextKey,
)
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.core.verdict import CheckStep, Outcome
from osler.evaluate.grade import Graded


@dataclass(frozen=True, config=STRICT)
class SolutionRecord:
    """One system's solution of one item as it stands in `solutions.jsonl`; the steps are the chosen trace's. `evidence` are the ids of the
    passages in its prompt."""

    system: str
    id: str
    question: str
    options: dict[str, str]
    key: str
    outcome: Outcome
    answer: str | None
    ending: str
    steps: tuple[str, ...]
    step_truths: tuple[str, ...]
    step_scores: tuple[float, ...]
    raw: str = ""
    votes: dict[str, int] = field(default_factory=dict)
    response: str = ""
    evidence: tuple[str, ...] = ()


def solution_record(item: Item, solution: Solution, verdict: Graded, check: CheckStep | None) -> SolutionRecord:
    """The chosen trace, or the first candidate where nothing was chosen, so that one can read what went wrong."""
    at = solution.chosen or 0
    trace = solution.candidates[at] if solution.candidates else Trace(item.question)
    scores = solution.scores[at] if solution.scores else ()
    answers = [candidate.answer for candidate in solution.candidates if candidate.answer is not None]
    return SolutionRecord(
        system=verdict.system,
        id=item.id,
        question=item.question.text,
        options=dict(item.question.options),
        key=_shown(item),
        outcome=verdict.outcome,
        answer=verdict.answer,
        ending=trace.ending.value,
        steps=tuple(step.text for step in trace.steps),
        step_truths=_truths(trace, check),
        step_scores=scores,
        raw=trace.raw,
        votes={answer: answers.count(answer) for answer in dict.fromkeys(answers)},
        response=trace.response,
        evidence=tuple(each.id for each in trace.evidence),
    )


def _truths(trace: Trace, check: CheckStep | None) -> tuple[str, ...]:
    return tuple(check(trace.question.id, step.text) for step in trace.steps) if check else ()


def _shown(item: Item) -> str:
    match item.key:
        case ChoiceKey(letters) | MultiKey(letters):
            return ", ".join(letters)
        case TextKey(text) | OpenKey(text):
            return text
        case NumberKey(value, unit):
            return "n/a" if value is None else f"{value:g} {unit}".strip()
        case DateKey(day):
            return day.isoformat()
        case RankedListKey(entries):
            return ", ".join(entries)
        case RubricKey(must_have):
            return "; ".join(must_have)
        case ClaimsKey():
            return ""


def step_rates(solutions: Sequence[SolutionRecord]) -> list[dict[str, Any]]:
    """For each system: how many steps of its chosen traces are true, false, or outside the grammar. Empty where no truth is known."""
    rates = []
    for system in dict.fromkeys(solution.system for solution in solutions):
        truths = [truth for solution in solutions if solution.system == system for truth in solution.step_truths]
        if truths:
            share = {f"{truth}_rate": truths.count(truth) / len(truths) for truth in ("true", "false", "unreadable")}
            rates.append({"system": system, "n_steps": len(truths), **share})
    return rates
