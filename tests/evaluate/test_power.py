import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from osler.evaluate.power import (
    connor_difference,
    connor_items,
    discordance,
    independent_discordance,
    mcnemar_power,
    minimal_difference,
)
from osler.evaluate.stats import mcnemar_exact, mcnemar_mid_p


def test_connors_formula_by_hand():
    # δ = .1, ψ = .2: (1.959964 × .4472136 + .8416212 × √.19)² / .01 = (.8765225 + .3668537)² / .01 = 154.598…
    assert connor_items(0.1, 0.2) == 155
    assert connor_items(-0.1, 0.2) == 155
    # δ = ψ = .1: (1.959964 × .3162278 + .8416212 × .3)² / .01 = 76.1…
    assert connor_items(0.1, 0.1) == 77


@given(st.integers(60, 20_000), st.floats(0.05, 0.6))
def test_connors_difference_is_his_formula_turned_around(n, psi):
    difference = connor_difference(n, psi)
    if difference is None:
        assert connor_items(psi, psi) >= n
    else:
        assert connor_items(difference - 1e-9, psi) >= n >= connor_items(difference + 1e-9, psi)


def by_enumeration(n: int, difference: float, psi: float, p_of) -> float:
    """The power, from the trinomial distribution of (a only, b only, the rest) over all its cells."""
    a_only, b_only = (psi + difference) / 2, (psi - difference) / 2
    total = 0.0
    for n_a in range(n + 1):
        for n_b in range(n + 1 - n_a):
            if p_of(n_a, n_b) <= 0.05:
                ways = math.comb(n, n_a) * math.comb(n - n_a, n_b)
                total += ways * a_only**n_a * b_only**n_b * (1 - psi) ** (n - n_a - n_b)
    return total


@pytest.mark.parametrize(("n", "difference", "psi"), [(12, 0.4, 0.6), (25, 0.2, 0.3), (25, 0.0, 0.5), (30, 0.3, 0.3), (5, 0.5, 0.9)])
def test_power_is_exact(n, difference, psi):
    assert mcnemar_power(n, difference, psi) == pytest.approx(by_enumeration(n, difference, psi, mcnemar_exact), abs=1e-9)
    assert mcnemar_power(n, difference, psi, is_mid_p=True) == pytest.approx(by_enumeration(n, difference, psi, mcnemar_mid_p), abs=1e-9)
    assert mcnemar_power(n, -difference, psi) == pytest.approx(mcnemar_power(n, difference, psi))


def test_where_both_always_agree_nothing_is_ever_found():
    assert mcnemar_power(100, 0.0, 0.0) == 0.0


@pytest.mark.parametrize("is_mid_p", [False, True])
def test_the_smallest_difference_is_found_four_times_in_five(is_mid_p):
    n, psi = 400, 0.2
    difference = minimal_difference(n, psi, is_mid_p=is_mid_p)
    assert difference is not None
    generator = np.random.Generator(np.random.PCG64(0))
    drawn = generator.multinomial(n, [(psi + difference) / 2, (psi - difference) / 2, 1 - psi], size=4000)
    p_of = mcnemar_mid_p if is_mid_p else mcnemar_exact
    found = np.mean([p_of(int(n_a), int(n_b)) <= 0.05 for n_a, n_b, _ in drawn])
    # standard error √(.8 × .2 / 4000) = .0063
    assert found == pytest.approx(0.8, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(st.integers(50, 2000), st.floats(0.1, 0.5))
def test_the_exact_test_needs_a_little_more_than_the_formula_says(n, psi):
    ours, formula = minimal_difference(n, psi), connor_difference(n, psi)
    if ours is not None and formula is not None:
        assert formula < ours < formula * 1.3


def test_too_few_items_show_nothing():
    # five discordant items, all on one side, have p = 1/16
    assert minimal_difference(5, 1.0) is None
    assert minimal_difference(6, 1.0) is not None
    assert connor_difference(10, 0.1) is None


def test_pairing_shows_more_than_not_pairing():
    """Accuracies .75 and .70 with ψ = .15 on 1,000 items: two separate sets of 1,000 would show it about 7 times in 10."""
    paired = mcnemar_power(1000, 0.05, 0.15)
    error = math.sqrt(0.75 * 0.25 / 1000 + 0.7 * 0.3 / 1000)
    unpaired = float(norm.sf(1.96 - 0.05 / error))
    assert paired > 0.97
    assert unpaired == pytest.approx(0.71, abs=0.01)


def test_discordance():
    assert discordance([1, 0, 1, 1], [1, 1, 0, 1]) == 0.5
    assert independent_discordance(0.8, 0.7) == pytest.approx(0.8 * 0.3 + 0.7 * 0.2)
    with pytest.raises(ValueError, match="one of each per item"):
        discordance([1], [1, 0])


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="≤ discordance ≤ 1"):
        mcnemar_power(100, 0.3, 0.2)
    with pytest.raises(ValueError, match="≤ discordance ≤ 1"):
        connor_items(0.0, 0.2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        minimal_difference(100, 0.2, power=1.0)
