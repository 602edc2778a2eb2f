"""What `osler grade` measures of its verdicts: the content of `metrics.json` and `grading.json`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import groupby
from typing import Any

from osler.commands.flags import flagged_metrics, read_flags
from osler.commands.grade import Grading, ruled_name
from osler.core.verdict import Outcome
from osler.evaluate.confidence import calibration, coverages
from osler.evaluate.frontier import Offer, pareto_front
from osler.evaluate.grade import Graded
from osler.evaluate.layers import macro_average
from osler.evaluate.length import length_analysis
from osler.evaluate.metrics import ALL, Metric, item_clusters, item_shares
from osler.evaluate.notes import notes, other_key
from osler.evaluate.rules import RuleDifference, rule_difference
from osler.evaluate.samples import instability, sweep
from osler.judges.free.agreement import agreement

N_POINTS = 60
"""How many points of accuracy against coverage are kept to be drawn, about."""
MIN_LENGTHS = 30
"""Fewer responses than this tell nothing of length."""
SEED = 0
"""Of every bootstrap: the same verdicts give the same numbers."""


def measured(grading: Grading) -> dict[str, Any]:
    """Everything in `metrics.json`."""
    rows = list(grading.metrics)
    if grading.settings.overlaps:
        rows += flagged_metrics(grading.graded, read_flags(grading.settings.overlaps), str(grading.settings.overlaps))
    by_system = by_name(grading.graded)
    parts = {
        "agreements": _agreement,
        "macros": _macro,
        "samples": _samples,
        "calibration": _calibration,
        "lengths": _lengths,
        "readings": _readings,
    }
    return {
        "metrics": [asdict(row) for row in rows],
        "costs": list(costs([row for row in rows if row.group == ALL])),
        "rules": [asdict(row) for row in _rules(grading, by_system)],
        **{name: [row for system, graded in by_system.items() for row in part(system, graded)] for name, part in parts.items()},
    }


def about(grading: Grading) -> dict[str, Any]:
    """Everything in `grading.json`."""
    settings, rows = grading.settings, grading.metrics
    said = [note for item_set in grading.item_sets for note in _of_items(item_set.name, item_set.notes)]
    said += other_key(grading.join.n_other_key, grading.join.n_with_key)
    if grading.join.n_unknown:
        said.append(f"responses that belong to no item are left out: {grading.join.n_unknown:,} (the first: {grading.join.unknown_id!r})")
    said += notes(grading.graded, [row for row in rows if row.group == ALL])
    return {
        "title": ", ".join(item_set.name for item_set in grading.item_sets),
        "item_sets": [
            {
                "name": item_set.name,
                "n": len(item_set.items),
                "licence": item_set.licence,
                "citation": item_set.citation,
                "content_hash": item_set.content_hash,
                "notes": list(item_set.notes),
            }
            for item_set in grading.item_sets
        ],
        "responses": list(grading.responses),
        "settings": [
            [name.removeprefix("is_"), _written(value)] for name, value in asdict(settings).items() if value and name != "processes"
        ],
        "notes": said,
        "version": version("osler"),
    }


def costs(rows: Sequence[Metric]) -> Iterator[dict[str, Any]]:
    """What one item costs each system against its accuracy, in the dearest unit that is known of all: money, then seconds, then tokens."""
    for unit, name in (("cost", "cost_per_item"), ("seconds", "seconds_per_item"), ("tokens", "tokens_per_item")):
        spent = [getattr(row, name) for row in rows]
        if len(rows) > 1 and None not in spent:
            offers = [Offer(row.system, row.accuracy, amount) for row, amount in zip(rows, spent, strict=True)]
            front = pareto_front(offers)
            for offer in offers:
                named = {"system": offer.system, "unit": unit, "per_item": offer.cost, "accuracy": offer.accuracy}
                yield {**named, "is_on_front": offer in front}
            return


def by_name(graded: Sequence[Graded]) -> dict[str, list[Graded]]:
    """The verdicts of each system, in order of first appearance."""
    found: dict[str, list[Graded]] = {}
    for row in graded:
        found.setdefault(row.system, []).append(row)
    return found


def _macro(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    groups = {row.item_id: row.group for row in graded}
    if len(set(groups.values())) > 1 and all(groups.values()):
        shares = list(item_shares(graded).values())
        mean = macro_average(shares, list(groups.values()), item_clusters(graded), seed=SEED)
        yield {"system": system, "n_groups": len(set(groups.values())), "accuracy": mean.value, "low": mean.low, "high": mean.high}


def _samples(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    """Of systems that answered items more than once; over the items that have as many samples as any."""
    by_item: dict[str, list[Graded]] = {}
    for row in sorted(graded, key=lambda row: row.sample):
        by_item.setdefault(row.item_id, []).append(row)
    n_samples = max(map(len, by_item.values()))
    if n_samples > 1:
        full = [rows for rows in by_item.values() if len(rows) == n_samples]
        answers = [[row.answer for row in rows] for rows in full]
        right = [[row.outcome is Outcome.RIGHT for row in rows] for rows in full]
        yield {
            "system": system,
            "n_items": len(full),
            "n_samples": n_samples,
            "accuracy": sum(map(sum, right)) / (len(full) * n_samples),
            "instability": instability(answers),
            "sweep": [[row.k, row.vote_of_first, row.any_of_first] for row in sweep(answers, right, _ks(n_samples))],
        }


def _calibration(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    """Of systems that say how sure they are of their answers."""
    confidences, right = [row.confidence for row in graded], [row.outcome is Outcome.RIGHT for row in graded]
    found = calibration(confidences, right, confidence="probability of the likeliest option among the options")
    if found:
        points = coverages(confidences, right)
        kept = [*points[: -1 : max(1, len(points) // N_POINTS)], points[-1]]
        yield {
            "system": system,
            "confidence": found.confidence,
            "binning": f"{len(found.bins)} bins of {found.binning.replace('_', ' ')}",
            "n": found.n,
            "ece": found.ece,
            "brier": found.brier,
            "bins": [[each.n, each.mean_score, each.true_rate] for each in found.bins if each.n],
            "coverage": [[point.coverage, point.accuracy] for point in kept],
        }


def _lengths(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    """In tokens where all are counted, else in characters; nothing where few are known."""
    for unit in ("tokens", "characters"):
        known = [(length, row.outcome is Outcome.RIGHT) for row in graded if (length := getattr(row, f"n_{unit}")) is not None]
        if len(known) < max(MIN_LENGTHS, 0.9 * len(graded)):
            continue
        found = length_analysis([length for length, _ in known], [is_right for _, is_right in known], seed=SEED)
        if found.difference_interval is not None:
            yield {
                "system": system,
                "unit": unit,
                "mean_right": found.mean_right,
                "mean_wrong": found.mean_other,
                "low": found.difference_interval.low,
                "high": found.difference_interval.high,
                "correlation": found.spearman,
                "bins": [[band.high, band.n, band.accuracy] for band in found.bands],
            }
        return


def _agreement(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    """Of systems whose responses came with somebody's verdicts: a person's, where a judge is to be trusted."""
    known = [row for row in graded if row.is_recorded_right is not None]
    if known:
        people = ["right" if row.is_recorded_right else "not right" for row in known]
        ours = [None if row.outcome is Outcome.UNJUDGED else "right" if row.outcome is Outcome.RIGHT else "not right" for row in known]
        found = agreement(people, ours, labels=("right", "not right"), seed=SEED)
        low, high = found.kappa_interval or (None, None)
        numbers = {"raw": found.raw, "kappa": found.kappa, "low": low, "high": high, "ac1": found.ac1}
        yield {"system": system, "n": found.n, "n_abstained": found.n_abstained, **numbers}


def _ks(n: int) -> list[int]:
    """Every k up to 8, then powers of two, and n itself."""
    return sorted({*range(1, min(n, 8) + 1), *(2**power for power in range(4, n.bit_length()) if 2**power < n), n})


def _rules(grading: Grading, by_system: dict[str, list[Graded]]) -> Iterator[RuleDifference]:
    by_rule = by_name(grading.ruled)
    for system in grading.join.systems:
        for rule in grading.settings.rules:
            ruled = {(row.item_id, row.sample): row for row in by_rule.get(ruled_name(system, rule), [])}
            strict = [row for row in by_system.get(system, []) if (row.item_id, row.sample) in ruled]
            if strict:
                yield rule_difference(rule, strict, [ruled[row.item_id, row.sample] for row in strict])


def _readings(system: str, graded: Sequence[Graded]) -> Iterator[dict[str, Any]]:
    counts = Counter(row.method for row in graded)
    right = Counter(row.method for row in graded if row.outcome is Outcome.RIGHT)
    for method, n in counts.most_common():
        yield {"system": system, "method": method, "n": n, "n_right": right[method]}


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_written(part)}" for name, part in value.items() if part)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "yes" if value is True else str(value)


def _of_items(name: str, said: Sequence[str]) -> Iterator[str]:
    return (f"{name}: {note}" for note, _ in groupby(said))
