"""Attempts as terms see them, and a kit without anything in it."""

from typing import Any

from osler.core.question import ChoiceKey, Item, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.rewards.terms import Kit, Seen
from osler.synthesise.quality.language import foreign_share, language_of

ITEM = Item(Question("q-1", "What is it that the man has in his toe?", {"A": "Gout", "B": "Lupus"}), ChoiceKey(("A",)))
KIT = Kit(language_of, foreign_share)


def verdict(outcome: str = "right", rival: str | None = None, **marks: float) -> Verdict:
    has_value = outcome in ("right", "wrong")
    reading = Reading("A" if outcome == "right" else "B", rival=rival) if has_value else Reading(abstention=Abstention.NO_ANSWER)
    return Verdict(Outcome(outcome), reading, "told", marks)


def seen(text: str = "", *, of: Verdict | None = None, **fields: Any) -> Seen:
    return Seen(ITEM, text, of or verdict(), **fields)
