"""Units and their conversion, beside the factors that the AMA Manual of Style (11th ed., section 17.5) prints (SI by conventional)"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.units.analytes import ANALYTES, analyte_name
from osler.units.conversion import convert, needs_analyte
from osler.units.spelling import PINT_NAMES, unit_at, unit_named

SPELLED = [
    ("mg/dl", "mg/dL"),
    ("milligrams per deciliter", "mg/dL"),
    ("MG/DL", "mg/dL"),
    ("mg/100 mL", "mg/dL"),
    ("mg/24 h", "mg/day"),
    ("mL/min/1.73 m²", "mL/min/1.73m²"),
    ("ml/min per 1.73 m^2", "mL/min/1.73m²"),
    ("kg/m2", "kg/m²"),
    ("x10^9/L", "10^9/L"),
    ("10⁹/L", "10^9/L"),
    ("cells/µL", "/µL"),
    ("cells/mm3", "/mm³"),
    ("K/uL", "10^3/µL"),
    ("\u03bcmol/L", "µmol/L"),
    ("mM", "mmol/L"),
    ("mm", "mm"),
    ("mm Hg", "mmHg"),
    ("degrees Celsius", "°C"),
    ("beats per minute", "/min"),
    ("bpm", "/min"),
    ("points", ""),
    ("per cent", "%"),
    ("U/L", "IU/L"),
    ("mcg", "µg"),
    ("mmHg·min/L", "mmHg·min/L"),
    ("", ""),
]
AMA = [
    ("glucose", "mg/dL", "mmol/L", 0.0555),
    ("total cholesterol", "mg/dL", "mmol/L", 0.0259),
    ("LDL", "mg/dL", "mmol/L", 0.0259),
    ("triglycerides", "mg/dL", "mmol/L", 0.0113),
    ("serum creatinine", "mg/dL", "µmol/L", 88.4),
    ("BUN", "mg/dL", "mmol/L", 0.357),
    ("bilirubin", "mg/dL", "µmol/L", 17.104),
    ("uric acid", "mg/dL", "µmol/L", 59.485),
    ("calcium", "mg/dL", "mmol/L", 0.25),
    ("magnesium", "mg/dL", "mmol/L", 0.4114),
    ("phosphorus", "mg/dL", "mmol/L", 0.323),
    ("calcium", "mEq/L", "mmol/L", 0.5),
    ("magnesium", "mEq/L", "mmol/L", 0.5),
    ("sodium", "mEq/L", "mmol/L", 1.0),
    ("potassium", "mEq/L", "mmol/L", 1.0),
    ("chloride", "mEq/L", "mmol/L", 1.0),
    ("bicarbonate", "mEq/L", "mmol/L", 1.0),
    ("iron", "µg/dL", "µmol/L", 0.179),
    ("ammonia", "µg/dL", "µmol/L", 0.587),
    ("lactate", "mg/dL", "mmol/L", 0.111),
    ("hemoglobin", "g/dL", "mmol/L", 0.6206),
    ("cortisol", "µg/dL", "nmol/L", 27.588),
    ("testosterone", "ng/dL", "nmol/L", 0.0347),
    ("estradiol", "pg/mL", "pmol/L", 3.671),
    ("T4", "µg/dL", "nmol/L", 12.87),
    ("25-hydroxyvitamin D", "ng/mL", "nmol/L", 2.496),
    ("vitamin B12", "pg/mL", "pmol/L", 0.7378),
    ("folate", "ng/mL", "nmol/L", 2.266),
    ("digoxin", "ng/mL", "nmol/L", 1.281),
    ("phenytoin", "µg/mL", "µmol/L", 3.968),
    ("theophylline", "µg/mL", "µmol/L", 5.55),
    ("acetaminophen", "µg/mL", "µmol/L", 6.614),
    ("lead", "µg/dL", "µmol/L", 0.0483),
    ("zinc", "µg/dL", "µmol/L", 0.153),
    ("copper", "µg/dL", "µmol/L", 0.157),
    ("homocysteine", "mg/L", "µmol/L", 7.397),
    ("osmolality", "mOsm/kg", "mmol/kg", 1.0),
]
PLAIN = [
    (37.0, "°C", "°F", 98.6),
    (212.0, "°F", "°C", 100.0),
    (150.0, "10^9/L", "/µL", 150_000.0),
    (1.0, "mmHg", "kPa", 0.133322),
    (2.0, "weeks", "days", 14.0),
    (1.0, "lb", "kg", 0.45359237),
    (70.0, "inch", "cm", 177.8),
    (60.0, "/min", "Hz", 1.0),
    (1.0, "g/L", "mg/dL", 100.0),
    (0.5, "L/h", "mL/min", 8.333333),
]


@pytest.mark.parametrize(("written", "ours"), SPELLED)
def test_spellings(written: str, ours: str) -> None:
    assert unit_named(written) == ours


@pytest.mark.parametrize("written", ["flurb", "M", "mg/flurb", "mgs/dLx", "mg dL", "24 h", "in", "a"])
def test_what_is_no_unit(written: str) -> None:
    assert unit_named(written) is None


def test_our_own_spellings_are_spellings_and_pint_knows_them() -> None:
    assert len(PINT_NAMES) > 50
    for unit in PINT_NAMES:
        assert unit_named(unit) in (unit, f"{unit}s")
        assert convert(1.0, unit, unit) == pytest.approx(1.0)


@pytest.mark.parametrize(("analyte", "unit", "wanted", "factor"), AMA)
def test_factors_of_the_ama_manual(analyte: str, unit: str, wanted: str, factor: float) -> None:
    assert convert(1.0, unit, wanted, analyte) == pytest.approx(factor, rel=0.005)
    assert convert(factor, wanted, unit, analyte) == pytest.approx(1.0, rel=0.005)
    assert convert(1.0, unit, wanted) is None
    assert needs_analyte(unit, wanted)


@pytest.mark.parametrize(("value", "unit", "wanted", "expected"), PLAIN)
def test_plain_conversions(value: float, unit: str, wanted: str, expected: float) -> None:
    assert convert(value, unit, wanted) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("unit", "wanted"), [("mg", "mL"), ("mg", "%"), ("mmHg", "mmol/L"), ("tablet", "mg"), ("mL/min", "mL/min/1.73m²")])
def test_other_dimensions_do_not_convert_whatever_the_analyte(unit: str, wanted: str) -> None:
    assert convert(1.0, unit, wanted, "glucose") is None
    assert not needs_analyte(unit, wanted)


def test_hba1c_has_another_zero() -> None:
    """The NGSP's own table: 53 mmol/mol is 7.0 %, 42 is 6.0 %."""
    assert convert(53.0, "mmol/mol", "%", "HbA1c") == pytest.approx(7.0, abs=0.01)
    assert convert(6.0, "%", "mmol/mol", "hemoglobin A1c") == pytest.approx(42.06, abs=0.1)


def test_insulin_by_activity() -> None:
    assert convert(10.0, "µIU/mL", "pmol/L", "insulin") == pytest.approx(60.0)


def test_names_of_analytes() -> None:
    assert len(ANALYTES) > 40
    assert {analyte_name(name) for name in ANALYTES} == set(ANALYTES)
    assert analyte_name("Serum Creatinine") == "creatinine"
    assert analyte_name("LDL-C") == "ldl"
    assert analyte_name("unobtainium") == ""


@given(st.text(max_size=40), st.integers(0, 40))
def test_no_text_raises(text: str, at: int) -> None:
    found = unit_at(text, at)
    assert found is None or at < found.end <= len(text)
