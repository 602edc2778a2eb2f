import math

import numpy as np
import pytest

from osler.evaluate.intervals import mean_interval
from osler.evaluate.layers import crossed_bootstrap, hierarchical_bootstrap, macro_average
from osler.evaluate.stats import wilson


def test_samples_count_within_their_item():
    # ½, 1, 0: whatever the number of samples, an item counts once
    right_Q_N = [[1, 0], [1, 1, 1, 1], [0]] * 20
    estimate = hierarchical_bootstrap(right_Q_N, seed=1)
    assert estimate == mean_interval([0.5, 1.0, 0.0] * 20, seed=1)
    assert (estimate.value, estimate.n, estimate.method) == (0.5, 60, "cluster_bootstrap")
    # standard deviation √(1/6) over √60 items: ± 1.96 × .0527, near ½ the same on the scale of logits
    assert (estimate.low, estimate.high) == pytest.approx((0.5 - 0.105, 0.5 + 0.105), abs=0.004)


def test_hierarchical_coverage():
    hits = 0
    generator = np.random.Generator(np.random.PCG64(0))
    for seed in range(200):
        shares = generator.beta(1.4, 0.6, 60)
        estimate = hierarchical_bootstrap(list(generator.random((60, 3)) < shares[:, None]), seed=seed, n_resamples=300)
        hits += estimate.low <= 0.7 <= estimate.high
    assert 0.91 <= hits / 200 <= 0.99


def test_an_item_without_samples_is_refused():
    with pytest.raises(ValueError, match="an item has no samples"):
        hierarchical_bootstrap([[1], []], seed=1)


def test_runs_that_differ_widen_the_interval():
    generator = np.random.Generator(np.random.PCG64(0))
    right = generator.random(300) < 0.6
    same = crossed_bootstrap([right, right, right], seed=1)
    # no spread among runs: that of the items alone
    alone = mean_interval(right.astype(float) * 0.999999, seed=1)
    assert (same.low, same.high) == pytest.approx((alone.low, alone.high), abs=0.003)
    other = generator.random((3, 300)) < np.array([0.5, 0.6, 0.7])[:, None]
    wide = crossed_bootstrap(list(other), seed=1)
    assert wide.high - wide.low > 2 * (same.high - same.low)
    assert wide.value == pytest.approx(other.mean())


def test_three_runs_of_unlike_accuracy_have_nearly_students_interval_of_three_numbers():
    """Runs of .4, .5 and .6 over 10,000 items: the items add next to nothing; Student's interval of the runs is .5 ± 4.303 × .1 / √3."""
    right = [np.arange(10_000) % 10 < n_right for n_right in (4, 5, 6)]
    estimate = crossed_bootstrap(right, seed=1)
    assert (estimate.low, estimate.high) == pytest.approx((0.5 - 0.248, 0.5 + 0.248), abs=0.02)


@pytest.mark.parametrize("runs", [[[1, 0]], [[1, 0], [1]]])
def test_runs_are_over_the_same_items_and_at_least_two(runs):
    with pytest.raises(ValueError, match="at least two runs over the same items"):
        crossed_bootstrap(runs, seed=1)


def test_all_runs_all_right():
    estimate = crossed_bootstrap([[1] * 20, [1] * 20], seed=1)
    assert (estimate.low, estimate.high) == (wilson(20, 20).low, 1.0)


def test_macro_by_hand():
    # means .9 of 100 items and .5 of 50: .7; variance ¼ (.09 / 99 + .25 / 49), about that of the jackknife for items of their own
    values = [1] * 90 + [0] * 10 + [1] * 25 + [0] * 25
    estimate = macro_average(values, ["large"] * 100 + ["small"] * 50, seed=1)
    assert estimate.value == pytest.approx(0.7)
    # Satterthwaite: V² / Σ V_g² / f_g, nearly the small group's 49 degrees, adjusted up to about 67: t = 1.996; on the scale of logits
    half = 1.996 * math.sqrt((0.09 / 99 + 0.25 / 49) / 4) / (0.7 * 0.3)
    middle = math.log(0.7 / 0.3)
    assert estimate.low == pytest.approx(1 / (1 + math.exp(half - middle)), abs=0.003)
    assert estimate.high == pytest.approx(1 / (1 + math.exp(-half - middle)), abs=0.003)
    assert (estimate.n, estimate.n_clusters, estimate.method) == (150, 150, "stratified_bootstrap")


def test_the_order_of_items_does_not_matter_to_the_macro_mean():
    values, groups = [1, 0, 1, 1, 0, 0], ["x", "x", "y", "y", "y", "x"]
    turned = macro_average(values[::-1], groups[::-1], seed=1)
    assert macro_average(values, groups, seed=1).value == pytest.approx(turned.value) == pytest.approx(0.5)


def test_macro_coverage():
    hits = 0
    generator = np.random.Generator(np.random.PCG64(0))
    groups = ["a"] * 100 + ["b"] * 40 + ["c"] * 30
    shares = np.repeat([0.9, 0.7, 0.5], [100, 40, 30])
    for seed in range(200):
        estimate = macro_average(generator.random(170) < shares, groups, seed=seed, n_resamples=300)
        hits += estimate.low <= 0.7 <= estimate.high
    assert 0.91 <= hits / 200 <= 0.99


def test_macro_with_clusters_is_wider():
    values = np.repeat(np.arange(80) % 2, 5)
    groups = ["x"] * 200 + ["y"] * 200
    clusters = [str(at // 5) for at in range(400)]
    wide, narrow = macro_average(values, groups, clusters, seed=1), macro_average(values, groups, seed=1)
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(math.sqrt(5), rel=0.06)


def test_a_group_of_one_item_says_nothing_of_its_spread():
    estimate = macro_average([1, 0, 1], ["x", "x", "y"], seed=1)
    assert (estimate.value, estimate.low, estimate.high) == (0.75, 0.0, 1.0)
    assert estimate.warning.startswith("only 3 clusters")


def test_a_group_per_item_is_demanded():
    with pytest.raises(ValueError, match="1 groups for 2 values"):
        macro_average([1, 0], ["x"], seed=1)
