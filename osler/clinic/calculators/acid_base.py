"""Acids, bases and the gases of the blood."""

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import NumberInput
from osler.clinic.calculators.shared_inputs import ALBUMIN, BICARBONATE, CHLORIDE, SODIUM
from osler.core.errors import UserError

NORMAL_GAP, NORMAL_BICARBONATE, NORMAL_ALBUMIN = 12.0, 24.0, 4.0
"""mEq/L; mEq/L; g/dL."""


def anion_gap(given: Given, work: Work) -> float:
    sodium, chloride, bicarbonate = given["sodium"], given["chloride"], given["bicarbonate"]
    how = f"{sodium:.5g} - ({chloride:.5g} + {bicarbonate:.5g})"
    return work("anion gap", how, sodium - (chloride + bicarbonate), "mEq/L")


def corrected_anion_gap(given: Given, work: Work) -> float:
    gap, albumin = anion_gap(given, work), given["albumin"]
    how = f"{gap:.5g} + 2.5 × ({NORMAL_ALBUMIN:g} - {albumin:.5g})"
    return work("corrected anion gap", how, gap + 2.5 * (NORMAL_ALBUMIN - albumin), "mEq/L")


def gap_rise(given: Given, work: Work) -> float:
    return _rise(anion_gap(given, work), work)


def corrected_gap_rise(given: Given, work: Work) -> float:
    return _rise(corrected_anion_gap(given, work), work)


def gap_over_fall(given: Given, work: Work) -> float:
    return _ratio(gap_rise(given, work), given, work)


def corrected_gap_over_fall(given: Given, work: Work) -> float:
    return _ratio(corrected_gap_rise(given, work), given, work)


def _rise(gap: float, work: Work) -> float:
    return work("delta gap", f"{gap:.5g} - {NORMAL_GAP:g}", gap - NORMAL_GAP, "mEq/L")


def _ratio(rise: float, given: Given, work: Work) -> float:
    bicarbonate = given["bicarbonate"]
    fall = work("fall of bicarbonate", f"{NORMAL_BICARBONATE:g} - {bicarbonate:.5g}", NORMAL_BICARBONATE - bicarbonate, "mEq/L")
    if fall == 0:
        raise UserError("bicarbonate: it is 24 mmol/L, so there is no fall to divide by; take the delta gap")
    return work("delta ratio", f"{rise:.5g} / {fall:.5g}", rise / fall)


def bicarbonate_gap(given: Given, work: Work) -> float:
    rise, bicarbonate = gap_rise(given, work), given["bicarbonate"]
    fall = work("fall of bicarbonate", f"{NORMAL_BICARBONATE:g} - {bicarbonate:.5g}", NORMAL_BICARBONATE - bicarbonate, "mEq/L")
    return work("bicarbonate gap", f"{rise:.5g} - {fall:.5g}", rise - fall, "mEq/L")


def expected_pco2(given: Given, work: Work) -> float:
    bicarbonate = given["bicarbonate"]
    return work("expected pCO2 (± 2)", f"1.5 × {bicarbonate:.5g} + 8", 1.5 * bicarbonate + 8, "mmHg")


def oxygen_gradient(given: Given, work: Work) -> float:
    """Water vapour takes 47 mmHg; the respiratory quotient is 0.8."""
    share, pressure, pco2, po2 = given["fio2"] / 100, given["pressure"], given["pco2"], given["po2"]
    how = f"{share:.5g} × ({pressure:.5g} - 47) - {pco2:.5g} / 0.8"
    alveolar = work("alveolar pO2", how, share * (pressure - 47) - pco2 / 0.8, "mmHg")
    if alveolar <= 0:
        raise UserError(f"pco2: {pco2:g} mmHg leaves no room for oxygen at this FiO2; correct one of them")
    return work("gradient", f"{alveolar:.5g} - {po2:.5g}", alveolar - po2, "mmHg")


_IONS = (SODIUM, CHLORIDE, BICARBONATE)
_EMMETT = "Emmett and Narins, Medicine 1977; 56:38–54"
_WRENN = "Wrenn, Ann Emerg Med 1990; 19:1310–1313, with normal values of 12 and 24 mEq/L"
_RISE = "Emmett and Narins, Medicine 1977; 56:38–54: the rise above a normal gap of 12 mEq/L"
_RASTEGAR = "Rastegar, J Am Soc Nephrol 2007; 18:2429–2431, with normal values of 12 and 24 mEq/L"
_FIGGE = "albumin by Figge et al., Crit Care Med 1998; 26:1807–1810, with a normal one of 4 g/dL"
ACID_BASE = (
    Calculator(
        "anion_gap",
        "Anion gap",
        "equation",
        _IONS,
        "mEq/L",
        _EMMETT,
        anion_gap,
        rises_with=("sodium",),
        falls_with=("chloride", "bicarbonate"),
        medcalc_id=39,
    ),
    Calculator(
        "corrected_anion_gap",
        "Anion gap corrected for albumin",
        "equation",
        (*_IONS, ALBUMIN),
        "mEq/L",
        f"{_EMMETT}; {_FIGGE}",
        corrected_anion_gap,
        rises_with=("sodium",),
        falls_with=("chloride", "bicarbonate", "albumin"),
        medcalc_id=65,
    ),
    Calculator(
        "delta_gap",
        "Delta gap",
        "equation",
        _IONS,
        "mEq/L",
        _RISE,
        gap_rise,
        rises_with=("sodium",),
        falls_with=("chloride", "bicarbonate"),
        medcalc_id=63,
    ),
    Calculator(
        "corrected_delta_gap",
        "Delta gap corrected for albumin",
        "equation",
        (*_IONS, ALBUMIN),
        "mEq/L",
        f"{_RISE}; {_FIGGE}",
        corrected_gap_rise,
        rises_with=("sodium",),
        falls_with=("chloride", "bicarbonate", "albumin"),
        medcalc_id=66,
    ),
    Calculator("delta_ratio", "Delta ratio", "equation", _IONS, "", _RASTEGAR, gap_over_fall, medcalc_id=64),
    Calculator(
        "corrected_delta_ratio",
        "Delta ratio corrected for albumin",
        "equation",
        (*_IONS, ALBUMIN),
        "",
        f"{_RASTEGAR}; {_FIGGE}",
        corrected_gap_over_fall,
        medcalc_id=67,
    ),
    Calculator(
        "bicarbonate_gap",
        "Bicarbonate gap (Wrenn's delta gap)",
        "equation",
        _IONS,
        "mEq/L",
        _WRENN,
        bicarbonate_gap,
        rises_with=("sodium",),
        falls_with=("chloride",),
    ),
    Calculator(
        "expected_pco2",
        "Expected pCO2 in metabolic acidosis (Winters)",
        "equation",
        (NumberInput("bicarbonate", "mmol/L", 1, 24, (4, 22), "bicarbonate"),),
        "mmHg",
        "Albert, Dell and Winters, Ann Intern Med 1967; 66:312–322, in the rounded form",
        expected_pco2,
        rises_with=("bicarbonate",),
    ),
    Calculator(
        "alveolar_arterial_gradient",
        "Alveolar–arterial gradient of oxygen",
        "equation",
        (
            NumberInput("fio2", "%", 21, 100, (21, 100)),
            NumberInput("pco2", "mmHg", 5, 200, (20, 80)),
            NumberInput("po2", "mmHg", 10, 700, (40, 300)),
            NumberInput("pressure", "mmHg", 200, 800, (600, 770), default=760),
        ),
        "mmHg",
        "Fenn, Rahn and Otis, Am J Physiol 1946; 146:637–653",
        oxygen_gradient,
        rises_with=("fio2", "pressure"),
        falls_with=("pco2", "po2"),
    ),
)
