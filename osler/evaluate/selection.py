"""Every way of choosing among the same candidates: the plain vote, and best-of-N and weighted vote (P-VS of MedS³, arXiv 2501.12051) by
each reward model under each aggregate of its step scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.reward import AGGREGATES
from osler.core.selection import best, majority, weighted_vote
from osler.evaluate.candidates import CandidateRecord, CandidateSet, scores_of
from osler.evaluate.stats import mcnemar_exact, paired_bootstrap, wilson


@dataclass(frozen=True)
class SelectionRow:
    """One way of choosing. `rule` is "vote" (plain), "any_right" (whether any candidate is right: what no way of choosing can exceed), or
    "best" or "weighted_vote" by a reward model and an aggregate of its scores.

    `low` and `high` are Wilson's 95 % interval of accuracy. `difference` is accuracy minus the plain vote's over the same items, `diff_low`
    and `diff_high` its paired bootstrap 95 % interval, `p_value` McNemar's exact one; None for the plain vote itself and for "any_right".
    One comparison: nothing is corrected for looking at many.
    """

    reward: str | None
    rule: str
    aggregate: str | None
    n_items: int
    accuracy: float
    low: float
    high: float
    difference: float | None = None
    diff_low: float | None = None
    diff_high: float | None = None
    p_value: float | None = None


def selection_grid(sets: Sequence[CandidateSet], rewards: Sequence[str], *, seed: int) -> list[SelectionRow]:
    """The plain vote, the bound, then for each reward model both rules under every aggregate. Where nothing is chosen, nothing is right.

    Raises UserError where there are no items or a reward model did not score a candidate."""
    if not sets:
        raise UserError("selection: there are no candidates to choose from; answer at least one item")
    votes = [_is_right(each.candidates, majority(each.candidates)) for each in sets]
    rows = [
        SelectionRow(None, "vote", None, *_rate(votes)),
        SelectionRow(None, "any_right", None, *_rate([any(candidate.is_right for candidate in each.candidates) for each in sets])),
    ]
    for reward in rewards:
        scores_Q_N_S = [[scores_of(candidate, reward) for candidate in each.candidates] for each in sets]
        for rule, choose in (("best", best), ("weighted_vote", weighted_vote)):
            for aggregate, make in AGGREGATES.items():
                right = [
                    _is_right(each.candidates, choose(each.candidates, [make(scores_S) for scores_S in scores_N_S]))
                    for each, scores_N_S in zip(sets, scores_Q_N_S, strict=True)
                ]
                rows.append(SelectionRow(reward, rule, aggregate, *_rate(right), *_difference(right, votes, seed)))
    return rows


def _is_right(candidates: Sequence[CandidateRecord], chosen: int | None) -> bool:
    return chosen is not None and candidates[chosen].is_right


def _rate(right: Sequence[bool]) -> tuple[int, float, float, float]:
    interval = wilson(sum(right), len(right))
    return len(right), sum(right) / len(right), interval.low, interval.high


def _difference(right: Sequence[bool], votes: Sequence[bool], seed: int) -> tuple[float, float, float, float]:
    n_only = sum(ours and not vote for ours, vote in zip(right, votes, strict=True))
    n_vote_only = sum(vote and not ours for ours, vote in zip(right, votes, strict=True))
    interval = paired_bootstrap(right, votes, seed=seed)
    return (n_only - n_vote_only) / len(right), interval.low, interval.high, mcnemar_exact(n_only, n_vote_only)
