from typing import Any

from osler.report.rows import SelectionRow
from osler.report.selections import selection_grid


def row(reward: str | None, rule: Any, aggregate: str | None, accuracy: float = 0.5, **ends: float) -> SelectionRow:
    return SelectionRow(reward, rule, aggregate, 100, accuracy, 0.4, 0.6, **ends)


def test_a_row_per_reward_and_rule_a_column_per_aggregate():
    vote, ceiling = row(None, "vote", None, 0.6), row(None, "any_right", None, 0.9)
    best_last, best_mean = row("main", "best", "last", 0.61), row("main", "best", "mean", 0.62)
    other_mean = row("other", "weighted_vote", "mean", 0.63)
    grid = selection_grid([vote, ceiling, best_last, best_mean, other_mean])
    assert (grid.vote, grid.any_right) == (vote, ceiling)
    assert grid.aggregates == ("last", "mean")
    assert [(each.reward, each.rule, each.cells) for each in grid.rows] == [
        ("main", "best of N", (best_last, best_mean)),
        ("other", "weighted vote", (None, other_mean)),
    ]


def test_nothing_was_chosen():
    grid = selection_grid([])
    assert (grid.vote, grid.any_right, grid.aggregates, grid.rows) == (None, None, (), ())


def test_only_an_interval_clear_of_zero_is_a_finding():
    assert row("main", "best", "last", difference=0.05, diff_low=0.01, diff_high=0.09).finding == "higher"
    assert row("main", "best", "last", difference=-0.05, diff_low=-0.09, diff_high=-0.01).finding == "lower"
    assert row("main", "best", "last", difference=0.05, diff_low=0.0, diff_high=0.1).finding == "not distinguishable"
    assert row("main", "best", "last").finding is None
