"""How MedCalc-Bench judges a number (Khandekar et al. 2024, arXiv 2406.12036; ncbi-nlp/MedCalc-Bench `evaluation/evaluate.py`)."""

import re
from datetime import date

from osler.core.question import DateKey, Item, NumberKey
from osler.judges.published.choice import Ruling

_FIELD = re.compile(r'[Aa]nswer":\s*+')
_PLACEHOLDERS = {"str(short_and_direct_answer_of_the_question)", "str(value which is the answer to the question)", "X.XX"}
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_WEEKS = re.compile(r"(\d+)\s*(?:weeks?)?[\"']?,?\s*[\"']?(\d+)")  # as published: of "12 weeks" alone it makes 1 week and 2 days
_OUT_OF = re.compile(r"(?<!\d)(\d++) out of")
_LISTED = re.compile(r"(?<!\d)-?\d++(?:, ?-?\d++)+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_CLEARANCE = re.compile(r"(?<!\d)(-?\d++(?:\.\d++)?+)\s*+mL/min/1.73")
_PERCENT = re.compile(r"(?<!\d)(-?\d++(?:\.\d++)?+)%")


def medcalc_official(text: str, item: Item) -> Ruling:
    """MedCalc-Bench from the whole reply: the last `"answer": …}` of a JSON object, read and judged as `medcalc_official_field` does.
    Faults: a reply whose object is not closed, or that has none, is wrong whatever it says; a brace within the field cuts it."""
    field = _last_field(text).strip().strip('"')
    return medcalc_official_field(field, item) if field and field not in _PLACEHOLDERS else Ruling(None, False)


def _last_field(text: str) -> str:
    """What stands between the last `"answer":` and the brace that follows on the same line; nothing where there is none."""
    field, at, brace, line = "", 0, -1, -1
    while found := _FIELD.search(text, at):
        brace = brace if brace >= found.end() else text.find("}", found.end())
        if brace < 0:
            break
        line = line if line >= found.end() else text.find("\n", found.end()) % (len(text) + 1)  # where there is none: at the end
        field = text[found.end() : brace] if brace < line else field
        at = brace if brace < line else found.end()
    return field


def medcalc_official_field(text: str, item: Item) -> Ruling:
    """MedCalc-Bench from the field alone, as recorded answers are kept. A day is month/day/year at the start; weeks and days are the first
    two whole numbers; a score is the x of "x out of", the length of a list "1, 2, 3", or the last number, rounded by Python's rule (2.5
    is 2) and equal to the key; any other number is the last one, of a percentage a hundredth, and lies within the limits of ± 5 %.
    Faults: units are not looked at, and "mg/1.73" reads 1.73; "53.1 %" with a space is not a percentage; thousands separators cut a
    number; "N/A" is never right. The script runs formulas that stand in str(…) as program; they are no number here."""
    if isinstance(item.key, DateKey):
        return _day(text, item.key)
    if not isinstance(item.key, NumberKey):
        return Ruling(None, False)
    read = _weeks_and_days if item.key.unit.startswith("day") else _score if item.key.is_rounded else _decimal
    number = read(text)
    return Ruling(f"{number:g}", _is_within(number, item.key)) if number is not None else Ruling(None, False)


def _day(text: str, key: DateKey) -> Ruling:
    found = _DAY.match(text)
    try:
        day = date(int(found[3]), int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    return Ruling(day.isoformat() if day else None, day == key.day)


def _weeks_and_days(text: str) -> float | None:
    found = _WEEKS.search(text)
    return 7 * float(found[1]) + float(found[2]) if found else None


def _score(text: str) -> float | None:
    if out_of := _OUT_OF.search(text):
        return float(out_of[1])
    if listed := _LISTED.search(text):
        return float(listed[0].count(",") + 1)
    numbers = _NUMBER.findall(text)
    return float(numbers[-1]) if numbers else None


def _decimal(text: str) -> float | None:
    if "str(" in text and ")" in text:
        return None
    if clearance := _CLEARANCE.search(text):
        return float(clearance[1])
    if percents := _PERCENT.findall(text):
        return float(percents[-1]) / 100
    numbers = _NUMBER.findall(text)
    return float(numbers[-1]) if numbers else None


def _is_within(number: float, key: NumberKey) -> bool:
    if key.value is None or number != number or abs(number) == float("inf"):
        return False
    if key.is_rounded:
        return round(number) == round(key.value)
    if key.low is not None and key.high is not None:
        return key.low <= number <= key.high
    return abs(number - key.value) <= key.tolerance
