import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.reward import AGGREGATES

SCORES = st.lists(st.floats(0.01, 1), min_size=1, max_size=8)


def test_every_aggregate_has_its_value_by_hand():
    """Of .9, .8, .5: the sum is 2.2 and 2.2/3 = .73333; the product .9·.8·.5 = .36; its cube root .36^(1/3) = .71138
    (.71138³ = .36000)."""
    expected = {"last": 0.5, "least": 0.5, "mean": 2.2 / 3, "product": 0.36, "geometric_mean": 0.71138}
    assert set(expected) == set(AGGREGATES)
    for name, value in expected.items():
        assert AGGREGATES[name]((0.9, 0.8, 0.5)) == pytest.approx(value, abs=5e-6)


def test_the_last_is_not_the_least():
    assert AGGREGATES["last"]((0.5, 0.9)) == 0.9
    assert AGGREGATES["least"]((0.5, 0.9)) == 0.5


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_a_trace_without_steps_is_worth_nothing(name):
    assert AGGREGATES[name](()) == 0.0


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_one_step_is_worth_its_score(name):
    assert AGGREGATES[name]((0.3,)) == pytest.approx(0.3)


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_aggregates_keep_their_order(scores):
    """product ≤ least ≤ geometric mean ≤ mean ≤ the highest score, for scores in [0, 1]."""
    values = [AGGREGATES[name](scores) for name in ("product", "least", "geometric_mean", "mean")]
    assert all(lower <= higher + 1e-12 for lower, higher in zip(values, [*values[1:], max(scores)], strict=True))


def test_a_long_trace_of_low_scores_still_has_a_geometric_mean():
    """.01 for each of 200 steps: their product, 10^-400, is less than the least float above 0, but their mean is .01."""
    assert AGGREGATES["geometric_mean"]([0.01] * 200) == pytest.approx(0.01)
    assert AGGREGATES["geometric_mean"]([0.9, 0.0]) == 0.0
