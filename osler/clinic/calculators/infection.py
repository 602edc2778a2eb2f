"""Infections: sore throat, pneumonia, and the body's response to infection.

CURB-65 counts urea above 7 mmol/L as published, which is 19.6 mg/dL of urea nitrogen, where MedCalc-Bench has 19.
"""

from osler.clinic.calculators.calculator import Given, Work
from osler.clinic.calculators.criteria import Criterion, RuleScore, either, finding, measured, row_of
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, GLUCOSE, SEX, SODIUM, UREA_NITROGEN
from osler.clinic.calculators.vitals import (
    DIASTOLIC,
    HAEMATOCRIT,
    HEART_RATE,
    PCO2,
    PH,
    PO2,
    RESPIRATORY_RATE,
    SYSTOLIC,
    TEMPERATURE,
    WHITE_CELLS,
    optional,
)

AGE_FROM_THREE = NumberInput("age", "years", 3, 120, (3, 80))
UREA = NumberInput("blood_urea_nitrogen", "mmol/L", 0.2, 150, (3, 25), "urea nitrogen")
IMMATURE = NumberInput("immature_neutrophils", "%", 0, 100, (0, 20), is_optional=True)
_COMORBIDITIES = ("neoplastic_disease", "liver_disease", "congestive_heart_failure", "cerebrovascular_disease", "renal_disease")
_PSI_CLASSES = (
    ("≤70", "class II (at most 70)"),
    ("≤90", "class III (71 to 90)"),
    ("≤130", "class IV (91 to 130)"),
    ("", "class V (above 130)"),
)
_COLD = (("≥40", 15), ("<35", 15))

CENTOR = RuleScore(
    "centor",
    "Centor score as modified by McIsaac: streptococcal sore throat",
    "McIsaac et al., CMAJ 1998; 158:75–83; from 3 years of age",
    (
        measured(AGE_FROM_THREE, ("≥45", -1), ("≥15", 0), ("≥3", 1)),
        measured(TEMPERATURE, (">38", 1)),
        finding(1, "cough_absent", otherwise="cough, or none said to be absent"),
        finding(1, "tender_anterior_cervical_nodes"),
        finding(1, "tonsillar_swelling_or_exudate"),
    ),
    medcalc_id=20,
)
FEVERPAIN = RuleScore(
    "feverpain",
    "FeverPAIN score: streptococcal sore throat",
    "Little et al., BMJ 2013; 347:f5806",
    (
        finding(1, "fever_within_24_hours"),
        finding(1, "purulent_tonsils"),
        finding(1, "onset_within_three_days"),
        finding(1, "severely_inflamed_tonsils"),
        finding(1, "cough_and_coryza_absent", otherwise="cough or coryza, or neither said to be absent"),
    ),
    medcalc_id=33,
)


CURB_65 = RuleScore(
    "curb_65",
    "CURB-65: severity of pneumonia",
    "Lim et al., Thorax 2003; 58:377–382; urea above 7 mmol/L, which is 19.6 mg/dL of urea nitrogen",
    (
        finding(1, "confusion"),
        measured(UREA, (">7", 1)),
        measured(RESPIRATORY_RATE, ("≥30", 1)),
        either(1, (SYSTOLIC, "<90"), (DIASTOLIC, "≤60")),
        measured(ADULT_AGE, ("≥65", 1)),
    ),
    medcalc_id=45,
)


def _age_by_sex(given: Given, work: Work) -> float:
    fewer = 10 if given["sex"] == "female" else 0
    return work.score(f"age {given['age']:g} years{', female: 10 fewer' if fewer else ''}", given["age"] - fewer)


def _psi_class(total: float, given: Given) -> str:
    """Class I is told by the first step of the publication, without points: at most 50 years, none of five diseases, no altered state."""
    fast = given[HEART_RATE.name] >= 125 or given[RESPIRATORY_RATE.name] >= 30
    is_altered = fast or given[SYSTOLIC.name] < 90 or not 35 <= round(given[TEMPERATURE.name], 6) < 40 or given["altered_mental_status"]
    if given["age"] <= 50 and not is_altered and not any(given[name] for name in _COMORBIDITIES):
        return "class I (by age, diseases and vital signs)"
    return row_of(total, *_PSI_CLASSES)


PSI = RuleScore(
    "pneumonia_severity_index",
    "Pneumonia severity index (PSI, PORT score)",
    "Fine et al., N Engl J Med 1997; 336:243–250",
    (
        Criterion((ADULT_AGE, SEX), _age_by_sex, rises_with=("age",)),
        finding(10, "nursing_home_residence"),
        *(finding(points, name) for name, points in zip(_COMORBIDITIES, (30, 20, 10, 10, 10), strict=True)),
        finding(20, "altered_mental_status"),
        measured(RESPIRATORY_RATE, ("≥30", 20)),
        measured(SYSTOLIC, ("<90", 20)),
        measured(TEMPERATURE, *_COLD),
        measured(HEART_RATE, ("≥125", 10)),
        measured(optional(PH), ("<7.35", 30)),
        measured(UREA_NITROGEN, ("≥30", 20)),
        measured(SODIUM, ("<130", 20)),
        measured(GLUCOSE, ("≥250", 10)),
        measured(HAEMATOCRIT, ("<30", 10)),
        measured(optional(PO2), ("<60", 10)),
        finding(10, "pleural_effusion"),
    ),
    medcalc_id=29,
    says=_psi_class,
)


SIRS = RuleScore(
    "sirs",
    "SIRS: criteria of the systemic inflammatory response",
    "Bone et al., Chest 1992; 101:1644–1655",
    (
        measured(TEMPERATURE, (">38", 1), ("<36", 1)),
        measured(HEART_RATE, (">90", 1)),
        either(1, (RESPIRATORY_RATE, ">20"), (optional(PCO2), "<32")),
        either(1, (WHITE_CELLS, ">12", "<4"), (IMMATURE, ">10")),
    ),
    medcalc_id=51,
)
INFECTION = tuple(each.calculator() for each in (CENTOR, FEVERPAIN, CURB_65, PSI, SIRS))
