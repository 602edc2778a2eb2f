"""Criteria: points as tables print them, one line for each, and what trends follow."""

import pytest

from osler.clinic.calculators.calculator import Work
from osler.clinic.calculators.criteria import Criterion, RuleScore, choice, either, finding, measured, quantity, row_of, spoken
from osler.clinic.calculators.inputs import FlagInput, NumberInput, WordInput
from osler.core.errors import UserError

RATE = NumberInput("heart_rate", "/min", 0, 300, (50, 150))
HEAT = NumberInput("temperature", "°C", 20, 46, (34, 41), is_optional=True)
MARKER = RuleScore(
    "marker",
    "Marker",
    "nowhere",
    (finding(2, "cough", "cold"), measured(RATE, ("≥120", 3), (">100", 1)), finding(-1, "sleep"), choice("sex", {"female": 1, "male": 0})),
    says=lambda total, _: row_of(total, ("<1", "low"), ("", "high")),
).calculator()


def written(criterion: Criterion, **given: object) -> tuple[str, float | None]:
    work = Work()
    points = criterion.add(given, work)
    (line,) = work
    assert line.value == points
    return line


@pytest.mark.parametrize(
    ("given", "text", "points"),
    [
        ({"cough": True, "cold": False}, "cough: +2", 2),
        ({"cough": True, "cold": True}, "cough and cold: +2", 2),
        ({"cough": False, "cold": False}, "no cough or cold: 0", 0),
    ],
)
def test_a_finding(given: dict[str, bool], text: str, points: float) -> None:
    assert written(finding(2, "cough", "cold"), **given) == (text, points)


def test_a_finding_may_say_otherwise_what_its_absence_is() -> None:
    assert written(finding(1, "cough_absent", otherwise="cough"), cough_absent=False) == ("cough: 0", 0)


@pytest.mark.parametrize(
    ("rate", "text", "points"),
    [
        (100, "heart rate 100/min: 0", 0),
        (100.0000001, "heart rate 100/min: 0", 0),
        (101, "heart rate 101/min, >100: +1", 1),
        (120, "heart rate 120/min, ≥120: +3", 3),
    ],
)
def test_the_first_row_that_holds_is_taken(rate: float, text: str, points: float) -> None:
    assert written(measured(RATE, ("≥120", 3), (">100", 1)), heart_rate=rate) == (text, points)


def test_what_was_not_given_adds_nothing_and_says_so() -> None:
    assert written(measured(HEAT, (">38", 1)), temperature=None) == ("no temperature given: 0", 0)


def test_either_of_two_counts_once() -> None:
    criterion = either(2, (RATE, ">90"), (HEAT, ">38", "<36"))
    assert written(criterion, heart_rate=95, temperature=39) == ("heart rate 95/min, >90; temperature 39 °C, >38: +2", 2)
    assert written(criterion, heart_rate=80, temperature=35) == ("heart rate 80/min; temperature 35 °C, <36: +2", 2)
    assert written(criterion, heart_rate=80, temperature=None) == ("heart rate 80/min; no temperature given: 0", 0)
    assert (criterion.rises_with, criterion.falls_with) == (("heart_rate",), ())


@pytest.mark.parametrize(
    ("rows", "rises", "falls"),
    [
        ((("≥120", 3), (">100", 1)), True, False),
        ((("<40", 4), ("<60", 2)), False, True),
        (((">120", 1), ("<60", 1)), False, False),
        (((">100", 3), ("≥80", 2), ("<80", 1)), True, False),
    ],
)
def test_a_trend_is_seen_in_the_table(rows: tuple[tuple[str, float], ...], rises: bool, falls: bool) -> None:
    criterion = measured(RATE, *rows)
    assert (bool(criterion.rises_with), bool(criterion.falls_with)) == (rises, falls)


def test_a_rule_is_a_calculator() -> None:
    assert [type(each) for each in MARKER.inputs] == [FlagInput, FlagInput, NumberInput, FlagInput, WordInput]
    assert (MARKER.kind, MARKER.rises_with, MARKER.falls_with) == ("rule", ("cough", "cold", "heart_rate"), ("sleep",))
    calculation = MARKER.calculate({"cold": True, "heart_rate": 130, "sleep": True, "sex": "Female"})
    assert calculation.value == 5
    assert [line.text for line in calculation.working] == [
        "cold: +2", "heart rate 130/min, ≥120: +3", "sleep: -1", "sex female: +1", "total = 2 + 3 + (-1) + 1 = 5", "high",
    ]  # fmt: skip
    assert calculation.assumed == ("cough: no",)


def test_a_total_of_nothing_or_of_one_is_no_sum() -> None:
    none = MARKER.calculate({"heart_rate": 60, "sex": "male"})
    assert [line.text for line in none.working][-2:] == ["total = 0", "low"]
    assert MARKER.calculate({"heart_rate": 110, "sex": "male"}).working[-2].text == "total = 1"


def test_an_input_of_two_criteria_is_asked_for_once() -> None:
    rule = RuleScore("twice", "Twice", "nowhere", (measured(RATE, (">100", 1)), either(1, (RATE, "<50"), (HEAT, "<35"))))
    assert [each.name for each in rule.calculator().inputs] == ["heart_rate", "temperature"]


def test_words_and_numbers_as_a_line_has_them() -> None:
    assert [spoken(name) for name in ("heart_rate", "labile_inr", "a_a_gradient", "factor_v_leiden")] == [
        "heart rate", "labile INR", "A-a gradient", "factor V Leiden",
    ]  # fmt: skip
    assert [quantity(140.4, "10^9/L"), quantity(95, "%"), quantity(2.34567, "mg/dL"), quantity(7.4, "")] == [
        "140.4 × 10^9/L", "95%", "2.3457 mg/dL", "7.4",
    ]  # fmt: skip


def test_a_missing_answer_of_a_rule_is_named() -> None:
    with pytest.raises(UserError, match=r"^marker: heart_rate and sex are missing; give them$"):
        MARKER.calculate({"cough": True})
