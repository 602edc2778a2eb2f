from dataclasses import replace

import pytest
from scipy.stats import binomtest

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import metrics

R, W, N, U = Outcome.RIGHT, Outcome.WRONG, Outcome.NO_ANSWER, Outcome.UNJUDGED


def graded(outcomes: list[Outcome], system: str = "ours", group: str = "renal", start: int = 0) -> list[Graded]:
    return [
        Graded(system, f"q{position:03}", group, outcome, "reason", None, is_truncated=False, n_tokens=10)
        for position, outcome in enumerate(outcomes, start)
    ]


def test_every_item_counts_in_the_denominator():
    [overall, renal] = metrics([*graded([R, R, W, N, N, U, W, W])])
    assert (overall.group, renal.group) == ("all", "renal")
    assert replace(overall, group="renal") == renal
    assert (overall.n, overall.n_right, overall.accuracy) == (8, 2, 0.25)
    assert (overall.no_answer_rate, overall.unjudged_rate) == (2 / 8, 1 / 8)


def test_the_interval_is_wilsons():
    [overall, _] = metrics(graded([R, R, W, N, N, U, W, W]))
    theirs = binomtest(2, 8).proportion_ci(0.95, method="wilson")
    assert (overall.low, overall.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_truncation_is_counted_whatever_the_outcome_and_tokens_are_a_mean():
    rows = graded([R, W, N, N])
    rows[0] = replace(rows[0], is_truncated=True, n_tokens=100)
    rows[3] = replace(rows[3], is_truncated=True, n_tokens=30)
    overall = metrics(rows)[0]
    assert overall.truncated_rate == 2 / 4
    assert overall.tokens_per_item == (100 + 10 + 10 + 30) / 4


def test_rows_follow_the_first_appearance_of_systems_and_groups():
    rows = [
        *graded([R], "theirs", "renal"),
        *graded([W], "ours", "cardiac", start=1),
        *graded([W], "theirs", "cardiac", start=1),
        *graded([R], "ours", "renal"),
    ]
    assert [(row.system, row.group, row.n, row.n_right) for row in metrics(rows)] == [
        ("theirs", "all", 2, 1),
        ("theirs", "renal", 1, 1),
        ("theirs", "cardiac", 1, 0),
        ("ours", "all", 2, 1),
        ("ours", "cardiac", 1, 0),
        ("ours", "renal", 1, 1),
    ]


def test_items_without_a_group_count_overall_only():
    assert [(row.group, row.n) for row in metrics([*graded([R, W], group=""), *graded([R], start=2)])] == [("all", 3), ("renal", 1)]


def test_no_verdicts_have_no_metrics():
    with pytest.raises(UserError, match="no verdicts; grade"):
        metrics([])


def test_two_verdicts_of_one_system_on_one_item_are_refused():
    with pytest.raises(UserError, match="'ours' has two on item 'q000'"):
        metrics([*graded([R]), *graded([R])])


def test_a_group_called_all_is_refused():
    with pytest.raises(UserError, match='called "all"'):
        metrics(graded([R], group="all"))


def test_an_item_counts_once_however_many_samples_it_has():
    """Shares of 1, ½ and 0: the mean is ½, over three items and not over four responses."""
    rows = graded([R, R, W])
    rows += [replace(rows[1], sample=1, outcome=W)]
    overall = metrics(rows)[0]
    assert (overall.n, overall.n_responses, overall.n_right) == (3, 4, 2)
    assert overall.accuracy == pytest.approx(0.5)
    assert (overall.n_clusters, overall.interval) == (3, "cluster_t")


def test_items_of_one_cluster_widen_the_interval():
    """60 items in 30 pairs that are right or wrong together tell no more than 30 items."""
    alone = graded([R, R, W, W] * 15)
    together = [replace(row, cluster=f"v-{at // 2}") for at, row in enumerate(alone)]
    [narrow, *_], [wide, *_] = metrics(alone), metrics(together)
    assert (narrow.interval, wide.interval, wide.n_clusters) == ("wilson", "cluster_bootstrap", 30)
    assert wide.accuracy == narrow.accuracy == 0.5
    assert 1.3 < (wide.high - wide.low) / (narrow.high - narrow.low) < 1.6  # √2, but for the correction for 30 clusters


def test_every_way_of_not_answering_has_a_rate():
    reasons = ["several", "refused", "errored", "no_response", "no_answer", "empty", "truncated", "not_an_option"]
    rows = [replace(row, reason=reason) for row, reason in zip(graded([N] * 8), reasons, strict=True)]
    overall = metrics([*rows, *graded([R, W], start=8)])[0]
    assert (overall.no_answer_rate, overall.several_rate, overall.refused_rate, overall.errored_rate) == (0.8, 0.1, 0.1, 0.2)


def test_what_a_right_answer_costs_is_not_known_where_one_response_was_not_counted():
    rows = [replace(row, n_tokens=30, seconds=2.0) for row in graded([R, R, W])]
    rows[0] = replace(rows[0], seconds=None)
    overall = metrics(rows)[0]
    assert (overall.tokens_per_item, overall.tokens_per_right) == (30, 45)
    assert (overall.seconds_per_item, overall.cost_per_right) == (None, None)
    nobody = metrics([replace(row, n_tokens=30) for row in graded([W, W])])[0]
    assert nobody.tokens_per_right is None
