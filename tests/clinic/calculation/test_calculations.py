"""Calculation tasks: what is asked at each level, keys by hand, splits, and a small independent checker of notes."""

import re
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.calculators import CALCULATORS
from osler.clinic.generate import Split
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, DateKey, NumberKey

N = 60


def tasks(level: int, *calculators: str, n: int = N, share: float = 0.0, split: Split = Split.TRAIN) -> list[Task]:
    return list(Calculations(levels=(level,), calculators=calculators, choice_share=share).make(n, split, 5))


def test_level_one_by_hand() -> None:
    """Weight in kilograms over the square of the height in metres, read from the text by a pattern of this test and divided exactly."""
    for task in tasks(1, "body_mass_index"):
        found = re.search(r"weight ([\d.]+) kg; height ([\d.]+) cm", task.text)
        assert found
        weight, height = Fraction(found[1]), Fraction(found[2]) / 100
        assert isinstance(task.key, NumberKey)
        assert task.key.value == pytest.approx(float(weight / height**2), rel=1e-5)
        assert task.key.tolerance == pytest.approx(task.key.value * 0.05)


POUND, INCH = Fraction("0.45359237"), Fraction("0.0254")


def test_level_two_is_told_in_other_units() -> None:
    """A pound is 0.45359237 kg and an inch 2.54 cm, by definition."""
    seen = set()
    for task in tasks(2, "body_mass_index"):
        found = re.search(r"weight ([\d.]+) (kg|lb); height ([\d.]+) (cm|m|inch)", task.text)
        assert found
        weight = Fraction(found[1]) * {"kg": 1, "lb": POUND}[found[2]]
        height = Fraction(found[3]) * {"cm": Fraction(1, 100), "m": 1, "inch": INCH}[found[4]]
        assert isinstance(task.key, NumberKey)
        assert task.key.value == pytest.approx(float(weight / height**2), rel=1e-5)
        assert task.text.count(";") == 4  # three asides beside the two inputs
        seen.add((found[2], found[4]))
    assert {"kg", "lb"} <= {unit for unit, _ in seen}
    assert {"cm", "m", "inch"} <= {unit for _, unit in seen}


def test_level_three_asks_for_one_of_two_times() -> None:
    """QTc by Bazett: QT over the root of the RR interval, 60 over the heart rate."""
    times = set()
    for task in tasks(3, "qtc_bazett"):
        when = re.search(r"Calculate the following ([a-z0-9 ]+), in ms", task.text)
        assert when
        told = re.search(rf"{when[1]}: ([^.]*(?:\.\d[^.]*)*)\.(?: |\n)", task.text, re.IGNORECASE)
        assert told
        note = task.text.split("\n")[0].split(". ")
        clauses = f"{note[0]}; {told[1]}"
        rate = re.findall(r"heart rate ([\d.]+)/min", clauses)[-1]
        qt, unit = re.findall(r"QT interval ([\d.]+) (ms|s)\b", clauses)[-1]
        value = float(qt) * (1000 if unit == "s" else 1) / (60 / float(rate)) ** 0.5
        assert isinstance(task.key, NumberKey)
        assert task.key.value == pytest.approx(value, rel=1e-4)
        times.add(when[1])
    assert len(times) >= 4


def test_half_of_level_four_cannot_be_computed() -> None:
    made = tasks(4, n=400)
    missing = [task for task in made if isinstance(task.key, NumberKey) and task.key.value is None]
    assert 160 <= len(missing) <= 240
    for task in missing:
        label = re.fullmatch(r"(.+) is not given\.", task.steps[0])
        assert label
        told = re.split(r"[:;.] ", task.text.split("\n")[0])
        assert not any(clause.startswith(f"{label[1]} ") for clause in told)
        assert label[1] in task.text.split("\n")[2]
        assert task.steps[-1] == "The answer is N/A."


def test_level_five_backwards_by_hand() -> None:
    """The weight that gives a body mass index is the index times the square of the height."""
    made = [task for task in tasks(5, "body_mass_index") if "At which weight" in task.text]
    assert made
    for task in made:
        found = re.search(r"height ([\d.]+) cm.*come to ([\d.]+) kg", task.text, re.DOTALL)
        assert found
        assert isinstance(task.key, NumberKey)
        assert task.key.value == pytest.approx(float(found[2]) * (float(found[1]) / 100) ** 2, rel=1e-3)


def test_level_five_otherwise_by_hand() -> None:
    """What FeverPAIN falls by without one of its five criteria is one point, and what it rises by with it."""
    for task in tasks(5, "feverpain", n=8):
        said = re.search(r"below zero\) with (no )?(.+): FeverPAIN", task.text)
        assert said
        assert task.key == NumberKey(-1.0 if said[1] else 1.0, is_rounded=True)


def test_a_choice_has_four_values_apart_from_one_another() -> None:
    made = tasks(2, share=1.0, n=200)
    for task in made:
        assert isinstance(task.key, ChoiceKey)
        assert list(task.options) == ["A", "B", "C", "D"]
        calculator = CALCULATORS[task.facts["calculator"]]
        if calculator.kind == "equation":
            values = sorted(float(text.split(" ")[0].rstrip("%").split("/")[0]) for text in task.options.values())
            assert all(high - low > 0.1 * max(abs(low), abs(high)) for low, high in pairwise(values)), task.options
        assert task.facts["mistakes"].keys() == set(task.options) - set(task.key.letters)
    names = {name for task in made for name in task.facts["mistakes"].values()}
    assert {"unconverted", "other_sex", "actual_weight", "forgotten", "neighbour"} <= names
    assert {task.key.letters[0] for task in made if isinstance(task.key, ChoiceKey)} == set("ABCD")


def test_a_mistake_is_what_its_name_says() -> None:
    """The index of somebody whose pounds are taken for kilograms."""
    made = [task for task in tasks(2, "body_mass_index", share=1.0, n=100) if re.search(r"lb; height [\d.]+ cm", task.text)]
    assert made
    for task in made:
        found = re.search(r"weight ([\d.]+) lb; height ([\d.]+) cm", task.text)
        letter = next(letter for letter, name in task.facts["mistakes"].items() if name == "unconverted")
        assert found
        assert float(task.options[letter].split()[0]) == pytest.approx(float(found[1]) / (float(found[2]) / 100) ** 2, rel=1e-3)


def test_the_value_of_the_other_time_is_among_the_mistakes() -> None:
    assert any("other_time" in task.facts["mistakes"].values() for task in tasks(3, share=1.0))


def test_days_are_days() -> None:
    """280 days after the last period, and as many more as the cycle is longer than 28."""
    for task in tasks(1, "due_date"):
        found = re.search(r"last period (\S+); cycle length (\d+) days", task.text)
        assert found
        assert isinstance(task.key, DateKey)
        assert (task.key.day - date.fromisoformat(found[1])).days == 280 + int(found[2]) - 28


def test_splits_have_their_shares() -> None:
    """Of 3,000 draws of the training split's stream none is of another; the shares follow from how many texts are common: none."""
    texts = {split: {task.text for task in tasks(1, "creatinine_clearance", n=300, split=split)} for split in Split}
    assert all(len(each) == 300 for each in texts.values())
    assert not texts[Split.TRAIN] & texts[Split.HELDOUT]


def test_other_units_do_not_take_a_case_into_another_split() -> None:
    """FeverPAIN has 32 cases in all: each is of one split at every level."""
    cases: dict[Split, set[str]] = {split: set() for split in Split}
    for split in Split:
        for level in (1, 2, 4):
            try:
                made = tasks(level, "feverpain", n=3, split=split)
            except UserError:
                continue
            cases[split] |= {str(sorted(task.facts["amounts"].items())) for task in made}
    assert sum(map(len, cases.values())) >= 6
    assert not cases[Split.TRAIN] & cases[Split.HELDOUT]
    assert not cases[Split.TRAIN] & cases[Split.DEV]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"calculators": ("body_mass_indx",)}, "did you mean 'body_mass_index'"),
        ({"calculators": ("feverpain",), "levels": (3,)}, "no task of level 3"),
        ({"calculators": ("feverpain",), "levels": (1,)}, "ask for fewer"),
    ],
)
def test_what_cannot_be_made_is_said(settings: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        Calculations(**settings, choice_share=0.0).make(500, Split.TRAIN, 0)  # type: ignore[arg-type]


def test_a_key_that_was_not_validated_equals_one_that_was() -> None:
    for task in tasks(1, n=150):
        key = task.key
        if isinstance(key, NumberKey):
            again = NumberKey(key.value, key.unit, key.tolerance, is_rounded=key.is_rounded, analyte=key.analyte)
            assert vars(again) == vars(key)


def test_every_calculator_has_tasks() -> None:
    for name in CALCULATORS:
        made = Calculations(levels=(2,), calculators=(name,)).make(3, Split.TRAIN, 1)
        assert len(made) == 3
        assert all(CALCULATORS[name].title in task.text for task in made)
