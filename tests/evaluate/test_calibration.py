import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.evaluate.calibration import ScoreBin, auroc, brier, expected_calibration_error, mass_bins, score_bins

# round scores meet the edges of the bins and one another
SCORED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1), st.booleans()), min_size=1, max_size=40
)


def test_auroc_by_hand():
    """Of the four pairs of a true and a false step, .9 is above .8 and .1, and .8 ties with .8 and is above .1: 3½ of 4."""
    assert auroc([0.9, 0.8, 0.8, 0.1], [True, True, False, False]) == 3.5 / 4
    assert auroc([0.1, 0.9], [True, False]) == 0.0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5


@pytest.mark.parametrize("truth", [True, False])
def test_where_all_steps_are_alike_there_is_no_auroc(truth):
    assert auroc([0.1, 0.9], [truth, truth]) is None


@given(SCORED)
def test_auroc_is_the_share_of_pairs_in_order(scored):
    pairs = [(true, false) for true, is_true in scored if is_true for false, other in scored if not other]
    expected = sum((true > false) + (true == false) / 2 for true, false in pairs) / len(pairs) if pairs else None
    assert auroc([score for score, _ in scored], [truth for _, truth in scored]) == pytest.approx(expected)


def test_brier_by_hand():
    """(.1² + .2² + .5²) / 3 = .3 / 3."""
    assert brier([0.9, 0.2, 0.5], [True, False, True]) == pytest.approx(0.1)
    assert brier([1.0, 0.0], [True, False]) == 0.0
    assert brier([1.0, 0.0], [False, True]) == 1.0


def test_bins_by_hand():
    """A bin has its upper edge: .1 is in the first, with 0; what is above it in the second."""
    bins = score_bins([0.0, 0.05, 0.1, 0.11, 1.0], [False, True, False, True, True])
    assert len(bins) == 10
    assert bins[0] == ScoreBin(0.0, 0.1, 3, pytest.approx(0.05), pytest.approx(1 / 3))
    assert bins[1] == ScoreBin(0.1, 0.2, 1, 0.11, 1.0)
    assert bins[2:9] == [ScoreBin(at / 10, (at + 1) / 10, 0, None, None) for at in range(2, 9)]
    assert bins[9] == ScoreBin(0.9, 1.0, 1, 1.0, 1.0)


def test_every_round_score_is_the_upper_edge_of_its_bin():
    for at in range(1, 11):
        assert [each.n for each in score_bins([at / 10], [True])].index(1) == at - 1


def test_the_calibration_error_by_hand():
    """First bin: two steps, mean .075, half of them true: .425. Then one of .85 and one of .95, both true: .15 and .05. Together
    (2·.425 + .15 + .05) / 4."""
    bins = score_bins([0.05, 0.1, 0.85, 0.95], [True, False, True, True])
    assert expected_calibration_error(bins) == pytest.approx(1.05 / 4)


@given(SCORED, st.integers(1, 12))
def test_the_calibration_error_against_numpy(scored, n_bins):
    scores, truths = (np.array(each, dtype=float) for each in zip(*scored, strict=True))
    at = np.digitize(scores, [edge / n_bins for edge in range(1, n_bins)], right=True)
    gaps = [abs(truths[at == bin].mean() - scores[at == bin].mean()) * (at == bin).mean() for bin in range(n_bins) if (at == bin).any()]
    bins = score_bins(list(scores), [bool(truth) for truth in truths], n_bins)
    assert expected_calibration_error(bins) == pytest.approx(sum(gaps))
    assert sum(each.n for each in bins) == len(scored)


@pytest.mark.parametrize("measure", [auroc, brier, score_bins])
@pytest.mark.parametrize(("scores", "truths"), [([], []), ([0.5], []), ([0.5], [True, False])])
def test_a_truth_per_score_is_demanded(measure, scores, truths):
    with pytest.raises(ValueError, match=rf"{len(scores)} scores and {len(truths)} truths; pass one of each"):
        measure(scores, truths)


def test_bins_of_equal_mass_by_hand():
    scores, truths = [0.2, 0.9, 0.1, 0.8, 0.3, 0.7], [False, True, False, True, True, False]
    assert mass_bins(scores, truths, 3) == [
        ScoreBin(0.0, 0.2, 2, pytest.approx(0.15), 0.0),
        ScoreBin(0.2, 0.7, 2, pytest.approx(0.5), 0.5),
        ScoreBin(0.7, 0.9, 2, pytest.approx(0.85), 1.0),
    ]


def test_equal_scores_share_a_bin_of_equal_mass():
    bins = mass_bins([0.5] * 7 + [0.6, 0.9], [True] * 9, 3)
    assert [(each.low, each.high, each.n) for each in bins] == [(0.0, 0.5, 7), (0.5, 0.6, 1), (0.6, 0.9, 1)]


@given(SCORED, st.integers(1, 12))
def test_bins_of_equal_mass_hold_every_score_once(scored, n_bins):
    scores, truths = [score for score, _ in scored], [truth for _, truth in scored]
    bins = mass_bins(scores, truths, n_bins)
    assert len(bins) <= n_bins
    assert sum(each.n for each in bins) == len(scored)
    counted = [sum((each.low < score or at == 0) and score <= each.high for score in scores) for at, each in enumerate(bins)]
    assert counted == [each.n for each in bins]
