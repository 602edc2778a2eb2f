"""`osler calc`, as a person types it: a value with its working, what there is, and one sentence for what is wrong."""

import json
import shlex
from collections.abc import Callable
from typing import NamedTuple

import pytest
from rich.console import Console

from osler.cli import app, guarded
from osler.clinic.calculators import CALCULATORS
from osler.commands.calc import NOTICE, amounts_of, answer, described, listed
from osler.core.errors import UserError
from osler.report.doctor_table import doctor_table

GAP = ("anion_gap", "sodium=140", "chloride=104", "bicarbonate=24")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command line in this process, through the same guard as `osler` itself."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = guarded(lambda: app(list(arguments), prog_name="osler", standalone_mode=False))
        return Ran(code, *capsys.readouterr())

    return run


def printed(rows: list[tuple[str, str]], width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(doctor_table(rows))
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("creatinine=1.4", 1.4),
        ("creatinine=1.4mg/dL", (1.4, "mg/dL")),
        ("creatinine = 120 µmol/L", (120, "µmol/L")),
        ("creatinine=1e2umol/L", (100, "umol/L")),
        ("creatinine=.9 mg/dL", (0.9, "mg/dL")),
        ("creatinine=−1", -1),
        ("Creatinine=1.4", 1.4),
        ("creatinine=1,4", (1, ",4")),
        ("creatinine=high", "high"),
        ("age=36months", (36, "months")),
        ("sex=female", "female"),
    ],
)
def test_values_are_read_as_people_write_them(written: str, amount: object) -> None:
    [(_, found)] = amounts_of(CALCULATORS["ckd_epi_2021"], [written]).items()
    assert found == amount


def test_inches_are_read_where_they_stand_for_nothing_else() -> None:
    assert answer("ideal_body_weight", ["sex=female", "height=60in"]).calculation.value == pytest.approx(45.5)


def test_what_was_given_stands_beside_what_it_is_in_the_calculators_unit() -> None:
    found = answer("body_mass_index", ["weight=80000g", "height=200"])
    assert found.given == {"weight": "80000 g = 80 kg", "height": "200 cm"}
    assert found.calculation.value == pytest.approx(20)


def test_a_calculation_fits_a_narrow_terminal() -> None:
    lines = printed(answer(GAP[0], GAP[1:]).rows(), 60)
    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["calculator", "Anion", "gap"]
    assert "value      12 mEq/L" in lines
    assert "working    anion gap = 140 - (104 + 24) = 12 mEq/L" in lines
    assert any("Emmett and Narins" in line for line in lines)
    assert lines[-1].strip() == NOTICE


@pytest.mark.parametrize("name", CALCULATORS)
def test_what_each_takes_is_told_and_its_own_line_to_write_is_taken(name: str) -> None:
    rows = dict(described(name))
    assert {each.name for each in CALCULATORS[name].inputs} <= rows.keys()
    assert max(map(len, printed(described(name), 60))) <= 60
    _, _, _, *values = shlex.split(rows["write"])
    amounts = amounts_of(CALCULATORS[name], values)
    for each in CALCULATORS[name].inputs:
        if each.name in amounts:
            each.known(amounts[each.name])


def test_all_are_listed_by_topic() -> None:
    assert {name for name, _ in listed()} >= CALCULATORS.keys()
    assert max(map(len, printed(listed(), 60))) <= 60


def test_the_commands_own_words(osler: Callable[..., Ran]) -> None:
    ran = osler("calc", *GAP)
    assert (ran.code, ran.err) == (0, "")
    assert "12 mEq/L" in ran.out
    ran = osler("calc", "due_date", "last_period=2026-01-01", "--json")
    content = json.loads(ran.out)
    assert (content["value"], content["assumed"], content["notice"]) == ("2026-10-08", ["cycle_length: 28"], NOTICE)
    ran = osler("calc", "--json")
    assert {each["name"] for each in json.loads(ran.out)} == CALCULATORS.keys()
    ran = osler("calc", "anion_gap", "--json")
    assert json.loads(ran.out)["inputs"].keys() == {"sodium", "chloride", "bicarbonate"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("anion_gpa",), "calculators: there is no 'anion_gpa'; did you mean anion_gap"),
        (("anion_gap", "sodium=140"), "anion_gap: chloride and bicarbonate are missing; give them"),
        (("anion_gap", "sodum=140"), "anion_gap: there is no input 'sodum'; did you mean 'sodium'?"),
        (("anion_gap", "sodium"), "anion_gap: 'sodium' is not NAME=VALUE; write for instance sodium="),
        (("anion_gap", "sodium=140", "sodium=141"), "anion_gap: 'sodium' is given twice; give it once"),
        (("anion_gap", "sodium=140kg", *GAP[2:]), "anion_gap: sodium: kg is not a measure of the same; give it in mmol/L"),
        (("anion_gap", "sodium=1400", *GAP[2:]), "anion_gap: sodium: 1400 mmol/L is outside 90 to 200 mmol/L; correct"),
        (("anion_gap", "sodium=1,4", *GAP[2:]), "anion_gap: sodium: ',4' is not a unit that is known; give it in mmol/L"),
        (("anion_gap", "sodium=nan", *GAP[2:]), "anion_gap: sodium: 'nan' is not a number; give one in mmol/L"),
        (("anion_gap", "sodium=1e999", *GAP[2:]), "anion_gap: sodium: inf mmol/L is outside 90 to 200 mmol/L; correct"),
        (("anion_gap", f"sodium={'9' * 5000}"), "anion_gap: 'sodium' has 5000 characters; 200 are the most"),
        (("anion_gap", "sodium=140\x1b[31m", *GAP[2:]), "anion_gap: sodium: '\\x1b[31m' is not a unit that is known"),
        (("an\x1b[31m",), "calculators: there is no 'an\\x1b[31m'; "),
        (("due_date", "last_period=31.3.2026"), "due_date: last_period: '31.3.2026' is no day; write it as 2026-03-31"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments: tuple[str, ...], said: str, osler: Callable[..., Ran]) -> None:
    ran = osler("calc", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert " ".join(ran.err.split()).startswith(f"osler: {said}")


def test_an_error_is_a_users() -> None:
    with pytest.raises(UserError):
        answer("anion_gap", ["=1"])
