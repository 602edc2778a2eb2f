"""Where a text names its answer to an open question: after a closing statement, after or before what the question asks for ("the diagnosis
is gout", "gout is the diagnosis"), after "most likely", or as all of the text. What the same reader makes of options is in `choice`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.judges.name.named import Place, describes, named, sentence_end, skip_lead, statement, talks_on
from osler.judges.name.sought import Said, Sought, concluded, labelled, said, sought
from osler.judges.stated.answer_part import Part, answer_part, opens_with_question, reasons, run_on, under_heading
from osler.judges.stated.cleaned import cleaned
from osler.judges.stated.closing import Closing, closings
from osler.judges.stated.languages import is_foreign
from osler.judges.stated.plain import plain
from osler.judges.stated.refusal import is_refusal

_ROOM = 600
_MAX_WORDS = 8
_MAX_STATED = 12
_MAX_CLOSINGS = 6
_MAX_NAMES = 12
_REACH = 2500
"""How far from either end a text is searched for what is no closing statement."""
_ASKED, _RESTATED = 40, 1500
_USUAL, _MAX_USUAL = "The answer is ", 100
_MAY_STATE = (
    *(
        "answer",
        "option",
        "choice",
        "boxed",
        "choose",
        "pick ",
        "select ",
        "go with",
        "going",
        "go for",
        "opt for",
        "settle on",
        "ans.",
        "ans:",
    ),
    *("ans ", "question", "<", "#", "[", "\\", "~", "&"),
)
_HEADING_BEFORE = re.compile(r"\n.{0,40}:")
"""What may state an answer before the usual one, hide it in a thought, or set it off as a head."""
_SPEAKS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|should|can|may|might|will|would|could|must|needs?|does|do|did|I|you|we|she|he|they|it|this|please)\b"
)
"""What a name does not hold, and a sentence does."""
_WITHDRAWN = re.compile(
    r"[*_\"')]{0,4}\s?[.,;!—–-][\s*_]*(?:(?:oh|wait|actually|sorry|hmm|correction|or rather|I mean|scratch that)\b[\s,.:!—–-]+"
    r"|(?:no|rather)[,.:!—–-]\s*|no\s(?=wait|sorry|actually)){1,4}",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"[\s*_]*(?:not\s)?[^.;\n]{1,120}?(?:,?\sbut\s(?:rather\s|instead\s)?|[;,.]\s(?:it is|it['’]s|it must be|rather,?)\s)", re.IGNORECASE
)
_POINTING = re.compile(
    r"[*_]{0,3}(?:(?:so|thus|hence|therefore|(?:I|we) (?:think|believe)(?: that)?),?\s){0,2}"
    r"(?:(?:it|this|that)(?:['’]s|\sis)|(?:(?:the|this)\spatient|she|he)\shas)\s(?!an?\s)",
    re.IGNORECASE,
)
_HAS = re.compile(r"\b(?:has|diagnosis|case|presentation)\b", re.IGNORECASE)
_ALONE = re.compile(r"(?P<mark>\*\*|__)(?P<name>[^*_\n]{2,120})(?P=mark)[.!]?")
_HEADING = re.compile(
    r"\b(?:analysis|reasoning|assessment|explanation|summary|answer|conclusion|findings?|step|thinking|overview|introduction|case|discussion"
    r"|diagnosis|rationale|history|management|treatment|plan|note|key|points?|presentation|approach|evaluation|differential)\b",
    re.IGNORECASE,
)


def read_name(text: str, question: Question, *, is_last_first: bool) -> Reading:
    """The name that `text` answers with after its thought, or why it has none. In time linear in its length."""
    if usual := _usual(text):
        return usual
    if not text.strip():
        return Reading(abstention=Abstention.EMPTY, method="empty")
    text = cleaned(text)
    part = answer_part(text)
    if not text[part.start : part.end].strip():
        abstention = Abstention.TRUNCATED if part.is_unfinished else Abstention.NO_ANSWER
        return Reading(abstention=abstention, method="unfinished" if part.is_unfinished else "nothing_after_thought")
    reading = _read(text, part, question, is_last_first)
    if part.is_unfinished and reading.abstention in (Abstention.NO_ANSWER, Abstention.REFUSED):
        return Reading(abstention=Abstention.TRUNCATED, method="unfinished")
    return reading


def _usual(text: str) -> Reading | None:
    """A short cut for a text that closes as our step codec has it, with a sentence "The answer is gout." of its own: what everything else
    here would read, at a fraction of the cost. None for any other text, and for one that might state another answer before."""
    start = text.rfind(_USUAL, max(0, len(text) - _MAX_USUAL))
    if start < 0 or text[-1] != "." or (start and text[start - 1] != "\n" and text[start - 2 : start] not in (". ", "! ", "? ")):
        return None
    if start and _may_state(text[:start]):
        return None
    reading = _usual_name(text[start:])
    return replace(reading, span=(start + reading.span[0], start + reading.span[1])) if reading and reading.span else None


def _may_state(before: str) -> bool:
    lower = before.lower()
    return (
        not before.isascii()
        or any(word in lower for word in _MAY_STATE)
        or is_foreign(lower)
        or ("\n" in before and _HEADING_BEFORE.search(before) is not None)
    )


@lru_cache(maxsize=4096)
def _usual_name(sentence: str) -> Reading | None:
    """The name in a closing sentence, where it is all of it."""
    if "\n" in sentence or not sentence.isascii():
        return None
    reading = _closing(sentence, Closing("closing", len(_USUAL) - 1, len(sentence)), len(sentence))
    return reading if reading and reading.value is not None and reading.span and reading.span[1] == len(sentence) - 1 else None


def _read(text: str, part: Part, question: Question, is_last_first: bool) -> Reading:
    invented = run_on(text, part)
    if invented is not None and opens_with_question(text, part) and _restates(text, invented, question):
        return _read(text, part._replace(start=invented), question, is_last_first)  # the questions before are those of the prompt
    for cut, kind in ((invented, "run_on"), (reasons(text, part), "reasons")):
        if cut is None or (kind == "run_on" and _restates(text, cut, question)):
            continue
        reading = _part(text, part._replace(end=cut), question, is_last_first)
        if reading.value is not None:
            rest = _closed(text, part._replace(start=cut), is_last_first=True)
            return _beside(replace(reading, method=f"{reading.method}_before_{kind}"), rest)
        if reading.abstention is Abstention.SEVERAL:
            return reading
    return _part(text, part, question, is_last_first)


def _restates(text: str, start: int, question: Question) -> bool:
    asked = plain(question.text).folded
    return len(asked) >= _ASKED and asked[-_ASKED:] in plain(text[start : start + len(question.text) + _RESTATED]).folded


def _part(text: str, part: Part, question: Question, is_last_first: bool) -> Reading:
    closed = _closed(text, part, is_last_first=is_last_first)
    if closed and (closed.value is not None or closed.abstention in (Abstention.SEVERAL, Abstention.REFUSED)):
        other = _closed(text, part, is_last_first=not is_last_first)
        return _beside(closed, other)
    what = sought(question.text)
    reading = _said(text, part, what, is_last_first) or (None if closed else _whole(text, part, what) or _alone(text, part))
    if reading:
        return reading
    if closed:
        return closed
    if is_refusal(text, part.start, part.end):
        return Reading(abstention=Abstention.REFUSED, method="refusal")
    return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")


def _beside(reading: Reading, other: Reading | None) -> Reading:
    """`reading`, with the name that the text states elsewhere as its rival where it is another."""
    is_rival = other is not None and other.value is not None and other.value != reading.value and reading.value is not None
    return replace(reading, rival=other.value) if other and is_rival else reading


def _closed(text: str, part: Part, *, is_last_first: bool) -> Reading | None:
    """What the closing statements say: the first that says something, in the order given; else how the first falls short."""
    short: Reading | None = None
    for closing in islice(closings(text, part.start, part.end, is_last_first=is_last_first), _MAX_CLOSINGS):
        reading = _closing(text, closing, min(closing.end, part.end))
        if reading and (reading.value is not None or not reading.method.endswith("empty")):
            return reading
        short = short or reading
    return short


def _closing(text: str, closing: Closing, last: int) -> Reading | None:
    """What one closing statement says; None where it goes on to something else than an answer."""
    if closing.is_negated:
        negated = Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        return _instead(text, closing.start, last, closing.kind) or negated
    start = skip_lead(text, closing.start, min(last, closing.start + _ROOM))
    end = min(last, start + _ROOM)
    if closing.kind == "boxed":
        return named(text, Place(start, end, "boxed"))
    if talks_on(text, start, end):
        return None
    start, end = statement(text, start, end)
    reading = named(text, Place(start, end, "closing"))
    if reading.method == "closing_negated" and (instead := _instead(text, start, last, "closing")):
        return instead
    return _corrected(text, reading, last)


def _instead(text: str, start: int, last: int, kind: str) -> Reading | None:
    """ "It is not gout but pseudogout" has an answer, "it cannot be gout" has none."""
    but = _BUT.match(text, start, min(last, start + _ROOM))
    return _short(text, but.end(), last, f"{kind}_but") if but else None


def _corrected(text: str, reading: Reading, last: int) -> Reading:
    """`reading`, or what replaces it in the next sentence: "No, wait, pseudogout.\""""
    if reading.span is None:
        return reading
    withdrawn = _WITHDRAWN.match(text, reading.span[1], min(last, reading.span[1] + _ROOM))
    if withdrawn is None or "\n\n" in withdrawn[0]:
        return reading
    return _short(text, withdrawn.end(), last, "correction") or Reading(abstention=Abstention.NO_ANSWER, method="closing_withdrawn")


def _short(text: str, start: int, last: int, kind: str) -> Reading | None:
    """The name that stands there and is nothing else: a few words without a verb."""
    start = skip_lead(text, start, min(last, start + _ROOM))
    end = min(last, start + _ROOM)
    if describes(text, start, end):
        return None
    start, end = statement(text, start, end)
    stretch = text[start:end]
    if len(stretch.split()) > _MAX_STATED or _SPEAKS.search(stretch):
        return None
    reading = named(text, Place(start, end, kind))
    if reading.method.endswith("negated"):
        return _instead(text, start, last, kind)
    return reading if reading.value is not None or reading.abstention is Abstention.SEVERAL else None


def _said(text: str, part: Part, what: Sought, is_last_first: bool) -> Reading | None:
    """What the sentences say without a closing statement; the surer way of saying it first."""
    first = under_heading(text, part)
    spans = [(first, part.end)] if part.end - first <= 2 * _REACH else [(first, first + _REACH), (part.end - _REACH, part.end)]
    for find in (labelled, said):
        places = [place for start, end in spans for place in find(text, start, end, what)]
        places.sort(key=lambda place: place.start, reverse=is_last_first)
        found = _readings(text, places[:_MAX_NAMES], part.end)
        readings = [reading for reading in found if reading.value is None or what.is_named_by(reading.value)]
        if readings:
            return _beside(readings[0], readings[-1])
    start, end = _last_sentence(text, spans[-1][0], part.end)
    place = concluded(text, start, end, what)
    return _short(text, place.start, part.end, "conclusion") if place else None


def _readings(text: str, places: Iterable[Said], last: int) -> Iterator[Reading]:
    for place in places:
        if reading := _short(text, place.start, last if place.end is None else place.end, "sentence"):
            yield reading


def _last_sentence(text: str, start: int, end: int) -> tuple[int, int]:
    end = start + len(text[start:end].rstrip())
    before = max(text.rfind(mark, start, end - 1) for mark in ("\n", ". ", "! ", "? "))
    return max(start, before), end


def _whole(text: str, part: Part, what: Sought) -> Reading | None:
    """A short text that is only a name."""
    stripped = text[part.start : part.end].strip()
    start = text.index(stripped[0], part.start)
    end = start + len(stripped)
    if len(stripped) > _ROOM:
        return None
    pointing = _POINTING.match(text, start, end)
    first = skip_lead(text, pointing.end() if pointing else start, end)
    name_start, name_end = statement(text, first, end)
    if not what.is_diagnosis and _HAS.search(text, start, first):
        return None
    is_only = sentence_end(text, start, end) >= len(text[:end].rstrip(" .!*_`\"'”’)。"))
    name = text[name_start:name_end]
    if not is_only or len(name.split()) > _MAX_WORDS or ": " in name or _SPEAKS.search(name):
        return None
    if first > start and describes(text, first, end):
        return None
    return named(text, Place(name_start, name_end, "whole"))


def _alone(text: str, part: Part) -> Reading | None:
    """A name in bold on a line of its own that opens or ends the text, where no other line is set off so."""
    body = text[part.start : part.end]
    if "**" not in body and "__" not in body:
        return None
    lines = list(_ALONE.finditer(body[:_REACH])) if len(body) <= _REACH else []
    alone = [line for line in lines if _is_line(body, line)]
    if len(alone) != 1 or _HEADING.search(alone[0]["name"]) or "\n#" in "\n" + body:
        return None
    is_at_an_end = not body[: alone[0].start()].strip() or not body[alone[0].end() :].strip()
    start, end = alone[0].span("name")
    return _short(text, part.start + start, part.start + end, "line") if is_at_an_end else None


def _is_line(body: str, found: re.Match[str]) -> bool:
    before, after = body[: found.start()].rstrip(" \t"), body[found.end() :].lstrip(" \t")
    return (not before or before.endswith("\n")) and (not after or after.startswith("\n")) and not found["name"].rstrip().endswith(":")
