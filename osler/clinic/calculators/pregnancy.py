"""Days of a pregnancy."""

from datetime import date, timedelta

from osler.clinic.calculators.calculator import Calculator, Given, Work
from osler.clinic.calculators.inputs import DayInput, NumberInput
from osler.core.calculation import Working
from osler.core.errors import UserError

USUAL_CYCLE, MAX_DAYS = 28, 310
"""Days of a cycle; days after the last period up to which one speaks of a gestational age (44 weeks and 2 days)."""


def due_date(given: Given, work: Work) -> date:
    """280 days from the last period, later by as many days as the cycle is longer than 28."""
    return _shifted(given, work, "due date", 280)


def conception_date(given: Given, work: Work) -> date:
    """14 days before the next period would have come: 266 days before the due date, whatever the cycle."""
    return _shifted(given, work, "conception", 14)


def _shifted(given: Given, work: Work, name: str, n_days: int) -> date:
    extra = work("cycle", f"{given['cycle_length']:g} - {USUAL_CYCLE}", round(given["cycle_length"]) - USUAL_CYCLE, "days")
    try:
        day: date = given["last_period"] + timedelta(days=n_days + int(extra))
    except OverflowError as error:
        raise UserError(f"last_period: {given['last_period']} is at the end of the calendar; correct it") from error
    work.append(Working(f"{name} = {given['last_period']} + {n_days} days {extra:+g} days = {day}"))
    return day


def gestational_age(given: Given, work: Work) -> float:
    last, today = given["last_period"], given["today"]
    n_days: int = (today - last).days
    if not 0 <= n_days <= MAX_DAYS:
        raise UserError(f"today: {today} is {n_days} days after the last period; a pregnancy is within 0 to {MAX_DAYS}; correct a day")
    work("age", f"{today} - {last}", n_days, "days")
    weeks, days = divmod(n_days, 7)
    work.append(Working(f"age = {weeks} week{'s' * (weeks != 1)} and {days} day{'s' * (days != 1)}"))
    return n_days


_LAST = DayInput("last_period")
_CYCLE = NumberInput("cycle_length", "days", 18, 45, (21, 35), default=USUAL_CYCLE)
_ACOG = "ACOG Committee Opinion 700, Obstet Gynecol 2017; 129:e150–e154"
PREGNANCY = (
    Calculator(
        "due_date",
        "Due date (Naegele)",
        "date",
        (_LAST, _CYCLE),
        "",
        f"{_ACOG}: 280 days, adjusted to the length of the cycle",
        due_date,
        rises_with=("last_period", "cycle_length"),
        medcalc_id=13,
    ),
    Calculator(
        "conception_date",
        "Day of conception",
        "date",
        (_LAST, _CYCLE),
        "",
        f"{_ACOG}: 266 days before the due date",
        conception_date,
        rises_with=("last_period", "cycle_length"),
        medcalc_id=68,
    ),
    Calculator(
        "gestational_age",
        "Gestational age",
        "date",
        (_LAST, DayInput("today")),
        "days",
        _ACOG,
        gestational_age,
        rises_with=("today",),
        falls_with=("last_period",),
        medcalc_id=69,
    ),
)
