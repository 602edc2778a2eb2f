import math
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from osler.evaluate.stats import Interval, mcnemar_exact, mcnemar_mid_p, paired_bootstrap, wilson

Z2 = 3.841458820694124  # the square of 1.959964, the 95 % point of chi-square with one degree of freedom


def outcomes(n_a_only: int, n_b_only: int, n_both: int, n_neither: int) -> tuple[list[bool], list[bool]]:
    a = [True] * n_a_only + [False] * n_b_only + [True] * n_both + [False] * n_neither
    b = [False] * n_a_only + [True] * n_b_only + [True] * n_both + [False] * n_neither
    return a, b


def test_wilson_by_hand():
    # share ½ of 10: ½ ± z / (2 √(10 + z²)) = 0.5 ± 1.959964 / (2 × 3.720411) = 0.5 ± 0.263407
    half = wilson(5, 10)
    assert (half.low, half.high) == pytest.approx((0.236593, 0.763407), abs=1e-6)
    # none of 10: [0, z² / (10 + z²)] = [0, 3.841459 / 13.841459]; all of 10 is its mirror image
    assert wilson(0, 10) == Interval(0.0, pytest.approx(Z2 / (10 + Z2), abs=1e-12))
    assert wilson(10, 10) == Interval(pytest.approx(10 / (10 + Z2), abs=1e-12), 1.0)


def test_wilson_of_nothing_knows_nothing():
    assert wilson(0, 0) == Interval(0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_agrees_with_statsmodels_and_scipy(counts, confidence):
    n_right, n = counts
    interval = wilson(n_right, n, confidence)
    assert (interval.low, interval.high) == pytest.approx(proportion_confint(n_right, n, alpha=1 - confidence, method="wilson"), abs=1e-12)
    theirs = scipy.stats.binomtest(n_right, n).proportion_ci(confidence, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= interval.low <= n_right / n <= interval.high <= 1


def test_wilson_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.Generator(np.random.PCG64(1))
    shares = generator.uniform(0.05, 0.95, size=4000)
    n_right = generator.binomial(50, shares)
    intervals = [wilson(count, 50) for count in range(51)]
    covered = [intervals[count].low <= share <= intervals[count].high for count, share in zip(n_right, shares, strict=True)]
    # standard error of the coverage: √(0.95 × 0.05 / 4000) = 0.0034
    assert np.mean(covered) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize(("n", "least", "most"), [(50, 0.93, 0.972), (200, 0.94, 0.965), (500, 0.94, 0.965)])
def test_the_exact_coverage_of_wilson(n, least, most):
    """By sums over the binomial distribution, at p = .10, .11, … .90. Between these points it oscillates a little further: at n = 200 it is
    below 94 % for 0.35 % of all p in [.1, .9], least 93.87 % near .1029; at n = 50 least 93.08 %; from n = 250 nowhere below 94 %."""
    shares = np.round(np.arange(0.10, 0.905, 0.01), 2)
    intervals = [wilson(count, n) for count in range(n + 1)]
    low, high = np.array([each.low for each in intervals]), np.array([each.high for each in intervals])
    chances = scipy.stats.binom.pmf(np.arange(n + 1), n, shares[:, None])
    covered = (chances * ((low <= shares[:, None]) & (shares[:, None] <= high))).sum(axis=1)
    assert 0.94 <= covered.mean() <= 0.96
    assert least <= covered.min() <= covered.max() <= most


@pytest.mark.parametrize(("n_right", "n"), [(-1, 10), (11, 10), (0, -1)])
def test_wilson_refuses_what_is_no_proportion(n_right, n):
    with pytest.raises(ValueError, match="is not a proportion"):
        wilson(n_right, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_a_confidence_outside_0_to_1_is_refused(confidence):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        wilson(5, 10, confidence)
    with pytest.raises(ValueError, match="not between 0 and 1"):
        paired_bootstrap([True], [False], seed=1, confidence=confidence)


def test_mcnemar_by_hand():
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(0, 3) == pytest.approx(2 * 1 / 8)
    assert mcnemar_exact(1, 5) == pytest.approx(2 * (1 + 6) / 64)
    assert mcnemar_exact(1, 7) == pytest.approx(2 * (1 + 8) / 256)
    # 2 × (1 + 4 + 6) / 16 = 1.375 is cut to 1
    assert mcnemar_exact(2, 2) == 1.0


@given(st.integers(0, 500), st.integers(0, 500))
def test_mcnemar_agrees_with_statsmodels_and_scipy(n_a_only, n_b_only):
    p_value = mcnemar_exact(n_a_only, n_b_only)
    assert p_value == mcnemar_exact(n_b_only, n_a_only)
    if n_a_only + n_b_only:
        theirs = mcnemar([[7, n_a_only], [n_b_only, 9]], exact=True).pvalue
        assert p_value == pytest.approx(theirs, rel=1e-9)
        assert p_value == pytest.approx(scipy.stats.binomtest(n_a_only, n_a_only + n_b_only, 0.5).pvalue, rel=1e-9)


def test_mid_p_by_hand():
    assert mcnemar_mid_p(0, 0) == mcnemar_mid_p(2, 2) == 1.0
    # 2 × (1 + 6) / 64 less the chance of one in six, 6 / 64
    assert mcnemar_mid_p(1, 5) == pytest.approx(8 / 64)
    assert mcnemar_mid_p(0, 3) == pytest.approx(1 / 8)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mid_p_is_half_way_between_the_test_and_the_next(n_a_only, n_b_only):
    n, lesser = n_a_only + n_b_only, min(n_a_only, n_b_only)
    binomial = scipy.stats.binom(n, 0.5)
    expected = min(1.0, 2 * binomial.cdf(lesser) - binomial.pmf(lesser))
    assert mcnemar_mid_p(n_a_only, n_b_only) == mcnemar_mid_p(n_b_only, n_a_only) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_mid_p(n_a_only, n_b_only) <= mcnemar_exact(n_a_only, n_b_only)


@pytest.mark.parametrize("test", [mcnemar_exact, mcnemar_mid_p])
def test_mcnemar_refuses_a_negative_count(test):
    with pytest.raises(ValueError, match="not negative"):
        test(3, -1)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 10))
def test_bootstrap_of_identical_outcomes_is_exactly_zero(right, seed):
    assert paired_bootstrap(right, right, seed=seed, n_resamples=50) == Interval(0.0, 0.0)


def test_bootstrap_by_hand():
    # two items, one of them right for a alone: the difference is 0, ½, 1 with probability ¼, ½, ¼
    a, b = [True, False], [False, False]
    assert paired_bootstrap(a, b, seed=1, confidence=0.95) == Interval(0.0, 1.0)
    assert paired_bootstrap(a, b, seed=1, confidence=0.4) == Interval(0.5, 0.5)
    assert paired_bootstrap(a, b, seed=1, confidence=0.6) == Interval(0.0, 1.0)


def test_bootstrap_of_a_always_better_is_exactly_one():
    assert paired_bootstrap([True] * 7, [False] * 7, seed=1) == Interval(1.0, 1.0)
    assert paired_bootstrap([False] * 7, [True] * 7, seed=1) == Interval(-1.0, -1.0)


def test_the_same_seed_gives_the_same_interval():
    a, b = outcomes(120, 80, 500, 303)
    assert paired_bootstrap(a, b, seed=7) == paired_bootstrap(a, b, seed=7)
    assert len({paired_bootstrap(a, b, seed=seed, n_resamples=99) for seed in range(5)}) > 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 20), st.integers(1, 20), st.integers(0, 9))
def test_swapped_systems_negate_the_interval_to_the_bit(n_a_only, n_b_only, n_both, n_neither, seed):
    a, b = outcomes(n_a_only, n_b_only, n_both, n_neither)
    forth, back = (paired_bootstrap(*pair, seed=seed, n_resamples=200) for pair in ((a, b), (b, a)))
    assert (back.low, back.high) == (-forth.high, -forth.low)


def test_only_the_pairs_matter_not_their_order():
    a, b = outcomes(12, 8, 50, 30)
    assert paired_bootstrap(a, b, seed=7) == paired_bootstrap(a[::-1], b[::-1], seed=7)


def test_bootstrap_is_close_to_the_analytic_paired_standard_error():
    # shares 0.12 and 0.08: difference 0.04, standard error √((0.12 + 0.08 - 0.04²) / 1000) = 0.0140855
    interval = paired_bootstrap(*outcomes(120, 80, 500, 300), seed=3)
    assert (interval.low, interval.high) == pytest.approx((0.04 - 1.96 * 0.0140855, 0.04 + 1.96 * 0.0140855), abs=0.0015)


def test_bootstrap_is_close_to_scipys_which_draws_positions():
    a, b = outcomes(40, 22, 90, 48)
    ours = paired_bootstrap(a, b, seed=3)
    theirs = scipy.stats.bootstrap(
        (np.array(a, float), np.array(b, float)),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        paired=True,
        n_resamples=10_000,
        method="percentile",
        batch=500,
        rng=np.random.default_rng(4),
    ).confidence_interval
    # a step of the difference is 1 / 200 = 0.005: the two may be one step apart
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.0051)


@pytest.mark.parametrize(("a", "b"), [([], []), ([True], []), ([True], [True, False])])
def test_bootstrap_refuses_what_is_not_paired(a, b):
    with pytest.raises(ValueError, match="one of each per item"):
        paired_bootstrap(a, b, seed=1)


def test_bootstrap_refuses_no_resamples():
    with pytest.raises(ValueError, match="at least one"):
        paired_bootstrap([True], [True], seed=1, n_resamples=0)


def test_ten_thousand_resamples_of_ten_thousand_items_take_well_under_a_second():
    a, b = outcomes(1200, 800, 5000, 3000)
    start = time.process_time()
    paired_bootstrap(a, b, seed=1)
    assert time.process_time() - start < 0.5
