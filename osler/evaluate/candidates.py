"""Candidates that every way of choosing shares, as records: answers, verdicts, and the truth and the scores of their steps."""

from collections.abc import Mapping, Sequence

from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT, Item
from osler.core.trace import Trace
from osler.core.verdict import CheckStep


@dataclass(frozen=True, config=STRICT)
class CandidateRecord:
    """One candidate. `scores` has, by the reward model's name, one score per step; `step_truths` has one truth per step, or none where
    nothing checks the steps."""

    answer: str | None
    is_right: bool
    step_truths: tuple[str, ...]
    scores: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, config=STRICT)
class CandidateSet:
    """The candidates for one item as they stand in `candidates.jsonl`."""

    id: str
    candidates: tuple[CandidateRecord, ...]


def candidate_set(
    item: Item,
    traces: Sequence[Trace],
    is_right_N: Sequence[bool],
    scores_N_S: Mapping[str, Sequence[tuple[float, ...]]],
    check: CheckStep | None,
) -> CandidateSet:
    """`is_right_N` has a verdict and `scores_N_S`, by the reward model's name, a tuple of step scores for each trace. Raises ValueError
    where the lengths differ."""
    records = []
    for at, (trace, is_right) in enumerate(zip(traces, is_right_N, strict=True)):
        scores = {name: scores_S[at] for name, scores_S in scores_N_S.items()}
        wrong = [name for name, scores_S in scores.items() if len(scores_S) != len(trace.steps) or len(scores_N_S[name]) != len(traces)]
        if wrong:
            raise ValueError(f"candidates: {item.id}: {wrong[0]!r} scored other traces than these; pass one score per step of each trace")
        truths = tuple(check(item.id, step.text) for step in trace.steps) if check else ()
        records.append(CandidateRecord(trace.answer, is_right, truths, scores))
    return CandidateSet(item.id, tuple(records))


def scores_of(candidate: CandidateRecord, reward: str) -> tuple[float, ...]:
    """The scores of one reward model. Raises UserError where it gave none."""
    if reward not in candidate.scores:
        known = ", ".join(candidate.scores) or "nobody"
        raise UserError(f"candidates: no scores by {reward!r}, only by {known}; let it score them, or leave it out")
    return candidate.scores[reward]
