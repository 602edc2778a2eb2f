"""Sugar and fat."""

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import HDL, TOTAL_CHOLESTEROL, TRIGLYCERIDES
from osler.core.errors import UserError

MAX_FRIEDEWALD, MAX_SAMPSON = 400, 800
"""mg/dL of triglycerides, above which either formula's authors do not use it."""


def insulin_resistance(given: Given, work: Work) -> float:
    insulin, glucose = given["insulin"], given["glucose"]
    return work("HOMA-IR", f"{insulin:.5g} × {glucose:.5g} / 405", insulin * glucose / 405)


def ldl_friedewald(given: Given, work: Work) -> float:
    total, hdl, triglycerides = given["total_cholesterol"], given["hdl"], given["triglycerides"]
    if triglycerides > MAX_FRIEDEWALD:
        raise UserError(f"triglycerides: {triglycerides:.4g} mg/dL is above {MAX_FRIEDEWALD}, where the formula fails; measure LDL")
    return _above_zero(work("LDL", f"{total:.5g} - {hdl:.5g} - {triglycerides:.5g} / 5", total - hdl - triglycerides / 5, "mg/dL"))


def ldl_sampson(given: Given, work: Work) -> float:
    total, hdl, triglycerides = given["total_cholesterol"], given["hdl"], given["triglycerides"]
    if triglycerides > MAX_SAMPSON:
        raise UserError(f"triglycerides: {triglycerides:.4g} mg/dL is above {MAX_SAMPSON}, where the formula fails; measure LDL")
    rest = work("non-HDL", f"{total:.5g} - {hdl:.5g}", total - hdl, "mg/dL")
    how = f"{triglycerides:.5g} / 8.56 + {triglycerides:.5g} × {rest:.5g} / 2140 - {triglycerides:.5g}² / 16100"
    vldl = work("VLDL", how, triglycerides / 8.56 + triglycerides * rest / 2140 - triglycerides**2 / 16100, "mg/dL")
    how = f"{total:.5g} / 0.948 - {hdl:.5g} / 0.971 - {vldl:.5g} - 9.44"
    return _above_zero(work("LDL", how, total / 0.948 - hdl / 0.971 - vldl - 9.44, "mg/dL"))


def _above_zero(ldl: float) -> float:
    if ldl <= 0:
        raise UserError("total_cholesterol: HDL and triglycerides leave no LDL of it; correct the values or their units")
    return ldl


_LIPIDS = (TOTAL_CHOLESTEROL, HDL, TRIGLYCERIDES)
METABOLISM = (
    Calculator(
        "insulin_resistance",
        "Insulin resistance (HOMA-IR)",
        "equation",
        (NumberInput("glucose", "mg/dL", 10, 2500, (60, 250), "glucose"), NumberInput("insulin", "µIU/mL", 0.1, 1000, (2, 60), "insulin")),
        "",
        "Matthews et al., Diabetologia 1985; 28:412–419",
        insulin_resistance,
        rises_with=("glucose", "insulin"),
        medcalc_id=31,
    ),
    Calculator(
        "ldl_friedewald",
        "LDL cholesterol (Friedewald)",
        "equation",
        _LIPIDS,
        "mg/dL",
        "Friedewald et al., Clin Chem 1972; 18:499–502",
        ldl_friedewald,
        rises_with=("total_cholesterol",),
        falls_with=("hdl", "triglycerides"),
        medcalc_id=44,
    ),
    Calculator(
        "ldl_sampson",
        "LDL cholesterol (Sampson)",
        "equation",
        _LIPIDS,
        "mg/dL",
        "Sampson et al., JAMA Cardiol 2020; 5:540–548",
        ldl_sampson,
        rises_with=("total_cholesterol",),
    ),
)
