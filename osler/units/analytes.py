"""Analytes: what an amount of a substance weighs, so that mmol/L, mg/dL and mEq/L of it compare.

Molar masses in g/mol follow from the standard atomic weights (IUPAC 2021). Three depart from plain chemistry, as laboratories do: urea
nitrogen is the nitrogen of a mole of urea, phosphate is weighed as phosphorus, and haemoglobin is counted by the single chain. The factors
that follow are those of the AMA Manual of Style, 11th ed., section 17.5, to the figures printed there.
"""

from dataclasses import dataclass
from functools import lru_cache

_UNNUMBERED = str.maketrans("", "", "-_ .,()")


@dataclass(frozen=True)
class Analyte:
    """`molar_mass` in g/mol; `valence` in equivalents per mole; `pmol_per_miu`: pmol in a thousandth of an international unit.
    Each is None where there is no such conversion."""

    molar_mass: float | None = None
    valence: float | None = None
    pmol_per_miu: float | None = None


_ION = Analyte(valence=1)
_CHOLESTEROL = Analyte(386.65)
_CREATININE = Analyte(113.12)

ANALYTES: dict[str, Analyte] = {
    "glucose": Analyte(180.156),
    "cholesterol": _CHOLESTEROL,
    "ldl": _CHOLESTEROL,
    "hdl": _CHOLESTEROL,
    "triglycerides": Analyte(885.4),
    "creatinine": _CREATININE,
    "albumin creatinine ratio": _CREATININE,
    "urea": Analyte(60.056),
    "urea nitrogen": Analyte(28.014),
    "bilirubin": Analyte(584.66),
    "uric acid": Analyte(168.11),
    "calcium": Analyte(40.078, 2),
    "magnesium": Analyte(24.305, 2),
    "phosphate": Analyte(30.974, 1.8),  # 1.8: the mean charge at pH 7.4
    "sodium": Analyte(22.990, 1),
    "potassium": Analyte(39.098, 1),
    "chloride": Analyte(35.45, 1),
    "bicarbonate": Analyte(61.017, 1),
    "lithium": Analyte(6.94, 1),
    "anion gap": _ION,
    "delta gap": _ION,
    "base excess": _ION,
    "osmolality": Analyte(),
    "iron": Analyte(55.845),
    "zinc": Analyte(65.38),
    "copper": Analyte(63.546),
    "lead": Analyte(207.2),
    "ammonia": Analyte(17.031),
    "lactate": Analyte(90.08),
    "albumin": Analyte(66_500),
    "haemoglobin": Analyte(16_114),
    "homocysteine": Analyte(135.18),
    "insulin": Analyte(5_808, pmol_per_miu=6.0),  # Knopp et al., Diabetes Obes Metab 2019: 1 µIU/mL is 6.00 pmol/L
    "c peptide": Analyte(3_020.3),
    "cortisol": Analyte(362.46),
    "aldosterone": Analyte(360.44),
    "testosterone": Analyte(288.43),
    "estradiol": Analyte(272.38),
    "progesterone": Analyte(314.46),
    "thyroxine": Analyte(776.87),
    "triiodothyronine": Analyte(650.97),
    "vitamin d": Analyte(400.64),
    "vitamin b12": Analyte(1_355.37),
    "folate": Analyte(441.40),
    "ethanol": Analyte(46.07),
    "digoxin": Analyte(780.94),
    "phenytoin": Analyte(252.27),
    "carbamazepine": Analyte(236.27),
    "valproate": Analyte(144.21),
    "theophylline": Analyte(180.16),
    "paracetamol": Analyte(151.16),
    "salicylate": Analyte(138.12),
    "methotrexate": Analyte(454.44),
    "vancomycin": Analyte(1_449.3),
}
_ALSO = {
    "blood glucose": "glucose",
    "total cholesterol": "cholesterol",
    "ldl cholesterol": "ldl",
    "ldl c": "ldl",
    "hdl cholesterol": "hdl",
    "hdl c": "hdl",
    "triglyceride": "triglycerides",
    "acr": "albumin creatinine ratio",
    "uacr": "albumin creatinine ratio",
    "bun": "urea nitrogen",
    "blood urea nitrogen": "urea nitrogen",
    "urate": "uric acid",
    "corrected calcium": "calcium",
    "phosphorus": "phosphate",
    "corrected sodium": "sodium",
    "na": "sodium",
    "k": "potassium",
    "cl": "chloride",
    "hco3": "bicarbonate",
    "corrected anion gap": "anion gap",
    "osmolarity": "osmolality",
    "lactic acid": "lactate",
    "hemoglobin": "haemoglobin",
    "oestradiol": "estradiol",
    "t4": "thyroxine",
    "t3": "triiodothyronine",
    "25 hydroxyvitamin d": "vitamin d",
    "cobalamin": "vitamin b12",
    "folic acid": "folate",
    "alcohol": "ethanol",
    "acetaminophen": "paracetamol",
    "glycated haemoglobin": "hba1c",
    "glycated hemoglobin": "hba1c",
    "haemoglobin a1c": "hba1c",
    "hemoglobin a1c": "hba1c",
}
HBA1C = "hba1c"
"""The one analyte of which two units differ by more than a factor: see `osler.units.conversion.convert`."""


def _squeezed(name: str) -> str:
    return name.lower().translate(_UNNUMBERED)


@lru_cache(maxsize=256)
def analyte_name(name: str) -> str:
    """The name under which `ANALYTES` has it, whatever the case, spaces, hyphens and a leading "serum"; "" where it is not known."""
    wanted = _squeezed(name)
    for prefix in ("serum", "plasma", "total", "blood", ""):
        for known in (*ANALYTES, HBA1C):
            if wanted.removeprefix(prefix) == _squeezed(known):
                return known
        for other, known in _ALSO.items():
            if wanted.removeprefix(prefix) == _squeezed(other):
                return known
    return ""
