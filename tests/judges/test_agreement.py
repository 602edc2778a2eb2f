import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.agreement import PositionBias, agreement, judged_labels, position_bias
from osler.judges.free.open import ANSWER_FIRST, KEY_FIRST


def spelt(counts: dict[tuple[str, str], int]) -> tuple[list[str], list[str | None]]:
    people = [human for (human, _), n in counts.items() for _ in range(n)]
    judged: list[str | None] = [own for (_, own), n in counts.items() for _ in range(n)]
    return people, judged


BALANCED = {("right", "right"): 20, ("right", "wrong"): 5, ("wrong", "right"): 10, ("wrong", "wrong"): 15}
"""By hand: raw 35/50 = .7; chance .5 × .6 + .5 × .4 = .5; kappa (.7 - .5) / .5 = .4."""
SKEWED = {("right", "right"): 90, ("right", "wrong"): 5, ("wrong", "right"): 5}
"""By hand: raw .9; chance .95² + .05² = .905; kappa -.005 / .095 = -.0526; AC1's chance 2 × .95 × .05 = .095, AC1 .805 / .905 = .8895."""


def test_kappa_by_hand() -> None:
    found = agreement(*spelt(BALANCED))
    assert (found.n, found.n_abstained, found.abstention_rate, found.counts) == (50, 0, 0, BALANCED)
    assert found.raw == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    # AC1's mean shares are (.5 + .6) / 2 and (.5 + .4) / 2: chance 2 × .55 × .45 = .495
    assert found.ac1 == pytest.approx((0.7 - 0.495) / (1 - 0.495))


def test_a_rare_label_brings_kappa_down_and_not_ac1() -> None:
    found = agreement(*spelt(SKEWED))
    assert (found.raw, found.kappa, found.ac1) == pytest.approx((0.9, -0.005 / 0.095, 0.805 / 0.905))


def test_ac1_of_three_labels_by_hand() -> None:
    """Mean shares .4, .35, .25 of a, b, c: chance (.24 + .2275 + .1875) / 2 = .3275; raw .8."""
    counts = {("a", "a"): 7, ("b", "b"): 5, ("c", "c"): 4, ("a", "b"): 2, ("b", "c"): 2}
    found = agreement(*spelt(counts))
    assert found.ac1 == pytest.approx((0.8 - 0.3275) / (1 - 0.3275))


def test_labels_that_nobody_gave_lower_the_chance_that_ac1_allows_for() -> None:
    found = agreement(*spelt(SKEWED), labels=("right", "wrong", "no_answer"))
    assert found.ac1 == pytest.approx((0.9 - 0.095 / 2) / (1 - 0.095 / 2))
    assert found.kappa == agreement(*spelt(SKEWED)).kappa


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=60))
def test_kappa_is_statsmodels(pairs: list[tuple[str, str]]) -> None:
    found = agreement([human for human, _ in pairs], [own for _, own in pairs], labels=("a", "b", "c"), n_resamples=10)
    table = np.array([[sum(pair == (human, own) for pair in pairs) for own in "abc"] for human in "abc"])
    if len({label for pair in pairs for label in pair}) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohens_kappa(table, return_results=False), abs=1e-9)


def test_the_interval_is_near_the_one_that_theory_gives() -> None:
    """Fleiss, Cohen and Everitt's standard error, from statsmodels; for 400 answers the two agree to a hundredth."""
    counts = {pair: 8 * n for pair, n in BALANCED.items()}
    found = agreement(*spelt(counts), n_resamples=20_000)
    theory = cohens_kappa(np.array([[160, 40], [80, 120]]))
    assert found.kappa_interval == pytest.approx((theory.kappa_low, theory.kappa_upp), abs=0.01)
    assert found.n_undefined == 0


def test_the_interval_is_the_seed_s() -> None:
    intervals = [agreement(*spelt(BALANCED), seed=seed).kappa_interval for seed in (1, 1, 2)]
    assert intervals[0] == intervals[1] != intervals[2]
    wide, narrow = (agreement(*spelt(BALANCED), confidence=confidence).kappa_interval for confidence in (0.99, 0.5))
    assert wide is not None
    assert narrow is not None
    assert wide[0] < narrow[0] < 0.4 < narrow[1] < wide[1]


def test_an_abstention_is_counted_and_never_a_label() -> None:
    people, judged = spelt(BALANCED)
    found = agreement([*people, "right", "wrong"], [*judged, None, None])
    assert (found.n, found.n_abstained, found.abstention_rate) == (52, 2, pytest.approx(2 / 52))
    assert (found.raw, found.kappa) == pytest.approx((0.7, 0.4))


def test_what_is_undefined_is_none() -> None:
    constant = agreement(["right"] * 5, ["right"] * 5)
    assert (constant.raw, constant.kappa, constant.kappa_interval, constant.ac1) == (1, None, None, None)
    assert constant.n_undefined == 2000
    assert agreement(["right"] * 5, ["right"] * 5, labels=("right", "wrong")).ac1 == 1
    silent = agreement(["right", "wrong"], [None, None])
    assert (silent.abstention_rate, silent.raw, silent.kappa, silent.kappa_interval, silent.ac1) == (1, None, None, None, None)
    nothing = agreement([], [])
    assert (nothing.n, nothing.abstention_rate, nothing.raw) == (0, None, None)


def test_resamples_without_a_kappa_are_counted() -> None:
    """Of 30 answers, 1 is wrong by both: in (29/30)^30 = 36 % of the resamples it is not drawn, and all agree by chance."""
    found = agreement(["right"] * 29 + ["wrong"], ["right"] * 29 + ["wrong"])
    assert found.kappa == 1
    assert found.kappa_interval == (1, 1)
    assert found.n_undefined / 2000 == pytest.approx((29 / 30) ** 30, abs=4 * math.sqrt(0.36 * 0.64 / 2000))


def test_perfect_opposition() -> None:
    found = agreement(["a", "b"] * 10, ["b", "a"] * 10)
    assert (found.raw, found.kappa, found.ac1) == pytest.approx((0, -1, -1))


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="1 and 2 labels"):
        agreement(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="label 'b' is not among a, c; add it"):
        agreement(["a"], ["b"], labels=("a", "c"))


def verdict(outcome: Outcome, **marks: float) -> Verdict:
    return Verdict(outcome, Reading("text"), "reason", marks)


def test_the_labels_of_verdicts() -> None:
    verdicts = [verdict(outcome) for outcome in (Outcome.RIGHT, Outcome.WRONG, Outcome.UNJUDGED)]
    verdicts.append(Verdict(Outcome.NO_ANSWER, Reading(abstention=Abstention.EMPTY), "empty"))
    assert judged_labels(verdicts) == ["right", "wrong", None, "no_answer"]


def test_flips_are_counted_where_both_orders_were_read() -> None:
    both = [(1, 1), (0, 0), (1, 0), (1, 0), (1, 0), (0, 1), (1, 1), (1, 1)]
    verdicts = [verdict(Outcome.UNJUDGED, **{KEY_FIRST: first, ANSWER_FIRST: second}) for first, second in both]
    verdicts += [verdict(Outcome.UNJUDGED, **{KEY_FIRST: 1}), verdict(Outcome.UNJUDGED)]
    found = position_bias(verdicts)
    assert found == PositionBias(n=8, n_flips=4, n_key_first=3)
    assert found.flip_rate == 0.5
