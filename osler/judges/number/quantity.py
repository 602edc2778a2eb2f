"""Quantities: a number with its unit at a place of a text, written in one way. Never a part of a longer word or number, never evaluated."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from osler.core.reading import Abstention
from osler.judges.number.amount import NOT_COMPUTABLE, written
from osler.judges.stated.conclusion import Found
from osler.units.spelling import Spelled, unit_at

_NUMBER = re.compile(
    r"(?P<sign>[-+]|(?:minus|negative)\s)?(?P<digits>"
    r"[1-9][0-9]{0,2}(?:(?:,[0-9]{2})+,[0-9]{3}|(?:,[0-9]{3})+)(?!,?[0-9])(?:\.[0-9]+)?"
    r"|(?P<comma>[0-9]{1,15},[0-9]{1,9})(?!,?[0-9]|\.[0-9])"
    r"|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<power>[eE][-+]?[0-9]{1,3}(?![0-9A-Za-z]))?",
    re.IGNORECASE,
)
_TIMES_TEN = re.compile(r"\s?[x×·⋅]\s?10\s?(?:\^\s?\(?(?P<plain>[-+]?[0-9]{1,3})\)?|(?P<high>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))")
_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MANY = re.compile(r"\s(thousand|million|billion)\b", re.IGNORECASE)
_MANY_POWERS = {"thousand": "e3", "million": "e6", "billion": "e9"}
_START = re.compile(r"(?<![0-9])[-+]?\.?[0-9]")
_NOT_BEFORE = re.compile(r"(?:[\w^#]|[+×÷/]\s?|[0-9)]\s?-\s?|[0-9][.,:/]|[A-Za-z]-|(?<![A-Za-z])\.)$")
_NOT_AFTER = re.compile(r"[A-Za-z_^]|[.:]?[0-9]|/[0-9]+/|-[^\W\d_]")
_OPEN = re.compile(
    r"\s?(?:\+(?!\s?[0-9])|(?:or|and) (?:more|less|above|below|over|under|(?:high|low|great|few|old|young|lat|earli|long|short)er)\b)",
    re.IGNORECASE,
)
_LIST = re.compile(r"[\[(]\s?(?P<inner>[^\[\]()]{1,200})[\])]")
_PAIR = re.compile(r"\s?([0-9]{1,3})\s?,\s?([0-9]{1,3})\s?$")
_PLUS_WEEKS = re.compile(
    r"(?P<weeks>[0-9]{1,2})(?:\s?\+\s?(?P<days>[0-6])|\s(?P<sevenths>[0-6])/7)\s?(?P<unit>weeks?\b|wks?\b|w\b)?", re.IGNORECASE
)
_OUT_OF = re.compile(
    r"(?:\s(?:out\s)?of\s(?:an?\s|the\s)?(?:(?:possible|total|maximum|max|of|all)\s){0,3}|/)(?P<all>[0-9]{1,3})(?![0-9.,/]*[0-9])",
    re.IGNORECASE,
)
_ROOM_AROUND = re.compile(r"\s?(?:±|\+/-|\+-)\s?[0-9]+(?:\.[0-9]+)?")
_OPERATOR = re.compile(r"\s?(?:[=≈→×÷+^]|[x/-]\s?[(0-9]|equals?\b)")
_JOIN = re.compile(
    r"\s?(?:-|—|,|/|&|to\b|or\b|and\b|and/or\b|through\b|versus\b|vs\b\.?)\s?(?:about\s|approximately\s|[~≈]\s?)?(?=[-+]?\.?[0-9])",
    re.IGNORECASE,
)
_MAX_JOINED = 20
_BOUND = re.compile(
    r"(?:[<>≤≥]=?|(?:at (?:least|most)|(?:more|less|greater|fewer|higher|lower) than|"
    r"over|under|above|below|up to|between|from|either)\b)\s?(?:or equal to\s)?",
    re.IGNORECASE,
)
_NEXT_UNIT = re.compile(r"\s?(?:,|and\b|\+)?\s?", re.IGNORECASE)
_PARTS = {("weeks", "days"): 7, ("days", "h"): 24, ("h", "min"): 60, ("min", "s"): 60, ("years", "months"): 12} | {
    ("ft", "inch"): 12,
    ("lb", "oz"): 16,
}
_IN = re.compile(r"\s?in\b", re.IGNORECASE)
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORD = re.compile(rf"(?P<word>{'|'.join(_WORDS)})(?![\w-])(?!\sof\b|\s(?:or|to|and)\b)", re.IGNORECASE)
_NONE = re.compile(
    r"(?:n\s?/\s?a\b|not (?:applicable|available|computable|calculable|determinable|possible)\b|indeterminable\b|incalculable\b"
    r"|(?:insufficient|not enough|inadequate|missing) (?:clinical |patient |laboratory )?(?:information|data|details)\b)",
    re.IGNORECASE,
)
_COMPUTED = r"(?:be )?(?:\w{3,12}ly )?(?:calculat|comput|determin|deriv|estimat|assess|evaluat|ascertain|obtain)(?:ed?|able)?\b"
_CANNOT = re.compile(
    r"(?:can(?:not|['’]?t| not)|could(?: not|n['’]?t)|(?:unable|impossible|not possible|insufficient|"
    r"(?:insufficient|not enough) \w{4,11}) to) " + _COMPUTED,
    re.IGNORECASE,
)
_NOT_COMPUTED = re.compile(_COMPUTED, re.IGNORECASE)


class Amount(NamedTuple):
    number: float
    unit: str
    end: int


@dataclass(frozen=True)
class Quantities:
    """Finds quantities in plain text. `has_weeks`: what is asked for is weeks and days, and "(29, 3)" is 29 weeks and 3 days."""

    has_weeks: bool = False

    def at(self, text: str, start: int) -> Found | None:
        """The quantity that starts there, with all that belongs to it. None where there is none, or where it goes on as arithmetic.

        Ranges, bounds and several numbers are SEVERAL: they are no number. "12 out of 20" and "12/20" are 12; "3 weeks and 2 days" is 23
        days; a decimal comma is read where the digits after it are no group of three.
        """
        if none := _NONE.match(text, start) or _CANNOT.match(text, start):
            return Found(NOT_COMPUTABLE, start, none.end())
        if bound := _BOUND.match(text, start):
            amount = _amount(text, bound.end())
            return Found(Abstention.SEVERAL, start, _further(text, amount.end)) if amount else None
        if (listed := _LIST.match(text, start)) and not _OPERATOR.match(text, listed.end()):
            return self._listed(listed)
        if (word := _WORD.match(text, start)) and _starts_number(text, start):
            return _word_number(text, word)
        amount = _amount(text, start) if _starts_number(text, start) else None
        if amount is None:
            return None
        if (plus := _PLUS_WEEKS.match(text, start)) and (plus["unit"] or (self.has_weeks and not _OPERATOR.match(text, plus.end()))):
            days = 7 * int(plus["weeks"]) + int(plus["days"] or plus["sevenths"])
            return Found(written(days, "days"), start, plus.end())
        return _followed(text, start, amount)

    def starts(self, text: str, start: int) -> list[int]:
        return [found.start() for found in _START.finditer(text, start)]

    def denied(self, text: str, *, is_after_not: bool) -> Found | None:
        """ "n/a" where a sentence says that the number cannot be computed; `is_after_not`: it begins after "cannot be"."""
        found = _NOT_COMPUTED.match(text) if is_after_not else _CANNOT.search(text)
        return Found(NOT_COMPUTABLE, *found.span()) if found else None

    def _listed(self, listed: re.Match[str]) -> Found | None:
        """What brackets hold: one quantity, or a pair of weeks and days. Other lists are SEVERAL."""
        inner = listed["inner"].strip()
        if (pair := _PAIR.match(inner)) and listed[0][0] == "(" and self.has_weeks:
            return Found(written(7 * int(pair[1]) + int(pair[2]), "days"), *listed.span())
        found = self.at(inner, 0)
        if found is None or (inner[found.end :].strip() and isinstance(found.value, str)):
            return None
        return Found(found.value, *listed.span())


def _starts_number(text: str, start: int) -> bool:
    return not _NOT_BEFORE.search(text[max(0, start - 4) : start])


def _word_number(text: str, word: re.Match[str]) -> Found | None:
    """A small number in letters, where nothing but what is counted follows: "four", "two points"."""
    unit = unit_at(text, word.end() + 1) if text[word.end() : word.end() + 1] == " " else None
    end = unit.end if unit else word.end()
    if re.match(r"\s?[\w(]", text[end:]):
        return None
    return Found(written(float(_WORDS.index(word["word"].lower())), unit.unit if unit else ""), word.start(), end)


def _amount(text: str, start: int) -> Amount | None:
    """One number and its unit."""
    found = _NUMBER.match(text, start)
    if found is None:
        return None
    digits = found["digits"].replace(",", "." if found["comma"] else "") + (found["power"] or "")
    minus = "-" if found["sign"] and found["sign"] != "+" and found["sign"][0].lower() in "-mn" else ""
    end = found.end()
    unit = _unit_after(text, end)
    if not (unit and unit.unit.startswith("10^")):
        if (ten := _TIMES_TEN.match(text, end)) and not found["power"]:
            digits += "e" + (ten["plain"] or ten["high"].translate(_HIGH))
            end = ten.end()
        elif (many := _MANY.match(text, end)) and not found["power"]:
            digits += _MANY_POWERS[many[1].lower()]
            end = many.end()
        unit = _unit_after(text, end)
    if unit is None and _NOT_AFTER.match(text, end):
        return None
    number = float(minus + digits)
    return Amount(number, unit.unit if unit else "", unit.end if unit else end) if isfinite(number) else None


def _unit_after(text: str, at: int) -> Spelled | None:
    return unit_at(text, at + 1 if text[at : at + 1] in (" ", "~") else at)


def _followed(text: str, start: int, amount: Amount) -> Found | None:
    """The quantity with what may follow it: smaller units, a margin, the most that it could be, a second number."""
    number, unit, end = amount
    if around := _ROOM_AROUND.match(text, end):
        after = _unit_after(text, around.end())
        unit, end = (after.unit or unit, after.end) if after else (unit, around.end())
    while smaller := _smaller(text, end, unit):
        factor = _PARTS[unit, smaller.unit]
        number, unit, end = (number * factor + (smaller.number if number >= 0 else -smaller.number)), smaller.unit, smaller.end
    if not unit and (of := _OUT_OF.match(text, end)) and number.is_integer():
        after = _unit_after(text, of.end())
        is_share = 0 <= number <= int(of["all"]) and (after is None or not after.unit)
        return Found(written(number, "") if is_share else Abstention.SEVERAL, start, after.end if after else of.end())
    if open_ended := _OPEN.match(text, end):
        return Found(Abstention.SEVERAL, start, open_ended.end())
    if (last := _further(text, end)) > end:
        return Found(Abstention.SEVERAL, start, last)
    if _OPERATOR.match(text, end):
        return None
    return Found(written(number, unit), start, end)


def _further(text: str, end: int) -> int:
    """Where the further numbers end that a first one is joined with: "5 to 7 mg", "1, 2, 3"; `end` where there is none."""
    for _ in range(_MAX_JOINED):
        join = _JOIN.match(text, end)
        if join is None:
            return end
        amount = _amount(text, join.end())
        end = amount.end if amount else join.end() + 1
    return end


def _smaller(text: str, at: int, unit: str) -> Amount | None:
    """The next amount where it is of the next smaller unit: "and 2 days" after weeks."""
    gap = _NEXT_UNIT.match(text, at)
    following = _amount(text, gap.end()) if gap and gap.end() < len(text) and text[gap.end()].isdigit() else None
    if following is None:
        return None
    if unit == "ft" and not following.unit and (inches := _IN.match(text, following.end)):
        following = Amount(following.number, "inch", inches.end())
    return following if (unit, following.unit) in _PARTS else None
