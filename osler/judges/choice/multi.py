"""Questions that ask for every option that is right: reads the set of letters that a text names, and compares it with the key's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from osler.core.question import Key, MultiKey, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.choice.letters import letters_only
from osler.judges.choice.listed import listed
from osler.judges.choice.reader import ChoiceReader
from osler.judges.stated.answer_part import Part, answer_part, reasons, run_on
from osler.judges.stated.cleaned import cleaned
from osler.judges.stated.closing import Closing, closings
from osler.judges.stated.plain import plain
from osler.judges.stated.refusal import is_refusal, names_none

_ROOM = 600
_MAX_CLOSINGS = 8
_DENIED = re.compile(r"(?<!\bis)(?<!\bare),?\s(?:but\s)?(?:not|never|excluding|except(?:\sfor)?|rather than|and not|nor)\b", re.IGNORECASE)
_NONE = re.compile(
    r"[\s*\"'_({\[:]*(?:(?:is|are)\s)?(?:none|no(?:ne)? (?:option|answer|choice)s?|nothing|neither|\[\s*\])(?:\W|$)", re.IGNORECASE
)
_END = re.compile(r"[\n.](?=\s*\n|\s+[A-Z][a-z]|\s*$)|\n\n")
_MAX_NONE = 80


@dataclass(frozen=True)
class MultiReader:
    """Reads a set of options: "A, C and E", a JSON list, a box, their texts joined, a line each, or one option alone; "" where the text
    says that none is right. Letters that are written together ("ACE") count only after a closing phrase. The last statement decides."""

    def read(self, text: str, question: Question) -> Reading:
        if not text.strip():
            return Reading(abstention=Abstention.EMPTY, method="empty")
        text = cleaned(text)
        part = answer_part(text)
        if not text[part.start : part.end].strip():
            abstention = Abstention.TRUNCATED if part.is_unfinished else Abstention.NO_ANSWER
            return Reading(abstention=abstention, method="unfinished" if part.is_unfinished else "nothing_after_thought")
        for kind, cut in (("run_on", run_on(text, part)), ("reasons", reasons(text, part))):
            reading = _stated(text, question, part._replace(end=cut)) if cut is not None else None
            if reading and reading.value is not None:
                return Reading(reading.value, method=f"{reading.method}_before_{kind}", span=reading.span)
        return _stated(text, question, part) or _single(text, question, part)


def _stated(text: str, question: Question, part: Part) -> Reading | None:
    """What the closing statements, or the text as a whole, or its last line, state; the last closing statement that says something."""
    if part.end - part.start <= _ROOM and (whole := _set(text, question, part.start, part.end, "whole", is_glued=False)):
        return whole
    negated: Reading | None = None
    for closing in islice(closings(text, part.start, part.end, is_last_first=True), _MAX_CLOSINGS):
        if closing.is_negated:
            negated = negated or Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        elif reading := _closed(text, question, closing, part.end):
            return reading
    if negated:
        return negated
    start = text.rfind("\n", part.start, part.start + len(text[part.start : part.end].rstrip())) + 1
    return _set(text, question, start, part.end, "last_line", is_glued=False) if start > part.start else None


def _closed(text: str, question: Question, closing: Closing, last: int) -> Reading | None:
    limit = min(closing.end, closing.start + _ROOM, last)
    ends = _ends(text, closing.start, limit) if closing.kind == "closing" and not closing.is_field else (limit,)
    readings = [reading for end in ends if (reading := _set(text, question, closing.start, end, closing.kind, is_glued=True))]
    return max(readings, key=lambda reading: len(reading.value or ""), default=None)  # "A." ends no sentence in "A. Gout, C. Sepsis"


def _ends(text: str, start: int, limit: int) -> Iterator[int]:
    """Where a statement may end: with its line or sentence, or at the limit."""
    first = start + len(text[start:limit]) - len(text[start:limit].lstrip())
    yield from (stop.start() for stop in islice(_END.finditer(text, first, limit), 3))
    yield limit


def _set(text: str, question: Question, start: int, end: int, place: str, *, is_glued: bool) -> Reading | None:
    """The set that a stretch of text is, or None where it is anything else."""
    denied = _DENIED.search(text, start, end)
    end = denied.start() if denied and denied.start() > start else end
    stretch = plain(text[start:end])
    if not stretch.text:
        return None
    span = stretch.span(0, len(stretch.text), offset=start)
    letters = letters_only(stretch.text, question.options, is_glued=is_glued) or listed(question.options, text[start:end])
    if letters:
        return Reading(value=",".join(letters), method=f"{place}_set" if len(letters) > 1 else f"{place}_letter", span=span)
    is_none = _NONE.match(text, start, end) and len(stretch.text) <= _MAX_NONE
    return Reading(value="", method=f"{place}_none", span=span) if is_none else None


def _single(text: str, question: Question, part: Part) -> Reading:
    """One option alone, as the reader of single choices has it; what it takes for several was no list of them."""
    if names_none(text, part.start, part.end) and part.end - part.start <= _MAX_NONE:
        return Reading(value="", method="whole_none", span=(part.start, part.end))
    reading = ChoiceReader().read(text, question)
    if reading.abstention is Abstention.NO_ANSWER and is_refusal(text, part.start, part.end):
        return Reading(abstention=Abstention.REFUSED, method="refusal")
    return reading


@dataclass(frozen=True)
class MultiJudge:
    """Right where the set equals the key's. Marks: `precision` and `recall` of the letters, and `jaccard`, what both sets share of all that
    either has; two empty sets share everything. Reasons: `key`, `too_few`, `too_many`, `other_set`, the abstention's word, `wrong_kind`."""

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, MultiKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        named, right = set(filter(None, reading.value.split(","))), set(key.letters)
        shared, either = len(named & right), len(named | right)
        marks = {
            "precision": shared / len(named) if named else float(not right),
            "recall": shared / len(right) if right else float(not named),
            "jaccard": shared / either if either else 1.0,
        }
        if named == right:
            return Verdict(Outcome.RIGHT, reading, "key", marks)
        reason = "too_few" if named < right else "too_many" if named > right else "other_set"
        return Verdict(Outcome.WRONG, reading, reason, marks)
