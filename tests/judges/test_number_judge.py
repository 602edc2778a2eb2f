"""NumberJudge: tolerances, limits, rounding and units. Every expected outcome is worked out by hand, in a comment where it is not plain."""

import pytest

from osler.core.question import ChoiceKey, NumberKey, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.number.reader import NumberJudge, NumberReader

RIGHT, WRONG, UNJUDGED = Outcome.RIGHT, Outcome.WRONG, Outcome.UNJUDGED
FIVE_PER_CENT = NumberKey(100, low=95, high=105)
GLUCOSE = NumberKey(5.55, "mmol/L", tolerance=0.05, analyte="glucose")

ROWS = [
    (FIVE_PER_CENT, "95", RIGHT, "key"),
    (FIVE_PER_CENT, "105", RIGHT, "key"),
    (FIVE_PER_CENT, "94.99", WRONG, "other_number"),
    (FIVE_PER_CENT, "105.01", WRONG, "other_number"),
    (NumberKey(-10, low=-10.5, high=-9.5), "-10.4", RIGHT, "key"),
    (NumberKey(-10, low=-10.5, high=-9.5), "10.4", WRONG, "other_number"),
    (NumberKey(0, low=0, high=0), "0", RIGHT, "key"),
    (NumberKey(0, low=0, high=0), "0.01", WRONG, "other_number"),
    (NumberKey(5.2, tolerance=0.1), "5.3", RIGHT, "key"),  # 5.3 - 5.2 is a little more than 0.1 in binary
    (NumberKey(5.2, tolerance=0.1), "5.1", RIGHT, "key"),
    (NumberKey(5.2, tolerance=0.1), "5.31", WRONG, "other_number"),
    (NumberKey(5.2), "5.2", RIGHT, "key"),
    (NumberKey(5.2), "5.20001", WRONG, "other_number"),
    (NumberKey(4, is_rounded=True), "4.4", RIGHT, "key"),
    (NumberKey(4, is_rounded=True), "4.5", RIGHT, "key"),  # to the even neighbour
    (NumberKey(5, is_rounded=True), "4.5", WRONG, "other_number"),
    (NumberKey(2, is_rounded=True), "2.5", RIGHT, "key"),
    (NumberKey(3, is_rounded=True), "2.5", WRONG, "other_number"),
    (NumberKey(None), "n/a", RIGHT, "key"),
    (NumberKey(None), "3", WRONG, "computed"),
    (NumberKey(3), "n/a", WRONG, "not_computed"),
    (NumberKey(12, "mg"), "120 mg", WRONG, "other_number"),
    (NumberKey(12, "mg"), "12 mg", RIGHT, "key"),
    (NumberKey(12, "milligrams"), "12 mg", RIGHT, "key"),
    (NumberKey(12, "mg"), "12", RIGHT, "unit_assumed"),
    (NumberKey(12, "mg"), "0.012 g", RIGHT, "converted"),
    (NumberKey(12, "mg"), "12 g", WRONG, "other_number"),
    (NumberKey(12, "mg"), "12 mL", WRONG, "wrong_unit"),
    (NumberKey(12, "mg"), "12 tablet", WRONG, "wrong_unit"),
    (NumberKey(12), "12 mg", RIGHT, "unit_unchecked"),
    (NumberKey(0.531), "53.1 %", RIGHT, "converted"),
    (NumberKey(53.1, "%"), "53.1 %", RIGHT, "key"),
    (NumberKey(53.1, "%"), "53.1", RIGHT, "unit_assumed"),
    (NumberKey(53.1, "%"), "0.531", WRONG, "other_number"),
    (NumberKey(23, "days"), "23 days", RIGHT, "key"),
    (NumberKey(21, "days"), "3 weeks", RIGHT, "converted"),
    (NumberKey(37, "°C", tolerance=0.01), "98.6 °F", RIGHT, "converted"),
    (NumberKey(150, "10^9/L"), "150000 /µL", RIGHT, "converted"),
    (NumberKey(60, "mL/min/1.73m²"), "60 mL/min", RIGHT, "unit_assumed"),
    (NumberKey(60, "mL/min"), "60 mL/min/1.73m²", WRONG, "wrong_unit"),
    (GLUCOSE, "100 mg/dL", RIGHT, "converted"),  # 1000 mg/L / 180.156 g/mol = 5.551 mmol/L
    (GLUCOSE, "5.55 mmol/L", RIGHT, "key"),
    (GLUCOSE, "5.55 mg/dL", WRONG, "other_number"),
    (NumberKey(5.55, "mmol/L"), "100 mg/dL", UNJUDGED, "unknown_analyte"),
    (NumberKey(140, "mEq/L", analyte="sodium"), "140 mmol/L", RIGHT, "converted"),
    (NumberKey(5, "mEq/L", analyte="calcium"), "2.5 mmol/L", RIGHT, "converted"),
    (NumberKey(16, "mEq/L", analyte="anion gap"), "16 mmol/L", RIGHT, "converted"),
    (NumberKey(12, "flurbs"), "12", RIGHT, "unit_assumed"),
    (NumberKey(12, "flurbs"), "12 mg", UNJUDGED, "unknown_unit"),
    (NumberKey(12), "twelve", WRONG, "no_number"),
    (NumberKey(12), "nan", WRONG, "no_number"),
    (NumberKey(12, is_rounded=True), "1e308", WRONG, "other_number"),
]


@pytest.mark.parametrize(("key", "value", "outcome", "reason"), ROWS)
def test_verdicts(key: NumberKey, value: str, outcome: Outcome, reason: str) -> None:
    verdict = NumberJudge().judge(Reading(value), key)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_abstentions_and_other_kinds() -> None:
    for abstention in Abstention:
        verdict = NumberJudge().judge(Reading(abstention=abstention), NumberKey(3))
        assert (verdict.outcome, verdict.reason) == (Outcome.NO_ANSWER, abstention.value)
    assert NumberJudge().judge(Reading("3"), ChoiceKey(("A",))).reason == "wrong_kind"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("12 out of 20", NumberKey(12, is_rounded=True)),
        ("(3 weeks, 2 days)", NumberKey(23, "days", is_rounded=True)),
        ("The glucose is 100 mg/dL.", GLUCOSE),
        ("The answer is 1,234 mL.", NumberKey(1234, "mL")),
    ],
)
def test_from_text_to_verdict(text: str, key: NumberKey) -> None:
    reading = NumberReader().read(text, Question("q-1", "How much?", kind="number"))
    assert NumberJudge().judge(reading, key).outcome is Outcome.RIGHT
