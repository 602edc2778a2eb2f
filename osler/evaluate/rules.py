"""A published rule beside the strict reading of the same responses: how far the two differ, and what the difference is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded

DEFAULT = "rule_default"
"""The reason of a rule's verdict where the rule found nothing and put in an answer of its own."""


@dataclass(frozen=True)
class Cause:
    """Responses that the rule and the strict reading answer differently for one reason: how many, how many of them the rule counts right,
    and how many the strict reading does."""

    cause: str
    n: int
    n_right: int
    n_strict: int


@dataclass(frozen=True)
class RuleDifference:
    """`system` under `rule`: its accuracy over the `n` responses, and that of the strict reading. The causes add up to the difference."""

    system: str
    rule: str
    n: int
    accuracy: float
    strict: float
    causes: tuple[Cause, ...]


def rule_difference(rule: str, strict: Sequence[Graded], ruled: Sequence[Graded]) -> RuleDifference:
    """`strict` and `ruled` are verdicts on the same responses in the same order, at least one."""
    counts: dict[str, list[int]] = {}
    for ours, theirs in zip(strict, ruled, strict=True):
        if ours.answer != theirs.answer or ours.outcome is not theirs.outcome:
            count = counts.setdefault(cause_of(ours, theirs), [0, 0, 0])
            for place, is_counted in enumerate((True, theirs.outcome is Outcome.RIGHT, ours.outcome is Outcome.RIGHT)):
                count[place] += is_counted
    causes = tuple(Cause(cause, *count) for cause, count in sorted(counts.items(), key=lambda each: -each[1][0]))
    return RuleDifference(strict[0].system, rule, len(strict), _share_right(ruled), _share_right(strict), causes)


def cause_of(ours: Graded, theirs: Graded) -> str:
    """Why another's verdict differs from ours, as a word."""
    if theirs.reason == DEFAULT:
        return "put_in_an_answer"
    if ours.answer is None and theirs.answer is not None:
        return f"read_where_we_find_{ours.reason}"
    if theirs.answer is None:
        return "read_nothing"
    return "read_another_answer" if ours.answer != theirs.answer else "judged_otherwise"


def _share_right(graded: Sequence[Graded]) -> float:
    return sum(row.outcome is Outcome.RIGHT for row in graded) / len(graded)
