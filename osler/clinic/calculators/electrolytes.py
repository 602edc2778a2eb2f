"""Salts, water and what they come to."""

from osler.clinic.calculators.body import WEIGHT
from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import AGE, ALBUMIN, CALCIUM, GLUCOSE, SEX, SODIUM, UREA_NITROGEN

NORMAL_ALBUMIN, NORMAL_SODIUM = 4.0, 140.0
"""g/dL; mEq/L."""


def corrected_calcium(given: Given, work: Work) -> float:
    calcium, albumin = given["calcium"], given["albumin"]
    how = f"{calcium:.5g} + 0.8 × ({NORMAL_ALBUMIN:g} - {albumin:.5g})"
    return work("corrected calcium", how, calcium + 0.8 * (NORMAL_ALBUMIN - albumin), "mg/dL")


def corrected_sodium(given: Given, work: Work) -> float:
    """2.4 mEq/L for each 100 mg/dL of glucose; Katz had reckoned 1.6."""
    sodium, glucose = given["sodium"], given["glucose"]
    return work("corrected sodium", f"{sodium:.5g} + 0.024 × ({glucose:.5g} - 100)", sodium + 0.024 * (glucose - 100), "mEq/L")


def serum_osmolality(given: Given, work: Work) -> float:
    sodium, nitrogen, glucose = given["sodium"], given["blood_urea_nitrogen"], given["glucose"]
    how = f"2 × {sodium:.5g} + {nitrogen:.5g} / 2.8 + {glucose:.5g} / 18"
    return work("osmolality", how, 2 * sodium + nitrogen / 2.8 + glucose / 18, "mOsm/kg")


def osmolal_gap(given: Given, work: Work) -> float:
    reckoned, found = serum_osmolality(given, work), given["measured_osmolality"]
    return work("gap", f"{found:.5g} - {reckoned:.5g}", found - reckoned, "mOsm/kg")


def water_share(age: float, sex: str) -> float:
    """How much of the body is water: 0.6 of children and men, 0.5 of women and men from 65, 0.45 of women from 65."""
    if age < 18:
        return 0.6
    if age < 65:
        return 0.5 if sex == "female" else 0.6
    return 0.45 if sex == "female" else 0.5


def free_water_deficit(given: Given, work: Work) -> float:
    share, weight, sodium = water_share(given["age"], given["sex"]), given["weight"], given["sodium"]
    water = work("body water", f"{share} × {weight:.5g}", share * weight, "L")
    how = f"{water:.5g} × ({sodium:.5g} / {NORMAL_SODIUM:g} - 1)"
    return work("deficit", how, water * (sodium / NORMAL_SODIUM - 1), "L")


def maintenance_fluids(given: Given, work: Work) -> float:
    weight = given["weight"]
    if weight <= 10:
        return work("fluids", f"4 × {weight:.5g}", 4 * weight, "mL/h")
    if weight <= 20:
        return work("fluids", f"40 + 2 × ({weight:.5g} - 10)", 40 + 2 * (weight - 10), "mL/h")
    return work("fluids", f"60 + 1 × ({weight:.5g} - 20)", 60 + (weight - 20), "mL/h")


_SMITHLINE = "Smithline and Gardner, JAMA 1976; 236:1594–1597"
ELECTROLYTES = (
    Calculator(
        "corrected_calcium",
        "Calcium corrected for albumin",
        "equation",
        (CALCIUM, ALBUMIN),
        "mg/dL",
        "Payne et al., Br Med J 1973; 4:643–646, with a normal albumin of 4 g/dL",
        corrected_calcium,
        rises_with=("calcium",),
        falls_with=("albumin",),
        medcalc_id=7,
    ),
    Calculator(
        "corrected_sodium",
        "Sodium corrected for glucose",
        "equation",
        (SODIUM, GLUCOSE),
        "mEq/L",
        "Hillier et al., Am J Med 1999; 106:399–403",
        corrected_sodium,
        rises_with=("sodium", "glucose"),
        medcalc_id=26,
    ),
    Calculator(
        "serum_osmolality",
        "Serum osmolality",
        "equation",
        (SODIUM, UREA_NITROGEN, GLUCOSE),
        "mOsm/kg",
        _SMITHLINE,
        serum_osmolality,
        rises_with=("sodium", "blood_urea_nitrogen", "glucose"),
        medcalc_id=30,
    ),
    Calculator(
        "osmolal_gap",
        "Osmolal gap",
        "equation",
        (SODIUM, UREA_NITROGEN, GLUCOSE, NumberInput("measured_osmolality", "mOsm/kg", 150, 600, (270, 400), "osmolality")),
        "mOsm/kg",
        _SMITHLINE,
        osmolal_gap,
        rises_with=("measured_osmolality",),
        falls_with=("sodium", "blood_urea_nitrogen", "glucose"),
    ),
    Calculator(
        "free_water_deficit",
        "Free water deficit",
        "equation",
        (SEX, AGE, WEIGHT, SODIUM),
        "L",
        "Adrogué and Madias, N Engl J Med 2000; 342:1493–1499, towards a sodium of 140 mEq/L",
        free_water_deficit,
        rises_with=("sodium",),
        medcalc_id=38,
    ),
    Calculator(
        "maintenance_fluids",
        "Maintenance fluids (4–2–1)",
        "equation",
        (NumberInput("weight", "kg", 0.3, 400, (3, 100)),),
        "mL/h",
        "Holliday and Segar, Pediatrics 1957; 19:823–832",
        maintenance_fluids,
        rises_with=("weight",),
        medcalc_id=22,
    ),
)
