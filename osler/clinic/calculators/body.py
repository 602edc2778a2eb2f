"""Weight, height and what is made of them."""

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput

WEIGHT = NumberInput("weight", "kg", 0.3, 400, (45, 130))
HEIGHT = NumberInput("height", "cm", 20, 250, (145, 200))


def body_mass_index(given: Given, work: Work) -> float:
    height_m = work("height", f"{given['height']:g} cm / 100", given["height"] / 100, "m")
    return work("BMI", f"{given['weight']:.5g} / {height_m:.5g}²", given["weight"] / height_m**2, "kg/m²")


BODY = (
    Calculator(
        "body_mass_index",
        "Body mass index",
        "equation",
        (WEIGHT, HEIGHT),
        "kg/m²",
        "Keys et al., J Chronic Dis 1972; 25:329–343",
        body_mass_index,
        rises_with=("weight",),
        falls_with=("height",),
        medcalc_id=6,
    ),
)
