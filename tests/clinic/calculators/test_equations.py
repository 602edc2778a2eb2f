"""Every equation and date against values that were worked out by hand, from the publication's formula or its own worked case."""

from datetime import date
from typing import Any

import pytest

from osler.clinic.calculators import CALCULATORS
from osler.core.errors import UserError

ROUND = {"sodium": 140, "chloride": 100, "bicarbonate": 10}
"""An anion gap of 30: 18 above 12, with a bicarbonate 14 below 24."""
MELD = {"creatinine": 2, "bilirubin": 3, "inr": 2, "sodium": 130}

WORKED: list[tuple[str, dict[str, Any], float | date]] = [
    ("body_mass_index", {"weight": 80, "height": 200}, 20),
    ("ideal_body_weight", {"sex": "female", "height": 152.4}, 45.5),  # 60 in
    ("ideal_body_weight", {"sex": "male", "height": 182.88}, 77.6),  # 72 in: 50 + 12 × 2.3
    ("ideal_body_weight", {"sex": "male", "height": 142.24}, 40.8),  # 56 in: 50 - 4 × 2.3
    ("adjusted_body_weight", {"sex": "female", "height": 152.4, "weight": 95.5}, 65.5),  # 45.5 + 0.4 × 50
    ("target_weight", {"height": 150, "body_mass_index": 22}, 49.5),  # 22 × 2.25
    ("body_surface_area", {"weight": 80, "height": 180}, 2),  # √(14400 / 3600)
    ("creatinine_clearance", {"sex": "male", "age": 40, "weight": 72, "height": 182.88, "creatinine": 1}, 100),  # normal: 72 < 77.6
    ("creatinine_clearance", {"sex": "female", "age": 68, "weight": 60, "height": 172.72, "creatinine": 0.85}, 60),  # 72 × 60 / 72
    ("creatinine_clearance", {"sex": "male", "age": 68, "weight": 117.6, "height": 182.88, "creatinine": 1.3}, 72),  # 77.6 + 0.4 × 40
    ("creatinine_clearance", {"sex": "male", "age": 40, "weight": 54, "height": 182.88, "creatinine": 1.5}, 50),  # underweight
    ("creatinine_clearance", {"sex": "male", "age": 68, "weight": 83.445, "height": 182.88, "creatinine": 1}, 77.6),  # BMI 24.95: normal
    ("ckd_epi_2021", {"sex": "female", "age": 50, "creatinine": 0.7}, 105.30),  # 142 × 0.9938^50 (0.73274) × 1.012
    ("ckd_epi_2021", {"sex": "male", "age": 50, "creatinine": 1.8}, 45.29),  # 142 × 2^-1.2 (0.43528) × 0.73274
    ("ckd_epi_2021", {"sex": "male", "age": 50, "creatinine": 0.45}, 128.28),  # 142 × 0.5^-0.302 (1.23286) × 0.73274
    ("ckd_epi_absolute", {"sex": "female", "age": 50, "creatinine": 0.7, "weight": 80, "height": 180}, 121.73),  # 105.30 × 2 / 1.73
    ("mdrd", {"sex": "male", "age": 50, "creatinine": 1}, 79.095),  # 175 × 50^-0.203 (0.45197)
    ("mdrd", {"sex": "female", "age": 50, "creatinine": 1}, 58.688),
    ("mdrd", {"sex": "male", "age": 50, "creatinine": 1, "is_black": True}, 95.863),
    ("fractional_excretion_of_sodium", {"sodium": 140, "creatinine": 1, "urine_sodium": 21, "urine_creatinine": 100}, 0.15),
    ("fractional_excretion_of_urea", {"blood_urea_nitrogen": 50, "creatinine": 2, "urine_urea_nitrogen": 500, "urine_creatinine": 100}, 20),
    ("corrected_calcium", {"calcium": 8, "albumin": 2}, 9.6),
    ("corrected_sodium", {"sodium": 130, "glucose": 600}, 142),
    ("serum_osmolality", {"sodium": 140, "blood_urea_nitrogen": 14, "glucose": 90}, 290),  # 280 + 5 + 5
    ("osmolal_gap", {"sodium": 140, "blood_urea_nitrogen": 14, "glucose": 90, "measured_osmolality": 320}, 30),
    ("free_water_deficit", {"sex": "male", "age": 40, "weight": 70, "sodium": 160}, 6),  # 42 / 7
    ("free_water_deficit", {"sex": "female", "age": 70, "weight": 80, "sodium": 147}, 1.8),  # 36 × 0.05
    ("free_water_deficit", {"sex": "female", "age": 10, "weight": 30, "sodium": 154}, 1.8),  # 18 × 0.1
    ("free_water_deficit", {"sex": "female", "age": 64, "weight": 80, "sodium": 147}, 2),
    ("free_water_deficit", {"sex": "male", "age": 65, "weight": 80, "sodium": 147}, 2),
    ("maintenance_fluids", {"weight": 5}, 20),
    ("maintenance_fluids", {"weight": 15}, 50),
    ("maintenance_fluids", {"weight": 25}, 65),
    ("anion_gap", ROUND, 30),
    ("delta_gap", ROUND, 18),
    ("delta_ratio", ROUND, 18 / 14),
    ("bicarbonate_gap", ROUND, 4),
    ("corrected_anion_gap", {**ROUND, "albumin": 2}, 35),
    ("corrected_delta_gap", {**ROUND, "albumin": 2}, 23),
    ("corrected_delta_ratio", {**ROUND, "albumin": 2}, 23 / 14),
    ("expected_pco2", {"bicarbonate": 10}, 23),
    ("alveolar_arterial_gradient", {"fio2": 21, "pco2": 40, "po2": 90}, 9.73),  # 0.21 × 713 - 50 - 90
    ("mean_arterial_pressure", {"systolic_blood_pressure": 120, "diastolic_blood_pressure": 90}, 100),
    ("qtc_bazett", {"qt": 320, "heart_rate": 93.75}, 400),  # RR 0.64 s, its root 0.8
    ("qtc_fridericia", {"qt": 320, "heart_rate": 117.1875}, 400),  # RR 0.512 s, its cube root 0.8
    ("qtc_framingham", {"qt": 320, "heart_rate": 120}, 397),  # 154 / 2
    ("qtc_hodges", {"qt": 320, "heart_rate": 100}, 390),
    ("qtc_rautaharju", {"qt": 300, "heart_rate": 150}, 450),
    ("fibrosis_4", {"age": 50, "ast": 80, "alt": 64, "platelets": 100}, 5),  # 4000 / 800
    ("meld_na", {"creatinine": 0.5, "bilirubin": 0.4, "inr": 0.9, "sodium": 140}, 6),  # every one counts as 1: 6.43
    ("meld_na", MELD, 28),  # 24.98 → 25; 25 + 9.24 - 5.775 = 28.465
    ("meld_na", {**MELD, "dialysis": True, "inr": 9, "bilirubin": 30}, 40),
    ("meld_3", {**MELD, "sex": "female", "albumin": 2.5}, 31),  # 30.838
    ("meld_3", {"sex": "male", "creatinine": 0.8, "bilirubin": 0.5, "inr": 1, "sodium": 140, "albumin": 4}, 6),
    ("insulin_resistance", {"glucose": 81, "insulin": 10}, 2),
    ("insulin_resistance", {"glucose": (4.5, "mmol/L"), "insulin": 10}, 2.0017),  # 4.5 × 18.0156 = 81.07
    ("ldl_friedewald", {"total_cholesterol": 200, "hdl": 50, "triglycerides": 150}, 120),
    ("ldl_sampson", {"total_cholesterol": 200, "hdl": 50, "triglycerides": 150}, 123.397),  # 210.970 - 51.493 - 26.640 - 9.44
    ("steroid_conversion", {"dose": 20, "steroid": "hydrocortisone", "wanted": "prednisone"}, 5),
    ("steroid_conversion", {"dose": 0.75, "steroid": "dexamethasone", "wanted": "methylprednisolone"}, 4),
    ("morphine_equivalents", {"hydrocodone": 5, "hydrocodone_per_day": 4, "oxycodone": 10, "oxycodone_per_day": 2}, 50),  # 20 + 30
    ("morphine_equivalents", {"fentanyl_patch": 25}, 60),
    ("morphine_equivalents", {"buccal_fentanyl": 100, "buccal_fentanyl_per_day": 2, "methadone": 10, "methadone_per_day": 1}, 73),
    ("due_date", {"last_period": "2026-01-01"}, date(2026, 10, 8)),  # day 281 of the year
    ("due_date", {"last_period": "2026-01-01", "cycle_length": 30}, date(2026, 10, 10)),
    ("conception_date", {"last_period": "2026-01-01"}, date(2026, 1, 15)),
    ("conception_date", {"last_period": "2026-01-01", "cycle_length": 25}, date(2026, 1, 12)),
    ("gestational_age", {"last_period": "2026-01-01", "today": "2026-03-12"}, 70),  # 30 + 28 + 12
]  # fmt: skip

FRAMINGHAM = {"age": 55, "total_cholesterol": 200, "hdl": 50, "systolic_blood_pressure": 120}


@pytest.mark.parametrize(("name", "amounts", "expected"), WORKED)
def test_values_worked_out_by_hand(name: str, amounts: dict[str, Any], expected: float | date) -> None:
    value = CALCULATORS[name].calculate(amounts).value
    assert value == (expected if isinstance(expected, date) else pytest.approx(expected, rel=1e-4))


@pytest.mark.parametrize(
    ("person", "risk"),
    [  # man: 208.4198 + 106.0409 - 3.5442 + 6.2514 - 97.7747 - 47.1039 - 172.3002 = -0.0108; the panel's points (10) give 6 %
        ({"sex": "male"}, 5.918),
        ({"sex": "female"}, 1.055),  # the panel's points (12) give 1 %
    ],
)
def test_framingham_beside_the_points_of_the_panel(person: dict[str, Any], risk: float) -> None:
    assert CALCULATORS["framingham_coronary_risk"].calculate({**FRAMINGHAM, **person}).value == pytest.approx(risk, abs=5e-3)


def test_every_equation_is_among_them() -> None:
    equations = {each.name for each in CALCULATORS.values() if each.kind != "rule"}
    assert len(equations) >= 36
    assert equations - {name for name, _, _ in WORKED} == {"framingham_coronary_risk"}


def test_the_working_leads_to_the_value() -> None:
    for name, amounts, expected in WORKED:
        calculation = CALCULATORS[name].calculate(amounts)
        assert calculation.working
        if not isinstance(expected, date) and name != "gestational_age":
            assert calculation.working[-1].value == calculation.value, name
            assert calculation.working[-1].text.split(" = ")[-1].startswith(f"{calculation.value:.5g}")


@pytest.mark.parametrize(
    ("name", "amounts", "said"),
    [
        ("delta_ratio", {**ROUND, "bicarbonate": 24}, "bicarbonate: it is 24"),
        ("ldl_friedewald", {"total_cholesterol": 300, "hdl": 40, "triglycerides": 401}, "triglycerides: 401 mg/dL is above 400"),
        ("ldl_sampson", {"total_cholesterol": 400, "hdl": 40, "triglycerides": 801}, "triglycerides: 801 mg/dL is above 800"),
        ("ldl_friedewald", {"total_cholesterol": 100, "hdl": 60, "triglycerides": 300}, "leave no LDL"),
        ("mean_arterial_pressure", {"systolic_blood_pressure": 80, "diastolic_blood_pressure": 120}, "exchange them"),
        ("morphine_equivalents", {}, "opioids: none is given"),
        ("morphine_equivalents", {"codeine": 30}, "codeine_per_day: it is missing"),
        ("gestational_age", {"last_period": "2026-03-12", "today": "2026-01-01"}, "correct a day"),
        ("gestational_age", {"last_period": "2020-03-12", "today": "2026-01-01"}, "correct a day"),
        ("due_date", {"last_period": "9999-12-31"}, "end of the calendar"),
        ("ideal_body_weight", {"sex": "male", "height": 110}, "height: 110 cm is outside 120 to 250"),
        ("alveolar_arterial_gradient", {"fio2": 21, "pco2": 200, "po2": 50}, "no room for oxygen"),
        ("ckd_epi_2021", {"sex": "male", "age": 17, "creatinine": 1}, "age: 17 years is outside 18 to 120"),
        ("ckd_epi_2021", {"sex": "male", "age": 50, "creatinine": (1, "mmol")}, "is not a measure of the same"),
        ("ckd_epi_2021", {"age": 50}, "sex and creatinine are missing; give them"),
    ],
)
def test_what_is_undefined_is_refused_in_one_sentence(name: str, amounts: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        CALCULATORS[name].calculate(amounts)
    assert str(caught.value).startswith(f"{name}: ")
    assert "; " in str(caught.value)
