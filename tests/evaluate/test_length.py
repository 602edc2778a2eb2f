import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.evaluate.length import difference_of_means, length_analysis, rank_interval
from osler.evaluate.stats import wilson


def test_by_hand():
    found = length_analysis([100, 200, 300, 400, 500, 600, 700, 800], [True, True, True, False, True, True, False, False], seed=1)
    assert (found.n, found.n_right) == (8, 5)
    assert (found.mean_right, found.mean_other) == (340, pytest.approx(1900 / 3))
    assert found.difference == pytest.approx(340 - 1900 / 3)
    assert [(band.low, band.high, band.n, band.accuracy) for band in found.bands] == [
        (100, 200, 2, 1.0),
        (300, 400, 2, 0.5),
        (500, 600, 2, 1.0),
        (700, 800, 2, 0.0),
    ]
    assert (found.bands[1].accuracy_low, found.bands[1].accuracy_high) == (wilson(1, 2).low, wilson(1, 2).high)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=4, max_size=60))
def test_the_correlations_are_scipys(rows):
    lengths, right = [length for length, _ in rows], [truth for _, truth in rows]
    found = length_analysis(lengths, right, seed=1, n_resamples=50)
    if len(set(lengths)) == 1 or len(set(right)) == 1:
        assert found.spearman is found.spearman_interval is found.point_biserial is None
    else:
        assert found.spearman == pytest.approx(scipy.stats.spearmanr(lengths, right).statistic)
        assert found.point_biserial == pytest.approx(scipy.stats.pointbiserialr(right, lengths).statistic)
        assert found.spearman_interval.low <= found.spearman <= found.spearman_interval.high
    assert sum(band.n for band in found.bands) == len(rows)
    assert len(found.bands) <= 4
    edges = [(band.low, band.high) for band in found.bands]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(edges))


def test_the_interval_of_a_rank_correlation_by_hand():
    # ρ = .5 of 103: z = .549306 ± 1.959964 √(1.125 / 100)
    half = 1.959964 * math.sqrt(0.01125)
    interval = rank_interval(0.5, 103)
    assert (interval.low, interval.high) == pytest.approx((math.tanh(0.549306 - half), math.tanh(0.549306 + half)), abs=1e-6)
    assert rank_interval(1.0, 10).low == 1.0
    with pytest.raises(ValueError, match="at least 4"):
        rank_interval(0.1, 3)


def test_the_interval_of_a_difference_of_means_is_near_welchs():
    generator = np.random.default_rng(0)
    a, b = generator.normal(900, 200, 80), generator.normal(1000, 400, 40)
    theirs = scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    ours = difference_of_means(a, b, seed=1, n_resamples=5_000)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=12)
    assert difference_of_means(a, b, seed=1) == difference_of_means(a, b, seed=1)


def test_longer_answers_that_are_wrong_show():
    generator = np.random.default_rng(0)
    lengths = generator.lognormal(6, 0.6, 600)
    right = generator.random(600) < np.where(lengths > np.median(lengths), 0.5, 0.8)
    found = length_analysis(list(lengths), list(right), seed=1)
    assert found.spearman_interval.high < 0
    assert found.difference_interval.high < 0


def test_where_all_are_right_there_is_nothing_to_compare():
    found = length_analysis([1, 2, 3, 4], [True] * 4, seed=1)
    assert found.mean_other is found.difference is found.difference_interval is found.spearman is None
    assert length_analysis([5] * 6, [True, False] * 3, seed=1).difference_interval.low == 0


@pytest.mark.parametrize(("lengths", "right"), [([1, 2, 3], [True] * 3), ([1] * 5, [True] * 4)])
def test_too_few_or_unpaired(lengths, right):
    with pytest.raises(ValueError, match="for at least 4"):
        length_analysis(lengths, right, seed=1)
