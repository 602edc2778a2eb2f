import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from osler.evaluate.multiplicity import benjamini_hochberg, holm

PS = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_by_hand():
    # ranked .01 .02 .03 .04: Holm 4 × .01, 3 × .02, 2 × .03, then no less than before
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    # p n / rank: .04, .04, .04, .04
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.04] * 4)
    assert holm([0.7, 0.8]) == [1.0, 1.0]
    assert holm([]) == benjamini_hochberg([]) == []


@settings(max_examples=10, deadline=None)  # statsmodels takes long over Holm's
@given(PS)
def test_as_statsmodels_has_them(p_values):
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]), abs=1e-12)
    assert benjamini_hochberg(p_values) == pytest.approx(list(multipletests(p_values, method="fdr_bh")[1]), abs=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(adjust, wrong):
    with pytest.raises(ValueError, match="outside"):
        adjust([0.5, wrong])
