import gzip
import json
import math
from collections import Counter
from pathlib import Path

import pytest
from scipy.special import softmax

from osler.core.question import ChoiceKey, Question
from osler.core.reading import Abstention
from osler.core.verdict import Outcome
from osler.judges.choice.likelihood import Likeliest, reading_from_logprobs
from osler.judges.choice.reader import ChoiceJudge

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two", "C": "three"})
RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "raw_medqa2026_2_models" / "logprobs.jsonl.gz"


def abstains(likeliest: Likeliest) -> tuple[Abstention | None, str]:
    assert (likeliest.confidence, likeliest.probabilities) == (None, {})
    return likeliest.reading.abstention, likeliest.reading.method


def test_the_likeliest_option_is_the_answer_and_the_softmax_is_over_the_options() -> None:
    found = reading_from_logprobs({"A": math.log(0.1), "B": math.log(0.3), "C": math.log(0.1)}, QUESTION)
    assert (found.reading.value, found.reading.method) == ("B", "likelihood")
    assert found.confidence == pytest.approx(0.6)
    assert found.probabilities == pytest.approx({"A": 0.2, "B": 0.6, "C": 0.2})
    assert ChoiceJudge().judge(found.reading, ChoiceKey(("B",))).outcome is Outcome.RIGHT


def test_an_independent_softmax_agrees_and_far_below_zero_nothing_is_lost() -> None:
    for shift in (0.0, -1000.0, 500.0):
        numbers = [shift - 1.5, shift - 0.25, shift - 7.0]
        found = reading_from_logprobs(dict(zip("ABC", numbers, strict=True)), QUESTION)
        assert [found.probabilities[letter] for letter in "ABC"] == pytest.approx(softmax(numbers), rel=1e-12)


def test_a_tie_abstains_with_both_as_sure() -> None:
    found = reading_from_logprobs({"A": -1.0, "B": -1.0, "C": -9.0}, QUESTION)
    assert (found.reading.abstention, found.reading.method) == (Abstention.SEVERAL, "likelihood_tie")
    assert found.confidence == found.probabilities["A"] == found.probabilities["B"]


def test_within_the_tolerance_is_a_tie() -> None:
    logprobs = {"A": -1.0, "B": -1.0001, "C": -9.0}
    assert reading_from_logprobs(logprobs, QUESTION).reading.value == "A"
    assert reading_from_logprobs(logprobs, QUESTION, tolerance=0.001).reading.abstention is Abstention.SEVERAL


def test_an_impossible_option_has_no_probability() -> None:
    found = reading_from_logprobs({"A": -1.0, "B": -math.inf, "C": -math.inf}, QUESTION)
    assert (found.reading.value, found.confidence, found.probabilities["B"]) == ("A", 1, 0)


@pytest.mark.parametrize(
    ("logprobs", "abstention", "method"),
    [
        ({}, Abstention.NO_ANSWER, "likelihood_none"),
        ({"A": None, "B": None, "C": None}, Abstention.NO_ANSWER, "likelihood_none"),
        (dict.fromkeys("ABC", -math.inf), Abstention.NO_ANSWER, "likelihood_none"),
        ({"X": -1.0}, Abstention.NO_ANSWER, "likelihood_none"),
        ({"A": -1.0, "B": -2.0}, Abstention.NO_ANSWER, "likelihood_missing"),
        ({"A": -1.0, "B": -2.0, "C": None}, Abstention.NO_ANSWER, "likelihood_missing"),
        ({"A": -2.0, "B": -3.0, "C": -4.0, "D": -1.0}, Abstention.NOT_AN_OPTION, "likelihood_foreign"),
        ({"A": -1.0, "B": math.nan, "C": -2.0}, Abstention.ERRORED, "likelihood_not_a_number"),
        ({"A": math.inf, "B": -1.0, "C": -2.0}, Abstention.ERRORED, "likelihood_not_a_number"),
    ],
)
def test_what_cannot_be_compared_abstains(logprobs: dict[str, float | None], abstention: Abstention, method: str) -> None:
    assert abstains(reading_from_logprobs(logprobs, QUESTION)) == (abstention, method)


def test_a_less_likely_letter_of_another_version_is_left_out() -> None:
    found = reading_from_logprobs({"A": -1.0, "B": -1.0 - math.log(3), "C": -math.inf, "D": -1.5}, QUESTION)
    assert (found.reading.value, list(found.probabilities)) == ("A", ["A", "B", "C"])
    assert found.confidence == pytest.approx(0.75)


def test_what_an_engine_did_not_list_is_less_likely_than_what_it_did() -> None:
    found = reading_from_logprobs({"B": -3.0, "A": None}, QUESTION, is_top_listed=True)
    assert (found.reading.value, found.confidence) == ("B", 1.0)
    assert abstains(reading_from_logprobs({"A": None}, QUESTION, is_top_listed=True))[0] is Abstention.NO_ANSWER


@pytest.mark.skipif(not RECORDED.is_file(), reason=f"{RECORDED} is not here: recorded log-probabilities are not compared with")
def test_recorded_confidences_and_answers_are_reproduced() -> None:
    """12,360 rows. The recorder's confidence is the softmax at the likeliest option. At temperature 0 its answer is that option; above it
    is a letter that was drawn, which need not be. Where two options tie, it took the later one; we abstain. Options outside the listed
    tokens are None, and 4 rows list none."""
    question = Question("q", "Which?", dict.fromkeys("ABCD", "text"))
    counts: Counter[str] = Counter()
    with gzip.open(RECORDED, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            found = reading_from_logprobs(row["option_logprobs"], question, is_top_listed=True)
            counts["rows"] += 1
            if row["confidence"] is None:
                counts["none listed"] += 1
                assert abstains(found) == (Abstention.NO_ANSWER, "likelihood_none")
                continue
            assert found.confidence == pytest.approx(row["confidence"], abs=1e-9)
            if found.reading.abstention:
                assert found.reading.abstention is Abstention.SEVERAL
                tied = [letter for letter, share in found.probabilities.items() if share == found.confidence]
                assert len(tied) > 1
                counts[f"tied at {row['temp']}"] += 1
                counts["tied, one of them"] += row["temp"] == 0 and row["pred"] in tied
            else:
                counts[f"{'same' if found.reading.value == row['pred'] else 'other'} at {'0' if row['temp'] == 0 else 'more'}"] += 1
    assert counts["rows"] == 12_360
    assert counts["none listed"] == 4
    assert counts["other at 0"] == 0
    assert counts["same at 0"] + counts["tied at 0.0"] == 6180
    assert counts["tied, one of them"] == counts["tied at 0.0"] == 159
