"""Survival: its class, its time and the reasons, each on a line of its own in the response.

OncoReason (arXiv 2510.17532) trains these three together; how its reward weighs and scales them we do not have, so the weights, the room
of the time and the overlap of words in place of its text metrics are ours. A record holds what is right under `survival`, as
{"class": "short", "months": 14.2, "rationale": "…"}; the response says `Class: …`, `Months: …` and `Rationale: …`, each once.
"""

import re
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError
from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term

_LINE = r"^[ \t>*_#-]{{0,8}}{name}[*_]{{0,3}}[ \t]*[:=][*_]{{0,3}}[ \t]*(?P<said>[^\n]*)$"
_MONTHS = re.compile(r"[~≈]?\s?(?P<number>[0-9]{1,4}(?:\.[0-9]{1,6})?)(?:\s?(?:months?|mo)?\.?)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SurvivalClass(Term):
    """1 for the right class, else 0; two lines of classes are none."""

    kind: Literal["survival_class"] = "survival_class"

    def number(self, seen: Seen, kit: Kit) -> float:
        right = str(_right(seen)["class"]).strip().casefold()
        return float(_said(seen, "class").strip(" .*_").casefold() == right)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SurvivalTime(Term):
    """1 for the right number of months, down by a straight line to 0 at `room_months` from it. One number, not a range and not several."""

    kind: Literal["survival_time"] = "survival_time"
    room_months: Annotated[float, Field(gt=0)] = 12.0

    def number(self, seen: Seen, kit: Kit) -> float:
        right = float(_right(seen)["months"])
        found = _MONTHS.fullmatch(_said(seen, "months").strip(" *_"))
        return max(0.0, 1 - abs(float(found["number"]) - right) / self.room_months) if found else 0.0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Reasons(Term):
    """The F1 of the words of the rationale against those of the reference, each counted as often as it stands there. For right classes
    alone, since the question repeated shares words as well."""

    kind: Literal["rationale"] = "rationale"

    def number(self, seen: Seen, kit: Kit) -> float:
        if not SurvivalClass().number(seen, kit):
            return 0.0
        return word_f1(_said(seen, "rationale"), str(_right(seen)["rationale"]))


def word_f1(text: str, reference: str) -> float:
    words, wanted = (Counter(_WORD.findall(each.casefold())) for each in (text, reference))
    shared = (words & wanted).total()
    return 2 * shared / (words.total() + wanted.total()) if shared else 0.0


def _said(seen: Seen, name: str) -> str:
    """What the one line of this name says; empty where there is none, or more than one. A reply that was cut says nothing."""
    pattern = _LINE.format(name=f"(?:survival )?{name}")
    found = re.findall(pattern, "" if seen.is_cut else seen.response, re.IGNORECASE | re.MULTILINE)
    return str(found[0]) if len(found) == 1 else ""


def _right(seen: Seen) -> Mapping[str, Any]:
    right = seen.record.get("survival")
    months = right.get("months") if isinstance(right, Mapping) else None
    if not isinstance(right, Mapping) or {"class", "months", "rationale"} - right.keys():
        raise RecordError(f"{seen.item.id}: its record has no `survival` with class, months and rationale; add them")
    if not isinstance(months, int | float) or not isfinite(months):
        raise RecordError(f"{seen.item.id}: survival.months is {months!r}; give a number")
    return right
