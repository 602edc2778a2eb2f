"""Pressure, the QT interval, and the risk of coronary disease."""

from math import exp, log

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


def framingham_coronary_risk(given: Given, work: Work) -> float:
    """Ages above 70 (men) and 78 (women) count as these where they meet smoking, as in the panel's spreadsheet. Cholesterol in mg/dL."""
    age, cholesterol = log(given["age"]), log(given["total_cholesterol"])
    hdl, systolic = log(given["hdl"]), log(given["systolic_blood_pressure"])
    treated, smoker = float(given["is_treated"]), float(given["is_smoker"])
    if given["sex"] == "female":
        smoking = smoker * (13.07543 - 2.996945 * log(min(given["age"], 78)))
        value = 31.764001 * age + 22.465206 * cholesterol - 1.187731 * hdl + 2.552905 * systolic
        value += 0.420251 * treated + smoking - 5.060998 * age * cholesterol - 146.5933061
        survival = 0.98767
    else:
        smoking = smoker * (12.096316 - 2.84367 * log(min(given["age"], 70)))
        value = 52.00961 * age + 20.014077 * cholesterol - 0.905964 * hdl + 1.305784 * systolic
        value += 0.241549 * treated + smoking - 4.605038 * age * cholesterol - 2.93323 * age**2 - 172.300168
        survival = 0.9402
    work("smoking", "yes" if smoker else "no", smoking)
    work("sum of the terms of the table", _framingham_how(given), value)
    return work("risk within 10 years", f"100 × (1 - {survival}^e^{value:.5g})", 100 * (1 - survival ** exp(value)), "%")


def _framingham_how(given: Given) -> str:
    treated = "treated" if given["is_treated"] else "untreated"
    lipids = f"cholesterol {given['total_cholesterol']:.5g}, HDL {given['hdl']:.5g}"
    return f"{given['sex']}, {given['age']:g} years, {lipids}, systolic {given['systolic_blood_pressure']:g} {treated}"


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
