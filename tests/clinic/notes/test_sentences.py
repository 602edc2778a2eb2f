"""Every wording of every sentence is read back as it was written, whatever name begins it; and what is true of them by hand."""

from itertools import pairwise
from random import Random

import pytest

from osler.clinic.notes.drawn import draw
from osler.clinic.notes.lore import lore
from osler.clinic.notes.sentences import FORMS, Says, Sentence, Told, is_true, read, sole_condition, write
from osler.clinic.world import load_world

WORLD = load_world()
CASE = Told(("big toe pain", "hot joint"), ("rash",), "active stomach ulcer", "gout")


def names(field: str) -> list[str]:
    drugs = WORLD.drugs.values()
    return {
        "findings": [*WORLD.findings, "rash and fever", "rash, fever and cough"],
        "finding": list(WORLD.findings),
        "state": list(WORLD.states),
        "condition": list(WORLD.conditions),
        "drug": list(WORLD.drugs),
        "system": sorted({condition.system for condition in WORLD.conditions.values()}),
        "drug_class": sorted({drug.drug_class for drug in drugs}),
    }[field]


FIELDS = {
    Says.FOUND: ("findings",),
    Says.LACKS: ("findings",),
    Says.BACKGROUND: ("state",),
    Says.DIAGNOSIS: ("condition",),
    Says.SYSTEM: ("condition", "system"),
    Says.BRINGS: ("condition", "finding"),
    Says.TREATS: ("drug", "condition"),
    Says.CLASS: ("drug", "drug_class"),
    Says.GIVEN: ("drug",),
    Says.SUMMARY: ("findings",),
}


@pytest.mark.parametrize("says", list(Says))
def test_every_name_in_every_wording_is_read_back(says: Says) -> None:
    rng = Random(0)
    first, *rest = FIELDS[says]
    texts = set[str]()
    for name in names(first):
        words = (name, *(rng.choice(names(field)) for field in rest))
        sentence = write(rng, says, *words)
        assert read(sentence.text, WORLD) == sentence
        assert sentence.text[0].isupper()
        texts.add(sentence.text)
    assert len(texts) == len(names(first))
    assert len(FORMS[says]) >= 2


@pytest.mark.parametrize(
    ("says", "words", "is_so"),
    [
        (Says.DIAGNOSIS, ("gout",), True),
        (Says.DIAGNOSIS, ("dengue",), False),
        (Says.SYSTEM, ("gout", "musculoskeletal"), True),
        (Says.SYSTEM, ("gout", "renal"), False),
        (Says.BRINGS, ("gout", "fever"), True),
        (Says.BRINGS, ("gout", "butterfly rash"), False),
        (Says.TREATS, ("colchicine", "gout"), True),
        (Says.TREATS, ("colchicine", "dengue"), False),
        (Says.CLASS, ("naproxen", "NSAID"), True),
        (Says.CLASS, ("naproxen", "opioid"), False),
        (Says.GIVEN, ("colchicine",), True),
        (Says.GIVEN, ("naproxen",), False),
        (Says.SUMMARY, ("big toe pain and hot joint",), True),
        (Says.SUMMARY, ("big toe pain and rash",), False),
        (Says.TREATS, ("moonlight", "gout"), False),
        (Says.DIAGNOSIS, ("moonlight",), False),
    ],
)
def test_truth_by_hand(says: Says, words: tuple[str, ...], *, is_so: bool) -> None:
    assert is_true(Sentence(says, words, ""), CASE, WORLD) is is_so


@pytest.mark.parametrize("text", ["", "Gout.", "Gout can bring fever", "Gout can bring fever. Gout can bring rash.", "(" * 4000])
def test_what_is_in_no_wording_is_not_read(text: str) -> None:
    assert read(text, WORLD) is None


def test_a_drawn_case_has_one_explanation_and_nothing_that_contradicts_itself() -> None:
    rng = Random(5)
    cases = [drawn for drawn in (draw(rng, lore()) for _ in range(600)) if drawn]
    assert len(cases) > 100
    for drawn in cases:
        assert sole_condition(WORLD, drawn.present) == drawn.condition
        assert not any(map(WORLD.conditions[drawn.condition].explains, drawn.absent))
        assert {*drawn.suited, *drawn.unsafe} == set(WORLD.drugs_for(drawn.condition))
        assert all(drawn.state in WORLD.drugs[drug].contraindications for drug in drawn.unsafe)
        assert not any(drawn.state in WORLD.drugs[drug].contraindications for drug in drawn.suited)
        assert "blood pressure" not in drawn.state


def test_rivals_come_by_likelihood() -> None:
    """Against the whole formula of the world, over all conditions."""
    rng = Random(6)
    for drawn in [drawn for drawn in (draw(rng, lore()) for _ in range(60)) if drawn]:
        likelihoods = [WORLD.conditions[rival].log_likelihood(drawn.present, ()) for rival in drawn.rivals]
        assert all(one >= other - 1e-9 for one, other in pairwise(likelihoods))
        others = [each for each in WORLD.conditions.values() if each.name not in (drawn.condition, *drawn.rivals)]
        assert all(each.log_likelihood(drawn.present, ()) <= likelihoods[-1] + 1e-9 for each in others)
