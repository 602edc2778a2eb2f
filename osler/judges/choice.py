"""Multiple choice: reads an option's letter from free text without a key, and compares it with the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from osler.core.question import ChoiceKey, Key, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.closing import last_closing
from osler.judges.plain import plain
from osler.judges.statement import Stated, Statement, are_distinct

_ROOM = 300
_USUAL = "The answer is "


@dataclass(frozen=True)
class ChoiceReader:
    """Reads which option a text chooses: by its letter, by its exact text, or by both where they agree.

    The last closing statement decides; without one, the text must be nothing but the answer. Names are compared whole, so "aspirin" is
    not option A and "diabetes insipidus" is not "diabetes". Where it is not clear, the reading abstains and says why.
    """

    def read(self, text: str, question: Question) -> Reading:
        if usual := _usual(text, question.options):
            return usual
        if not text.strip():
            return Reading(abstention=Abstention.EMPTY, method="empty")
        room = 4 * max(map(len, question.options.values()), default=0) + _ROOM
        whole = self._statement(text, 0, len(text), question, is_whole=True) if len(text) <= room else None
        if whole and not isinstance(whole[0].value, Abstention):
            return _reading("whole", whole)
        closing = last_closing(text)
        if closing is None:
            return _reading("whole", whole) if whole else Reading(abstention=Abstention.NO_ANSWER, method="no_closing")
        if closing.is_negated:
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        end = min(closing.end, closing.start + room)
        if not text[closing.start : end].strip(" \t\r\n.:*$"):
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_empty")
        stated = self._statement(text, closing.start, end, question, is_whole=closing.kind == "boxed")
        if stated is None:
            return Reading(abstention=Abstention.NOT_AN_OPTION, method=f"{closing.kind}_unknown")
        return _reading(closing.kind, stated)

    def _statement(self, text: str, start: int, end: int, question: Question, *, is_whole: bool) -> tuple[Stated, tuple[int, int]] | None:
        tail = plain(text[start:end])
        stated = Statement(question.options, tail, is_whole).read() if tail.text else None
        return (stated, tail.span(stated.start, stated.end, offset=start)) if stated else None


def _usual(text: str, options: Mapping[str, str]) -> Reading | None:
    """A short cut for a text that closes as our step codec has it, with a sentence "The answer is B." of its own: what everything below
    would read, at a tenth of the cost. None for any other text."""
    start, letter = len(text) - len(_USUAL) - len("B."), text[-2:-1]
    if start < 0 or text[-1] != "." or letter not in options or not text.startswith(_USUAL, start):
        return None
    is_sentence = start == 0 or (start > 1 and text[start - 1] in " \n" and text[start - 2] in ".!?")
    if not is_sentence or not are_distinct(tuple(options.items())):
        return None
    return Reading(value=letter, method="closing_letter", span=(len(text) - 2, len(text) - 1))


def _reading(place: str, stated: tuple[Stated, tuple[int, int]]) -> Reading:
    found, span = stated
    method = f"{place}_{found.form}"
    if isinstance(found.value, Abstention):
        return Reading(abstention=found.value, method=method, span=span)
    return Reading(value=found.value, method=method, span=span)


@dataclass(frozen=True)
class ChoiceJudge:
    """Right where the letter is among the key's letters. Reasons: `key`, `distractor`, the abstention's own word, `wrong_kind`."""

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, ChoiceKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        if reading.value in key.letters:
            return Verdict(Outcome.RIGHT, reading, "key")
        return Verdict(Outcome.WRONG, reading, "distractor")
