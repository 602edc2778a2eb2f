"""Open questions: reads the name that a text gives as its answer, and compares it with the key's name and its synonyms."""

import re
from dataclasses import dataclass

from osler.core.question import Key, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.closing import LEAD, NEGATION, last_closing
from osler.judges.plain import bare_name

_ROOM = 600
_MAX_WORDS = 8
_WRAPPED = re.compile(
    r"(?:(?P<mark>\*{1,3}|`{1,3}|\"|'|\$)(?P<inner>[^\n]{1,300}?)(?P=mark)"
    r"|[“‘«](?P<quoted>[^\n”’»]{1,300})[”’»])"
    r"(?=[*`]{0,3}(?:\s*[.,;:!(}\]]|\s*\n|\s*$))"
)
_LEAD_MARK = re.compile(r"\s*(?:[*_]{1,3}\s+)?")
_SENTENCE_END = re.compile(r"\n|[.!?;](?=[\"'*`”’)}\]]{0,4}(?:\s|$))")
_ABBREVIATION = re.compile(r"(?:^|[\s(*])(?:St|Dr|Mt|vs|var|spp?|subsp|approx)$")
_INITIAL = re.compile(r"(?:^|[\s(*])[A-Za-z]$")
_REASON = re.compile(r"[,;]?\s(?:because|since)\s|[,;]\s(?:which|as)\s", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|The|an?|An)\s+(?=\S)")
_MARK = re.compile(r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\]])|\*{2,3}|[`$]|</?[A-Za-z]{1,12}>|[{}]")
_AROUND = " \t\r\n*_\"'“”‘’«»,;:!"
_UNKNOWING = re.compile(
    r"\b(?:do(?:n['’]?t| not) know|can(?:not|['’]?t| not)|could not|not (?:sure|certain|clear|known)|unable)\b", re.IGNORECASE
)
_UNKNOWN = {"unknown", "unclear", "uncertain", "undetermined", "n/a", "na", "none", "no answer"}


@dataclass(frozen=True)
class TextReader:
    """Reads the name after the last closing statement, up to the end of the sentence or line; or a short text that is only a name.

    The name is given as it was written, without the marks and the article around it; `TextJudge` compares without regard to case.
    """

    def read(self, text: str, question: Question) -> Reading:
        if not text.strip():
            return Reading(abstention=Abstention.EMPTY, method="empty")
        closing = last_closing(text)
        if closing is None:
            return _whole(text)
        if closing.is_negated:
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        start = _skip_lead(text, closing.start, closing.end)
        end = min(closing.end, start + _ROOM)
        if closing.kind == "closing":
            start, end = _statement(text, start, end)
        return _named(text, start, end, closing.kind)


def _whole(text: str) -> Reading:
    stripped = text.strip()
    start = text.index(stripped[0])
    end = start + len(stripped)
    is_short = len(stripped) <= _ROOM and len(stripped.split()) <= _MAX_WORDS
    if not is_short or _sentence_end(text, start, end) < len(text[:end].rstrip(" .!*_`\"'”’)")):
        return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")
    return _named(text, _skip_lead(text, start, end), end, "whole")


def _skip_lead(text: str, start: int, end: int) -> int:
    """Past white space, list marks, the closing half of a bold heading and words such as "most likely"."""
    while True:
        mark = _LEAD_MARK.match(text, start, end)
        lead = LEAD.match(text, mark.end() if mark else start, end)
        if lead is None or lead.end() == start:
            return start
        start = lead.end()


def _statement(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of the name that a closing statement begins: what is wrapped in bold or quotes, or else the sentence up to its reason."""
    wrapped = _WRAPPED.match(text, start, end)
    if wrapped:
        return wrapped.span("inner" if wrapped["inner"] else "quoted")
    end = _sentence_end(text, start, end)
    reason = _REASON.search(text, start, end)
    return start, reason.start() if reason else end


def _sentence_end(text: str, start: int, end: int) -> int:
    """Where the sentence that starts at `start` ends, its mark left out. "St. John" and "E. coli" hold no end."""
    for stop in _SENTENCE_END.finditer(text, start, end):
        before = text[max(start, stop.start() - 8) : stop.start()]
        following = text[stop.end() : stop.end() + 2].strip()
        is_short_form = _ABBREVIATION.search(before) or (_INITIAL.search(before) and following[:1].islower())
        if not (stop[0] == "." and following and is_short_form):
            return stop.start() + (stop[0] == "?")
    return end


def _named(text: str, start: int, end: int, place: str) -> Reading:
    """The reading of a name that stands at `start` to `end`, or NO_ANSWER where it is denied, asked, unknown or empty."""
    written = text[start:end]
    value = " ".join(_MARK.sub("", written).strip(_AROUND).rstrip(_AROUND + ".").split())
    if value.endswith(")") and "(" not in value:
        value = value.rstrip(").")
    article = _ARTICLE.match(value)
    value = value[article.end() :] if article else value
    if not bare_name(value):
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{place}_empty")
    if NEGATION.match(value) or value.endswith("?") or _UNKNOWING.search(value) or bare_name(value) in _UNKNOWN:
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{place}_negated")
    left = start + len(written) - len(written.lstrip())
    return Reading(value=value, method=f"{place}_text", span=(left, left + len(written.strip())))


@dataclass(frozen=True)
class TextJudge:
    """Right where the name equals the key's or a synonym, whatever the case, white space, marks and article around it; never a part of it.

    Reasons: `key`, `synonym`, `other_text`, the abstention's own word, `wrong_kind`.
    """

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, TextKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        if _is_same(reading.value, key.text):
            return Verdict(Outcome.RIGHT, reading, "key")
        if any(_is_same(reading.value, synonym) for synonym in key.synonyms):
            return Verdict(Outcome.RIGHT, reading, "synonym")
        return Verdict(Outcome.WRONG, reading, "other_text")


def _is_same(one: str, other: str) -> bool:
    """Names that are nothing but marks are the same only where they are equal as written."""
    return bare_name(one) == bare_name(other) if bare_name(one) else one.strip() == other.strip()
