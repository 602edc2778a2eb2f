"""The posterior and its entropies, by hand and beside scipy and exact fractions."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from osler.clinic.differentials.posterior import entropy_bits, looked_for, updated

percents = st.lists(st.integers(1, 99), min_size=2, max_size=6)


def test_a_finding_that_is_there_by_hand() -> None:
    """Equal priors; .99, .50, .90 and .17 sum to 2.56."""
    posterior = updated([0.25] * 4, [0.99, 0.50, 0.90, 0.17], is_present=True)
    assert posterior == pytest.approx([0.99 / 2.56, 0.50 / 2.56, 0.90 / 2.56, 0.17 / 2.56])


def test_a_finding_that_is_not_there_by_hand() -> None:
    """1/2 · .1 against 1/2 · .9."""
    assert updated([0.5, 0.5], [0.9, 0.1], is_present=False) == pytest.approx([0.1, 0.9])


def test_entropy_by_hand() -> None:
    assert entropy_bits([0.25] * 4) == pytest.approx(2)
    assert entropy_bits([0.5, 0.25, 0.25]) == pytest.approx(1.5)
    assert entropy_bits([1.0, 0.0]) == 0


def test_a_finding_that_tells_nothing_leaves_the_entropy() -> None:
    p_present, if_present, if_absent, expected = looked_for([0.5, 0.5], [0.3, 0.3])
    assert (p_present, if_present, if_absent, expected) == pytest.approx((0.3, 1, 1, 1))


@settings(max_examples=60, deadline=None)
@given(percents, st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_as_exact_fractions(first: list[int], seen: list[bool], data: st.DataObject) -> None:
    rows = [data.draw(st.lists(st.integers(1, 99), min_size=len(first), max_size=len(first))) for _ in seen]
    weights = [Fraction(1)] * len(first)
    posterior = [1 / len(first)] * len(first)
    for row, is_present in zip(rows, seen, strict=True):
        weights = [weight * Fraction(p if is_present else 100 - p, 100) for weight, p in zip(weights, row, strict=True)]
        posterior = updated(posterior, [p / 100 for p in row], is_present=is_present)
    assert posterior == pytest.approx([float(weight / sum(weights)) for weight in weights], rel=1e-9, abs=1e-15)


@settings(max_examples=60, deadline=None)
@given(percents)
def test_the_expected_drop_is_the_mutual_information(row: list[int]) -> None:
    """Never negative, and H(finding) - H(finding | condition) from the other side."""
    prior, chances = [1 / len(row)] * len(row), [p / 100 for p in row]
    p_present, *_, expected = looked_for(prior, chances)
    other_side = entropy([p_present, 1 - p_present], base=2) - sum(entropy([p, 1 - p], base=2) for p in chances) / len(row)
    assert math.log2(len(row)) - expected == pytest.approx(other_side, abs=1e-9)
    assert expected <= math.log2(len(row)) + 1e-9
