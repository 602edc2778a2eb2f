"""Solutions as records, with the truth of their steps where it is known, and what that truth says of reasoning and of the reward model."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from pydantic.dataclasses import dataclass
from scipy.stats import rankdata

from osler.core.question import STRICT, ChoiceKey, Item, TextKey
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.core.verdict import CheckStep, Outcome
from osler.evaluate.grade import Graded


@dataclass(frozen=True, config=STRICT)
class CandidateRecord:
    """A scored candidate: one truth (where known) and one score per step."""

    answer: str | None
    step_truths: tuple[str, ...]
    step_scores: tuple[float, ...]


@dataclass(frozen=True, config=STRICT)
class SolutionRecord:
    """One system's solution of one item as it stands in `solutions.jsonl`; the steps are the chosen trace's. `candidates` are kept where a
    reward model scored them."""

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
    candidates: tuple[CandidateRecord, ...] = ()


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
        candidates=tuple(
            CandidateRecord(candidate.answer, _truths(candidate, check), scores_S)
            for candidate, scores_S in zip(solution.candidates, solution.scores, strict=bool(solution.scores))
        ),
    )


def _truths(trace: Trace, check: CheckStep | None) -> tuple[str, ...]:
    return tuple(check(trace.question.id, step.text) for step in trace.steps) if check else ()


def _shown(item: Item) -> str:
    match item.key:
        case ChoiceKey(letters):
            return ", ".join(letters)
        case TextKey(text):
            return text
    return str(item.key)


def step_rates(solutions: Sequence[SolutionRecord]) -> list[dict[str, Any]]:
    """For each system: how many steps of its chosen traces are true, false, or outside the grammar. Empty where no truth is known."""
    rates = []
    for system in dict.fromkeys(solution.system for solution in solutions):
        truths = [truth for solution in solutions if solution.system == system for truth in solution.step_truths]
        if truths:
            share = {f"{truth}_rate": truths.count(truth) / len(truths) for truth in ("true", "false", "unreadable")}
            rates.append({"system": system, "n_steps": len(truths), **share})
    return rates


def reward_quality(solutions: Sequence[SolutionRecord]) -> dict[str, Any] | None:
    """AUROC of the reward model's step scores against the truth of the steps, over every scored candidate of the first system that has
    any; None where there is none, or where all steps are alike."""
    first = next((solution.system for solution in solutions if solution.candidates and solution.candidates[0].step_truths), None)
    scored = [
        (score, truth == "true")
        for solution in solutions
        if solution.system == first
        for candidate in solution.candidates
        for score, truth in zip(candidate.step_scores, candidate.step_truths, strict=True)
    ]
    if len({truth for _, truth in scored}) < 2:
        return None
    return {"n_steps": len(scored), "auroc": auroc([score for score, _ in scored], [truth for _, truth in scored])}


def auroc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """The chance that a true step scores above a false one, ties counting half (Mann and Whitney 1947; Hanley and McNeil 1982)."""
    n_true = sum(truths)
    ranks = rankdata(scores)
    rank_sum = float(sum(rank for rank, truth in zip(ranks, truths, strict=True) if truth))
    return (rank_sum - n_true * (n_true + 1) / 2) / (n_true * (len(truths) - n_true))
