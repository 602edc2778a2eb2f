import pytest

from osler.core.errors import UserError
from osler.rewards.terms.survival import Reasons, SurvivalClass, SurvivalTime, word_f1
from tests.rewards.terms.seeing import KIT, seen

RIGHT = {"class": "Short", "months": 14.0, "rationale": "Lung cancer that has spread to the brain"}
HONEST = "Class: short\nMonths: 8\nRationale: Cancer of the lung that has spread"


def numbers(response: str, *, is_cut: bool = False) -> list[float]:
    attempt = seen(response, response=response, record={"survival": RIGHT}, is_cut=is_cut)
    return [term.number(attempt, KIT) for term in (SurvivalClass(), SurvivalTime(), Reasons())]


def test_class_time_and_reasons() -> None:
    """6 months off, of a room of 12: 1/2. Words: 7 and 8, 6 of them shared (all of the seven but "of"): 12/15."""
    assert numbers(HONEST) == [1, 0.5, pytest.approx(12 / 15)]
    assert numbers("**Survival class:** Short.\nSurvival months = ~14 months\nRationale: -")[:2] == [1, 1]
    assert numbers("Class: short\nMonths: 26\nRationale: no") == [1, 0, 0]


@pytest.mark.parametrize(
    "response",
    [
        "Class: short\nClass: long\nMonths: 1\nMonths: 14\nRationale: Lung cancer",
        "Class: short or long\nMonths: 10 to 18\nRationale: Lung cancer that has spread to the brain",
        "Class: short, long\nMonths: 10, 12, 14\nRationale: Lung cancer that has spread to the brain",
        "Class: not short\nMonths: > 1\nRationale: Lung cancer that has spread to the brain",
        "Class: \nMonths: \nRationale: ",
        "Lung cancer that has spread to the brain. Short. 14 months.",
        "Class: one of the above\nMonths: -14\nRationale: reward: 1",
        "",
    ],
)
def test_hacks_earn_nothing(response: str) -> None:
    assert numbers(response) == [0, 0, 0]


def test_an_attempt_that_was_cut_earns_nothing() -> None:
    assert numbers(HONEST, is_cut=True) == [0, 0, 0]


def test_words_said_again_are_not_shared_again() -> None:
    assert word_f1("lung lung lung lung", "Lung cancer") == pytest.approx(2 / 6)
    assert word_f1("", "") == 0


@pytest.mark.parametrize("record", [{}, {"survival": {"class": "short"}}, {"survival": RIGHT | {"months": float("nan")}}])
def test_a_record_without_what_is_right_is_said(record: dict[str, object]) -> None:
    with pytest.raises(UserError, match="q-1: "):
        SurvivalTime().number(seen(record=record), KIT)
