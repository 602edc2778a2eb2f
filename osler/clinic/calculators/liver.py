"""The liver: fibrosis and how far it fails."""

from math import floor, log, sqrt

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import ADULT_AGE, ALBUMIN, BILIRUBIN, CREATININE, DIALYSIS, INR, SEX, SODIUM


def fibrosis_4(given: Given, work: Work) -> float:
    age, ast, alt, platelets = given["age"], given["ast"], given["alt"], given["platelets"]
    return work("FIB-4", f"{age:.5g} × {ast:.5g} / ({platelets:.5g} × √{alt:.5g})", age * ast / (platelets * sqrt(alt)))


def meld_na(given: Given, work: Work) -> float:
    """As the network for organ sharing allocated from 2016 to 2023."""
    creatinine = _held(given, work, "creatinine", 1, 4, "mg/dL")
    bilirubin = _held(given, work, "bilirubin", 1, None, "mg/dL")
    inr = _held(given, work, "inr", 1, None)
    sodium = _held(given, work, "sodium", 125, 137, "mEq/L")
    how = f"0.957 × ln {creatinine:.5g} + 0.378 × ln {bilirubin:.5g} + 1.12 × ln {inr:.5g} + 0.643"
    plain = work("sum", how, 0.957 * log(creatinine) + 0.378 * log(bilirubin) + 1.12 * log(inr) + 0.643)
    meld = work("MELD", f"10 × {plain:.5g}, rounded", _rounded(10 * plain))
    if meld > 11:
        how = f"{meld:g} + 1.32 × (137 - {sodium:.5g}) - 0.033 × {meld:g} × (137 - {sodium:.5g})"
        meld = work("with sodium", how, meld + (137 - sodium) * (1.32 - 0.033 * meld))
    return work("MELD-Na", f"{meld:.5g} rounded, from 6 to 40", min(40, max(6, _rounded(meld))), "points")


def meld_3(given: Given, work: Work) -> float:
    creatinine = log(_held(given, work, "creatinine", 1, 3, "mg/dL"))
    bilirubin = log(_held(given, work, "bilirubin", 1, None, "mg/dL"))
    inr = log(_held(given, work, "inr", 1, None))
    lack = 137 - _held(given, work, "sodium", 125, 137, "mEq/L")
    wanting = 3.5 - _held(given, work, "albumin", 1.5, 3.5, "g/dL")
    parts = (
        work("female", "1.33" if given["sex"] == "female" else "0", 1.33 if given["sex"] == "female" else 0.0),
        work("bilirubin", f"4.56 × {bilirubin:.5g}", 4.56 * bilirubin),
        work("sodium", f"0.82 × {lack:.5g} - 0.24 × {lack:.5g} × {bilirubin:.5g}", 0.82 * lack - 0.24 * lack * bilirubin),
        work("INR", f"9.09 × {inr:.5g}", 9.09 * inr),
        work("creatinine", f"11.14 × {creatinine:.5g}", 11.14 * creatinine),
        work("albumin", f"1.85 × {wanting:.5g} - 1.83 × {wanting:.5g} × {creatinine:.5g}", 1.85 * wanting - 1.83 * wanting * creatinine),
    )
    total = work("sum", f"{' + '.join(f'{part:.5g}' for part in parts)} + 6", sum(parts) + 6)
    return work("MELD 3.0", f"{total:.5g} rounded, from 6 to 40", min(40, max(6, _rounded(total))), "points")


def _held(given: Given, work: Work, name: str, low: float, high: float | None, unit: str = "") -> float:
    """The input between the limits that the score sets to it. Dialysis counts as the highest creatinine."""
    value: float = given[name]
    if name == "creatinine" and given["dialysis"] and high is not None:
        return work(name, "dialysis: the highest that counts", float(high), unit)
    held = max(float(low), value if high is None else min(float(high), value))
    return held if held == value else work(name, f"{value:.5g} counts as", held, unit)


def _rounded(value: float) -> float:
    """To the nearest whole number, halves up."""
    return float(floor(value + 0.5))


LIVER = (
    Calculator(
        "fibrosis_4",
        "Fibrosis-4 index",
        "equation",
        (
            ADULT_AGE,
            NumberInput("ast", "IU/L", 3, 20_000, (12, 400)),
            NumberInput("alt", "IU/L", 3, 20_000, (10, 400)),
            NumberInput("platelets", "10^9/L", 1, 2500, (40, 420)),
        ),
        "",
        "Sterling et al., Hepatology 2006; 43:1317–1325",
        fibrosis_4,
        rises_with=("age", "ast"),
        falls_with=("alt", "platelets"),
        medcalc_id=19,
    ),
    Calculator(
        "meld_na",
        "MELD-Na",
        "equation",
        (CREATININE, BILIRUBIN, INR, SODIUM, DIALYSIS),
        "points",
        "Kim et al., N Engl J Med 2008; 359:1018–1026, in the form of the OPTN's Policy 9 (2016)",
        meld_na,
        rises_with=("creatinine", "bilirubin", "inr", "dialysis"),
        falls_with=("sodium",),
        medcalc_id=23,
    ),
    Calculator(
        "meld_3",
        "MELD 3.0",
        "equation",
        (SEX, CREATININE, BILIRUBIN, INR, SODIUM, ALBUMIN, DIALYSIS),
        "points",
        "Kim et al., Gastroenterology 2021; 161:1887–1895",
        meld_3,
        rises_with=("creatinine", "bilirubin", "inr", "dialysis"),
    ),
)
