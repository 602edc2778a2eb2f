"""Accuracy against tokens spent: the points of the curve, and what a system is fairly compared with at the same budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.core.errors import UserError
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import metrics


@dataclass(frozen=True)
class CurvePoint:
    """One system at one budget. `tokens_per_item` is a mean over the `n_items`; `low` and `high` are Wilson's 95 % interval."""

    system: str
    strategy: str
    policy: str
    n_items: int
    tokens_per_item: float
    accuracy: float
    low: float
    high: float


def curve_point(graded: Sequence[Graded], *, system: str, strategy: str, policy: str) -> CurvePoint:
    """Raises UserError where there is no verdict."""
    row = metrics(graded)[0]
    return CurvePoint(system, strategy, policy, row.n, row.tokens_per_item or 0.0, row.accuracy, row.low, row.high)


def at_equal_tokens(graded: Sequence[Graded], others: Sequence[Sequence[Graded]]) -> list[Graded]:
    """Of other systems the one that spent the least among those that spent at least as much on the items of `graded`, on those items alone:
    the doubt profits the other. Where none spent so much, the one that spent most.

    Raises UserError where none of them answered all of these items."""
    ids = {each.item_id for each in graded}
    own = [[each for each in other if each.item_id in ids] for other in others]
    own = [other for other in own if len(other) == len(ids)]
    if not own:
        raise UserError("at_equal_tokens: no other system answered all of these items; give one of them the same items")
    spent = _tokens(graded)
    return min(own, key=lambda other: (_tokens(other) < spent, abs(_tokens(other) - spent)))


def _tokens(graded: Sequence[Graded]) -> int:
    return sum(each.n_tokens or 0 for each in graded)
