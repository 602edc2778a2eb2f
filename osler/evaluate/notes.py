"""Notes: what a person should know before believing a table. Each says what was found and what to do about it."""

from collections import Counter
from collections.abc import Sequence

from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import Metric
from osler.evaluate.responses import NO_JUDGE, NO_RESPONSE

MAX_QUIET_SHARE = 0.03
"""A share of responses up to which contradictions are a model's own; ours. Above it they tell of a setting or of the items."""
MIN_CLUSTERS = 30
"""Fewer clusters than this make an interval that rests on few independent things (Cameron and Miller 2015, J. Hum. Resour. 50(2), VI.A)."""


def notes(graded: Sequence[Graded], overall: Sequence[Metric]) -> list[str]:
    """What there is to say about each system. `overall` has a metric over all items for each."""
    found: list[str] = []
    for row in overall:
        own = [each for each in graded if each.system == row.system]
        found += [
            note for note in (_missing(row, own), _rivals(row, own), _conflicts(row, own), _unjudged(row, own), _clusters(row)) if note
        ]
    return found


def _missing(row: Metric, own: Sequence[Graded]) -> str:
    n = sum(each.reason == NO_RESPONSE for each in own)
    if not n:
        return ""
    return f"{row.system}: {n:,} of {row.n:,} items have no response and count as not answered; --answered leaves them out"


def _rivals(row: Metric, own: Sequence[Graded]) -> str:
    rivals = [each for each in own if each.rival is not None]
    if len(rivals) <= MAX_QUIET_SHARE * len(own):
        return ""
    n_run_on = sum("run_on" in each.method for each in rivals)
    run_on = f" ({n_run_on:,} of them in a further question of their own, which is left aside)" if n_run_on else ""
    return (
        f"{row.system}: {100 * len(rivals) / len(own):.1f} % of the responses state two different answers{run_on}. A thinking model "
        "corrects itself, so its last one counts; a base model's first one does: see --statement"
    )


def _conflicts(row: Metric, own: Sequence[Graded]) -> str:
    n = sum("conflict" in each.method for each in own)
    if n <= MAX_QUIET_SHARE * len(own):
        return ""
    return (
        f"{row.system}: {n:,} of {len(own):,} responses name a letter beside the text of another option. They were probably made for "
        "another version of these items, with other options or in another order; grade them with that one"
    )


def _unjudged(row: Metric, own: Sequence[Graded]) -> str:
    reasons = Counter(each.reason for each in own if each.outcome is Outcome.UNJUDGED)
    if reasons.keys() == {NO_JUDGE}:
        return f"{row.system}: {reasons[NO_JUDGE]:,} responses are free answers, which need a judge; name a model with --judge"
    if not reasons:
        return ""
    words = ", ".join(f"{reason} {n:,}" for reason, n in reasons.most_common())
    return (
        f"{row.system}: {reasons.total():,} of {len(own):,} responses could not be judged ({words}): accuracy is the least that it can be"
    )


def _clusters(row: Metric) -> str:
    if row.n_clusters == row.n or row.n_clusters >= MIN_CLUSTERS:
        return ""
    return f"{row.system}: the items come from only {row.n_clusters} vignettes or sources, so the interval rests on few independent things"


def other_key(n_other: int, n_with: int) -> list[str]:
    """Where whoever made the responses held other answers to be right than these items do."""
    if n_other <= MAX_QUIET_SHARE * n_with:
        return []
    return [
        f"{n_other:,} of {n_with:,} responses were recorded with another right answer than these items have: they were made for another "
        "version of the items, with other options or in another order; grade them with that one"
    ]
