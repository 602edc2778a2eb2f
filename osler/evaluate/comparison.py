"""Two systems over the same items: the difference, its interval, and what may be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.core.errors import UserError
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import ALL, item_shares, refuse_repeats
from osler.evaluate.stats import mcnemar_exact, paired_bootstrap


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


def compare(system: Sequence[Graded], baseline: Sequence[Graded], *, seed: int, group: str = ALL) -> Comparison:
    """Two systems over the same items, paired by item id; only the items of `group` unless it is "all". Order does not matter.

    Right counts against everything else: no answer and unjudged are not right. Raises UserError where there is nothing to compare, the
    items are not the same, or one side holds several systems or two verdicts on an item.
    """
    ours, theirs = _shares(system, group), _shares(baseline, group)
    if not ours and not theirs:
        raise UserError(f"compare: there are no verdicts in group {group!r}; grade at least one item of it")
    unpaired = ours.keys() ^ theirs.keys()
    if unpaired:
        raise UserError(
            f"compare: item {min(unpaired)!r} has a verdict on one side only ({len(unpaired)} such); grade both systems on the same items"
        )
    ids = list(ours)
    right_ours = [ours[id] == 1 for id in ids]
    right_theirs = [theirs[id] == 1 for id in ids]
    n_system_only = sum(a and not b for a, b in zip(right_ours, right_theirs, strict=True))
    n_baseline_only = sum(b and not a for a, b in zip(right_ours, right_theirs, strict=True))
    interval = paired_bootstrap(right_ours, right_theirs, seed=seed)
    return Comparison(
        system=system[0].system,
        baseline=baseline[0].system,
        group=group,
        n=len(ids),
        difference=(n_system_only - n_baseline_only) / len(ids),
        low=interval.low,
        high=interval.high,
        n_system_only=n_system_only,
        n_baseline_only=n_baseline_only,
        p_value=mcnemar_exact(n_system_only, n_baseline_only),
    )


def _shares(graded: Sequence[Graded], group: str) -> dict[str, float]:
    systems = {row.system for row in graded}
    if len(systems) > 1:
        first, second = sorted(systems)[:2]
        raise UserError(f"compare: verdicts of {first!r} and {second!r} on one side; pass one system's at a time")
    refuse_repeats(graded)
    return item_shares(row for row in graded if group in (ALL, row.group))
