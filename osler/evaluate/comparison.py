"""Two systems over the same items: the difference, its interval, and what may be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from osler.core.errors import UserError
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import ALL, item_clusters, item_shares, refuse_repeats
from osler.evaluate.multiplicity import holm
from osler.evaluate.paired import PairedTest, paired_test
from osler.evaluate.power import minimal_difference
from osler.evaluate.stats import paired_bootstrap

_POWERFUL = (NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)) / NormalDist().inv_cdf(0.975)
"""Half the width of a 95 % interval, times this, is the difference that a test at 5 % finds with a power of 80 %."""


@dataclass(frozen=True)
class Comparison:
    """`system` against `baseline` over the same `n` items. `difference` is accuracy minus the baseline's, a fraction; `low` and `high` are
    its 95 % interval, made as `interval` says; `p_value` is McNemar's exact one, from the items that only one of the two got right, or that
    of the same test over clusters or over items with several samples (`p_method`).

    `p_adjusted` is Holm's where several comparisons were made together. `smallest` is the smallest difference that this many items with as
    many disagreements show with a power of 80 %: exactly for McNemar's test, elsewhere (1.96 + 0.84) standard errors. None where they tell
    nothing of it, or would show no difference at all.
    """

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
    p_adjusted: float | None = None
    smallest: float | None = None
    interval: str = "paired_bootstrap"
    p_method: str = "mcnemar_exact"

    @property
    def is_distinguishable(self) -> bool:
        """Whether the interval is clear of zero and, where several comparisons were made together, the adjusted p at most 5 %."""
        return (self.low > 0 or self.high < 0) and (self.p_adjusted is None or self.p_adjusted <= 0.05)


def compare(system: Sequence[Graded], baseline: Sequence[Graded], *, seed: int, group: str = ALL) -> Comparison:
    """Two systems over the same items, paired by item id; only the items of `group` unless it is "all". Order does not matter.

    Right counts against everything else: no answer and unjudged are not right. An item with several samples counts by the share of them
    that is right. Raises UserError where there is nothing to compare, the items are not the same, or one side holds several systems or two
    verdicts on a sample of an item.
    """
    ours, theirs = _shares(system, group), _shares(baseline, group)
    if not ours and not theirs:
        raise UserError(f"compare: there are no verdicts in group {group!r}; grade at least one item of it")
    unpaired = ours.keys() ^ theirs.keys()
    if unpaired:
        raise UserError(
            f"compare: item {min(unpaired)!r} has a verdict on one side only ({len(unpaired)} such); grade both systems on the same items"
        )
    a, b = list(ours.values()), [theirs[id] for id in ours]
    test = paired_test(a, b, item_clusters(_within(system, group)), seed=seed)
    comparison = comparison_by(test, system[0].system, baseline[0].system, group)
    return _of_single_items(comparison, a, b, seed) if test.p_method == "mcnemar_exact" else comparison


def comparison_by(test: PairedTest, system: str, baseline: str, group: str = ALL) -> Comparison:
    """What a paired test says of two sides."""
    smallest = _POWERFUL * (test.high - test.low) / 2
    return Comparison(
        system=system,
        baseline=baseline,
        group=group,
        n=test.n,
        difference=test.difference,
        low=test.low,
        high=test.high,
        n_system_only=test.n_a_higher,
        n_baseline_only=test.n_b_higher,
        p_value=test.p_value,
        interval=test.interval_method,
        p_method=test.p_method,
        smallest=smallest if 0 < smallest <= 1 else None,
    )


def adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same, with Holm's p-values for their having been made together."""
    p_values = holm([each.p_value for each in comparisons])
    return [replace(each, p_adjusted=p) for each, p in zip(comparisons, p_values, strict=True)]


def _of_single_items(comparison: Comparison, a: Sequence[float], b: Sequence[float], seed: int) -> Comparison:
    """Where every item is right or not, and its own cluster."""
    interval = paired_bootstrap([share == 1 for share in a], [share == 1 for share in b], seed=seed)
    discordance = (comparison.n_system_only + comparison.n_baseline_only) / comparison.n
    smallest = minimal_difference(comparison.n, discordance) if discordance else None
    return replace(comparison, low=interval.low, high=interval.high, smallest=smallest, interval="paired_bootstrap")


def _within(graded: Sequence[Graded], group: str) -> list[Graded]:
    return [row for row in graded if group in (ALL, row.group)]


def _shares(graded: Sequence[Graded], group: str) -> dict[str, float]:
    systems = {row.system for row in graded}
    if len(systems) > 1:
        first, second = sorted(systems)[:2]
        raise UserError(f"compare: verdicts of {first!r} and {second!r} on one side; pass one system's at a time")
    refuse_repeats(graded)
    return item_shares(_within(graded, group))
