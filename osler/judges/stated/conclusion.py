"""Where free text states a number or a day: after a closing statement, as all of the text, or in the sentence that concludes it.

What a statement holds is found by the kind's own `Finder`; this module knows the sentences around it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Protocol

from osler.core.reading import Abstention, Reading
from osler.judges.stated.answer_part import answer_part
from osler.judges.stated.closing import LEAD, NEGATION, Closing, closings
from osler.judges.stated.plain import Plain, plain
from osler.judges.stated.refusal import is_refusal

_ROOM = 500
_TAIL = 1600
_MAX_BACK = 6
_MAX_CLOSINGS = 5
_MAX_LINKS = 20
_LITERAL = re.compile(
    r"\\n(?![a-z])|\\times\b|\\cdot\b|\\approx\b|\\%|\\circ\b|(?<=\d)\*\*(?=\d)|(?<=\d)\*(?=\d)|(?<=\d )\*(?= ?[\d(])|~"
    r"|(?<=\d)[\u202f\u2009\u00a0](?=\d{3}(?!\d))"
)
_AS_CHARACTER = {r"\times": "×", r"\cdot": "×", r"\approx": "≈", r"\%": "%", r"\circ": "°", "**": "^", "*": "×", "~": "~", r"\n": "\n"}
_SENTENCE_END = re.compile(
    r"\n|(?<!\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec))(?<!\bSept)(?<!\bapprox)(?<!\bca)(?<!\bvs)(?<!\bNo)[.!?;](?=\s|$)"
)
_LIST_NUMBER = re.compile(r"[^\w-]*\d{1,2}[.)](?!\d)\s?")
_ABOUT = re.compile(
    r"(?:[:=≈→~•]\s?|(?:on|due|expected|an?|the|its|exactly|precisely|roughly|around|about|approx(?:imately|\.)?|"
    r"nearly|almost|circa|ca\.?|only|just|equal to|"
    r"estimated (?:at|to be)|calculated (?:as|to be)|(?:total |final |overall )?(?:score|value|total|result|sum) of)\s)*",
    re.IGNORECASE,
)
_COPULA = re.compile(
    r"(?:\b(?:(?:yield|result|giv|lead)\w{0,4} (?:\S{1,20} ){1,6}?of|is|was|are|be|being|equals?|equal to|gives?|giving|"
    r"yields?|yielding|totals?|"
    r"total(?:l)?ing|makes?|making|becomes|reach(?:es|ing)|(?:score|total|value|result|sum|index|"
    r"estimate|answer|count|figure|number) (?:of|to)|"
    r"results? in|resulting in|com(?:es|ing) (?:out )?to|amount(?:s|ing) to|sum(?:s|med|ming)? (?:up )?to|"
    r"round(?:s|ed|ing)? (?:up |down )?to|calculated as|computed as|estimated (?:as|at)|scores?|scored|fulfil(?:l?s)?|fulfilled|"
    r"meets|met|receives|gets|needs|requires|"
    r"decimal(?: places?)?,?|number,?)(?!\w)|[=≈:→])\s?",
    re.IGNORECASE,
)
_FINALLY = re.compile(
    r"^\W*(?:\d{1,2}[.)]\s?)?(?:therefore|thus|hence|so|consequently|accordingly|in (?:conclusion|summary|total)|overall|to conclude|"
    r"(?:the |my )?final\b|(?:overall )?(?:result|conclusion)\b|answer\b)|\bfinal\s(?:\S{1,20}\s){0,3}(?:score|result|value|is|=|:)",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(?:total|overall|sum|corrected|adjusted|calculated|estimated)\b", re.IGNORECASE)
"""Of a last sentence: that what it says need not stand at its very end to be what it concludes."""
_DOUBTED = re.compile(
    r"\b(?:not|never|cannot|n['’]?t|no longer|if(?! (?:desired|needed|necessary|required|preferred))|whether|unless|suppos\w+|assum\w+|"
    r"doubt|hardly|would|might|could|may|insufficient|missing|"
    r"unknown|unclear)\b|(?:is|was|are|do|does|did|would|could|should|has|have)nt\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"(?<![<>≤≥])[=≈→]")
_CLAUSE = re.compile(r"[,;]\s(?=[A-Za-z])|\s(?:because|since|which|where|given|assuming|based|using)\b", re.IGNORECASE)
_SAYS_NOTHING = re.compile(r"(?:\d{1,2}[.)]\s?)?(?:[^\d\s]+\s){0,11}[^\d\s]+")
_AFTER = re.compile(r"\s?(?:\([^()]{0,120}\))?(?:,\s[^\d]{1,200})?[\s.,;:!)\]]*$")


class Found(NamedTuple):
    """What stands from `start` to `end` of a plain text: a value as `Reading` has it, or why there is none."""

    value: str | Abstention
    start: int
    end: int


class Finder(Protocol):
    """Finds what a kind of answer is made of."""

    def at(self, text: str, start: int) -> Found | None:
        """What starts exactly there, or None."""
        ...

    def starts(self, text: str, start: int) -> list[int]:
        """Every place from `start` on where something may start."""
        ...

    def denied(self, text: str, *, is_after_not: bool) -> Found | None:
        """The value of a text that says that there is no answer, where that is an answer. `is_after_not`: it begins after "cannot be"."""
        ...


def read_stated(text: str, finder: Finder) -> Reading:
    """The answer that `text` states after its thought, if it has one. In time linear in the length of the text."""
    if not text.strip():
        return Reading(abstention=Abstention.EMPTY, method="empty")
    part = answer_part(text)
    if not text[part.start : part.end].strip():
        return Reading(abstention=Abstention.TRUNCATED if part.is_unfinished else Abstention.EMPTY, method="no_answer_part")
    body = text[part.start : part.end]
    places = (_whole, _after_closing, _last_line, _concluded)
    if reading := next((found for place in places if (found := place(body, part.start, finder))), None):
        return reading
    if part.is_unfinished:
        return Reading(abstention=Abstention.TRUNCATED, method="unfinished_thought")
    if is_refusal(body, 0, len(body)):
        return Reading(abstention=Abstention.REFUSED, method="refusal")
    return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")


def legible(source: str) -> Plain:
    """`plain` of a stretch, its signs kept that are written in letters or would be taken for marks."""
    source = _LITERAL.sub(lambda found: _AS_CHARACTER.get(found[0], ",").rjust(len(found[0])), source)
    return plain(source)


def _whole(body: str, offset: int, finder: Finder) -> Reading | None:
    if len(body) > _ROOM:
        return None
    tail = legible(body)
    found = finder.at(tail.text, _led(tail.text, 0)) if tail.text else None
    return _reading("whole", tail, found, offset) if found and _AFTER.match(tail.text, found.end) else None


def _last_line(body: str, offset: int, finder: Finder) -> Reading | None:
    """Where the last line is nothing but an answer."""
    end = len(body.rstrip())
    start = body.rfind("\n", 0, end) + 1
    reading = _whole(body[start:end], offset + start, finder) if start else None
    return replace(reading, method="last_line") if reading and reading.value is not None else None


def _after_closing(body: str, offset: int, finder: Finder) -> Reading | None:
    for closing in islice(closings(body, 0, len(body), is_last_first=True), _MAX_CLOSINGS):
        reading = _closed(body, closing, offset, finder)
        if reading.value is not None:
            return replace(reading, rival=_rival(body, closing, reading.value, finder))
        if closing.is_firm:
            return reading
    return None


def _rival(body: str, closing: Closing, value: str, finder: Finder) -> str | None:
    """What the first closing statement says, where it is another."""
    first = next(closings(body, 0, len(body), is_last_first=False), closing)
    other = _closed(body, first, 0, finder).value if first.start != closing.start and not first.is_negated else None
    return other if other != value else None


def _closed(body: str, closing: Closing, offset: int, finder: Finder) -> Reading:
    tail = legible(body[closing.start : min(closing.end, closing.start + _ROOM)])
    sentence = tail.text[: _sentence_end(tail.text, 0) if closing.kind == "closing" else len(tail.text)]
    if not sentence.strip(" :.*"):
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_empty")
    found = finder.denied(sentence, is_after_not=True) if closing.is_negated else stated(sentence, finder)
    if found is None:
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_{'negated' if closing.is_negated else 'unknown'}")
    return _reading(closing.kind, tail, found, offset + closing.start)


def stated(sentence: str, finder: Finder) -> Found | None:
    """What a statement gives: what it begins with, the end of its arithmetic, what its verb links, or the one thing in it."""
    start = _led(sentence, 0)
    if NEGATION.match(sentence, start):
        return finder.at(sentence, start) or finder.denied(sentence, is_after_not=False)
    clause = _CLAUSE.search(sentence, start + 1)
    head = sentence[: clause.start()] if clause else sentence
    marks = [mark.end() for mark in _MARK.finditer(head, start) if head.count("(", 0, mark.start()) == head.count(")", 0, mark.start())]
    if marks and (found := finder.at(sentence, _led(sentence, marks[-1]))):
        return found
    if found := finder.at(sentence, start):
        return found
    if found := finder.denied(sentence, is_after_not=False):
        return found
    for stretch in (head, sentence):
        linked = _linked(stretch, finder)
        if linked:
            return linked[0] if len({found.value for found in linked}) == 1 else Found(Abstention.SEVERAL, linked[0].start, linked[-1].end)
    return _only(sentence, finder)


def _concluded(body: str, offset: int, finder: Finder) -> Reading | None:
    """The reading of the sentence that concludes the text: the last that says that it does, or the very last one. Short sentences after it
    without a digit ("Provide the answer.") are passed over."""
    first = max(0, len(body) - _TAIL)
    tail = legible(body[first:])
    spans = [(start, end) for start, end in _sentences(tail.text) if start or not first]
    is_last = True
    for start, end in reversed(spans[-_MAX_BACK:]):
        sentence = tail.text[start:end]
        is_final = _FINALLY.search(sentence) is not None
        if (is_last or is_final) and (found := _said(sentence, finder, is_final=is_final)):
            method = "conclusion" if is_final else "last_sentence"
            return _reading(method, tail, Found(found.value, start + found.start, start + found.end), offset + first)
        is_last = is_last and _SAYS_NOTHING.fullmatch(sentence.strip()) is not None and not _DOUBTED.search(sentence)
    return None


def _said(sentence: str, finder: Finder, *, is_final: bool) -> Found | None:
    if sentence.rstrip().endswith("?") or sentence.count(")") > sentence.count("(") or is_refusal(sentence, 0, len(sentence)):
        return None
    if denied := finder.denied(sentence, is_after_not=False):
        return denied
    linked = _linked(sentence, finder)
    if linked and (is_final or _TOTAL.search(sentence) or _AFTER.match(sentence, linked[-1].end)):
        return linked[-1]
    return _only(sentence, finder) if is_final and not _DOUBTED.search(sentence) else None


def _linked(sentence: str, finder: Finder) -> list[Found]:
    """What a verb or a sign of equality introduces, outside brackets, where it is neither denied nor supposed."""
    doubt = _DOUBTED.search(sentence)
    links = [link for link in _COPULA.finditer(sentence) if not doubt or link.start() < doubt.start()]
    found = []
    for link in links[-_MAX_LINKS:]:
        is_outside = sentence.count("(", 0, link.start()) == sentence.count(")", 0, link.start())
        if is_outside and (thing := finder.at(sentence, _led(sentence, link.end()))):
            found.append(thing)
    return found


def _only(sentence: str, finder: Finder) -> Found | None:
    """The one thing that a sentence holds, or SEVERAL."""
    things: list[Found] = []
    for start in finder.starts(sentence, 0):
        if (not things or start >= things[-1].end) and (thing := finder.at(sentence, start)):
            things.append(thing)
    if len({thing.value for thing in things}) > 1:
        return Found(Abstention.SEVERAL, things[0].start, things[-1].end)
    return things[0] if things else None


def _led(text: str, start: int) -> int:
    """Past what may stand before an answer without changing it."""
    while True:
        lead = LEAD.match(text, start)
        after = _about(text, lead.end() if lead and "<" not in lead[0] and ">" not in lead[0] else start)
        if after == start:
            return start
        start = after


def _about(text: str, start: int) -> int:
    about = _ABOUT.match(text, start)
    return about.end() if about else start


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends; the number of a list entry is part of it."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    start = 0
    for end in ends[1:]:
        piece = text[start:end]
        if _LIST_NUMBER.fullmatch(piece) and end < len(text):
            continue
        number = _LIST_NUMBER.match(piece)
        if any(map(str.isalnum, piece)):
            yield (start + number.end() if number else start), end
        start = end


def _sentence_end(text: str, start: int) -> int:
    found = _SENTENCE_END.search(text, start)
    return found.start() if found else len(text)


def _reading(place: str, tail: Plain, found: Found, offset: int) -> Reading:
    span = tail.span(found.start, found.end, offset=offset) if found.end > found.start else None
    if isinstance(found.value, Abstention):
        return Reading(abstention=found.value, method=place, span=span)
    return Reading(value=found.value, method=place, span=span)
