import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.evaluate.first_error import FirstError, PositionHits, first_error

T, F = True, False


def test_first_errors_by_hand():
    """Four traces with an error: found at 2 (hit), taken for 1 (missed), found at 1 (hit), and one not found, for ½ is not below ½. Three
    without: two are left alone, one is accused. ½ and ⅔: the harmonic mean is 2·(⅓)/(7/6) = 4/7."""
    scores = [(0.9, 0.4, 0.3), (0.4, 0.9), (0.2,), (0.5, 0.6), (0.9, 0.9), (0.9, 0.9, 0.5), (0.9, 0.1)]
    truths = [(T, F, T), (T, F), (F,), (F, T), (T, T), (T, T, T), (T, T)]
    assert first_error(scores, truths) == FirstError(
        threshold=0.5,
        n_with_error=4,
        n_without=3,
        error_accuracy=0.5,
        correct_accuracy=pytest.approx(2 / 3),
        f1=pytest.approx(4 / 7),
        positions=(PositionHits(1, 2, 1), PositionHits(2, 2, 1)),
    )


def test_another_threshold():
    measured = first_error([(0.5, 0.6), (0.7, 0.6)], [(F, T), (T, T)], 0.65)
    assert (measured.threshold, measured.error_accuracy, measured.correct_accuracy, measured.f1) == (0.65, 1.0, 0.0, 0.0)


def test_what_cannot_be_measured_is_none():
    without = first_error([(0.9,)], [(T,)])
    assert (without.error_accuracy, without.correct_accuracy, without.f1, without.positions) == (None, 1.0, None, ())
    within = first_error([(0.9,)], [(F,)])
    assert (within.error_accuracy, within.correct_accuracy, within.f1) == (0.0, None, None)


def test_when_nothing_is_found_f1_is_zero_and_no_error_of_division():
    assert first_error([(0.9,), (0.1,)], [(F,), (T,)]).f1 == 0.0


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=20))
def test_who_knows_the_truth_finds_every_error_and_who_knows_nothing_of_later_steps_too(truths):
    """What stands behind the first false step does not matter."""
    knowing = first_error([[float(truth) for truth in truths_S] for truths_S in truths], truths)
    cut = [truths_S[: truths_S.index(False) + 1] if False in truths_S else truths_S for truths_S in truths]
    blind = first_error([[*map(float, head), *[0.7] * (len(whole) - len(head))] for head, whole in zip(cut, truths, strict=True)], truths)
    assert knowing == blind
    assert {knowing.error_accuracy, knowing.correct_accuracy} <= {1.0, None}
    assert knowing.n_with_error + knowing.n_without == len(truths)


def test_a_truth_per_score_is_demanded():
    with pytest.raises(ValueError, match="2 scores and 1 truths"):
        first_error([(0.1, 0.2)], [(T,)])
