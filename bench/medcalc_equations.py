"""MedCalc-Bench's entities as inputs of our equations: which calculator, and how each entity is called there.

`EQUATIONS` is a dictionary from MedCalc's number of a calculator to our name of it and a function from a row's entities to our amounts.
Words and spellings alone are changed here; a value that is impossible stays so, and is refused by the calculator.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from osler.core.calculation import Amount

Entities = Mapping[str, Any]
Amounts = dict[str, Amount]
Mapped = tuple[str, Callable[[Entities], Amounts]]

NAMES = {
    "Alanine aminotransferase": "alt",
    "Albumin": "albumin",
    "Aspartate aminotransferase": "ast",
    "Bicarbonate": "bicarbonate",
    "Bilirubin": "bilirubin",
    "Blood Urea Nitrogen (BUN)": "blood_urea_nitrogen",
    "Blood pressure being treated with medicines": "is_treated",
    "Body Mass Index (BMI)": "body_mass_index",
    "Calcium": "calcium",
    "Chloride": "chloride",
    "Diastolic Blood Pressure": "diastolic_blood_pressure",
    "Glucose": "glucose",
    "Heart Rate or Pulse": "heart_rate",
    "Insulin": "insulin",
    "Platelet count": "platelets",
    "QT interval": "qt",
    "Smoker": "is_smoker",
    "Sodium": "sodium",
    "Systolic Blood Pressure": "systolic_blood_pressure",
    "Total cholesterol": "total_cholesterol",
    "Triglycerides": "triglycerides",
    "Urine creatinine": "urine_creatinine",
    "Urine sodium": "urine_sodium",
    "high-density lipoprotein cholesterol": "hdl",
    "international normalized ratio": "inr",
    **{name: name for name in ("age", "creatinine", "height", "sex", "weight")},
}
UNITS = {"beats per minute": "/min", "µL": "/µL", "L": "/L", "in": "inch"}
"""Of what is counted, MedCalc names only what it is counted in; and "in" is a word to the reader of units."""
DIALYSIS = ("Dialysis at least twice in the past week", "Continuous veno-venous hemodialysis for ≥24 hours in the past week")
ROUTES = ("PO", "IV")


def amount(entity: Any) -> Amount:
    if isinstance(entity, list):
        number, unit = entity
        return float(number), UNITS.get(unit, unit)
    return entity.lower() if isinstance(entity, str) else entity  # type: ignore[no-any-return]


def plain(entities: Entities) -> Amounts:
    return {NAMES[name]: amount(entity) for name, entity in entities.items()}


def mdrd(entities: Entities) -> Amounts:
    rest = {name: entity for name, entity in entities.items() if name != "Race"}
    return {**plain(rest), "is_black": entities.get("Race") == "Black"}


def meld(entities: Entities) -> Amounts:
    rest = {name: entity for name, entity in entities.items() if name not in DIALYSIS}
    return {**plain(rest), "dialysis": any(entities.get(name, False) for name in DIALYSIS)}


def day(written: str) -> str:
    return datetime.strptime(written, "%m/%d/%Y").date().isoformat()


def cycle(entities: Entities) -> Amounts:
    return {"last_period": day(entities["Last menstrual date"]), "cycle_length": float(entities["cycle length"])}


def days(entities: Entities) -> Amounts:
    return {"last_period": day(entities["Last menstrual date"]), "today": day(entities["Current Date"])}


def steroid(entities: Entities) -> Amounts:
    """By mouth and by vein are worth the same."""
    name, dose, unit = entities["input steroid"]
    return {"dose": (dose, unit), "steroid": _drug(name), "wanted": _drug(entities["target steroid"])}


def _drug(name: str) -> str:
    return " ".join(word for word in name.split() if word not in ROUTES).lower()


def opioids(entities: Entities) -> Amounts:
    """A patch of "60 mg, once a day" is one of 60 µg/h: no patch holds or gives such a dose in mg, and the labels count it so."""
    amounts: Amounts = {}
    for name in (name.removesuffix(" Dose").lower() for name in entities if name.endswith(" Dose")):
        written = next(key for key in entities if key.lower() == f"{name} dose")
        dose, times = entities[written], float(entities[f"{written} Per Day"][0])
        if name == "fentanyl patch":
            amounts |= {"fentanyl_patch": (dose[0], "µg/h"), "fentanyl_patches": times}
        else:
            ours = "buccal_fentanyl" if name == "fentanyl buccal" else name
            amounts |= {ours: amount(dose), f"{ours}_per_day": times}
    return amounts


EQUATIONS: dict[int, Mapped] = {
    2: ("creatinine_clearance", plain),
    3: ("ckd_epi_2021", plain),
    5: ("mean_arterial_pressure", plain),
    6: ("body_mass_index", plain),
    7: ("corrected_calcium", plain),
    9: ("mdrd", mdrd),
    10: ("ideal_body_weight", plain),
    11: ("qtc_bazett", plain),
    13: ("due_date", cycle),
    19: ("fibrosis_4", plain),
    22: ("maintenance_fluids", plain),
    23: ("meld_na", meld),
    24: ("steroid_conversion", steroid),
    26: ("corrected_sodium", plain),
    30: ("serum_osmolality", plain),
    31: ("insulin_resistance", plain),
    38: ("free_water_deficit", plain),
    39: ("anion_gap", plain),
    40: ("fractional_excretion_of_sodium", plain),
    44: ("ldl_friedewald", plain),
    46: ("framingham_coronary_risk", plain),
    49: ("morphine_equivalents", opioids),
    56: ("qtc_fridericia", plain),
    57: ("qtc_framingham", plain),
    58: ("qtc_hodges", plain),
    59: ("qtc_rautaharju", plain),
    60: ("body_surface_area", plain),
    61: ("target_weight", plain),
    62: ("adjusted_body_weight", plain),
    63: ("delta_gap", plain),
    64: ("delta_ratio", plain),
    65: ("corrected_anion_gap", plain),
    66: ("corrected_delta_gap", plain),
    67: ("corrected_delta_ratio", plain),
    68: ("conception_date", cycle),
    69: ("gestational_age", days),
}
