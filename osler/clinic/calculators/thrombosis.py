"""Clots and bleeding: the risk of stroke and of bleeding in atrial fibrillation, and of clots in veins and lungs.

Caprini's form of 2005 has one line for a previous thrombosis, of leg or lung; MedCalc-Bench has two, and forgets what most findings add.
"""

from osler.clinic.calculators.criteria import RuleScore, choice, finding, measured, row_of
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, AGE
from osler.clinic.calculators.vitals import HEART_RATE, OXYGEN_SATURATION

BODY_MASS_INDEX = NumberInput("body_mass_index", "kg/m²", 8, 150, (17, 45))
DRINKS = NumberInput("alcoholic_drinks", "/week", 0, 300, (0, 25), default=0)

CHA2DS2_VASC = RuleScore(
    "cha2ds2_vasc",
    "CHA2DS2-VASc: risk of stroke in atrial fibrillation",
    "Lip et al., Chest 2010; 137:263–272",
    (
        finding(1, "congestive_heart_failure"),
        finding(1, "hypertension"),
        measured(ADULT_AGE, ("≥75", 2), ("≥65", 1)),
        finding(1, "diabetes"),
        finding(2, "stroke", "transient_ischaemic_attack", "thromboembolism"),
        finding(1, "vascular_disease"),
        choice("sex", {"female": 1, "male": 0}),
    ),
    medcalc_id=4,
)
HAS_BLED = RuleScore(
    "has_bled",
    "HAS-BLED: risk of major bleeding under anticoagulants",
    "Pisters et al., Chest 2010; 138:1093–1100; alcohol from 8 drinks a week",
    (
        finding(1, "uncontrolled_hypertension"),
        finding(1, "renal_disease"),
        finding(1, "liver_disease"),
        finding(1, "stroke"),
        finding(1, "bleeding_or_predisposition"),
        finding(1, "labile_inr"),
        measured(ADULT_AGE, (">65", 1)),
        finding(1, "drugs_that_promote_bleeding"),
        measured(DRINKS, ("≥8", 1)),
    ),
    medcalc_id=25,
)
WELLS_PE = RuleScore(
    "wells_pe",
    "Wells' criteria for pulmonary embolism",
    "Wells et al., Thromb Haemost 2000; 83:416–420",
    (
        finding(3, "clinical_evidence_of_deep_vein_thrombosis"),
        finding(3, "pulmonary_embolism_as_likeliest_diagnosis"),
        measured(HEART_RATE, (">100", 1.5)),
        finding(1.5, "immobilization_for_three_days", "surgery_within_four_weeks"),
        finding(1.5, "previous_pulmonary_embolism", "previous_deep_vein_thrombosis"),
        finding(1, "haemoptysis"),
        finding(1, "malignancy"),
    ),
    medcalc_id=8,
    says=lambda total, _: row_of(
        total, ("<2", "low probability (below 2)"), ("≤6", "moderate probability (2 to 6)"), ("", "high probability (above 6)")
    ),
)
WELLS_DVT = RuleScore(
    "wells_dvt",
    "Wells' criteria for deep vein thrombosis",
    "Wells et al., N Engl J Med 2003; 349:1227–1235 (Lancet 1997; 350:1795–1798, with a previous thrombosis added)",
    (
        finding(1, "active_cancer"),
        finding(1, "paralysis_or_recent_plaster_of_leg"),
        finding(1, "bed_rest_for_three_days", "major_surgery_within_twelve_weeks"),
        finding(1, "tenderness_along_deep_veins"),
        finding(1, "swelling_of_entire_leg"),
        finding(1, "calf_swelling_over_three_cm"),
        finding(1, "pitting_oedema_of_one_leg"),
        finding(1, "collateral_superficial_veins"),
        finding(1, "previous_deep_vein_thrombosis"),
        finding(-2, "alternative_diagnosis_at_least_as_likely"),
    ),
    medcalc_id=16,
    says=lambda total, _: row_of(total, ("<2", "unlikely (below 2)"), ("", "likely (2 or more)")),
)
PERC = RuleScore(
    "perc",
    "PERC: criteria against ruling out pulmonary embolism at the bedside",
    "Kline et al., J Thromb Haemost 2004; 2:1247–1255",
    (
        measured(AGE, ("≥50", 1)),
        measured(HEART_RATE, ("≥100", 1)),
        measured(OXYGEN_SATURATION, ("<95", 1)),
        finding(1, "unilateral_leg_swelling"),
        finding(1, "haemoptysis"),
        finding(1, "surgery_or_trauma_within_four_weeks"),
        finding(1, "previous_pulmonary_embolism", "previous_deep_vein_thrombosis"),
        finding(1, "hormone_use"),
    ),
    medcalc_id=48,
)
_SURGERY = {"none": 0, "minor": 1, "major": 2, "laparoscopic": 2, "arthroscopic": 2, "arthroplasty": 5}
_MOBILITY = {"normal": 0, "bed rest": 1, "confined to bed over 72 hours": 2}
CAPRINI = RuleScore(
    "caprini",
    "Caprini score for venous thromboembolism (2005)",
    "Caprini, Dis Mon 2005; 51:70–78; major and laparoscopic surgery: of over 45 minutes",
    (
        measured(ADULT_AGE, ("≥75", 3), ("≥61", 2), ("≥41", 1)),
        choice("surgery", _SURGERY, "none"),
        *(
            finding(1, name)
            for name in (
                "major_surgery_within_one_month",
                "congestive_heart_failure_within_one_month",
                "sepsis_within_one_month",
                "pneumonia_or_serious_lung_disease_within_one_month",
                "varicose_veins",
                "swollen_legs",
                "inflammatory_bowel_disease",
                "acute_myocardial_infarction",
                "chronic_obstructive_pulmonary_disease",
                "contraceptive_or_hormone_therapy",
                "pregnancy_or_puerperium",
                "unexplained_pregnancy_loss",
            )
        ),
        measured(BODY_MASS_INDEX, (">25", 1)),
        choice("mobility", _MOBILITY, "normal"),
        finding(2, "malignancy"),
        finding(2, "plaster_cast_within_one_month"),
        finding(2, "central_venous_access"),
        finding(3, "previous_pulmonary_embolism", "previous_deep_vein_thrombosis"),
        *(
            finding(3, name)
            for name in (
                "family_history_of_thrombosis",
                "factor_v_leiden",
                "prothrombin_20210a",
                "elevated_homocysteine",
                "lupus_anticoagulant",
                "anticardiolipin_antibodies",
                "heparin_induced_thrombocytopenia",
                "other_thrombophilia",
            )
        ),
        *(
            finding(5, name)
            for name in (
                "hip_pelvis_or_leg_fracture_within_one_month",
                "stroke_within_one_month",
                "multiple_trauma_within_one_month",
                "spinal_cord_injury_within_one_month",
            )
        ),
    ),
    medcalc_id=36,
)
THROMBOSIS = tuple(each.calculator() for each in (CHA2DS2_VASC, HAS_BLED, WELLS_PE, WELLS_DVT, PERC, CAPRINI))
