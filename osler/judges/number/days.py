"""Days of the calendar in any usual form, found at a place of a text."""

import re
from dataclasses import dataclass
from datetime import date

from osler.core.reading import Abstention
from osler.judges.stated.conclusion import Found

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?"
)
_NTH = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s(?:the\s)?)?"
_AFTER = r"(?![\w]|[/.-]?[0-9])"
_FORMS = (
    re.compile(rf"(?P<year>[0-9]{{4}})(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}})(?:T[0-9:.Z+]{{2,20}}|{_AFTER})"),
    re.compile(rf"(?P<one>[0-9]{{1,2}})\s?(?P<mark>[-/.])\s?(?P<other>[0-9]{{1,2}})\s?(?P=mark)\s?(?P<year>[0-9]{{4}}){_AFTER}"),
    re.compile(
        rf"{_WEEKDAY}(?P<day>{_NTH})(?:\s|-)(?:day\s)?(?:of\s)?(?P<name>{_MONTH})(?:,\s?|\s|-)(?P<year>[0-9]{{4}}){_AFTER}", re.IGNORECASE
    ),
    re.compile(rf"{_WEEKDAY}(?P<name>{_MONTH})(?:\s|-)(?:the\s)?(?P<day>{_NTH})(?:,\s?|\s|-)(?P<year>[0-9]{{4}}){_AFTER}", re.IGNORECASE),
    re.compile(rf"(?P<year>[0-9]{{4}})[\s,-]\s?(?P<name>{_MONTH})[\s-](?P<day>{_NTH}){_AFTER}", re.IGNORECASE),
)
_DAY_OF_TWO = re.compile(rf"(?:(?:{_MONTH}\s)?{_NTH}|{_NTH}\s{_MONTH})\s?(?:-|to\b|or\b|and\b|/)\s?", re.IGNORECASE)
_DAY_AND_YEAR = re.compile(rf"{_NTH},?\s[0-9]{{4}}(?![0-9])")
_JOIN = re.compile(r"\s?(?:-|/|to\b|or\b|and\b|through\b|until\b)\s?(?:on\s)?", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:between|from|either)\s", re.IGNORECASE)
_START = re.compile(rf"(?<!\w)(?:[0-9]|{_MONTH})", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"(?:\w|[0-9][/.-])$")


@dataclass(frozen=True)
class Days:
    """Finds days in plain text. Of 05/06/2024 the month comes first, as in MedCalc-Bench and in the United States, unless there is no such
    month; of 05.06.2024 the day. A year of two digits is none, and a day that the calendar does not have is NO_ANSWER."""

    def at(self, text: str, start: int) -> Found | None:
        if _NOT_BEFORE.search(text[max(0, start - 2) : start]):
            return None
        if between := _BETWEEN.match(text, start):
            first = self._one(text, between.end())
            return Found(Abstention.SEVERAL, start, self._joined(text, first).end) if first else None
        if text[start : start + 1] == "(":
            inner = self._one(text, start + 1)
            return Found(inner.value, start, inner.end + 1) if inner and text[inner.end : inner.end + 1] == ")" else None
        if (part := _DAY_OF_TWO.match(text, start)) and (second := self._one(text, part.end()) or _DAY_AND_YEAR.match(text, part.end())):
            return Found(Abstention.SEVERAL, start, second.end if isinstance(second, Found) else second.end())
        found = self._one(text, start)
        last = self._joined(text, found) if found else None
        if found and last and last.value != found.value:
            return Found(Abstention.SEVERAL, start, last.end)
        return found

    def _joined(self, text: str, first: Found) -> Found:
        """The day that "to", "or" and their like join with `first`, or else `first`."""
        join = _JOIN.match(text, first.end)
        return (self._one(text, join.end()) if join else None) or first

    def starts(self, text: str, start: int) -> list[int]:
        return [found.start() for found in _START.finditer(text, start)]

    def denied(self, text: str, *, is_after_not: bool) -> Found | None:
        """No key says that there is no day."""
        return None

    def _one(self, text: str, start: int) -> Found | None:
        for form in _FORMS:
            if found := form.match(text, start):
                return Found(_day(found.groupdict()), *found.span())
        return None


def _day(parts: dict[str, str | None]) -> str | Abstention:
    if parts.get("one"):
        one, other = int(parts["one"] or 0), int(parts["other"] or 0)
        is_day_first = one > 12 or parts["mark"] == "."
        month, day = (other, one) if is_day_first else (one, other)
    else:
        name = parts.get("name")
        month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"] or 0)
        day = int((parts["day"] or "").rstrip("stndrhSTNDRH"))
    try:
        return date(int(parts["year"] or 0), month, day).isoformat()
    except ValueError:
        return Abstention.NO_ANSWER
