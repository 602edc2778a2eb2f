"""Pressure, the QT interval, and the risk of coronary disease."""

from math import exp, log
from typing import NamedTuple

from osler.clinic.calculators.calculator import Calculator, Compute, Given, Work
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.calculators.shared_inputs import DIASTOLIC, HDL, SEX, SYSTOLIC, TOTAL_CHOLESTEROL
from osler.core.errors import UserError


def mean_arterial_pressure(given: Given, work: Work) -> float:
    systolic, diastolic = given["systolic_blood_pressure"], given["diastolic_blood_pressure"]
    if diastolic > systolic:
        raise UserError(f"diastolic: {diastolic:g} mmHg is above the systolic {systolic:g} mmHg; exchange them")
    return work("mean pressure", f"({systolic:g} + 2 × {diastolic:g}) / 3", (systolic + 2 * diastolic) / 3, "mmHg")


def qtc_bazett(given: Given, work: Work) -> float:
    beat_s = _beat_s(given, work)
    return work("QTc", f"{given['qt']:g} / √{beat_s:.5g}", given["qt"] / beat_s**0.5, "ms")


def qtc_fridericia(given: Given, work: Work) -> float:
    beat_s = _beat_s(given, work)
    return work("QTc", f"{given['qt']:g} / {beat_s:.5g}^(1/3)", given["qt"] / beat_s ** (1 / 3), "ms")


def qtc_framingham(given: Given, work: Work) -> float:
    beat_s = _beat_s(given, work)
    return work("QTc", f"{given['qt']:g} + 154 × (1 - {beat_s:.5g})", given["qt"] + 154 * (1 - beat_s), "ms")


def qtc_hodges(given: Given, work: Work) -> float:
    rate = given["heart_rate"]
    return work("QTc", f"{given['qt']:g} + 1.75 × ({rate:g} - 60)", given["qt"] + 1.75 * (rate - 60), "ms")


def qtc_rautaharju(given: Given, work: Work) -> float:
    rate = given["heart_rate"]
    return work("QTc", f"{given['qt']:g} × (120 + {rate:g}) / 180", given["qt"] * (120 + rate) / 180, "ms")


def _beat_s(given: Given, work: Work) -> float:
    return work("RR interval", f"60 / {given['heart_rate']:g}", 60 / given["heart_rate"], "s")


class _Terms(NamedTuple):
    """Coefficients of the panel's table, by the logarithm of each value; `oldest` is the age that counts where one smokes and is older."""

    age: float
    cholesterol: float
    hdl: float
    pressure: float
    treated: float
    smoker: float
    age_cholesterol: float
    age_smoker: float
    age_age: float
    constant: float
    survival: float
    oldest: int


_WOMEN = _Terms(31.764001, 22.465206, -1.187731, 2.552905, 0.420251, 13.07543, -5.060998, -2.996945, 0, -146.5933061, 0.98767, 78)
_MEN = _Terms(52.00961, 20.014077, -0.905964, 1.305784, 0.241549, 12.096316, -4.605038, -2.84367, -2.93323, -172.300168, 0.9402, 70)


def framingham_coronary_risk(given: Given, work: Work) -> float:
    """Cholesterol in mg/dL."""
    terms = _WOMEN if given["sex"] == "female" else _MEN
    age, cholesterol, hdl = given["age"], given["total_cholesterol"], given["hdl"]
    pressure, smoking_age = given["systolic_blood_pressure"], min(given["age"], terms.oldest)
    parts = [
        work("age", f"{terms.age} × ln {age:.5g}", terms.age * log(age)),
        work("cholesterol", f"{terms.cholesterol} × ln {cholesterol:.5g}", terms.cholesterol * log(cholesterol)),
        work("HDL", f"{terms.hdl} × ln {hdl:.5g}", terms.hdl * log(hdl)),
        work("pressure", f"{terms.pressure} × ln {pressure:.5g}", terms.pressure * log(pressure)),
    ]
    if given["is_treated"]:
        parts.append(work("treatment", "yes", terms.treated))
    if given["is_smoker"]:
        how = f"{terms.smoker} + {terms.age_smoker} × ln {smoking_age:.5g}"
        parts.append(work("smoking", how, terms.smoker + terms.age_smoker * log(smoking_age)))
    how = f"{terms.age_cholesterol} × ln {age:.5g} × ln {cholesterol:.5g}"
    parts.append(work("age and cholesterol", how, terms.age_cholesterol * log(age) * log(cholesterol)))
    if terms.age_age:
        parts.append(work("age squared", f"{terms.age_age} × (ln {age:.5g})²", terms.age_age * log(age) ** 2))
    total = work("sum", f"{' + '.join(f'{part:.6g}' for part in parts)} + {terms.constant}", sum(parts) + terms.constant)
    return work("risk within 10 years", f"100 × (1 - {terms.survival}^(e^{total:.5g}))", 100 * (1 - terms.survival ** exp(total)), "%")


_QT = NumberInput("qt", "ms", 150, 800, (300, 520))
_RATE = NumberInput("heart_rate", "/min", 20, 300, (45, 140))


def _qtc(name: str, title: str, reference: str, compute: Compute, medcalc_id: int) -> Calculator:
    """Each rises with the interval and with the rate."""
    rising = ("qt", "heart_rate")
    return Calculator(name, f"QTc ({title})", "equation", (_QT, _RATE), "ms", reference, compute, rising, medcalc_id=medcalc_id)


HEART = (
    Calculator(
        "mean_arterial_pressure",
        "Mean arterial pressure",
        "equation",
        (SYSTOLIC, DIASTOLIC),
        "mmHg",
        "Meaney et al., Heart 2000; 84:64, the traditional form",
        mean_arterial_pressure,
        rises_with=("systolic_blood_pressure", "diastolic_blood_pressure"),
        medcalc_id=5,
    ),
    _qtc("qtc_bazett", "Bazett", "Bazett, Heart 1920; 7:353–370", qtc_bazett, 11),
    _qtc("qtc_fridericia", "Fridericia", "Fridericia, Acta Med Scand 1920; 53:469–486", qtc_fridericia, 56),
    _qtc("qtc_framingham", "Framingham", "Sagie et al., Am J Cardiol 1992; 70:797–801", qtc_framingham, 57),
    _qtc("qtc_hodges", "Hodges", "Hodges et al., J Am Coll Cardiol 1983; 1:694", qtc_hodges, 58),
    _qtc("qtc_rautaharju", "Rautaharju", "Rautaharju et al., Int J Cardiol 2014; 174:535–540", qtc_rautaharju, 59),
    Calculator(
        "framingham_coronary_risk",
        "Risk of hard coronary disease in 10 years (Framingham, ATP III)",
        "equation",
        (
            SEX,
            NumberInput("age", "years", 30, 79, (30, 79)),
            TOTAL_CHOLESTEROL,
            HDL,
            SYSTOLIC,
            FlagInput("is_treated"),
            FlagInput("is_smoker"),
        ),
        "%",
        "Adult Treatment Panel III, Circulation 2002; 106:3143–3421",
        framingham_coronary_risk,
        rises_with=("systolic_blood_pressure", "is_treated", "is_smoker"),
        falls_with=("hdl",),
        medcalc_id=46,
    ),
)
