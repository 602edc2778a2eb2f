import itertools
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.evaluate.paired import adjusted, flip_test, paired_test
from osler.evaluate.stats import mcnemar_exact, mcnemar_mid_p


def outcomes(n_a_only: int, n_b_only: int, n_both: int, n_neither: int):
    a = [1] * n_a_only + [0] * n_b_only + [1] * n_both + [0] * n_neither
    b = [0] * n_a_only + [1] * n_b_only + [1] * n_both + [0] * n_neither
    return a, b


def test_the_words():
    assert paired_test(*outcomes(30, 0, 300, 170), seed=1).word == "higher"
    assert paired_test(*outcomes(0, 30, 300, 170), seed=1).word == "lower"
    assert paired_test(*outcomes(16, 14, 300, 170), seed=1).word == "not distinguishable"
    # five to none: the bootstrap is clear of 0, but such a run comes once in 16 by chance
    few = paired_test(*outcomes(5, 0, 60, 35), seed=1)
    assert few.low > 0
    assert few.p_value == pytest.approx(2 / 32)
    assert few.word == "not distinguishable"


def test_all_that_it_says():
    test = paired_test(*outcomes(20, 6, 50, 24), seed=1)
    assert (test.n, test.n_clusters, test.n_a_higher, test.n_b_higher) == (100, 100, 20, 6)
    assert test.difference == pytest.approx(0.14)
    assert (test.p_value, test.p_method, test.interval_method) == (mcnemar_exact(20, 6), "mcnemar_exact", "cluster_bootstrap")
    mid = paired_test(*outcomes(20, 6, 50, 24), seed=1, is_mid_p=True)
    assert (mid.p_value, mid.p_method) == (mcnemar_mid_p(20, 6), "mcnemar_mid_p")


def test_swapped_systems():
    a, b = outcomes(20, 6, 50, 24)
    forth, back = paired_test(a, b, seed=1), paired_test(b, a, seed=1)
    assert (back.difference, back.low, back.high) == (-forth.difference, -forth.high, -forth.low)
    assert back.p_value == forth.p_value
    assert (forth.word, back.word) == ("higher", "lower")


def by_all_flips(leads: list[int]) -> tuple[float, float]:
    """p and mid-p, by writing all flips down."""
    totals = [abs(sum(x * way for x, way in zip(leads, ways, strict=True))) for ways in itertools.product((1, -1), repeat=len(leads))]
    observed = abs(sum(leads))
    beyond, at = sum(total > observed for total in totals), sum(total == observed for total in totals)
    return (beyond + at) / len(totals), (beyond + at / 2) / len(totals)


@settings(deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_flips_are_counted_exactly(leads):
    p, mid_p = by_all_flips(leads)
    assert flip_test(leads) == pytest.approx(p)
    if sum(leads):
        assert flip_test(leads, is_mid_p=True) == pytest.approx(mid_p)


@given(st.integers(0, 60), st.integers(0, 60))
def test_flips_of_single_items_are_mcnemars_test(n_a_only, n_b_only):
    leads = [1] * n_a_only + [-1] * n_b_only + [0] * 5
    assert flip_test(leads) == pytest.approx(mcnemar_exact(n_a_only, n_b_only))
    assert flip_test(leads, is_mid_p=True) == pytest.approx(mcnemar_mid_p(n_a_only, n_b_only))


def test_a_vignette_told_twenty_times_is_one():
    """a leads on all 20 items of a single vignette: one item would prove as much."""
    a, b = [1] * 20 + [1, 0] * 30, [0] * 20 + [1, 0] * 30
    clusters = ["one"] * 20 + [""] * 60
    alone, test = paired_test(a, b, seed=1), paired_test(a, b, clusters, seed=1)
    assert alone.word == "higher"
    assert (test.p_value, test.p_method) == (1.0, "cluster_flips")
    assert test.word == "not distinguishable"


def test_few_clusters_warn():
    a, b = outcomes(20, 6, 50, 24)
    test = paired_test(a, b, [str(at % 12) for at in range(100)], seed=1)
    assert test.warning.startswith("only 12 clusters")
    assert test.interval_method == "cluster_t"


def test_shares_of_samples_have_students_test():
    generator = np.random.default_rng(0)
    a, b = generator.integers(0, 4, 50) / 3, generator.integers(0, 3, 50) / 3
    test = paired_test(a, b, seed=1)
    assert test.p_method == "cluster_t"
    assert test.p_value == pytest.approx(scipy.stats.ttest_rel(a, b).pvalue)


def test_many_tests_are_adjusted_and_so_are_their_words():
    tests = [paired_test(*outcomes(20, n, 50, 30 - n), seed=1) for n in (7, 8, 0)]
    assert [test.p_value <= 0.05 for test in tests] == [True, True, True]
    assert [test.word for test in tests] == ["higher"] * 3
    three = adjusted(tests)
    # p of 7, 8, 0 against 20: .0192, .0357, 2e-6; Holm: × 2, × 1 (no less than before), × 3
    assert [test.p_adjusted for test in three] == pytest.approx([2 * tests[0].p_value, 2 * tests[0].p_value, 3 * tests[2].p_value])
    assert [test.word for test in adjusted(tests * 3)] == ["not distinguishable", "not distinguishable", "higher"] * 3
    assert adjusted(tests, "benjamini_hochberg")[1].p_adjusted == pytest.approx(tests[1].p_value)


def test_identical_systems_are_not_distinguishable():
    test = paired_test([1, 0] * 50, [1, 0] * 50, seed=1)
    assert (test.difference, test.low, test.high, test.p_value, test.word) == (0, 0, 0, 1.0, "not distinguishable")
    shares = paired_test([0.5] * 50, [0.5] * 50, seed=1)
    assert (shares.p_value, shares.word) == (1.0, "not distinguishable")


@pytest.mark.parametrize("clusters", [None, [f"vignette-{at // 5}" for at in range(10_000)]])
def test_ten_thousand_resamples_of_ten_thousand_items_take_under_a_second(clusters):
    a, b = outcomes(1200, 1000, 4800, 3000)
    start = time.process_time()
    paired_test(a, b, clusters, seed=1)
    assert time.process_time() - start < 1
