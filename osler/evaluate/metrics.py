"""Metrics: many verdicts become one row per system and group, and two systems become a comparison over the same items."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.stats import mcnemar_exact, paired_bootstrap, wilson

ALL = "all"


@dataclass(frozen=True)
class Metric:
    """One system over the `n` items of one group ("all": every item). Rates and accuracy are fractions of `n`.

    Items without an answer, truncated or unjudged stay in the denominator, each with a rate of its own; an unjudged item may be right, so
    accuracy is a floor where there are any. `low` and `high` are Wilson's 95 % interval of accuracy. `tokens_per_item` is a mean.
    """

    system: str
    group: str
    n: int
    n_right: int
    accuracy: float
    low: float
    high: float
    no_answer_rate: float
    truncated_rate: float
    unjudged_rate: float
    tokens_per_item: float | None


@dataclass(frozen=True)
class Comparison:
    """`system` against `baseline` over the same `n` items. `difference` is accuracy minus the baseline's, a fraction; `low` and `high` are
    its paired bootstrap 95 % interval; `p_value` is McNemar's exact one, from the items that only one of the two got right."""

    system: str
    baseline: str
    group: str
    n: int
    difference: float
    low: float
    high: float
    n_system_only: int
    n_baseline_only: int
    p_value: float

    @property
    def is_distinguishable(self) -> bool:
        """Whether the interval is clear of zero. One comparison: nothing is corrected for looking at many."""
        return self.low > 0 or self.high < 0


def metrics(graded: Sequence[Graded]) -> list[Metric]:
    """For each system, in order of first appearance: a row for group "all", then one for each named group in order of first appearance.

    Items without a group count in "all" only. Raises UserError where there is nothing to count, where a system has two verdicts on an
    item, or where a group is itself called "all".
    """
    if not graded:
        raise UserError("metrics: there are no verdicts; grade at least one item")
    if any(row.group == ALL for row in graded):
        raise UserError(f'metrics: a group of items is called "{ALL}", the name kept for every item; give it another name')
    rows: list[Metric] = []
    for system in dict.fromkeys(row.system for row in graded):
        own = list(_by_item([row for row in graded if row.system == system]).values())
        rows.append(_metric(system, ALL, own))
        rows.extend(
            _metric(system, group, [row for row in own if row.group == group]) for group in dict.fromkeys(row.group for row in own) if group
        )
    return rows


def compare(system: Sequence[Graded], baseline: Sequence[Graded], *, seed: int, group: str = ALL) -> Comparison:
    """Two systems over the same items, paired by item id; only the items of `group` unless it is "all". Order does not matter.

    Right counts against everything else: no answer and unjudged are not right. Raises UserError where there is nothing to compare, the
    items are not the same, or one side holds several systems or two verdicts on an item.
    """
    ours, theirs = _by_item(_within(system, group)), _by_item(_within(baseline, group))
    if not ours and not theirs:
        raise UserError(f"compare: there are no verdicts in group {group!r}; grade at least one item of it")
    unpaired = ours.keys() ^ theirs.keys()
    if unpaired:
        raise UserError(
            f"compare: item {min(unpaired)!r} has a verdict on one side only ({len(unpaired)} such); grade both systems on the same items"
        )
    ids = list(ours)
    right_ours = [ours[id].outcome is Outcome.RIGHT for id in ids]
    right_theirs = [theirs[id].outcome is Outcome.RIGHT for id in ids]
    n_system_only = sum(a and not b for a, b in zip(right_ours, right_theirs, strict=True))
    n_baseline_only = sum(b and not a for a, b in zip(right_ours, right_theirs, strict=True))
    interval = paired_bootstrap(right_ours, right_theirs, seed=seed)
    return Comparison(
        system=ours[ids[0]].system,
        baseline=theirs[ids[0]].system,
        group=group,
        n=len(ids),
        difference=(n_system_only - n_baseline_only) / len(ids),
        low=interval.low,
        high=interval.high,
        n_system_only=n_system_only,
        n_baseline_only=n_baseline_only,
        p_value=mcnemar_exact(n_system_only, n_baseline_only),
    )


def _metric(system: str, group: str, graded: Sequence[Graded]) -> Metric:
    n = len(graded)
    n_right = sum(row.outcome is Outcome.RIGHT for row in graded)
    interval = wilson(n_right, n)
    return Metric(
        system=system,
        group=group,
        n=n,
        n_right=n_right,
        accuracy=n_right / n,
        low=interval.low,
        high=interval.high,
        no_answer_rate=sum(row.outcome is Outcome.NO_ANSWER for row in graded) / n,
        truncated_rate=sum(row.is_truncated for row in graded) / n,
        unjudged_rate=sum(row.outcome is Outcome.UNJUDGED for row in graded) / n,
        tokens_per_item=_mean([row.n_tokens for row in graded]),
    )


def _mean(numbers: Sequence[float | None]) -> float | None:
    """None where any of them is not known: a mean of the others would be of other items."""
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if len(known) == len(numbers) else None


def _within(graded: Sequence[Graded], group: str) -> list[Graded]:
    return [row for row in graded if group in (ALL, row.group)]


def _by_item(graded: Sequence[Graded]) -> dict[str, Graded]:
    """One system's verdicts by item id. Raises UserError for a second system or a second verdict: either would count an item twice."""
    by_item: dict[str, Graded] = {}
    for row in graded:
        if row.system != graded[0].system:
            raise UserError(f"compare: verdicts of {graded[0].system!r} and {row.system!r} on one side; pass one system's at a time")
        if row.item_id in by_item:
            raise UserError(f"verdicts: {row.system!r} has two on item {row.item_id!r}; give each run of a system a name of its own")
        by_item[row.item_id] = row
    return by_item
