"""Weight, height and what is made of them."""

from math import sqrt

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import SEX

WEIGHT = NumberInput("weight", "kg", 0.3, 400, (45, 130))
HEIGHT = NumberInput("height", "cm", 20, 250, (145, 200))
ADULT_HEIGHT = NumberInput("height", "cm", 120, 250, (145, 200))
CM_PER_INCH = 2.54
UNDERWEIGHT, OVERWEIGHT = 18.5, 25
"""Below and from which body mass index (WHO Technical Report Series 894, 2000), kg/m²."""


def body_mass_index(given: Given, work: Work) -> float:
    height_m = work("height", f"{given['height']:g} cm / 100", given["height"] / 100, "m")
    return work("BMI", f"{given['weight']:.5g} / {height_m:.5g}²", given["weight"] / height_m**2, "kg/m²")


def ideal_body_weight(given: Given, work: Work) -> float:
    """Devine's formula starts at 60 inches; below, the line is drawn on. `ADULT_HEIGHT` ends at 120 cm."""
    first = 45.5 if given["sex"] == "female" else 50.0
    inches = work("height", f"{given['height']:.5g} cm / {CM_PER_INCH}", given["height"] / CM_PER_INCH, "in")
    return work("ideal weight", f"{first} + 2.3 × ({inches:.5g} - 60)", first + 2.3 * (inches - 60), "kg")


def adjusted_body_weight(given: Given, work: Work) -> float:
    ideal, weight = ideal_body_weight(given, work), given["weight"]
    return work("adjusted weight", f"{ideal:.5g} + 0.4 × ({weight:.5g} - {ideal:.5g})", ideal + 0.4 * (weight - ideal), "kg")


def weight_for_index(given: Given, work: Work) -> float:
    height_m = work("height", f"{given['height']:g} cm / 100", given["height"] / 100, "m")
    wanted = given["body_mass_index"]
    return work("target weight", f"{wanted:g} × {height_m:.5g}²", wanted * height_m**2, "kg")


def body_surface_area(given: Given, work: Work) -> float:
    weight, height = given["weight"], given["height"]
    return work("surface", f"√({weight:.5g} × {height:.5g} / 3600)", sqrt(weight * height / 3600), "m²")


_KEYS = "Keys et al., J Chronic Dis 1972; 25:329–343"
_DEVINE = "Devine, Drug Intell Clin Pharm 1974; 8:650–655"
BODY = (
    Calculator(
        "body_mass_index",
        "Body mass index",
        "equation",
        (WEIGHT, HEIGHT),
        "kg/m²",
        _KEYS,
        body_mass_index,
        rises_with=("weight",),
        falls_with=("height",),
        medcalc_id=6,
    ),
    Calculator(
        "ideal_body_weight",
        "Ideal body weight (Devine)",
        "equation",
        (SEX, ADULT_HEIGHT),
        "kg",
        _DEVINE,
        ideal_body_weight,
        rises_with=("height",),
        medcalc_id=10,
    ),
    Calculator(
        "adjusted_body_weight",
        "Adjusted body weight",
        "equation",
        (SEX, ADULT_HEIGHT, WEIGHT),
        "kg",
        f"Bauer et al., Eur J Clin Pharmacol 1983; 24:643–647; ideal weight: {_DEVINE}",
        adjusted_body_weight,
        rises_with=("height", "weight"),
        medcalc_id=62,
    ),
    Calculator(
        "target_weight",
        "Weight for a body mass index",
        "equation",
        (HEIGHT, NumberInput("body_mass_index", "kg/m²", 8, 100, (18.5, 25))),
        "kg",
        _KEYS,
        weight_for_index,
        rises_with=("height", "body_mass_index"),
        medcalc_id=61,
    ),
    Calculator(
        "body_surface_area",
        "Body surface area (Mosteller)",
        "equation",
        (WEIGHT, HEIGHT),
        "m²",
        "Mosteller, N Engl J Med 1987; 317:1098",
        body_surface_area,
        rises_with=("weight", "height"),
        medcalc_id=60,
    ),
)
