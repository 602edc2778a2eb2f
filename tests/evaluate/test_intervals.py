import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from osler.evaluate.intervals import (
    MIN_CLUSTERS,
    cluster_sums,
    difference_interval,
    drawn_means,
    jackknife,
    mean_interval,
)
from osler.evaluate.stats import wilson


def clustered(seed: int, n_clusters: int, share: float = 0.7, icc: float = 0.2, lead: float = 0.0):
    """Outcomes of a and of b, who is right where a is but for a share of the items, and clusters of 1 to 10 items."""
    generator = np.random.Generator(np.random.PCG64(seed))
    size_G = generator.integers(1, 11, n_clusters)
    scale = 1 / icc - 1
    share_Q = np.repeat(generator.beta(share * scale, (1 - share) * scale, n_clusters), size_G)
    a = generator.random(len(share_Q)) < share_Q
    b = generator.random(len(share_Q)) < share_Q * (share - lead) / share
    return a, b, [f"vignette-{at}" for at in np.repeat(np.arange(n_clusters), size_G)]


def test_items_of_their_own_have_wilsons_interval():
    right = [True] * 7 + [False] * 3
    estimate = mean_interval(right, seed=1)
    assert (estimate.low, estimate.high) == (wilson(7, 10).low, wilson(7, 10).high)
    assert (estimate.value, estimate.n, estimate.n_clusters, estimate.method, estimate.warning) == (0.7, 10, 10, "wilson", "")
    # an empty name is a cluster of the item's own, and so is a name that comes once
    assert mean_interval(right, [""] * 9 + ["alone"], seed=1) == estimate


def test_cluster_sums_by_hand():
    sums, sizes = cluster_sums(np.array([1.0, 0.0, 1.0, 1.0, 0.5]), ["x", "y", "x", "", ""])
    assert sums.tolist() == [2.0, 0.0, 1.0, 0.5]
    assert sizes.tolist() == [2, 1, 1, 1]


def test_the_jackknife_by_hand():
    # clusters of 1 of 2, 2 of 2, 0 of 1: without each the mean is 2/3, 1/3, 3/4; their mean 7/12; deviations 1/12, −3/12, 2/12
    error, widening = jackknife(np.array([1.0, 2.0, 0.0]), np.array([2.0, 2.0, 1.0]))
    assert error == pytest.approx(math.sqrt(2 / 3 * (1 + 9 + 4) / 144))
    # the bootstrap's: residuals 1 − 1.2, 2 − 1.2, 0 − .6 over 5 items
    assert error / widening == pytest.approx(math.sqrt(0.04 + 0.64 + 0.36) / 5)
    assert jackknife(np.array([3.0]), np.array([4.0]))[0] == math.inf


def test_for_clusters_of_one_size_the_jackknife_is_the_sandwich_of_statsmodels():
    """Cluster-robust with G / (G − 1) and no correction for the items: its own (G/(G−1)) · ((n−1)/(n−1)) for one regressor."""
    generator = np.random.default_rng(3)
    values = (generator.random(40 * 5) < 0.6).astype(float)
    names = [str(at // 5) for at in range(200)]
    theirs = OLS(values, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": [int(name) for name in names]})
    sums, sizes = cluster_sums(values, names)
    assert jackknife(sums, sizes)[0] == pytest.approx(float(theirs.bse[0]), rel=1e-9)


def test_few_clusters_have_students_interval_and_a_warning():
    """Six clusters of 2: differences 1, 1, 0, 0, 1, −1 of 2. Mean 2/12, residuals from 1/3 per cluster."""
    a = [1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    b = [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0]
    clusters = [str(at // 2) for at in range(12)]
    estimate = difference_interval(a, b, clusters, seed=1)
    leads = np.array([1, 1, 0, 0, 1, -1])
    # clusters of one size: Student's interval of the clusters' means
    theirs = scipy.stats.ttest_1samp(leads / 2, 0).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((theirs.low, theirs.high))
    assert estimate.method == "cluster_t"
    assert estimate.warning.startswith("only 6 clusters")
    assert difference_interval([1.0] * 30, [0.0] * 30, seed=1).warning == ""


def test_one_cluster_tells_nothing():
    assert difference_interval([1, 1, 0], [0, 1, 0], ["x"] * 3, seed=1).low == -1
    estimate = mean_interval([1, 1, 0], ["x"] * 3, seed=1)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_all_right_is_as_uncertain_as_there_are_clusters():
    estimate = mean_interval([1] * 50, [str(at // 5) for at in range(50)], seed=1)
    assert (estimate.low, estimate.high) == (wilson(10, 10).low, 1.0)


def test_drawn_means_have_the_bootstraps_mean_and_variance():
    sums, sizes = cluster_sums(np.arange(60) % 3 == 0, [str(at // 4) for at in range(60)])
    drawn = drawn_means(sums.astype(float), sizes, seed=5, n_resamples=20_000)
    # clusters of one size: the variance of a resampled mean is that of the clusters' means over their number
    means = sums / 4
    assert drawn.mean() == pytest.approx(20 / 60, abs=4 * means.std() / math.sqrt(15 * 20_000))
    assert drawn.std() == pytest.approx(means.std() / math.sqrt(15), rel=0.02)


def test_many_items_of_their_own_agree_with_the_analytic_error():
    generator = np.random.default_rng(0)
    a, b = generator.random(1000) < 0.7, generator.random(1000) < 0.6
    estimate = difference_interval(a, b, seed=2)
    differences = a.astype(float) - b
    half = 1.96 * differences.std() / math.sqrt(1000)
    assert (estimate.low, estimate.high) == pytest.approx((estimate.value - half, estimate.value + half), abs=0.002)


def test_clusters_make_an_interval_wider_where_their_items_go_together():
    right = np.repeat(np.arange(60) % 2 == 0, 5)
    clusters = [str(at // 5) for at in range(300)]
    wide, narrow = mean_interval(right, clusters, seed=1), mean_interval(right, seed=1)
    # five copies of one outcome: as if there were 60 items, √5 times as wide
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(math.sqrt(5), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 60))
def test_swapped_systems_negate_the_interval_to_the_bit(seed, n_clusters):
    a, b, clusters = clustered(seed, n_clusters)
    for names in (None, clusters):
        forth = difference_interval(a, b, names, seed=3, n_resamples=100)
        back = difference_interval(b, a, names, seed=3, n_resamples=100)
        assert (back.value, back.low, back.high) == (-forth.value, -forth.high, -forth.low)
        assert forth.low <= forth.value <= forth.high


@pytest.mark.parametrize("n_clusters", [5, 50])
def test_identical_systems_differ_by_nothing(n_clusters):
    a, _, clusters = clustered(1, n_clusters)
    for names in (None, clusters):
        estimate = difference_interval(a, a, names, seed=1)
        assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)


def test_the_same_seed_gives_the_same_interval():
    a, b, clusters = clustered(4, 40)
    assert difference_interval(a, b, clusters, seed=7) == difference_interval(a, b, clusters, seed=7)
    assert len({mean_interval(a, clusters, seed=seed, n_resamples=99).low for seed in range(5)}) > 1


@pytest.mark.parametrize(("share", "icc"), [(0.7, 0.2), (0.85, 0.4)])
def test_coverage_from_thirty_clusters(share, icc):
    """250 simulations: the standard error of a coverage near 95 % is 1.4 points. bench/interval_coverage.py makes more."""
    hits_mean, hits_difference = 0, 0
    for seed in range(250):
        a, b, clusters = clustered(seed, MIN_CLUSTERS, share, icc, lead=0.05)
        mean = mean_interval(a, clusters, seed=seed, n_resamples=300)
        difference = difference_interval(a, b, clusters, seed=seed, n_resamples=300)
        assert mean.method == difference.method == "cluster_bootstrap"
        hits_mean += mean.low <= share <= mean.high
        hits_difference += difference.low <= 0.05 <= difference.high
    assert 0.91 <= hits_mean / 250 <= 0.99
    assert 0.91 <= hits_difference / 250 <= 0.99


@pytest.mark.parametrize("values", [[], [[1.0]], [1.5], [-0.1], [math.nan]])
def test_what_is_no_fraction_is_refused(values):
    with pytest.raises(ValueError, match=r"intervals: (no )?values"):
        mean_interval(values, seed=1)


def test_a_cluster_and_an_outcome_of_each_per_item_are_demanded():
    with pytest.raises(ValueError, match="1 clusters for 2 values"):
        mean_interval([1, 0], ["x"], seed=1)
    with pytest.raises(ValueError, match="2 and 1 values"):
        difference_interval([1, 0], [1], seed=1)
    with pytest.raises(ValueError, match="0 resamples"):
        difference_interval([1, 0] * 20, [0, 0] * 20, seed=1, n_resamples=0)
