"""near_option: what is a slip of the pen, and what is another thing altogether."""

import pytest

from osler.judges.choice.near import near_option

NEAR = [
    ("Bronchiolitis", "Broncheolitis"),
    ("Thyroid ultrasound", "thyroid ultrasuond"),
    ("Barrett oesophagus", "Barrett's esophagus"),
    ("First-degree block", "first degree block"),
    ("TSH receptor antibodies", "TSH receptor antibody"),
    ("1,200 mg", "1200mg"),
    ("Fluids and noradrenaline", "fluids & noradrenaline"),
    ("Haemorrhage", "hemorrhage"),
    ("Thiamine", "thiamin"),
]
FAR = [
    *(("Abduction", "adduction"), ("Macrocytic anaemia", "microcytic anaemia"), ("Nitrate", "nitrite"), ("Ileum", "ilium")),
    *(("Hypertension", "hypotension"), ("Hyperkalaemia", "hypokalaemia"), ("Prednisone", "prednisolone"), ("Secretin", "secretion")),
    *(("Afferent arteriole", "efferent arteriole"), ("Phosphate", "phosphite"), ("Typical", "atypical"), ("12 mg", "120 mg")),
    *(("Macroalbuminuria", "microalbuminuria"), ("Causal link", "casual link"), ("Diabetes", "diabetes insipidus"), ("Low", "lower")),
    *(("Increased calcium", "decreased calcium"), ("Mobitz type I", "Mobitz type II"), ("Interstitial", "intrastitial")),
]


@pytest.mark.parametrize(("name", "written"), NEAR)
def test_near(name: str, written: str) -> None:
    assert near_option({"A": "something else", "B": name}, written) == "B"


@pytest.mark.parametrize(("name", "written"), FAR)
def test_another_thing(name: str, written: str) -> None:
    assert near_option({"A": "something else", "B": name}, written) is None
    assert near_option({"A": "something else", "B": written}, name) is None


def test_two_that_are_as_near_are_none() -> None:
    assert near_option({"A": "Beta blocker", "B": "Beta-blocker"}, "betablocker") is None
