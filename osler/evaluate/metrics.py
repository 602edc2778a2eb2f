"""Metrics: many verdicts become one row per system and group."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.reading import Abstention
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.intervals import mean_interval

ALL = "all"


@dataclass(frozen=True)
class Metric:
    """One system over the `n` items of one group ("all": every item), with `n_responses` in all. Rates are fractions of the responses;
    accuracy is the mean over items of the share of an item's responses that are right.

    Nothing leaves the denominator: no answer, several answers, refused, truncated, errored and unjudged each have a rate. `no_answer_rate`
    is all that was not answered, and holds `several_rate`, `refused_rate` and `errored_rate` (which counts items without any response);
    `truncated_rate` counts what was cut, answered or not. An unjudged response may be right, so accuracy is a floor where there are any.
    `rival_rate`: the text states another answer as well. `low` and `high` are the 95 % interval of accuracy, `interval` its method.
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
    several_rate: float = 0.0
    refused_rate: float = 0.0
    errored_rate: float = 0.0
    rival_rate: float = 0.0
    n_responses: int = 0
    n_clusters: int = 0
    interval: str = "wilson"
    seconds_per_item: float | None = None
    cost_per_item: float | None = None
    tokens_per_right: float | None = None
    seconds_per_right: float | None = None
    cost_per_right: float | None = None


_SEVERAL = {Abstention.SEVERAL.value}
_REFUSED = {Abstention.REFUSED.value}
_ERRORED = {Abstention.ERRORED.value, "no_response"}


def metrics(graded: Sequence[Graded]) -> list[Metric]:
    """For each system, in order of first appearance: a row for group "all", then one for each named group in order of first appearance.

    Items without a group count in "all" only. Raises UserError where there is nothing to count, where a system has two verdicts on a
    sample of an item, or where a group is itself called "all".
    """
    if not graded:
        raise UserError("metrics: there are no verdicts; grade at least one item")
    by_system: dict[str, list[Graded]] = {}
    for row in graded:
        by_system.setdefault(row.system, []).append(row)
    rows: list[Metric] = []
    for system, own in by_system.items():
        refuse_repeats(own)
        by_group: dict[str, list[Graded]] = {}
        for row in own:
            by_group.setdefault(row.group, []).append(row)
        if ALL in by_group:
            raise UserError(f'metrics: a group of items is called "{ALL}", the name kept for every item; give it another name')
        rows.append(metric(system, ALL, own))
        rows.extend(metric(system, group, within) for group, within in by_group.items() if group)
    return rows


def metric(system: str, group: str, graded: Sequence[Graded], *, seed: int = 0) -> Metric:
    """One row of `metrics`, over all of `graded`. `seed` is the bootstrap's, which is made where items share a cluster."""
    n_responses = len(graded)
    outcomes = Counter(row.outcome for row in graded)
    reasons = Counter(row.reason for row in graded if row.outcome is Outcome.NO_ANSWER)
    shares = item_shares(graded)
    n, n_right = len(shares), outcomes[Outcome.RIGHT]
    accuracy = mean_interval(list(shares.values()), item_clusters(graded), seed=seed)
    tokens, seconds, cost = (total([getattr(row, name) for row in graded]) for name in ("n_tokens", "seconds", "cost"))
    return Metric(
        system=system,
        group=group,
        n=n,
        n_right=n_right,
        accuracy=accuracy.value,
        low=accuracy.low,
        high=accuracy.high,
        no_answer_rate=outcomes[Outcome.NO_ANSWER] / n_responses,
        truncated_rate=sum(row.is_truncated for row in graded) / n_responses,
        unjudged_rate=outcomes[Outcome.UNJUDGED] / n_responses,
        tokens_per_item=_over(tokens, n),
        several_rate=_share(reasons, _SEVERAL, n_responses),
        refused_rate=_share(reasons, _REFUSED, n_responses),
        errored_rate=_share(reasons, _ERRORED, n_responses),
        rival_rate=sum(row.rival is not None for row in graded) / n_responses,
        n_responses=n_responses,
        n_clusters=accuracy.n_clusters,
        interval=accuracy.method,
        seconds_per_item=_over(seconds, n),
        cost_per_item=_over(cost, n),
        tokens_per_right=_over(tokens, n_right),
        seconds_per_right=_over(seconds, n_right),
        cost_per_right=_over(cost, n_right),
    )


def item_shares(graded: Iterable[Graded]) -> dict[str, float]:
    """For each item, in order of first appearance: the share of its responses that are right."""
    counts: dict[str, list[int]] = {}
    for row in graded:
        count = counts.setdefault(row.item_id, [0, 0])
        count[0] += row.outcome is Outcome.RIGHT
        count[1] += 1
    return {item_id: n_right / n for item_id, (n_right, n) in counts.items()}


def item_clusters(graded: Iterable[Graded]) -> list[str]:
    """For each item, in order of first appearance: its cluster, empty where it is its own."""
    return list({row.item_id: row.cluster for row in graded}.values())


def refuse_repeats(graded: Sequence[Graded]) -> None:
    """Raises UserError for a second verdict of one system on the same sample of an item: it would count twice."""
    seen: set[tuple[str, int]] = set()
    for row in graded:
        if (row.item_id, row.sample) in seen:
            raise UserError(f"verdicts: {row.system!r} has two on item {row.item_id!r}; give each run of a system a name of its own")
        seen.add((row.item_id, row.sample))


def total(numbers: Sequence[float | None]) -> float | None:
    """None where any of them is not known: a sum of the others would be of other items."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _over(amount: float | None, n: int) -> float | None:
    return None if amount is None or n == 0 else amount / n


def _share(reasons: Counter[str], words: set[str], n: int) -> float:
    return sum(reasons[word] for word in words) / n
