"""How the entities of MedCalc-Bench become the inputs of our scores by rule: its spellings, its units, its words.

`RULES[id]` is the name of our calculator and the function that makes its amounts. Imported by `bench/calculators.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from osler.core.calculation import Amount

Entities = Mapping[str, Any]
Amounts = dict[str, Amount]

_UNITS = {
    "degrees celsius": "°C",
    "degrees celsisus": "°C",
    "degrees fahrenheit": "°F",
    "degrees fahreinheit": "°F",
    "mm hg": "mmHg",
    "mm Hg": "mmHg",
    "beats per minute": "/min",
    "bpm": "/min",
    "breaths per minute": "/min",
    "mcg/kg/min": "µg/kg/min",
    "mc/kg/min": "µg/kg/min",
}
_CELLS = {"µL": "/µL", "m^3": "/µL", "L": "/L"}
"""What cells are counted in. "m^3" is how the rows write the notes' mm³, which is µL."""
_NUMBERS = {
    "age": "age",
    "heart_rate": "Heart Rate or Pulse",
    "respiratory_rate": "respiratory rate",
    "temperature": "Temperature",
    "systolic_blood_pressure": "Systolic Blood Pressure",
    "diastolic_blood_pressure": "Diastolic Blood Pressure",
    "oxygen_saturation": "O₂ saturation percentage",
    "po2": "Partial pressure of oxygen (PaO₂) for Apache II",
    "pco2": "PaCO₂",
    "fio2": "FiO₂",
    "ph": "pH",
    "a_a_gradient": "A-a gradient",
    "blood_urea_nitrogen": "Blood Urea Nitrogen (BUN)",
    "creatinine": "creatinine",
    "bilirubin": "Bilirubin",
    "albumin": "Albumin",
    "inr": "international normalized ratio",
    "sodium": "Sodium",
    "potassium": "Potassium",
    "glucose": "Glucose",
    "haematocrit": "Hematocrit",
    "haemoglobin": "Hemoglobin",
    "body_mass_index": "Body Mass Index (BMI)",
    "glasgow_coma_score": "Glasgow Coma Score",
    "urine_per_day": "Urine Output",
    "dopamine": "DOPamine",
    "dobutamine": "DOBUTamine",
    "epinephrine": "EPINEPHrine",
    "norepinephrine": "norEPINEPHrine",
    "white_blood_cells": "White blood cell count",
    "platelets": "Platelet count",
}
_CELL_COUNTS = ("white_blood_cells", "platelets")


def _amount(name: str, given: Any) -> Amount:
    if not isinstance(given, list):
        return float(given)
    value, unit = given
    return float(value), _CELLS[unit] if name in _CELL_COUNTS else _UNITS.get(unit, unit)


def numbers(entities: Entities, *names: str) -> Amounts:
    return {name: _amount(name, entities[_NUMBERS[name]]) for name in names if _NUMBERS[name] in entities}


def flags(entities: Entities, **names: str) -> Amounts:
    """What the row says of each; a finding that it does not mention is left to be assumed. A word that says how bad it is, is a yes."""
    return {
        ours: entities[theirs] is not False for ours, theirs in names.items() if theirs in entities and entities[theirs] != "Not mentinoed"
    }


def words(entities: Entities, ours: str, theirs: str, meanings: Mapping[Any, str]) -> Amounts:
    given = entities.get(theirs)
    return {} if given is None else {ours: meanings[given.strip() if isinstance(given, str) else given]}


def sex(entities: Entities) -> Amounts:
    return {"sex": entities["sex"].lower()}


_DVT, _PE = "Previously documented Deep Vein Thrombosis", "Previously Documented Pulmonary Embolism"
_CHF, _TIA = "Congestive Heart Faliure", "Transient Ischemic Attacks History"
_DIABETES = "Diabetes mellitus criteria for CCI rule"


def _cha2ds2_vasc(entities: Entities) -> Amounts:
    return {
        **numbers(entities, "age"),
        **sex(entities),
        **flags(
            entities,
            congestive_heart_failure=_CHF,
            hypertension="Hypertension history",
            diabetes="Diabetes history",
            stroke="Stroke",
            transient_ischaemic_attack=_TIA,
            thromboembolism="Thromboembolism history",
            vascular_disease="Vascular disease history",
        ),
    }


def _wells_pe(entities: Entities) -> Amounts:
    return numbers(entities, "heart_rate") | flags(
        entities,
        clinical_evidence_of_deep_vein_thrombosis="Clinical signs and symptoms of Deep Vein Thrombosis",
        pulmonary_embolism_as_likeliest_diagnosis="Pulmonary Embolism is #1 diagnosis OR equally likely",
        immobilization_for_three_days="Immobilization for at least 3 days",
        surgery_within_four_weeks="Surgery in the previous 4 weeks",
        previous_pulmonary_embolism=_PE,
        previous_deep_vein_thrombosis=_DVT,
        haemoptysis="Hemoptysis",
        malignancy="Malignancy with treatment within 6 months or palliative",
    )


def _child_pugh(entities: Entities) -> Amounts:
    return {
        **numbers(entities, "inr", "albumin", "bilirubin"),
        **words(entities, "ascites", "Ascites", {"absent": "none", "slight": "slight", "moderate": "moderate"}),
        **words(
            entities,
            "encephalopathy",
            "Encephalopathy",
            {"No Encephalopathy": "none", "Grade 0": "none", "Grade 1-2": "grade 1-2", "Grade 3-4": "grade 3-4"},
        ),
    }


def _wells_dvt(entities: Entities) -> Amounts:
    return flags(
        entities,
        active_cancer="Active cancer",
        paralysis_or_recent_plaster_of_leg="Paralysis, paresis, or recent plaster immobilization of the lower extremity",
        bed_rest_for_three_days="Bedridden recently >3 days or major surgery within 12 weeks",
        major_surgery_within_twelve_weeks="Major surgery within 12 weeks",
        tenderness_along_deep_veins="Localized tenderness along the deep venous system",
        swelling_of_entire_leg="Entire Leg Swollen",
        calf_swelling_over_three_cm="Calf swelling >3 centimeters compared to the other leg",
        pitting_oedema_of_one_leg="Pitting edema, confined to symptomatic leg",
        collateral_superficial_veins="Collateral (nonvaricose) superficial veins present",
        previous_deep_vein_thrombosis=_DVT,
        alternative_diagnosis_at_least_as_likely="Alternative diagnosis to Deep Vein Thrombosis as likely or more likely",
    )


def _cardiac_risk(entities: Entities) -> Amounts:
    """Cerebrovascular disease stands under two names, of which the second is filled by the reader of the note's default."""
    amounts = flags(
        entities,
        elevated_risk_surgery="Elevated-risk surgery",
        ischaemic_heart_disease="History of ischemic heart disease",
        congestive_heart_failure="Congestive Heart Failure criteria for the Cardiac Risk Index rule",
        cerebrovascular_disease="History of cerebrovascular disease",
        insulin_before_surgery="Pre-operative treatment with insulin",
    )
    return amounts | {"creatinine": tuple(entities["Pre-operative creatinine"])}


def _heart(entities: Entities) -> Amounts:
    troponin = {
        "less than or equal to normal limit": "normal",
        "between the normal limit or up to three times the normal limit": "up to three times the limit",
        "greater than three times normal limit": "over three times the limit",
    }
    ecg = {
        "Normal": "normal",
        "Non-specific repolarization disturbance": "nonspecific repolarization disturbance",
        "Significant ST deviation": "significant st deviation",
    }
    suspicion = {f"{each.capitalize()}ly suspicious": each for each in ("slight", "moderate")} | {"Highly suspicious": "high"}
    amounts = flags(
        entities,
        hypertension="Hypertension history",
        hypercholesterolaemia="hypercholesterolemia",
        diabetes=_DIABETES,
        obesity="obesity",
        smoking="smoking",
        family_history_of_cardiovascular_disease="parent or sibling with Cardiovascular disease before age 65",
    )
    known = flags(entities, plaque="atherosclerotic disease", attack=_TIA)
    return {
        **numbers(entities, "age"),
        **words(entities, "suspicion", "Suspicion History", suspicion),
        **words(entities, "ecg", "Electrocardiogram Test", ecg),
        **words(entities, "troponin", "Initial troponin", troponin),
        **amounts,
        "atherosclerotic_disease": any(known.values()),
    }


def _centor(entities: Entities) -> Amounts:
    return numbers(entities, "age", "temperature") | flags(
        entities,
        cough_absent="Cough Absent",
        tender_anterior_cervical_nodes="Tender/swollen anterior cervical lymph nodes",
        tonsillar_swelling_or_exudate="Exudate or swelling on tonsils",
    )


def _glasgow(entities: Entities) -> Amounts:
    """What could not be tested is passed on, and is an error."""
    eye = {
        "eyes open spontaneously": "spontaneous",
        "eye opening to verbal command": "to speech",
        "eye opening to pain": "to pain",
        "no eye opening": "none",
    }
    motor = {
        "obeys commands": "obeys commands",
        "localizes pain": "localizes pain",
        "withdrawal from pain": "withdraws from pain",
        "flexion to pain": "abnormal flexion",
        "extension to pain": "extension",
        "no motor response": "none",
    }
    responses = {
        "eye_response": entities["Best eye response"],
        "verbal_response": entities["Best verbal response"],
        "motor_response": entities["Best motor response"],
    }
    return {name: (eye | motor | {"no verbal response": "none"}).get(said, said) for name, said in responses.items()}


def _has_bled(entities: Entities) -> Amounts:
    drinks = entities.get("Number of Alcoholic Drinks Per Week")
    return {
        **numbers(entities, "age"),
        **({} if drinks is None else {"alcoholic_drinks": float(drinks)}),
        **flags(
            entities,
            uncontrolled_hypertension="Hypertension history",
            renal_disease="Renal disease criteria for the HAS-BLED rule",
            liver_disease="Liver disease criteria for the HAS-BLED rule",
            stroke="Stroke",
            bleeding_or_predisposition="Prior major bleeding or predisposition to bleeding",
            labile_inr="Labile international normalized ratio",
            drugs_that_promote_bleeding="Medication usage predisposing to bleeding",
        ),
    }


def _blatchford(entities: Entities) -> Amounts:
    return {
        **numbers(entities, "blood_urea_nitrogen", "haemoglobin", "systolic_blood_pressure", "heart_rate"),
        **sex(entities),
        **flags(
            entities,
            melaena="Melena present",
            syncope="Recent syncope",
            hepatic_disease="Hepatic disease history",
            cardiac_failure="Cardiac failure present",
        ),
    }


def _apache(entities: Entities) -> Amounts:
    measures = (
        *("temperature", "systolic_blood_pressure", "diastolic_blood_pressure", "heart_rate", "respiratory_rate", "fio2", "po2", "ph"),
        *("a_a_gradient", "sodium", "potassium", "creatinine", "haematocrit", "white_blood_cells", "glasgow_coma_score", "age"),
    )
    admissions = {"Nonoperative": "nonoperative", "Elective": "elective surgery", "Emergency": "emergency surgery"}
    return {
        **numbers(entities, *measures),
        **words(entities, "admission", "Surgery Type", admissions),
        **flags(
            entities,
            acute_renal_failure="Acute renal failure",
            severe_organ_insufficiency_or_immunocompromise="History of severe organ failure or immunocompromise",
        ),
    }


def _psi(entities: Entities) -> Amounts:
    measures = (
        *("age", "respiratory_rate", "systolic_blood_pressure", "temperature", "heart_rate", "ph", "blood_urea_nitrogen"),
        *("sodium", "glucose", "haematocrit", "po2"),
    )
    return {
        **numbers(entities, *measures),
        **sex(entities),
        **flags(
            entities,
            nursing_home_residence="Nursing home resident",
            neoplastic_disease="Neoplastic disease",
            liver_disease="Liver disease severity",
            congestive_heart_failure=_CHF,
            cerebrovascular_disease="Cerebrovascular disease history",
            renal_disease="Renal disease",
            altered_mental_status="Altered mental status",
            pleural_effusion="Pleural effusion on x-ray",
        ),
    }


def _charlson(entities: Entities) -> Amounts:
    liver = {False: "none", "Mild": "mild"} | dict.fromkeys(("Moderate", "Severe", "Moderate to Severe"), "moderate to severe")
    tumour = {False: "none", True: "localized", "Localized": "localized", "Metastatic": "metastatic"}
    diabetes = {"Uncomplicated": "uncomplicated", "End-organ damage": "end-organ damage"}
    diabetes |= dict.fromkeys(("None or diet-controlled", "None or Diet-controlled"), "none or diet-controlled")
    return {
        **numbers(entities, "age"),
        **words(entities, "liver_disease", "Liver disease severity", liver),
        **words(entities, "solid_tumour", "Solid tumor", tumour),
        **words(entities, "diabetes", _DIABETES, diabetes),
        **flags(
            entities,
            myocardial_infarction="Myocardial infarction",
            congestive_heart_failure=_CHF,
            peripheral_vascular_disease="Peripheral vascular disease",
            stroke="Cerebrovascular Accident",
            transient_ischaemic_attack=_TIA,
            dementia="Dementia",
            chronic_obstructive_pulmonary_disease="Chronic Obstructive Pulmonary Disease",
            connective_tissue_disease="Connective tissue disease",
            peptic_ulcer_disease="Peptic ulcer disease",
            hemiplegia="Hemiplegia",
            moderate_to_severe_kidney_disease="Moderate to severe Chronic Kidney Disease",
            leukaemia="Leukemia",
            lymphoma="Lymphoma",
            aids="AIDS",
        ),
    }


def _feverpain(entities: Entities) -> Amounts:
    return flags(
        entities,
        fever_within_24_hours="Fever in past 24 hours",
        purulent_tonsils="Purulent tonsils",
        onset_within_three_days="Symptom onset ≤3 days",
        severely_inflamed_tonsils="Severe tonsil inflammation",
        cough_and_coryza_absent="Absence of cough or coryza",
    )


def _caprini(entities: Entities) -> Amounts:
    surgery = {each: each for each in ("minor", "major", "laparoscopic", "arthroscopic")}
    mobility = {"normal": "normal", "on bed rest": "bed rest", "confined to bed >72 hours": "confined to bed over 72 hours"}
    return {
        **numbers(entities, "age", "body_mass_index"),
        **words(entities, "surgery", "Surgery Type", surgery | {"elective major lower extremity arthroplasty": "arthroplasty"}),
        **words(entities, "mobility", "Mobility", mobility),
        **flags(
            entities,
            major_surgery_within_one_month="Major Surgery in the last month",
            congestive_heart_failure_within_one_month="Congestive Heart Failure in the last month",
            sepsis_within_one_month="Sepsis in the last month",
            pneumonia_or_serious_lung_disease_within_one_month="Pneumonia in the last month",
            plaster_cast_within_one_month="Immobilizing plaster cast in the last month",
            hip_pelvis_or_leg_fracture_within_one_month="Hip, pelvis, or leg fracture in the last month",
            stroke_within_one_month="Stroke in the last month",
            multiple_trauma_within_one_month="Multiple trauma in the last month",
            spinal_cord_injury_within_one_month="Acute spinal cord injury causing paralysis in the last month",
            varicose_veins="Varicose veins",
            swollen_legs="Current swollen legs",
            central_venous_access="Current central venous access",
            previous_deep_vein_thrombosis=_DVT,
            previous_pulmonary_embolism=_PE,
            family_history_of_thrombosis="Family history of thrombosis",
            factor_v_leiden="Positive Factor V Leiden",
            prothrombin_20210a="Positive prothrombin 20210A",
            elevated_homocysteine="Elevated serum homocysteine",
            lupus_anticoagulant="Positive lupus anticoagulant",
            anticardiolipin_antibodies="Elevated anticardiolipin antibody",
            heparin_induced_thrombocytopenia="Heparin-induced thrombocytopenia",
            other_thrombophilia="Other congenital or acquired thrombophilia",
            inflammatory_bowel_disease="History of inflammatory bowel disease",
            acute_myocardial_infarction="Acute Myocardial infarction",
            chronic_obstructive_pulmonary_disease="Chronic Obstructive Pulmonary Disease",
            malignancy="Present or previous malignancy",
        ),
    }


def _sofa(entities: Entities) -> Amounts:
    support = flags(entities, ventilated="On mechanical ventilation", pressed="Continous positive airway pressure")
    measures = (
        *("po2", "fio2", "platelets", "bilirubin", "systolic_blood_pressure", "diastolic_blood_pressure", "glasgow_coma_score"),
        *("creatinine", "urine_per_day", "dopamine", "dobutamine", "epinephrine", "norepinephrine"),
    )
    return numbers(entities, *measures) | flags(entities, hypotension="Hypotension") | {"respiratory_support": any(support.values())}


def _curb(entities: Entities) -> Amounts:
    measures = ("age", "systolic_blood_pressure", "diastolic_blood_pressure", "blood_urea_nitrogen", "respiratory_rate")
    return numbers(entities, *measures) | flags(entities, confusion="Confusion")


def _perc(entities: Entities) -> Amounts:
    return numbers(entities, "age", "heart_rate", "oxygen_saturation") | flags(
        entities,
        unilateral_leg_swelling="Unilateral Leg Swelling",
        haemoptysis="Hemoptysis",
        surgery_or_trauma_within_four_weeks="Recent surgery or trauma",
        previous_pulmonary_embolism=_PE,
        previous_deep_vein_thrombosis=_DVT,
        hormone_use="Hormone use",
    )


def _sirs(entities: Entities) -> Amounts:
    return numbers(entities, "temperature", "heart_rate", "respiratory_rate", "white_blood_cells", "pco2")


RULES: dict[int, tuple[str, Callable[[Entities], Amounts]]] = {
    4: ("cha2ds2_vasc", _cha2ds2_vasc),
    8: ("wells_pe", _wells_pe),
    15: ("child_pugh", _child_pugh),
    16: ("wells_dvt", _wells_dvt),
    17: ("revised_cardiac_risk_index", _cardiac_risk),
    18: ("heart", _heart),
    20: ("centor", _centor),
    21: ("glasgow_coma_score", _glasgow),
    25: ("has_bled", _has_bled),
    27: ("glasgow_blatchford", _blatchford),
    28: ("apache_ii", _apache),
    29: ("pneumonia_severity_index", _psi),
    32: ("charlson", _charlson),
    33: ("feverpain", _feverpain),
    36: ("caprini", _caprini),
    43: ("sofa", _sofa),
    45: ("curb_65", _curb),
    48: ("perc", _perc),
    51: ("sirs", _sirs),
}
