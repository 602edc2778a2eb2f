"""Scores by rule as wholes: cases worked by hand, the least and the most, classes of risk, trends, units, and what is refused."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.inputs import FlagInput, Input, NumberInput, WordInput
from osler.core.calculation import Amount, Calculation
from osler.core.errors import UserError

Amounts = dict[str, Amount]
RULES = sorted(name for name, each in CALCULATORS.items() if each.kind == "rule" and each.medcalc_id)


def yes(*names: str) -> Amounts:
    return dict.fromkeys(names, True)


def all_yes(name: str, *but: str) -> Amounts:
    return yes(*(each.name for each in CALCULATORS[name].inputs if isinstance(each, FlagInput) and each.name not in but))


def calculated(name: str, amounts: Amounts) -> Calculation:
    return CALCULATORS[name].calculate(amounts)


PNEUMONIA: Amounts = {
    "age": 72, "sex": "female", "respiratory_rate": 32, "systolic_blood_pressure": 88, "temperature": 34.5, "heart_rate": 130, "ph": 7.3,
    "blood_urea_nitrogen": 40, "sodium": 128, "glucose": 300, "haematocrit": 28, "po2": 55,
}  # fmt: skip
SHOCK: Amounts = {
    "temperature": 39.2, "systolic_blood_pressure": 80, "diastolic_blood_pressure": 40, "heart_rate": 145, "respiratory_rate": 36,
    "fio2": 60, "a_a_gradient": 360, "ph": 7.2, "sodium": 152, "potassium": 5.6, "creatinine": 2.4, "haematocrit": 28,
    "white_blood_cells": 22, "glasgow_coma_score": 12, "age": 67,
}  # fmt: skip
WORST: Amounts = {
    "temperature": 41, "systolic_blood_pressure": 240, "diastolic_blood_pressure": 140, "heart_rate": 180, "respiratory_rate": 50,
    "fio2": 100, "a_a_gradient": 500, "ph": 7.1, "sodium": 180, "potassium": 7, "creatinine": 4, "haematocrit": 60,
    "white_blood_cells": 40, "glasgow_coma_score": 3, "age": 75,
}  # fmt: skip
GOLDEN: list[tuple[str, Amounts, float]] = [
    ("cha2ds2_vasc", {"age": 76, "sex": "female", **yes("hypertension", "stroke")}, 6),  # 2 + 1 + 1 + 2
    ("cha2ds2_vasc", {"age": 70, "sex": "male", **yes("diabetes", "vascular_disease")}, 3),  # 1 + 1 + 1
    ("cha2ds2_vasc", {"age": 18, "sex": "male"}, 0),
    ("cha2ds2_vasc", {"age": 90, "sex": "female", **all_yes("cha2ds2_vasc")}, 9),
    ("has_bled", {"age": 70, **yes("uncontrolled_hypertension", "labile_inr"), "alcoholic_drinks": 10}, 4),
    ("has_bled", {"age": 50, **yes("stroke", "drugs_that_promote_bleeding")}, 2),
    ("has_bled", {"age": 66, "alcoholic_drinks": 8, **all_yes("has_bled")}, 9),
    ("wells_pe", {"heart_rate": 110, **yes("pulmonary_embolism_as_likeliest_diagnosis", "haemoptysis")}, 5.5),  # 1.5 + 3 + 1
    ("wells_pe", {"heart_rate": 90, **yes("surgery_within_four_weeks", "malignancy")}, 2.5),
    ("wells_pe", {"heart_rate": 120, **all_yes("wells_pe")}, 12.5),
    ("wells_dvt", yes("active_cancer", "swelling_of_entire_leg", "alternative_diagnosis_at_least_as_likely"), 0),
    ("wells_dvt", yes("bed_rest_for_three_days", "pitting_oedema_of_one_leg", "previous_deep_vein_thrombosis"), 3),
    ("wells_dvt", yes("alternative_diagnosis_at_least_as_likely"), -2),
    ("wells_dvt", all_yes("wells_dvt", "alternative_diagnosis_at_least_as_likely"), 9),
    ("perc", {"age": 55, "heart_rate": 110, "oxygen_saturation": 96}, 2),
    ("perc", {"age": 30, "heart_rate": 70, "oxygen_saturation": 93, **yes("hormone_use")}, 2),
    ("perc", {"age": 50, "heart_rate": 100, "oxygen_saturation": 94, **all_yes("perc")}, 8),
    ("caprini", {"age": 63, "body_mass_index": 31, "surgery": "major", **yes("malignancy", "varicose_veins")}, 8),  # 2 + 1 + 2 + 2 + 1
    ("caprini", {"age": 78, "body_mass_index": 24, "surgery": "arthroplasty", "mobility": "bed rest"}, 9),  # 3 + 5 + 1
    # 3 for age, 5 for surgery, 12 findings of 1, 1 for the index, 2 for bed, 3 of 2, 9 of 3 (leg or lung once), 4 of 5
    (
        "caprini",
        {
            "age": 80, "body_mass_index": 30, "surgery": "arthroplasty", "mobility": "confined to bed over 72 hours", **all_yes("caprini"),
        },
        76,
    ),
    ("heart", {"age": 66, "suspicion": "moderate", "ecg": "normal", "troponin": "normal", **yes("smoking")}, 4),
    ("heart", {"age": 50, "suspicion": "high", "ecg": "significant st deviation", "troponin": "over three times the limit"}, 7),
    (
        "heart",
        {
            "age": 80, "suspicion": "high", "ecg": "significant st deviation", "troponin": "over three times the limit", **all_yes("heart"),
        },
        10,
    ),
    ("revised_cardiac_risk_index", {"creatinine": 2.5, **yes("elevated_risk_surgery")}, 2),
    ("revised_cardiac_risk_index", {"creatinine": (100, "µmol/L"), **yes("ischaemic_heart_disease", "insulin_before_surgery")}, 2),
    ("revised_cardiac_risk_index", {"creatinine": 3, **all_yes("revised_cardiac_risk_index")}, 6),
    ("centor", {"age": 9, "temperature": 39, **yes("tonsillar_swelling_or_exudate")}, 3),  # 1 + 1 + 1
    ("centor", {"age": 50, "temperature": (98.6, "°F"), **yes("cough_absent")}, 0),  # -1 + 1
    ("centor", {"age": 60, "temperature": 37}, -1),
    ("centor", {"age": 5, "temperature": 39, **all_yes("centor")}, 5),
    ("feverpain", yes("fever_within_24_hours", "onset_within_three_days"), 2),
    ("feverpain", yes("purulent_tonsils", "severely_inflamed_tonsils", "cough_and_coryza_absent"), 3),
    ("feverpain", all_yes("feverpain"), 5),
    (
        "curb_65",
        {
            "age": 82, "blood_urea_nitrogen": (9, "mmol/L"), "respiratory_rate": 24, "systolic_blood_pressure": 110,
            "diastolic_blood_pressure": 58,
        },
        3,
    ),
    (
        "curb_65",
        {
            "age": 64, "blood_urea_nitrogen": (14, "mg/dL"), "respiratory_rate": 31, "systolic_blood_pressure": 85,
            "diastolic_blood_pressure": 50, **yes("confusion"),
        },
        3,
    ),
    (
        "curb_65",
        {
            "age": 65, "blood_urea_nitrogen": 8, "respiratory_rate": 30, "systolic_blood_pressure": 80, "diastolic_blood_pressure": 50,
            **yes("confusion"),
        },
        5,
    ),
    ("pneumonia_severity_index", PNEUMONIA | yes("nursing_home_residence"), 62 + 10 + 20 + 20 + 15 + 10 + 30 + 20 + 20 + 10 + 10 + 10),
    (
        "pneumonia_severity_index",
        PNEUMONIA | {"sex": "male", "ph": 7.4, "blood_urea_nitrogen": 20, "temperature": 38, **yes("renal_disease", "pleural_effusion")},
        72 + 10 + 10 + 20 + 20 + 10 + 20 + 10 + 10 + 10,
    ),
    # the sum of all points of the publication (nursing home 10, diseases 80, findings 75, tests 110) and the age of a man
    (
        "pneumonia_severity_index",
        PNEUMONIA | {"age": 100, "sex": "male", **all_yes("pneumonia_severity_index")},
        100 + 10 + 80 + 85 + 110,
    ),
    ("sirs", {"temperature": 38.5, "heart_rate": 100, "respiratory_rate": 18, "white_blood_cells": 9}, 2),
    ("sirs", {"temperature": 35.5, "heart_rate": 80, "respiratory_rate": 18, "white_blood_cells": 3, "pco2": 30}, 3),
    ("sirs", {"temperature": 39, "heart_rate": 100, "respiratory_rate": 25, "white_blood_cells": (13_000, "/µL")}, 4),
    # 3 fever, 2 pressure (53), 3 pulse, 3 breaths, 3 oxygen, 3 pH, 1 Na, 1 K, 3 creatinine, 2 haematocrit, 2 cells, 3 coma, 5 age
    ("apache_ii", SHOCK, 34),
    # doubled creatinine 3 more, chronic disease and emergency surgery 5 more
    (
        "apache_ii",
        SHOCK | yes("acute_renal_failure", "severe_organ_insufficiency_or_immunocompromise") | {"admission": "emergency surgery"},
        42,
    ),
    ("apache_ii", WORST | yes("acute_renal_failure", "severe_organ_insufficiency_or_immunocompromise"), 71),
    (
        "sofa",
        {
            "po2": 76, "fio2": 60, "respiratory_support": True, "platelets": (140_400, "/µL"), "bilirubin": (88.41, "µmol/L"),
            "hypotension": True, "glasgow_coma_score": 9, "creatinine": (121.32, "µmol/L"),
        },
        11,
    ),  # 126.7: 3; 140: 1; 5.2 mg/dL: 2; hypotension: 1; 3; 1.37 mg/dL: 1
    ("sofa", {"po2": 80, "fio2": 40, "platelets": 45, "bilirubin": 1, "norepinephrine": 0.2, "creatinine": 3.6}, 2 + 3 + 4 + 3),
    (
        "sofa",
        {
            "po2": 50, "fio2": 100, "respiratory_support": True, "platelets": 10, "bilirubin": 15, "norepinephrine": 0.5,
            "glasgow_coma_score": 3, "creatinine": 6,
        },
        24,
    ),
    (
        "glasgow_blatchford",
        {
            "blood_urea_nitrogen": 25, "haemoglobin": 9, "sex": "male", "systolic_blood_pressure": 95, "heart_rate": 110, **yes("melaena"),
        },
        13,
    ),  # 3 + 6 + 2 + 1 + 1
    (
        "glasgow_blatchford",
        {"blood_urea_nitrogen": (7, "mmol/L"), "haemoglobin": 11, "sex": "female", "systolic_blood_pressure": 120, "heart_rate": 80},
        3,
    ),  # 2 + 1
    (
        "glasgow_blatchford",
        {
            "blood_urea_nitrogen": 80, "haemoglobin": 7, "sex": "male", "systolic_blood_pressure": 80, "heart_rate": 120,
            **all_yes("glasgow_blatchford"),
        },
        23,
    ),
    ("charlson", {"age": 72, "diabetes": "end-organ damage", **yes("dementia", "stroke")}, 7),  # 3 + 2 + 1 + 1
    ("charlson", {"age": 45, "solid_tumour": "metastatic", "liver_disease": "mild"}, 7),
    (
        "charlson",
        {
            "age": 85, "solid_tumour": "metastatic", "liver_disease": "moderate to severe", "diabetes": "end-organ damage",
            **all_yes("charlson"),
        },
        37,
    ),
    ("child_pugh", {"bilirubin": 2.5, "albumin": 3.2, "inr": 1.5, "ascites": "slight"}, 8),  # 2 + 2 + 1 + 2 + 1
    ("child_pugh", {"bilirubin": (60, "µmol/L"), "albumin": (25, "g/L"), "inr": 2.5, "encephalopathy": "grade 1-2"}, 12),
    ("child_pugh", {"bilirubin": 1, "albumin": 4, "inr": 1}, 5),
    ("child_pugh", {"bilirubin": 5, "albumin": 2, "inr": 3, "ascites": "moderate", "encephalopathy": "grade 3-4"}, 15),
]  # fmt: skip
"""Cases worked by hand; among them the least of those that can fall below 0, and the most that each score can have."""


@pytest.mark.parametrize(("name", "amounts", "total"), GOLDEN)
def test_cases_worked_by_hand(name: str, amounts: Amounts, total: float) -> None:
    assert calculated(name, amounts).value == total


def test_every_score_has_two_cases_worked_by_hand() -> None:
    counted = {name: sum(each == name for each, _, _ in GOLDEN) for name in RULES}
    assert len(counted) == 19
    assert {name for name, n in counted.items() if n < 2} == {"glasgow_coma_score"}, "which has six in test_rules.py"


@pytest.mark.parametrize(
    ("name", "amounts", "said"),
    [
        ("child_pugh", {"bilirubin": 1, "albumin": 4, "inr": 1.8}, "class A (5 to 6)"),
        ("child_pugh", {"bilirubin": 1, "albumin": 3, "inr": 1.8}, "class B (7 to 9)"),
        ("child_pugh", {"bilirubin": 4, "albumin": 2, "inr": 1.8}, "class C (10 to 15)"),
        ("wells_pe", {"heart_rate": 110}, "low probability (below 2)"),
        ("wells_pe", {"heart_rate": 90, **yes("haemoptysis", "malignancy")}, "moderate probability (2 to 6)"),
        ("wells_dvt", yes("active_cancer", "swelling_of_entire_leg"), "likely (2 or more)"),
        ("wells_dvt", yes("active_cancer"), "unlikely (below 2)"),
        ("revised_cardiac_risk_index", {"creatinine": 1}, "class I (0)"),
        ("revised_cardiac_risk_index", {"creatinine": 3, **all_yes("revised_cardiac_risk_index")}, "class IV (3 or more)"),
        ("pneumonia_severity_index", PNEUMONIA, "class V (above 130)"),
    ],
)
def test_the_class_of_risk_is_the_last_line(name: str, amounts: Amounts, said: str) -> None:
    assert calculated(name, amounts).working[-1] == (said, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "class I (by age, diseases and vital signs)"),
        ({"age": 51}, "class II (at most 70)"),
        ({"heart_rate": 125}, "class II (at most 70)"),
        ({"temperature": 40}, "class II (at most 70)"),
        ({"temperature": (95, "°F")}, "class I (by age, diseases and vital signs)"),
        ({"renal_disease": True}, "class II (at most 70)"),
        ({"altered_mental_status": True}, "class II (at most 70)"),
        ({"age": 71}, "class III (71 to 90)"),
        ({"age": 91}, "class IV (91 to 130)"),
        ({"ph": 7.2}, "class I (by age, diseases and vital signs)"),
    ],
)
def test_the_first_class_of_pneumonia_is_told_before_any_test(changed: dict[str, Any], said: str) -> None:
    calm = {"age": 50, "sex": "male", "respiratory_rate": 16, "systolic_blood_pressure": 120, "temperature": 37, "heart_rate": 80}
    tests = {"blood_urea_nitrogen": 15, "sodium": 140, "glucose": 100, "haematocrit": 40}
    assert calculated("pneumonia_severity_index", calm | tests | changed).working[-1].text == said


def drawn(given_input: Input) -> st.SearchStrategy[Any]:
    if isinstance(given_input, NumberInput):
        return st.integers(0, 400).map(lambda k: round(given_input.usual[0] + k / 400 * (given_input.usual[1] - given_input.usual[0]), 3))
    return st.sampled_from(given_input.options) if isinstance(given_input, WordInput) else st.booleans()


PROPERTY = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", RULES)
@PROPERTY
@given(data=st.data())
def test_the_lines_of_the_criteria_come_to_the_total(name: str, data: st.DataObject) -> None:
    calculator = CALCULATORS[name]
    amounts = data.draw(st.fixed_dictionaries({each.name: drawn(each) for each in calculator.inputs}))
    calculation = calculator.calculate(amounts)
    lines = [line for line in calculation.working if re.search(r": (0|[+-][\d.]+)$", line.text)]
    assert sum(line.value or 0 for line in lines) == pytest.approx(calculation.value)
    assert [float(line.text.rsplit(": ", 1)[1]) for line in lines] == pytest.approx([line.value for line in lines])


TRENDS = [(name, each, way) for name in RULES for way in ("rises_with", "falls_with") for each in getattr(CALCULATORS[name], way)]


@pytest.mark.parametrize(("name", "changed", "way"), TRENDS)
@settings(PROPERTY, max_examples=3)
@given(data=st.data())
def test_a_total_rises_or_falls_with_what_it_should(name: str, changed: str, way: str, data: st.DataObject) -> None:
    inputs = {each.name: each for each in CALCULATORS[name].inputs}
    amounts = data.draw(st.fixed_dictionaries({each: drawn(one) for each, one in inputs.items()}))
    low, high = sorted(data.draw(st.tuples(drawn(inputs[changed]), drawn(inputs[changed]))))
    totals = [calculated(name, amounts | {changed: each}).value for each in (low, high)]
    assert totals == sorted(totals, reverse=way == "falls_with")


def test_more_fever_or_less_of_it_is_no_trend() -> None:
    trends = {(name, each) for name, each, _ in TRENDS}
    assert ("apache_ii", "glasgow_coma_score") in trends
    assert not {("apache_ii", "temperature"), ("sirs", "temperature"), ("sirs", "white_blood_cells"), ("centor", "age")} & trends


OTHER_UNITS: list[tuple[str, str, float, float, str]] = [
    ("albumin", "child_pugh", 10, 0, "g/L"),
    ("haemoglobin", "glasgow_blatchford", 10, 0, "g/L"),
    ("temperature", "apache_ii", 1.8, 32, "°F"),
    ("temperature", "centor", 1.8, 32, "°F"),
    ("white_blood_cells", "sirs", 1000, 0, "/µL"),
    ("white_blood_cells", "apache_ii", 1, 0, "K/µL"),
    ("platelets", "sofa", 1000, 0, "/µL"),
    ("fio2", "sofa", 0.01, 0, ""),
    ("age", "charlson", 12, 0, "months"),
    ("norepinephrine", "sofa", 0.06, 0, "mg/kg/h"),
    ("haematocrit", "apache_ii", 0.01, 0, ""),
    ("body_mass_index", "caprini", 0.1, 0, "g/cm²"),
    ("urine_per_day", "sofa", 0.001, 0, "L/day"),
]
"""An input, a score that takes it, and what its number is in another unit: factor and offset are those of the definitions."""


@pytest.mark.parametrize(("changed", "name", "factor", "offset", "unit"), OTHER_UNITS)
@settings(PROPERTY, max_examples=15)
@given(data=st.data())
def test_units_commute(changed: str, name: str, factor: float, offset: float, unit: str, data: st.DataObject) -> None:
    inputs = {each.name: each for each in CALCULATORS[name].inputs}
    amounts = data.draw(st.fixed_dictionaries({each: drawn(one) for each, one in inputs.items()}))
    other = (amounts[changed] * factor + offset, unit)
    assert calculated(name, amounts | {changed: other}).value == calculated(name, amounts).value


@pytest.mark.parametrize(
    ("name", "amounts", "error"),
    [
        ("cha2ds2_vasc", {"age": 70}, "cha2ds2_vasc: sex is missing; give it"),
        (
            "cha2ds2_vasc",
            {"age": 700, "sex": "male"},
            "cha2ds2_vasc: age: 700 years is outside 18 to 120 years; correct the value or its unit",
        ),
        ("wells_pe", {"heart_rate": (80, "mmHg")}, "wells_pe: heart_rate: mmHg is not a measure of the same; give it in /min"),
        ("wells_pe", {"heart_rate": 80, "hemoptysis": True}, "wells_pe: there is no input 'hemoptysis'; did you mean 'haemoptysis'?"),
        ("caprini", {"age": 50, "body_mass_index": 22, "surgery": "dental"}, "caprini: surgery: there is no 'dental'; choose among none, "),
        ("feverpain", {"purulent_tonsils": "perhaps"}, "feverpain: purulent_tonsils: 'perhaps' is neither yes nor no; say which"),
        ("apache_ii", SHOCK | {"fio2": 40}, "apache_ii: po2 is missing, which counts at FiO2 40%; give it"),
        (
            "apache_ii",
            {k: v for k, v in SHOCK.items() if k != "a_a_gradient"},
            "apache_ii: a_a_gradient is missing, which counts at FiO2 60%; give it",
        ),
        (
            "apache_ii",
            SHOCK | {"diastolic_blood_pressure": 95},
            "apache_ii: diastolic_blood_pressure: 95 mmHg is above the systolic 80 mmHg; correct one of them",
        ),
        (
            "sofa",
            {"po2": 90, "fio2": 21, "platelets": 200, "bilirubin": 1},
            "sofa: creatinine and urine_per_day are missing; give one of them",
        ),
        (
            "sirs",
            {"temperature": 37, "heart_rate": 80, "respiratory_rate": 16, "white_blood_cells": (8, "/µL")},
            "sirs: white_blood_cells: ",
        ),
    ],
)
def test_what_is_missing_or_impossible_is_named(name: str, amounts: Amounts, error: str) -> None:
    with pytest.raises(UserError) as raised:
        calculated(name, amounts)
    assert str(raised.value).startswith(error)


def test_what_is_not_mentioned_is_said_to_be_assumed() -> None:
    assert calculated("centor", {"age": 30, "temperature": 37, "cough_absent": True}).assumed == (
        "tender_anterior_cervical_nodes: no",
        "tonsillar_swelling_or_exudate: no",
    )
