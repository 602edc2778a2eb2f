import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.evaluate.confidence import area_under_risk, calibration, coverages, option_confidence, vote_share

SCORED = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1, max_size=7)


def test_calibration_by_hand():
    found = calibration([0.9, 0.8, None, 0.6, 0.6], [True, True, True, False, True], confidence="vote share", n_bins=2)
    assert found is not None
    assert (found.confidence, found.binning, found.n, found.n_without) == ("vote share", "equal_width", 4, 1)
    assert (found.accuracy, found.mean_confidence) == (0.75, pytest.approx(0.725))
    # all four in the upper bin
    assert found.ece == pytest.approx(0.025)
    assert found.brier == pytest.approx((0.01 + 0.04 + 0.36 + 0.16) / 4)
    # of the three pairs of a right one with the wrong one, two are in order and one is a tie
    assert found.auroc == pytest.approx(2.5 / 3)
    # the most confident first: 0, 0, then ½ of 3 or 4
    assert found.aurc == pytest.approx((0 + 0 + 0.5 / 3 + 1 / 4) / 4)


def test_the_binning_is_as_asked():
    found = calibration([0.9, 0.8, 0.6, 0.6], [True, True, False, True], confidence="vote share", binning="equal_mass", n_bins=2)
    assert found is not None
    assert [(each.n, each.true_rate) for each in found.bins] == [(2, 0.5), (2, 1.0)]
    assert found.ece == pytest.approx((2 * 0.1 + 2 * 0.15) / 4)


def test_without_a_confidence_there_is_no_calibration():
    assert calibration([None, None], [True, False], confidence="vote share") is None


@settings(max_examples=30, deadline=None)
@given(SCORED)
def test_the_area_is_the_mean_over_every_order_of_the_tied(scored):
    confidences, right = [score for score, _ in scored], [truth for _, truth in scored]
    generator = np.random.default_rng(0)
    areas = []
    for _ in range(300):
        order = np.lexsort((generator.random(len(scored)), -np.array(confidences)))
        wrong = 1 - np.array(right, dtype=float)[order]
        areas.append((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())
    assert area_under_risk(confidences, right) == pytest.approx(np.mean(areas), abs=5 * np.std(areas) / math.sqrt(300) + 1e-9)


def test_the_area_of_a_confidence_that_says_nothing_is_the_error_rate():
    assert area_under_risk([0.5] * 10, [True] * 7 + [False] * 3) == pytest.approx(0.3)


def test_accuracy_against_coverage():
    points = coverages([0.6, 0.9, None, 0.6, 0.8], [False, True, True, True, True])
    assert [(each.threshold, each.coverage, each.accuracy) for each in points] == [(0.9, 0.2, 1.0), (0.8, 0.4, 1.0), (0.6, 0.8, 0.75)]


def test_the_probability_of_an_option():
    logprobs = {"A": math.log(0.2), "B": math.log(0.1), "C": math.log(0.1)}
    assert option_confidence(logprobs) == ("A", pytest.approx(0.5))
    assert option_confidence(logprobs, "C") == ("C", pytest.approx(0.25))
    assert option_confidence({"A": -1000.0, "B": -1000.0})[1] == pytest.approx(0.5)
    assert option_confidence({"A": -0.6, "B": None}) == ("A", 1.0)
    with pytest.raises(ValueError, match="no log-probability of E"):
        option_confidence(logprobs, "E")
    with pytest.raises(ValueError, match="no log-probability of B"):
        option_confidence({"A": -0.6, "B": None}, "B")
    with pytest.raises(ValueError, match="no log-probability of any option"):
        option_confidence({})


def test_the_share_of_votes_counts_the_unread_against_it():
    assert vote_share(["A", None, "A", "B"], "A") == 0.5
    assert vote_share(["A", None], None) is None


def test_what_is_no_confidence_is_refused():
    with pytest.raises(ValueError, match="1 confidences and 2 verdicts"):
        calibration([0.5], [True, False], confidence="vote share")
    with pytest.raises(ValueError, match=r"1\.2 is not in \[0, 1\]"):
        calibration([0.5, 1.2], [True, False], confidence="vote share")


RUNS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "raw_medqa2026_2_models" / "logprobs.jsonl.gz"


@pytest.mark.parametrize(("model", "published"), [("olmo3_7b", "0.0783"), ("qwen25_7b", "0.0293")])
def test_the_published_calibration_error_is_found_again(model, published):
    """At temperature 0, ten bins of equal width, the probability of the answer among the options."""
    if not RUNS.exists():
        pytest.skip(f"{RUNS}: the log-probabilities are not here and may not be committed; put them there to run this test")
    with gzip.open(RUNS, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["model"] == model and row["temp"] == 0 and row["run"] == 1]
    assert len(rows) == 1030
    probabilities = [option_confidence(row["option_logprobs"], row["pred"])[1] for row in rows]
    assert probabilities == pytest.approx([row["confidence"] for row in rows])
    found = calibration(probabilities, [row["pred"] == row["gold"] for row in rows], confidence="option probability")
    assert found is not None
    assert f"{found.ece:.4f}" == published
