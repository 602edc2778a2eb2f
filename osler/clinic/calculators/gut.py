"""Liver and bowel: cirrhosis and bleeding from the upper gut; and the burden of chronic disease.

The points for age of the Charlson index are at most 4, as MedCalc-Bench has them; the publication of 1994 goes on by the decade. The points
for degrees of liver disease, diabetes and tumours are those of 1987, where MedCalc-Bench's labels have 1 for each.
"""

from osler.clinic.calculators.calculator import Given, Work
from osler.clinic.calculators.criteria import Criterion, RuleScore, choice, finding, measured, points_of, row_of
from osler.clinic.calculators.shared_inputs import ADULT_AGE, ALBUMIN, BILIRUBIN, INR, SEX, UREA_NITROGEN
from osler.clinic.calculators.vitals import HAEMOGLOBIN, HEART_RATE, SYSTOLIC

CHILD_PUGH = RuleScore(
    "child_pugh",
    "Child-Pugh score of cirrhosis",
    "Pugh et al., Br J Surg 1973; 60:646–649, with the INR in place of the prothrombin time",
    (
        measured(BILIRUBIN, (">3", 3), ("≥2", 2), ("<2", 1)),
        measured(ALBUMIN, (">3.5", 1), ("≥2.8", 2), ("<2.8", 3)),
        measured(INR, (">2.3", 3), ("≥1.7", 2), ("<1.7", 1)),
        choice("ascites", {"none": 1, "slight": 2, "moderate": 3}, "none"),
        choice("encephalopathy", {"none": 1, "grade 1-2": 2, "grade 3-4": 3}, "none"),
    ),
    medcalc_id=15,
    says=lambda total, _: row_of(total, ("≤6", "class A (5 to 6)"), ("≤9", "class B (7 to 9)"), ("", "class C (10 to 15)")),
)


def _haemoglobin(given: Given, work: Work) -> float:
    """The limits of men are higher; of women only two are told apart."""
    rows = (("<10", 6), ("<12", 1)) if given["sex"] == "female" else (("<10", 6), ("<12", 3), ("<13", 1))
    said, points = points_of(HAEMOGLOBIN, given[HAEMOGLOBIN.name], *rows)
    return work.score(f"{given['sex']}, {said}", points)


GLASGOW_BLATCHFORD = RuleScore(
    "glasgow_blatchford",
    "Glasgow-Blatchford score of bleeding from the upper gut",
    "Blatchford et al., Lancet 2000; 356:1318–1321 (urea 6.5, 8, 10 and 25 mmol/L as 18.2, 22.4, 28 and 70 mg/dL of urea nitrogen)",
    (
        measured(UREA_NITROGEN, ("≥70", 6), ("≥28", 4), ("≥22.4", 3), ("≥18.2", 2)),
        Criterion((HAEMOGLOBIN, SEX), _haemoglobin, falls_with=(HAEMOGLOBIN.name,)),
        measured(SYSTOLIC, ("<90", 3), ("<100", 2), ("<110", 1)),
        measured(HEART_RATE, ("≥100", 1)),
        finding(1, "melaena"),
        finding(2, "syncope"),
        finding(2, "hepatic_disease"),
        finding(2, "cardiac_failure"),
    ),
    medcalc_id=27,
)
CHARLSON = RuleScore(
    "charlson",
    "Charlson comorbidity index, with points for age",
    "Charlson et al., J Chronic Dis 1987; 40:373–383; age after J Clin Epidemiol 1994; 47:1245–1251, at most 4 points",
    (
        measured(ADULT_AGE, ("≥80", 4), ("≥70", 3), ("≥60", 2), ("≥50", 1)),
        finding(1, "myocardial_infarction"),
        finding(1, "congestive_heart_failure"),
        finding(1, "peripheral_vascular_disease"),
        finding(1, "stroke", "transient_ischaemic_attack"),
        finding(1, "dementia"),
        finding(1, "chronic_obstructive_pulmonary_disease"),
        finding(1, "connective_tissue_disease"),
        finding(1, "peptic_ulcer_disease"),
        choice("liver_disease", {"none": 0, "mild": 1, "moderate to severe": 3}, "none"),
        choice("diabetes", {"none or diet-controlled": 0, "uncomplicated": 1, "end-organ damage": 2}, "none or diet-controlled"),
        finding(2, "hemiplegia"),
        finding(2, "moderate_to_severe_kidney_disease"),
        choice("solid_tumour", {"none": 0, "localized": 2, "metastatic": 6}, "none"),
        finding(2, "leukaemia"),
        finding(2, "lymphoma"),
        finding(6, "aids"),
    ),
    medcalc_id=32,
)
GUT = tuple(each.calculator() for each in (CHILD_PUGH, GLASGOW_BLATCHFORD))
CHRONIC = (CHARLSON.calculator(),)
