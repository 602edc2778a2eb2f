"""Scores by rule against the tables of their publications, written down here a second time: each criterion alone, every limit from both
sides, the least and the most that can be had, and cases worked by hand."""

from typing import Any

import pytest

from osler.clinic.calculators import CALCULATORS
from osler.core.calculation import Amount
from osler.core.errors import UserError

Amounts = dict[str, Amount]

ADULT: Amounts = {"age": 40}
MAN: Amounts = {"age": 40, "sex": "male"}
CALM: dict[str, Amounts] = {
    "cha2ds2_vasc": MAN,
    "has_bled": ADULT,
    "wells_pe": {"heart_rate": 80},
    "wells_dvt": {},
    "perc": {"age": 40, "heart_rate": 80, "oxygen_saturation": 98},
    "caprini": {"age": 40, "body_mass_index": 22},
    "heart": {"age": 40, "suspicion": "slight", "ecg": "normal", "troponin": "normal"},
    "revised_cardiac_risk_index": {"creatinine": 1},
    "centor": {"age": 30, "temperature": 37},
    "feverpain": {},
    "curb_65": {
        "age": 40, "blood_urea_nitrogen": 5, "respiratory_rate": 16, "systolic_blood_pressure": 120, "diastolic_blood_pressure": 80,
    },
    "pneumonia_severity_index": {
        "age": 60, "sex": "male", "respiratory_rate": 16, "systolic_blood_pressure": 120, "temperature": 37, "heart_rate": 80, "ph": 7.4,
        "blood_urea_nitrogen": 15, "sodium": 140, "glucose": 100, "haematocrit": 40, "po2": 90,
    },
    "sirs": {"temperature": 37, "heart_rate": 80, "respiratory_rate": 16, "white_blood_cells": 8, "pco2": 40, "immature_neutrophils": 2},
    "apache_ii": {
        "temperature": 37, "systolic_blood_pressure": 120, "diastolic_blood_pressure": 75, "heart_rate": 80, "respiratory_rate": 16,
        "fio2": 21, "po2": 90, "ph": 7.4, "sodium": 140, "potassium": 4, "creatinine": 1, "haematocrit": 40, "white_blood_cells": 8,
        "glasgow_coma_score": 15, "age": 40,
    },
    "sofa": {"po2": 90, "fio2": 21, "platelets": 250, "bilirubin": 0.8, "creatinine": 0.9, "urine_per_day": 1500},
    "glasgow_blatchford": {
        "blood_urea_nitrogen": 10, "haemoglobin": 15, "sex": "male", "systolic_blood_pressure": 120, "heart_rate": 80,
    },
    "charlson": ADULT,
}  # fmt: skip
"""Someone in whom no criterion holds, for each score that can be 0; only the index of pneumonia counts the years."""
CALM_TOTALS = {"pneumonia_severity_index": 60}

YES: dict[str, dict[float, str]] = {
    "cha2ds2_vasc": {
        1: "congestive_heart_failure hypertension diabetes vascular_disease",
        2: "stroke transient_ischaemic_attack thromboembolism",
    },
    "has_bled": {
        1: "uncontrolled_hypertension renal_disease liver_disease stroke bleeding_or_predisposition labile_inr drugs_that_promote_bleeding"
    },
    "wells_pe": {
        3: "clinical_evidence_of_deep_vein_thrombosis pulmonary_embolism_as_likeliest_diagnosis",
        1.5: "immobilization_for_three_days surgery_within_four_weeks previous_pulmonary_embolism previous_deep_vein_thrombosis",
        1: "haemoptysis malignancy",
    },
    "wells_dvt": {
        1: "active_cancer paralysis_or_recent_plaster_of_leg bed_rest_for_three_days major_surgery_within_twelve_weeks "
        "tenderness_along_deep_veins swelling_of_entire_leg calf_swelling_over_three_cm pitting_oedema_of_one_leg "
        "collateral_superficial_veins previous_deep_vein_thrombosis",
        -2: "alternative_diagnosis_at_least_as_likely",
    },
    "perc": {
        1: "unilateral_leg_swelling haemoptysis surgery_or_trauma_within_four_weeks previous_pulmonary_embolism "
        "previous_deep_vein_thrombosis hormone_use"
    },
    "caprini": {
        1: "major_surgery_within_one_month congestive_heart_failure_within_one_month sepsis_within_one_month varicose_veins swollen_legs "
        "pneumonia_or_serious_lung_disease_within_one_month inflammatory_bowel_disease acute_myocardial_infarction "
        "chronic_obstructive_pulmonary_disease contraceptive_or_hormone_therapy pregnancy_or_puerperium unexplained_pregnancy_loss",
        2: "malignancy plaster_cast_within_one_month central_venous_access",
        3: "previous_pulmonary_embolism previous_deep_vein_thrombosis family_history_of_thrombosis factor_v_leiden prothrombin_20210a "
        "elevated_homocysteine lupus_anticoagulant anticardiolipin_antibodies heparin_induced_thrombocytopenia other_thrombophilia",
        5: "hip_pelvis_or_leg_fracture_within_one_month stroke_within_one_month multiple_trauma_within_one_month "
        "spinal_cord_injury_within_one_month",
    },
    "heart": {
        1: "hypertension hypercholesterolaemia diabetes obesity smoking family_history_of_cardiovascular_disease",
        2: "atherosclerotic_disease",
    },
    "revised_cardiac_risk_index": {
        1: "elevated_risk_surgery ischaemic_heart_disease congestive_heart_failure cerebrovascular_disease insulin_before_surgery"
    },
    "centor": {1: "cough_absent tender_anterior_cervical_nodes tonsillar_swelling_or_exudate"},
    "feverpain": {1: "fever_within_24_hours purulent_tonsils onset_within_three_days severely_inflamed_tonsils cough_and_coryza_absent"},
    "curb_65": {1: "confusion"},
    "pneumonia_severity_index": {
        30: "neoplastic_disease",
        20: "liver_disease altered_mental_status",
        10: "nursing_home_residence congestive_heart_failure cerebrovascular_disease renal_disease pleural_effusion",
    },
    "sirs": {},
    "apache_ii": {5: "severe_organ_insufficiency_or_immunocompromise", 0: "acute_renal_failure"},
    "sofa": {1: "hypotension", 0: "respiratory_support"},
    "glasgow_blatchford": {1: "melaena", 2: "syncope hepatic_disease cardiac_failure"},
    "charlson": {
        1: "myocardial_infarction congestive_heart_failure peripheral_vascular_disease stroke transient_ischaemic_attack dementia "
        "chronic_obstructive_pulmonary_disease connective_tissue_disease peptic_ulcer_disease",
        2: "hemiplegia moderate_to_severe_kidney_disease leukaemia lymphoma",
        6: "aids",
    },
}
"""Points by finding, from the publications."""

PLACES: list[tuple[str, str, list[tuple[Any, float]]]] = [
    ("cha2ds2_vasc", "age", [(64, 0), (65, 1), (74, 1), (75, 2)]),
    ("cha2ds2_vasc", "sex", [("female", 1)]),
    ("has_bled", "age", [(65, 0), (66, 1)]),
    ("has_bled", "alcoholic_drinks", [(7, 0), (8, 1)]),
    ("wells_pe", "heart_rate", [(100, 0), (101, 1.5)]),
    ("perc", "age", [(49, 0), (50, 1)]),
    ("perc", "heart_rate", [(99, 0), (100, 1)]),
    ("perc", "oxygen_saturation", [(95, 0), (94, 1)]),
    ("caprini", "age", [(40, 0), (41, 1), (60, 1), (61, 2), (74, 2), (75, 3)]),
    ("caprini", "body_mass_index", [(25, 0), (25.1, 1)]),
    ("caprini", "surgery", [("minor", 1), ("major", 2), ("laparoscopic", 2), ("arthroscopic", 2), ("arthroplasty", 5)]),
    ("caprini", "mobility", [("bed rest", 1), ("confined to bed over 72 hours", 2)]),
    ("heart", "age", [(44, 0), (45, 1), (64, 1), (65, 2)]),
    ("heart", "suspicion", [("moderate", 1), ("high", 2)]),
    ("heart", "ecg", [("nonspecific repolarization disturbance", 1), ("significant ST deviation", 2)]),
    ("heart", "troponin", [("up to three times the limit", 1), ("over three times the limit", 2)]),
    ("revised_cardiac_risk_index", "creatinine", [(2, 0), (2.01, 1), ((176, "µmol/L"), 0), ((178, "µmol/L"), 1)]),
    ("centor", "age", [(3, 1), (14, 1), (15, 0), (44, 0), (45, -1)]),
    ("centor", "temperature", [(38, 0), (38.1, 1), ((100.4, "°F"), 0), ((100.5, "°F"), 1)]),
    ("curb_65", "age", [(64, 0), (65, 1)]),
    ("curb_65", "blood_urea_nitrogen", [(7, 0), (7.1, 1), ((19.6, "mg/dL"), 0), ((19.7, "mg/dL"), 1)]),
    ("curb_65", "respiratory_rate", [(29, 0), (30, 1)]),
    ("curb_65", "systolic_blood_pressure", [(90, 0), (89, 1)]),
    ("curb_65", "diastolic_blood_pressure", [(61, 0), (60, 1)]),
    ("pneumonia_severity_index", "age", [(61, 1), (90, 30)]),
    ("pneumonia_severity_index", "sex", [("female", -10)]),
    ("pneumonia_severity_index", "respiratory_rate", [(29, 0), (30, 20)]),
    ("pneumonia_severity_index", "systolic_blood_pressure", [(90, 0), (89, 20)]),
    ("pneumonia_severity_index", "temperature", [(35, 0), (34.9, 15), (39.9, 0), (40, 15), ((104, "°F"), 15), ((95, "°F"), 0)]),
    ("pneumonia_severity_index", "heart_rate", [(124, 0), (125, 10)]),
    ("pneumonia_severity_index", "ph", [(7.35, 0), (7.34, 30)]),
    ("pneumonia_severity_index", "blood_urea_nitrogen", [(29.9, 0), (30, 20), ((10.7, "mmol/L"), 0), ((11, "mmol/L"), 20)]),
    ("pneumonia_severity_index", "sodium", [(130, 0), (129, 20)]),
    ("pneumonia_severity_index", "glucose", [(249, 0), (250, 10), ((13.8, "mmol/L"), 0), ((14, "mmol/L"), 10)]),
    ("pneumonia_severity_index", "haematocrit", [(30, 0), (29.9, 10)]),
    ("pneumonia_severity_index", "po2", [(60, 0), (59.9, 10), ((7.9, "kPa"), 10)]),
    ("sirs", "temperature", [(38, 0), (38.1, 1), (36, 0), (35.9, 1)]),
    ("sirs", "heart_rate", [(90, 0), (91, 1)]),
    ("sirs", "respiratory_rate", [(20, 0), (21, 1)]),
    ("sirs", "pco2", [(32, 0), (31.9, 1)]),
    ("sirs", "white_blood_cells", [(12, 0), (12.1, 1), (4, 0), (3.9, 1), ((12_100, "/µL"), 1)]),
    ("sirs", "immature_neutrophils", [(10, 0), (11, 1)]),
    ("apache_ii", "temperature", [(41, 4), (40.9, 3), (39, 3), (38.9, 1), (38.5, 1), (38.4, 0), (36, 0), (35.9, 1), (34, 1), (33.9, 2)]),
    ("apache_ii", "temperature", [(32, 2), (31.9, 3), (30, 3), (29.9, 4)]),
    ("apache_ii", "heart_rate", [(180, 4), (179, 3), (140, 3), (139, 2), (110, 2), (109, 0), (70, 0), (69, 2), (55, 2), (54, 3), (39, 4)]),
    ("apache_ii", "respiratory_rate", [(50, 4), (49, 3), (35, 3), (34, 1), (25, 1), (24, 0), (12, 0), (11, 1), (10, 1), (9, 2), (5, 4)]),
    ("apache_ii", "po2", [(71, 0), (70, 1), (61, 1), (60, 3), (55, 3), (54, 4)]),
    ("apache_ii", "ph", [(7.7, 4), (7.6, 3), (7.5, 1), (7.49, 0), (7.33, 0), (7.32, 2), (7.25, 2), (7.24, 3), (7.15, 3), (7.14, 4)]),
    ("apache_ii", "sodium", [(180, 4), (179, 3), (160, 3), (159, 2), (155, 2), (154, 1), (150, 1), (149, 0), (130, 0), (129, 2)]),
    ("apache_ii", "sodium", [(120, 2), (119, 3), (111, 3), (110, 4)]),
    ("apache_ii", "potassium", [(7, 4), (6.9, 3), (6, 3), (5.9, 1), (5.5, 1), (5.4, 0), (3.5, 0), (3.4, 1), (3, 1), (2.9, 2), (2.4, 4)]),
    ("apache_ii", "creatinine", [(3.5, 4), (3.4, 3), (2, 3), (1.9, 2), (1.5, 2), (1.4, 0), (0.6, 0), (0.5, 2)]),
    ("apache_ii", "haematocrit", [(60, 4), (59.9, 2), (50, 2), (49.9, 1), (46, 1), (45.9, 0), (30, 0), (29.9, 2), (20, 2), (19.9, 4)]),
    ("apache_ii", "white_blood_cells", [(40, 4), (39.9, 2), (20, 2), (19.9, 1), (15, 1), (14.9, 0), (3, 0), (2.9, 2), (1, 2), (0.9, 4)]),
    ("apache_ii", "glasgow_coma_score", [(14, 1), (3, 12)]),
    ("apache_ii", "age", [(44, 0), (45, 2), (54, 2), (55, 3), (64, 3), (65, 5), (74, 5), (75, 6)]),
    ("sofa", "platelets", [(150, 0), (149, 1), (100, 1), (99, 2), (50, 2), (49, 3), (20, 3), (19, 4)]),
    ("sofa", "bilirubin", [(1.1, 0), (1.2, 1), (1.9, 1), (2, 2), (5.9, 2), (6, 3), (11.9, 3), (12, 4), ((205, "µmol/L"), 3)]),
    ("sofa", "glasgow_coma_score", [(15, 0), (14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4)]),
    ("sofa", "creatinine", [(1.1, 0), (1.2, 1), (1.9, 1), (2, 2), (3.4, 2), (3.5, 3), (4.9, 3), (5, 4)]),
    ("sofa", "urine_per_day", [(500, 0), (499, 3), (200, 3), (199, 4)]),
    ("sofa", "dopamine", [(5, 2), (5.1, 3), (15, 3), (15.1, 4)]),
    ("sofa", "dobutamine", [(1, 2), (20, 2)]),
    ("sofa", "epinephrine", [(0.1, 3), (0.11, 4)]),
    ("sofa", "norepinephrine", [(0.1, 3), (0.11, 4), ((0.05, "mcg/kg/min"), 3)]),
    ("sofa", "fio2", [(22.5, 0), (22.6, 1), (30, 1), (30.1, 2), (100, 2)]),
    ("glasgow_blatchford", "blood_urea_nitrogen", [(18.1, 0), (18.2, 2), (22.3, 2), (22.4, 3), (27.9, 3), (28, 4), (69.9, 4), (70, 6)]),
    ("glasgow_blatchford", "blood_urea_nitrogen", [((x, "mmol/L"), y) for x, y in ((6.4, 0), (6.5, 2), (8, 3), (10, 4), (25, 6))]),
    ("glasgow_blatchford", "haemoglobin", [(13, 0), (12.9, 1), (12, 1), (11.9, 3), (10, 3), (9.9, 6), ((129, "g/L"), 1)]),
    ("glasgow_blatchford", "systolic_blood_pressure", [(110, 0), (109, 1), (100, 1), (99, 2), (90, 2), (89, 3)]),
    ("glasgow_blatchford", "heart_rate", [(99, 0), (100, 1)]),
    ("charlson", "age", [(49, 0), (50, 1), (59, 1), (60, 2), (70, 3), (79, 3), (80, 4), (99, 4)]),
    ("charlson", "liver_disease", [("mild", 1), ("moderate to severe", 3)]),
    ("charlson", "diabetes", [("none or diet-controlled", 0), ("uncomplicated", 1), ("end-organ damage", 2)]),
    ("charlson", "solid_tumour", [("localized", 2), ("metastatic", 6)]),
]  # fmt: skip
"""An input, its values and what they add to the calm total: the limits of the published tables from both sides."""
FLAGS = [(name, finding, points) for name, table in YES.items() for points, findings in table.items() for finding in findings.split()]
VALUES = [(name, given, value, points) for name, given, places in PLACES for value, points in places]


def total(name: str, amounts: Amounts) -> float:
    value = CALCULATORS[name].calculate(amounts).value
    assert isinstance(value, int | float)
    return value


def added(name: str, **amounts: Any) -> float:
    return total(name, CALM[name] | amounts) - CALM_TOTALS.get(name, 0)


@pytest.mark.parametrize("name", CALM)
def test_nothing_adds_nothing(name: str) -> None:
    assert total(name, CALM[name]) == CALM_TOTALS.get(name, 0)


@pytest.mark.parametrize(("name", "finding", "points"), FLAGS)
def test_each_finding_alone_adds_its_points(name: str, finding: str, points: float) -> None:
    assert added(name, **{finding: True}) == points


@pytest.mark.parametrize(("name", "given", "value", "points"), VALUES)
def test_each_value_alone_adds_its_points(name: str, given: str, value: Amount, points: float) -> None:
    assert added(name, **{given: value}) == points


def test_every_input_of_every_score_is_in_the_tables() -> None:
    told = {(name, each) for name, each, _ in FLAGS} | {(name, each) for name, each, _, _ in VALUES}
    more = {("apache_ii", each) for each in ("systolic_blood_pressure", "diastolic_blood_pressure", "fio2", "a_a_gradient", "admission")}
    more |= {("sofa", each) for each in ("po2", "systolic_blood_pressure", "diastolic_blood_pressure")}
    more |= {("child_pugh", each) for each in ("bilirubin", "albumin", "inr", "ascites", "encephalopathy")}
    more |= {("glasgow_blatchford", "sex")} | {("glasgow_coma_score", f"{each}_response") for each in ("eye", "verbal", "motor")}
    rules = [each for each in CALCULATORS.values() if each.kind == "rule" and each.medcalc_id]
    assert len(rules) == 19
    assert {(rule.name, each.name) for rule in rules for each in rule.inputs} == told | more


@pytest.mark.parametrize(
    ("name", "findings", "points"),
    [
        ("cha2ds2_vasc", "stroke transient_ischaemic_attack thromboembolism", 2),
        ("wells_pe", "immobilization_for_three_days surgery_within_four_weeks", 1.5),
        ("wells_pe", "previous_pulmonary_embolism previous_deep_vein_thrombosis", 1.5),
        ("wells_dvt", "bed_rest_for_three_days major_surgery_within_twelve_weeks", 1),
        ("perc", "previous_pulmonary_embolism previous_deep_vein_thrombosis", 1),
        ("caprini", "previous_pulmonary_embolism previous_deep_vein_thrombosis", 3),
        ("heart", "hypertension diabetes", 1),
        ("heart", "hypertension diabetes smoking", 2),
        ("heart", "hypertension atherosclerotic_disease", 2),
        ("charlson", "stroke transient_ischaemic_attack", 1),
    ],
)
def test_findings_that_are_one_criterion_count_once(name: str, findings: str, points: float) -> None:
    assert added(name, **dict.fromkeys(findings.split(), True)) == points


@pytest.mark.parametrize(
    ("amounts", "points"),
    [
        ({"systolic_blood_pressure": 220, "diastolic_blood_pressure": 130}, 4),  # mean (220 + 260) / 3 = 160
        ({"systolic_blood_pressure": 219, "diastolic_blood_pressure": 130}, 3),
        ({"systolic_blood_pressure": 170, "diastolic_blood_pressure": 110}, 3),  # mean 130
        ({"systolic_blood_pressure": 150, "diastolic_blood_pressure": 90}, 2),  # mean 110
        ({"systolic_blood_pressure": 90, "diastolic_blood_pressure": 60}, 0),  # mean 70
        ({"systolic_blood_pressure": 89, "diastolic_blood_pressure": 60}, 2),
        ({"systolic_blood_pressure": 60, "diastolic_blood_pressure": 44}, 4),  # mean 49.3
        ({"fio2": 50, "a_a_gradient": 199}, 0),
        ({"fio2": 50, "a_a_gradient": 200}, 2),
        ({"fio2": 50, "a_a_gradient": 350}, 3),
        ({"fio2": (1, ""), "a_a_gradient": 500}, 4),
        ({"fio2": 49, "po2": 60, "a_a_gradient": 500}, 3),
        ({"creatinine": 2, "acute_renal_failure": True}, 6),
        ({"creatinine": 0.5, "acute_renal_failure": True}, 4),
        ({"severe_organ_insufficiency_or_immunocompromise": True, "admission": "emergency surgery"}, 5),
        ({"severe_organ_insufficiency_or_immunocompromise": True, "admission": "elective surgery"}, 2),
        ({"admission": "elective surgery"}, 0),
    ],
)
def test_apache_of_two_inputs(amounts: dict[str, Any], points: float) -> None:
    assert added("apache_ii", **amounts) == points


@pytest.mark.parametrize(
    ("amounts", "points"),
    [
        ({"po2": 100, "fio2": 25}, 0),  # a ratio of 400
        ({"po2": 99, "fio2": 25}, 1),
        ({"po2": 100, "fio2": 50, "respiratory_support": True}, 2),
        ({"po2": 99, "fio2": 50, "respiratory_support": True}, 3),
        ({"po2": 99, "fio2": 50}, 2),
        ({"po2": 99, "fio2": 100, "respiratory_support": True}, 4),
        ({"systolic_blood_pressure": 90, "diastolic_blood_pressure": 60}, 0),
        ({"systolic_blood_pressure": 90, "diastolic_blood_pressure": 59}, 1),
        ({"dopamine": 3, "epinephrine": 0.05}, 3),
        ({"hypotension": True, "dobutamine": 2}, 2),
        ({"creatinine": 2, "urine_per_day": 300}, 3),
    ],
)
def test_sofa_of_two_inputs(amounts: dict[str, Any], points: float) -> None:
    assert added("sofa", **amounts) == points


@pytest.mark.parametrize(("haemoglobin", "points"), [(12, 0), (11.9, 1), (10, 1), (9.9, 6)])
def test_blatchford_has_two_limits_for_women(haemoglobin: float, points: float) -> None:
    assert added("glasgow_blatchford", sex="female", haemoglobin=haemoglobin) == points


PUGH: Amounts = {"bilirubin": 1, "albumin": 4, "inr": 1}


@pytest.mark.parametrize(
    ("given", "value", "points"),
    [
        *(("bilirubin", *each) for each in ((1.9, 1), (2, 2), (3, 2), (3.1, 3), ((33, "µmol/L"), 1), ((35, "µmol/L"), 2))),
        *(("albumin", *each) for each in ((3.6, 1), (3.5, 2), (2.8, 2), (2.7, 3), ((27, "g/L"), 3))),
        *(("inr", *each) for each in ((1.6, 1), (1.7, 2), (2.3, 2), (2.4, 3))),
        *(("ascites", *each) for each in (("none", 1), ("slight", 2), ("moderate", 3))),
        *(("encephalopathy", *each) for each in (("none", 1), ("grade 1-2", 2), ("grade 3-4", 3))),
    ],
)
def test_child_pugh_has_one_to_three_points_for_each(given: str, value: Amount, points: float) -> None:
    assert total("child_pugh", PUGH | {given: value}) == 4 + points


@pytest.mark.parametrize(
    ("eye", "verbal", "motor", "points"),
    [
        ("spontaneous", "oriented", "obeys commands", 15),
        ("none", "none", "none", 3),
        ("to speech", "confused", "localizes pain", 12),
        ("to pain", "inappropriate words", "withdraws from pain", 9),
        ("to pain", "incomprehensible sounds", "abnormal flexion", 7),
        ("none", "none", "extension", 4),
    ],
)
def test_glasgow_coma_score(eye: str, verbal: str, motor: str, points: float) -> None:
    assert total("glasgow_coma_score", {"eye_response": eye, "verbal_response": verbal, "motor_response": motor}) == points


def test_a_response_that_cannot_be_tested_has_no_points() -> None:
    with pytest.raises(UserError, match=r"^glasgow_coma_score: verbal_response: there is no 'not testable'; choose among oriented"):
        total("glasgow_coma_score", {"eye_response": "none", "verbal_response": "not testable", "motor_response": "none"})
