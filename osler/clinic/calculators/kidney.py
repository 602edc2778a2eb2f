"""Filtration and excretion of the kidneys."""

from osler.clinic.calculators.body import (
    ADULT_HEIGHT,
    OVERWEIGHT,
    UNDERWEIGHT,
    WEIGHT,
    adjusted_body_weight,
    body_mass_index,
    body_surface_area,
    ideal_body_weight,
)
from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, CREATININE, SEX, SODIUM, UREA_NITROGEN

INDEXED = "mL/min/1.73m²"


def dosing_weight(given: Given, work: Work) -> float:
    """The actual weight of the underweight, the smaller of ideal and actual where the body mass index is normal, else the adjusted one."""
    index = body_mass_index(given, work)
    if index < UNDERWEIGHT:
        return work("weight", f"the actual one, below a BMI of {UNDERWEIGHT}", given["weight"], "kg")
    if index >= OVERWEIGHT:
        return adjusted_body_weight(given, work)
    ideal = ideal_body_weight(given, work)
    return work("weight", f"min({ideal:.5g}, {given['weight']:.5g})", min(ideal, given["weight"]), "kg")


def creatinine_clearance(given: Given, work: Work) -> float:
    weight = dosing_weight(given, work)
    factor = 0.85 if given["sex"] == "female" else 1.0
    age, creatinine = given["age"], given["creatinine"]
    how = f"(140 - {age:.5g}) × {weight:.5g} × {factor:g} / (72 × {creatinine:.5g})"
    return work("clearance", how, (140 - age) * weight * factor / (72 * creatinine), "mL/min")


def ckd_epi_2021(given: Given, work: Work) -> float:
    is_female = given["sex"] == "female"
    kappa, below, factor = (0.7, -0.241, 1.012) if is_female else (0.9, -0.302, 1.0)
    age, creatinine = given["age"], given["creatinine"]
    ratio = work("creatinine / κ", f"{creatinine:.5g} / {kappa}", creatinine / kappa)
    power = below if ratio <= 1 else -1.2
    how = f"142 × {ratio:.5g}^{power} × 0.9938^{age:.5g}{' × 1.012' if is_female else ''}"
    return work("GFR", how, 142 * ratio**power * 0.9938**age * factor, INDEXED)


def ckd_epi_absolute(given: Given, work: Work) -> float:
    indexed = ckd_epi_2021(given, work)
    surface = body_surface_area(given, work)
    return work("GFR, not indexed", f"{indexed:.5g} × {surface:.5g} / 1.73", indexed * surface / 1.73, "mL/min")


def mdrd(given: Given, work: Work) -> float:
    age, creatinine = given["age"], given["creatinine"]
    factor = (0.742 if given["sex"] == "female" else 1.0) * (1.212 if given["is_black"] else 1.0)
    how = f"175 × {creatinine:.5g}^-1.154 × {age:.5g}^-0.203 × {factor:.5g}"
    return work("GFR", how, 175 * creatinine**-1.154 * age**-0.203 * factor, INDEXED)


def excreted_sodium(given: Given, work: Work) -> float:
    return _excreted(work, given["urine_sodium"], given["sodium"], given)


def excreted_urea(given: Given, work: Work) -> float:
    return _excreted(work, given["urine_urea_nitrogen"], given["blood_urea_nitrogen"], given)


def _excreted(work: Work, urine: float, blood: float, given: Given) -> float:
    urine_creatinine, creatinine = given["urine_creatinine"], given["creatinine"]
    how = f"100 × ({urine:.5g} × {creatinine:.5g}) / ({blood:.5g} × {urine_creatinine:.5g})"
    return work("fraction excreted", how, 100 * urine * creatinine / (blood * urine_creatinine), "%")


_URINE_CREATININE = NumberInput("urine_creatinine", "mg/dL", 1, 1000, (10, 250), "creatinine")
_INKER = "Inker et al., N Engl J Med 2021; 385:1737–1749"
KIDNEY = (
    Calculator(
        "creatinine_clearance",
        "Creatinine clearance (Cockcroft–Gault)",
        "equation",
        (SEX, ADULT_AGE, WEIGHT, ADULT_HEIGHT, CREATININE),
        "mL/min",
        "Cockcroft and Gault, Nephron 1976; 16:31–41; weight by Winter et al., Pharmacotherapy 2012; 32:604–612",
        creatinine_clearance,
        falls_with=("age", "creatinine"),
        medcalc_id=2,
    ),
    Calculator(
        "ckd_epi_2021",
        "Glomerular filtration rate (CKD-EPI 2021, creatinine)",
        "equation",
        (SEX, ADULT_AGE, CREATININE),
        INDEXED,
        _INKER,
        ckd_epi_2021,
        falls_with=("age", "creatinine"),
        medcalc_id=3,
    ),
    Calculator(
        "ckd_epi_absolute",
        "Glomerular filtration rate of this body (CKD-EPI 2021, not indexed)",
        "equation",
        (SEX, ADULT_AGE, CREATININE, WEIGHT, ADULT_HEIGHT),
        "mL/min",
        f"{_INKER}; surface by Mosteller, N Engl J Med 1987; 317:1098",
        ckd_epi_absolute,
        rises_with=("weight", "height"),
        falls_with=("age", "creatinine"),
    ),
    Calculator(
        "mdrd",
        "Glomerular filtration rate (MDRD, four variables)",
        "equation",
        (SEX, ADULT_AGE, CREATININE, FlagInput("is_black")),
        INDEXED,
        "Levey et al., Ann Intern Med 2006; 145:247–254",
        mdrd,
        falls_with=("age", "creatinine"),
        medcalc_id=9,
    ),
    Calculator(
        "fractional_excretion_of_sodium",
        "Fractional excretion of sodium (FENa)",
        "equation",
        (SODIUM, CREATININE, NumberInput("urine_sodium", "mmol/L", 1, 400, (5, 180), "sodium"), _URINE_CREATININE),
        "%",
        "Espinel, JAMA 1976; 236:579–581",
        excreted_sodium,
        rises_with=("urine_sodium", "creatinine"),
        falls_with=("sodium", "urine_creatinine"),
        medcalc_id=40,
    ),
    Calculator(
        "fractional_excretion_of_urea",
        "Fractional excretion of urea",
        "equation",
        (
            UREA_NITROGEN,
            CREATININE,
            NumberInput("urine_urea_nitrogen", "mg/dL", 1, 5000, (100, 1500), "urea nitrogen"),
            _URINE_CREATININE,
        ),
        "%",
        "Carvounis et al., Kidney Int 2002; 62:2223–2229",
        excreted_urea,
        rises_with=("urine_urea_nitrogen", "creatinine"),
        falls_with=("blood_urea_nitrogen", "urine_creatinine"),
    ),
)
