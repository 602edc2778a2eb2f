"""Critical illness: consciousness, organ failure, and the severity of acute disease.

MedCalc-Bench's labels of June 2024 depart from all three publications (docs/calculators.md); ours follow the publications. A value between
two that APACHE II prints (38.45 °C) goes with the lower one.
"""

from collections.abc import Mapping
from dataclasses import replace

from osler.clinic.calculators.calculator import Given, Work
from osler.clinic.calculators.criteria import Criterion, RuleScore, choice, measured, points_of
from osler.clinic.calculators.inputs import FlagInput, NumberInput, WordInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, BILIRUBIN, CREATININE, SODIUM
from osler.clinic.calculators.vitals import (
    DIASTOLIC,
    FIO2,
    GLASGOW,
    HAEMATOCRIT,
    HEART_RATE,
    PH,
    PLATELETS,
    PO2,
    POTASSIUM,
    RESPIRATORY_RATE,
    SYSTOLIC,
    TEMPERATURE,
    WHITE_CELLS,
    optional,
)
from osler.core.errors import UserError

A_A_GRADIENT = NumberInput("a_a_gradient", "mmHg", 0, 760, (100, 550), is_optional=True)
URINE = NumberInput("urine_per_day", "mL/day", 0, 20000, (100, 2500), is_optional=True)
ALERT = replace(GLASGOW, default=15)
MEAN = NumberInput("mean_arterial_pressure", "mmHg", 10, 300, (45, 140), is_optional=True)
_DOPAMINE, _DOBUTAMINE, _EPINEPHRINE, _NOREPINEPHRINE = (
    NumberInput(name, "µg/kg/min", 0, high, (0, usual), default=0)
    for name, high, usual in (("dopamine", 60, 20), ("dobutamine", 60, 20), ("epinephrine", 10, 0.5), ("norepinephrine", 10, 0.5))
)

EYE = {"spontaneous": 4, "to speech": 3, "to pain": 2, "none": 1}
VERBAL = {"oriented": 5, "confused": 4, "inappropriate words": 3, "incomprehensible sounds": 2, "none": 1}
MOTOR = {"obeys commands": 6, "localizes pain": 5, "withdraws from pain": 4, "abnormal flexion": 3, "extension": 2, "none": 1}
"""The best response of each kind and its points. What cannot be tested has none, and then no total is to be given (Teasdale et al.,
Lancet Neurol 2014); MedCalc-Bench takes it for normal."""

GLASGOW_COMA = RuleScore(
    "glasgow_coma_score",
    "Glasgow coma score",
    "Teasdale and Jennett, Lancet 1974; 304:81–84, with six motor responses (Teasdale and Jennett, Acta Neurochir 1976; 34:45–55)",
    (choice("eye_response", EYE), choice("verbal_response", VERBAL), choice("motor_response", MOTOR)),
    medcalc_id=21,
)


def mean_pressure(given: Given, work: Work) -> float | None:
    """Of systolic and diastolic pressure; None where they are not given. Raises UserError where the diastolic is above the systolic."""
    systolic, diastolic = given[SYSTOLIC.name], given[DIASTOLIC.name]
    if systolic is None or diastolic is None:
        return None
    if diastolic > systolic:
        raise UserError(f"{DIASTOLIC.name}: {diastolic:g} mmHg is above the systolic {systolic:g} mmHg; correct one of them")
    return work("mean arterial pressure", f"({systolic:g} + 2 × {diastolic:g}) / 3", (systolic + 2 * diastolic) / 3, "mmHg")


def _mean_points(given: Given, work: Work) -> float:
    mean = mean_pressure(given, work)
    return work.score(*points_of(MEAN, mean, ("≥160", 4), ("≥130", 3), ("≥110", 2), ("≥70", 0), ("≥50", 2), ("<50", 4)))


def _oxygenation(given: Given, work: Work) -> float:
    """By the alveolar-arterial difference from 50 % oxygen on, by PaO2 below."""
    number, rows = (
        (A_A_GRADIENT, (("≥500", 4), ("≥350", 3), ("≥200", 2)))
        if round(given["fio2"], 6) >= 50
        else (optional(PO2), (("<55", 4), ("≤60", 3), ("≤70", 1)))
    )
    if given[number.name] is None:
        raise UserError(f"{number.name} is missing, which counts at FiO2 {given['fio2']:g}%; give it")
    said, points = points_of(number, given[number.name], *rows)
    return work.score(f"FiO2 {given['fio2']:g}%, {said}", points)


def _creatinine(given: Given, work: Work) -> float:
    said, points = points_of(CREATININE, given["creatinine"], ("≥3.5", 4), ("≥2", 3), ("≥1.5", 2), ("≥0.6", 0), ("<0.6", 2))
    is_doubled = given["acute_renal_failure"] and points
    return work.score(f"{said}{', doubled for acute renal failure' if is_doubled else ''}", 2 * points if is_doubled else points)


def _coma(given: Given, work: Work) -> float:
    return work.score(f"15 − Glasgow coma score {given['glasgow_coma_score']:g}", 15 - given["glasgow_coma_score"])


_ADMISSIONS = {"nonoperative": 5, "emergency surgery": 5, "elective surgery": 2}


def _chronic(given: Given, work: Work) -> float:
    if not given["severe_organ_insufficiency_or_immunocompromise"]:
        return work.score("no severe organ insufficiency or immunocompromise", 0)
    said = f"severe organ insufficiency or immunocompromise, admission {given['admission']}"
    return work.score(said, _ADMISSIONS[given["admission"]])


APACHE_II = RuleScore(
    "apache_ii",
    "APACHE II: severity of acute disease in intensive care",
    "Knaus et al., Crit Care Med 1985; 13:818–829",
    (
        measured(TEMPERATURE, ("≥41", 4), ("≥39", 3), ("≥38.5", 1), ("≥36", 0), ("≥34", 1), ("≥32", 2), ("≥30", 3), ("<30", 4)),
        Criterion((SYSTOLIC, DIASTOLIC), _mean_points),
        measured(HEART_RATE, ("≥180", 4), ("≥140", 3), ("≥110", 2), ("≥70", 0), ("≥55", 2), ("≥40", 3), ("<40", 4)),
        measured(RESPIRATORY_RATE, ("≥50", 4), ("≥35", 3), ("≥25", 1), ("≥12", 0), ("≥10", 1), ("≥6", 2), ("<6", 4)),
        Criterion((FIO2, optional(PO2), A_A_GRADIENT), _oxygenation, ("a_a_gradient",), ("po2",)),
        measured(PH, ("≥7.7", 4), ("≥7.6", 3), ("≥7.5", 1), ("≥7.33", 0), ("≥7.25", 2), ("≥7.15", 3), ("<7.15", 4)),
        measured(SODIUM, ("≥180", 4), ("≥160", 3), ("≥155", 2), ("≥150", 1), ("≥130", 0), ("≥120", 2), ("≥111", 3), ("<111", 4)),
        measured(POTASSIUM, ("≥7", 4), ("≥6", 3), ("≥5.5", 1), ("≥3.5", 0), ("≥3", 1), ("≥2.5", 2), ("<2.5", 4)),
        Criterion((CREATININE, FlagInput("acute_renal_failure")), _creatinine, ("acute_renal_failure",)),
        measured(HAEMATOCRIT, ("≥60", 4), ("≥50", 2), ("≥46", 1), ("≥30", 0), ("≥20", 2), ("<20", 4)),
        measured(WHITE_CELLS, ("≥40", 4), ("≥20", 2), ("≥15", 1), ("≥3", 0), ("≥1", 2), ("<1", 4)),
        Criterion((GLASGOW,), _coma, falls_with=("glasgow_coma_score",)),
        measured(ADULT_AGE, ("≥75", 6), ("≥65", 5), ("≥55", 3), ("≥45", 2)),
        Criterion(
            (FlagInput("severe_organ_insufficiency_or_immunocompromise"), WordInput("admission", tuple(_ADMISSIONS), "nonoperative")),
            _chronic,
            ("severe_organ_insufficiency_or_immunocompromise",),
        ),
    ),
    medcalc_id=28,
)


def _breathing(given: Given, work: Work) -> float:
    """Three and four points are for those whose breathing is supported."""
    ratio = work("PaO2/FiO2", f"{given['po2']:g} / {given['fio2'] / 100:g}", given["po2"] / (given["fio2"] / 100), "mmHg")
    is_supported = given["respiratory_support"]
    place = round(ratio, 6)
    points = 4 if place < 100 else 3 if place < 200 else 2 if place < 300 else 1 if place < 400 else 0
    said = f"PaO2/FiO2 {ratio:.5g} mmHg, {'with' if is_supported else 'without'} respiratory support"
    return work.score(said, points if is_supported else min(points, 2))


def _circulation(given: Given, work: Work) -> float:
    """The highest of what the drugs and the pressure give; where pressures are given they tell, not the word. Doses in µg/kg/min."""
    mean = mean_pressure(given, work)
    rows: Mapping[NumberInput, tuple[tuple[str, float], ...]] = {
        _DOPAMINE: ((">15", 4), (">5", 3), (">0", 2)),
        _DOBUTAMINE: ((">0", 2),),
        _EPINEPHRINE: ((">0.1", 4), (">0", 3)),
        _NOREPINEPHRINE: ((">0.1", 4), (">0", 3)),
    }
    placed = [points_of(number, given[number.name], *table) for number, table in rows.items() if given[number.name]]
    if mean is not None:
        placed.append(points_of(MEAN, mean, ("<70", 1)))
    elif given["hypotension"]:
        placed.append(("hypotension", 1))
    return work.score(
        "; ".join(said for said, _ in placed) or "no hypotension or vasopressor", max((each for _, each in placed), default=0)
    )


def _kidneys(given: Given, work: Work) -> float:
    if given["creatinine"] is None and given[URINE.name] is None:
        raise UserError(f"creatinine and {URINE.name} are missing; give one of them")
    of_both = [
        points_of(optional(CREATININE), given["creatinine"], ("≥5", 4), ("≥3.5", 3), ("≥2", 2), ("≥1.2", 1)),
        points_of(URINE, given[URINE.name], ("<200", 4), ("<500", 3)),
    ]
    return work.score("; ".join(said for said, _ in of_both), max(points for _, points in of_both))


_VASOPRESSORS = (_DOPAMINE, _DOBUTAMINE, _EPINEPHRINE, _NOREPINEPHRINE)
SOFA = RuleScore(
    "sofa",
    "SOFA: sequential organ failure assessment",
    "Vincent et al., Intensive Care Med 1996; 22:707–710",
    (
        Criterion((PO2, FIO2, FlagInput("respiratory_support")), _breathing, ("fio2", "respiratory_support"), ("po2",)),
        measured(PLATELETS, ("<20", 4), ("<50", 3), ("<100", 2), ("<150", 1)),
        measured(BILIRUBIN, ("≥12", 4), ("≥6", 3), ("≥2", 2), ("≥1.2", 1)),
        Criterion(
            (optional(SYSTOLIC), optional(DIASTOLIC), FlagInput("hypotension"), *_VASOPRESSORS),
            _circulation,
            ("hypotension", *(each.name for each in _VASOPRESSORS)),
            (SYSTOLIC.name, DIASTOLIC.name),
        ),
        measured(ALERT, ("<6", 4), ("<10", 3), ("<13", 2), ("<15", 1)),
        Criterion((optional(CREATININE), URINE), _kidneys, ("creatinine",), (URINE.name,)),
    ),
    medcalc_id=43,
)
CRITICAL = tuple(each.calculator() for each in (GLASGOW_COMA, APACHE_II, SOFA))
