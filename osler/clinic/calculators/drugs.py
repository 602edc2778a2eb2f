"""Doses of one drug as those of another."""

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput, WordInput
from osler.core.errors import UserError

STEROIDS = {
    "betamethasone": 0.75,
    "cortisone": 25.0,
    "dexamethasone": 0.75,
    "hydrocortisone": 20.0,
    "methylprednisolone": 4.0,
    "prednisolone": 5.0,
    "prednisone": 5.0,
    "triamcinolone": 4.0,
}
"""mg of each that are worth 20 mg of hydrocortisone as glucocorticoids, by mouth or vein."""

OPIOIDS = {
    "codeine": 0.15,
    "hydrocodone": 1.0,
    "hydromorphone": 5.0,
    "methadone": 4.7,
    "morphine": 1.0,
    "oxycodone": 1.5,
    "oxymorphone": 3.0,
    "tapentadol": 0.4,
    "tramadol": 0.2,
}
"""mg of morphine by mouth that a mg of each is worth."""
BUCCAL_FENTANYL, FENTANYL_PATCH = 0.13, 2.4
"""mg of morphine that 1 µg is worth, and mg of morphine a day that a patch of 1 µg/h is worth."""


def steroid_conversion(given: Given, work: Work) -> float:
    dose, steroid, wanted = given["dose"], given["steroid"], given["wanted"]
    how = f"{dose:.5g} mg of {steroid} × {STEROIDS[wanted]:g} / {STEROIDS[steroid]:g}"
    return work(wanted, how, dose * STEROIDS[wanted] / STEROIDS[steroid], "mg")


def morphine_equivalents(given: Given, work: Work) -> float:
    """A dose without its number a day is an error. Patches are counted as worn at once, one where nothing is said."""
    parts = [
        _worth(given, work, name, given[f"{name}_per_day"], factor, "mg")
        for name, factor in OPIOIDS.items()
        if given[name] is not None
    ]  # fmt: skip
    if given["buccal_fentanyl"] is not None:
        parts.append(_worth(given, work, "buccal_fentanyl", given["buccal_fentanyl_per_day"], BUCCAL_FENTANYL, "µg"))
    if given["fentanyl_patch"] is not None:
        parts.append(_worth(given, work, "fentanyl_patch", given["fentanyl_patches"] or 1.0, FENTANYL_PATCH, "µg/h"))
    if not parts:
        raise UserError(
            f"opioids: none is given; give the dose of one or more of {', '.join((*OPIOIDS, 'buccal_fentanyl', 'fentanyl_patch'))}"
        )
    return work("sum", " + ".join(f"{part:.5g}" for part in parts), sum(parts), "mg/day")


def _worth(given: Given, work: Work, name: str, times: float | None, factor: float, unit: str) -> float:
    if times is None:
        raise UserError(f"{name}_per_day: it is missing; say how many times a day")
    return work(name.replace("_", " "), f"{given[name]:.5g} {unit} × {times:g} × {factor:g}", given[name] * times * factor, "mg/day")


def _dose(name: str, unit: str, high: float, usual: tuple[float, float]) -> tuple[NumberInput, NumberInput]:
    return (
        NumberInput(name, unit, 0, high, usual, is_optional=True),
        NumberInput(f"{name}_per_day", "", 0, 24, (1, 4), is_optional=True),
    )


DRUGS = (
    Calculator(
        "steroid_conversion",
        "Equivalent dose of a glucocorticoid",
        "equation",
        (NumberInput("dose", "mg", 0, 5000, (0.5, 250)), WordInput("steroid", tuple(STEROIDS)), WordInput("wanted", tuple(STEROIDS))),
        "mg",
        "Meikle and Tyler, Am J Med 1977; 63:200–207",
        steroid_conversion,
        rises_with=("dose",),
        medcalc_id=24,
    ),
    Calculator(
        "morphine_equivalents",
        "Morphine milligram equivalents a day",
        "equation",
        (
            *(each for name in OPIOIDS for each in _dose(name, "mg", 2000, (5, 80))),
            *_dose("buccal_fentanyl", "µg", 2000, (100, 800)),
            NumberInput("fentanyl_patch", "µg/h", 0, 1000, (12, 100), is_optional=True),
            NumberInput("fentanyl_patches", "", 0, 10, (1, 2), is_optional=True),
        ),
        "mg/day",
        "Dowell et al., MMWR Recomm Rep 2022; 71(3):1–95; buccal fentanyl by the CDC's table of conversion factors (2018)",
        morphine_equivalents,
        rises_with=(*OPIOIDS, "buccal_fentanyl", "fentanyl_patch"),
        medcalc_id=49,
    ),
)
