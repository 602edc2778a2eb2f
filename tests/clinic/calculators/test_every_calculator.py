"""What holds for every calculator: units commute, values rise and fall as declared, limits hold, and whatever is possible is finite."""

import math
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.calculator import Calculator, Work
from osler.clinic.calculators.collection import Calculators
from osler.clinic.calculators.inputs import DayInput, FlagInput, Input, NumberInput, WordInput
from osler.core.calculation import Amount
from osler.core.errors import UserError
from osler.units.conversion import convert
from osler.units.spelling import unit_named

WRITTEN = (
    *("pg/mL", "ng/mL", "ng/dL", "µg/mL", "µg/dL", "mg/dL", "mg/mL", "mg/L", "g/dL", "g/L", "µmol/L", "mmol/L", "mol/L", "mEq/L"),
    *("pmol/L", "nmol/L", "kg", "g", "lb", "oz", "mg", "µg", "cm", "m", "mm", "inch", "ft", "ms", "s", "years", "months", "weeks"),
    *("days", "h", "min", "/min", "/s", "mmHg", "kPa", "cmH2O", "%", "10^9/L", "10^3/µL", "/µL", "/L", "IU/L", "IU/mL", "mIU/L"),
    *("µIU/mL", "°C", "°F", "mOsm/kg", "mmol/kg", "µg/h", "mg/h", "kg/m²", "mL/min", "L"),
)
MEDCALC_IDS = {
    *(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 36, 38, 39),
    *(40, 43, 44, 45, 46, 48, 49, 51, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69),
}
N_FUZZED, N_MONOTONE, N_TRIES = 1000, 60, 200
LAST = date(2026, 1, 1)
every = pytest.mark.parametrize("name", CALCULATORS)


def drawn(each: Input, rng: Random, *, is_usual: bool) -> Amount:
    match each:
        case NumberInput():
            low, high = each.usual if is_usual else (each.low, each.high)
            return rng.choice((low, high, rng.uniform(low, high), round(rng.uniform(low, high))))
        case WordInput():
            return rng.choice(each.options)
        case FlagInput():
            return rng.random() < 0.5
        case DayInput():
            return LAST + timedelta(days=rng.randrange(1, 300) if each.name == "today" else 0)


def person(calculator: Calculator, rng: Random, *, is_usual: bool) -> dict[str, Amount]:
    return {
        each.name: drawn(each, rng, is_usual=is_usual)
        for each in calculator.inputs
        if is_usual or (each.default is None and not each.is_optional) or rng.random() < 0.6
    }


def value_of(calculator: Calculator, amounts: dict[str, Any]) -> float | None:
    """Days as their number; None where the calculator refuses."""
    try:
        value = calculator.calculate(amounts).value
    except UserError:
        return None
    return value.toordinal() if isinstance(value, date) else value


def sound_person(calculator: Calculator, rng: Random) -> dict[str, Amount]:
    for _ in range(N_TRIES):
        amounts = person(calculator, rng, is_usual=True)
        if value_of(calculator, amounts) is not None:
            return amounts
    raise AssertionError(f"{calculator.name}: {N_TRIES} usual persons were refused")


# the registry


def test_all_55_of_medcalc_bench_and_chained_ones() -> None:
    numbers = [each.medcalc_id for each in CALCULATORS.values() if each.medcalc_id is not None]
    assert sorted(numbers) == sorted(MEDCALC_IDS)
    assert len(MEDCALC_IDS) == 55
    assert len(CALCULATORS) >= 62


@every
def test_what_it_says_of_itself_is_whole(name: str) -> None:
    calculator = CALCULATORS[name]
    names = [each.name for each in calculator.inputs]
    assert calculator.name == name
    assert len(names) == len(set(names))
    assert {*calculator.rises_with, *calculator.falls_with} <= set(names)
    assert not set(calculator.rises_with) & set(calculator.falls_with)
    assert any(str(year) in calculator.reference for year in range(1900, 2027))
    assert calculator.unit == "points" or unit_named(calculator.unit) is not None
    for each in calculator.inputs:
        if isinstance(each, NumberInput):
            assert each.low <= each.usual[0] < each.usual[1] <= each.high, each.name
            assert unit_named(each.unit) == each.unit, each.name


# units


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_units_commute(name: str, seed: int, data: st.DataObject) -> None:
    """The same amounts in another unit give the same value."""
    calculator, rng = CALCULATORS[name], Random(seed)
    amounts = {key: round(each, 2) if isinstance(each, float) else each for key, each in sound_person(calculator, rng).items()}
    plain = value_of(calculator, amounts)
    numbers = [each for each in calculator.inputs if isinstance(each, NumberInput) and other_units(each)]
    if plain is None or not numbers:
        return
    each = data.draw(st.sampled_from(numbers))
    unit = data.draw(st.sampled_from(other_units(each)))
    amount = amounts[each.name]
    assert isinstance(amount, float | int)
    other = convert(float(amount), each.unit, unit, each.analyte)
    assert other is not None
    assert value_of(calculator, {**amounts, each.name: (other, unit)}) == pytest.approx(plain, rel=1e-6, abs=1e-6)


def other_units(each: NumberInput) -> list[str]:
    if not each.unit:
        return []
    return [unit for unit in WRITTEN if unit != each.unit and convert(1.0, each.unit, unit, each.analyte) is not None]


def test_most_numbers_have_another_unit() -> None:
    numbers = [each for calculator in CALCULATORS.values() for each in calculator.inputs if isinstance(each, NumberInput)]
    united = list({(each.name, each.unit): each for each in numbers if each.unit}.values())
    assert len([each for each in united if other_units(each)]) >= 0.9 * len(united)


# up and down


@every
def test_values_rise_and_fall_as_declared(name: str) -> None:
    calculator, rng = CALCULATORS[name], Random(name)
    for wanted, names in ((1, calculator.rises_with), (-1, calculator.falls_with)):
        for each in (each for each in calculator.inputs if each.name in names):
            n_compared = 0
            for _ in range(N_MONOTONE):
                less = sound_person(calculator, rng)
                less, more = two_of(each, less, rng)
                low, high = value_of(calculator, less), value_of(calculator, more)
                if low is not None and high is not None:
                    n_compared += 1
                    assert wanted * (high - low) >= -1e-9 * max(1, abs(low)), (each.name, less, more)
            assert n_compared > N_MONOTONE / 4, each.name


def two_of(each: Input, amounts: dict[str, Amount], rng: Random) -> tuple[dict[str, Amount], dict[str, Amount]]:
    """The same person with less and with more of one input."""
    match each:
        case NumberInput():
            less, more = sorted(float(drawn(each, rng, is_usual=rng.random() < 0.5)) for _ in range(2))  # type: ignore[arg-type]
            return {**amounts, each.name: less}, {**amounts, each.name: more}
        case FlagInput():
            return {**amounts, each.name: False}, {**amounts, each.name: True}
        case DayInput():
            first = amounts[each.name]
            assert isinstance(first, date)
            return amounts, {**amounts, each.name: first + timedelta(days=rng.randrange(1, 20))}
        case WordInput():
            raise AssertionError(f"{each.name}: words neither rise nor fall")


# limits


@every
def test_beyond_the_limits_is_refused_by_name(name: str) -> None:
    calculator = CALCULATORS[name]
    amounts = sound_person(calculator, Random(1))
    for each in calculator.inputs:
        if isinstance(each, NumberInput):
            assert each.known(each.low) == each.low
            assert each.known(each.high) == each.high
            for beyond in (each.low - 0.01 * (each.high - each.low), each.high + 0.01 * (each.high - each.low), math.inf, math.nan):
                with pytest.raises(UserError, match=f"^{name}: {each.name}: "):
                    calculator.calculate({**amounts, each.name: beyond})


@every
def test_what_is_missing_is_named_at_once(name: str) -> None:
    needed = [each.name for each in CALCULATORS[name].inputs if each.default is None and not each.is_optional]
    if not needed:
        return
    with pytest.raises(UserError) as caught:
        CALCULATORS[name].calculate({})
    assert all(each in str(caught.value) for each in needed)


@every
def test_a_thousand_possible_inputs_give_finite_numbers_or_one_sentence(name: str) -> None:
    calculator, rng = CALCULATORS[name], Random(name)
    calculations = [Calculators(CALCULATORS).calculate(name, person(calculator, rng, is_usual=False)) for _ in range(N_FUZZED)]
    values = [each.value for each in calculations if not each.error]
    assert len(values) > N_FUZZED / 50
    assert [value for value in values if not isinstance(value, date) and (value is None or not math.isfinite(value))] == []
    errors = {each.error for each in calculations if each.error}
    assert [error for error in errors if not error.startswith(f"{name}: ") or "\n" in error] == []


def test_compute_is_pure() -> None:
    for calculator in CALCULATORS.values():
        amounts = sound_person(calculator, Random(2))
        known = {each.name: each.known(amounts[each.name]) for each in calculator.inputs if each.name in amounts}
        before = dict(known)
        first, second = Work(), Work()
        assert calculator.compute(known, first) == calculator.compute(known, second)
        assert first == second
        assert known == before


# by name


def test_a_name_is_found_however_it_is_written_and_near_ones_are_told() -> None:
    calculators = Calculators(CALCULATORS)
    calculation = calculators.calculate("Anion-Gap", {"sodium": 140, "chloride": 104, "bicarbonate": 24})
    assert (calculation.value, calculation.unit, calculation.error) == (12, "mEq/L", "")
    assert calculators.calculate("anoin gap", {}).error.startswith("calculators: there is no 'anoin gap'; did you mean anion_gap")
    assert "`osler calc` lists all" in calculators.calculate("zzz", {}).error


@pytest.mark.parametrize(
    "amounts",
    [{"sodium": "a"}, {"sodium": True}, {"sodium": (1, "no unit")}, {"sodium": (1.0, "")}, {"sodum": 1}, {}, {"sodium": (140, "mmHg")}],
)
def test_an_error_is_an_answer(amounts: dict[str, Amount]) -> None:
    amounts = {"chloride": 104, "bicarbonate": 24, **amounts}
    calculation = Calculators(CALCULATORS).calculate("anion_gap", amounts)
    assert calculation.value is None
    said = "there is no input 'sodum'; did you mean 'sodium'?" if "sodum" in amounts else "sodium"
    assert calculation.error.startswith(f"anion_gap: {said}")
