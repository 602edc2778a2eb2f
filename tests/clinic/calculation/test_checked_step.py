"""The truth of a step of a calculation, and how much of the working stands in a text: for one case that was worked out by hand.

A man of 80 kg and 200 cm: 200 / 100 = 2 m, 80 / 2² = 20 kg/m².
"""

import pytest

from osler.clinic.calculation.arithmetic import worked_out
from osler.clinic.calculation.checked_step import process_score, truth_of
from osler.clinic.calculators import CALCULATORS
from osler.clinic.task import Task
from osler.core.question import NumberKey

FACTS = {"calculator": "body_mass_index", "asks": "value", "amounts": {"weight": [176.37, "lb"], "height": [200.0, "cm"]}}
TASK = Task("calculation-train-000000", "calculation", 2, "…", {}, NumberKey(20.0, "kg/m²", 1.0), (), FACTS)
MISSING = Task("calculation-train-000001", "calculation", 4, "…", {}, NumberKey(None), (), {**FACTS, "amounts": {"weight": [80.0, "kg"]}})


@pytest.mark.parametrize(
    ("step", "truth"),
    [
        ("weight = 176.37 lb = 80 kg", "true"),
        ("weight = 176.37 lb = 81 kg", "false"),
        ("weight = 175.37 lb = 80 kg", "false"),
        ("weight = 176.37 lb = 80 lb", "false"),
        ("height = 200 cm / 100 = 2 m", "true"),
        ("BMI = 80 / 2² = 20 kg/m²", "true"),
        ("BMI = 80 / (2 × 2) = 20 kg/m²", "true"),
        ("BMI = 80 / 2² = 20.05 kg/m²", "true"),
        ("BMI = 80 / 2² = 21 kg/m²", "false"),
        ("BMI = 80 / 2 = 20 kg/m²", "false"),
        ("BMI = 81 / 2² = 20 kg/m²", "false"),
        ("BMI = 20 mg/dL", "false"),
        ("height = 80 kg", "false"),
        ("IBM = 80 / 2² = 20 kg/m²", "unreadable"),
        ("IBM = 81 / 2² = 20 kg/m²", "false"),
        ("So the BMI is about 20.", "true"),
        ("So the BMI is about 23.", "false"),
        ("So it is about 20.", "unreadable"),
        ("The patient is well nourished.", "unreadable"),
        ("weight = 176.37 lb = 80 kg; BMI = 80 / 2² = 20 kg/m²", "true"),
        ("weight = 176.37 lb = 80 kg; BMI = 80 / 2² = 22 kg/m²", "false"),
        ("weight = 176.37 lb = 80 kg; who knows", "unreadable"),
        ("The answer is 20 kg/m².", "true"),
        ("The answer is 20.4.", "true"),
        ("The answer is 22 kg/m².", "false"),
        ("The answer is 20 mg/dL.", "false"),
        ("The answer is N/A.", "false"),
        ("weight is not given.", "false"),
        ("", "unreadable"),
    ],
)
def test_the_truth_of_a_step(step: str, truth: str) -> None:
    assert truth_of(TASK, step, CALCULATORS) == truth


@pytest.mark.parametrize(
    ("step", "truth"),
    [
        ("height is not given.", "true"),
        ("weight is not given.", "false"),
        ("The answer is N/A.", "true"),
        ("The answer is 20.", "false"),
        ("courage is not given.", "unreadable"),
    ],
)
def test_the_truth_of_a_step_where_a_value_is_missing(step: str, truth: str) -> None:
    assert truth_of(MISSING, step, CALCULATORS) == truth


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("80 kg, 2 m, so 20", 1.0),
        ("It is 20.", 1 / 3),
        ("80.1 over 4 is 20.05", 2 / 3),  # within half a per cent
        ("81 over 4 is 20.25", 0.0),
        ("nothing", 0.0),
    ],
)
def test_the_share_of_the_working_that_stands_in_a_text(text: str, share: float) -> None:
    """Three numbers: the kilograms, which were converted, the metres, and the index. Four is none of them."""
    found = process_score(TASK, text, CALCULATORS)
    assert found is not None
    assert found == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 × 4", 14.0),
        ("(2 + 3) × 4", 20.0),
        ("2 - 3 - 4", -5.0),
        ("8 / 4 / 2", 1.0),
        ("3²", 9.0),
        ("2^-1", 0.5),
        ("-2 × 3", -6.0),
        ("min(3, 2) + max(1, 5)", 7.0),
        ("√(16)", 4.0),
        ("ln(1)", 0.0),
        ("1 / 0", None),
        ("2 +", None),
        ("kg 3", None),
        ("", None),
        ("(" * 400, None),
        ("9^9^9^9", None),
        ("9^99999", None),
        ("__import__('os')", None),
    ],
)
def test_plain_arithmetic(text: str, value: float | None) -> None:
    assert worked_out(text) == (pytest.approx(value) if value is not None else None)
