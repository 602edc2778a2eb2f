"""Where no statement closes a text: which one option its sentences name and do not deny.

"The most likely diagnosis is **D**: 'gout'." names an option plainly and says that it is the answer in no fixed words. Three strengths of
naming are told apart, and a weaker one is asked only where no stronger one is there: a letter with its own option's text; a letter alone
in brackets, bold or quotes, or after "option"; a text alone, in a sentence that concludes. What is denied ("rule out B", "unlike (C)",
"A is wrong") or only asked about counts for nothing, and options that disagree are no answer.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from osler.core.reading import Abstention
from osler.judges.choice.statement import Stated, Statement
from osler.judges.stated.around import IS_BETTER, IS_RIGHT
from osler.judges.stated.closing import LEAD
from osler.judges.stated.plain import Plain, plain

_GOES_ON_TO = re.compile(r"(?:to|that|due|caused|because|given|one|for|in|with|by|consistent|more)\b[^,;:]{0,60}$", re.IGNORECASE)
_HEAD, _TAIL = 800, 2200
_MAX_PLACES, _MAX_CAPITALS = 60, 400
_SET_APART = re.compile(
    r"\b(?i:option|choice|letter|answer|statement)s?\s?(?=\(?[A-Z]\b)|(?=[(\[]\s?(?i:(?:option|choice|answer|letter)\s)?[A-Z]\s?[)\]])"
    r"|(?:(?<!answer\s)(?<!option\s)(?<!choice\s)\b(?:is|are|be|with|as|to|by|choose|pick|select|leaves?|leaving|remains|mean"
    r"|meant|except(?:\sfor)?|[Tt]herefore,|"
    r"[Tt]hus,|[Hh]ence,|[Ss]o,?|[Ee]ither|[Bb]oth)|[:→=])\s(?P<last>)"
    r"(?=[A-Z](?:[.!]?\s?(?:\n|$)|[:)]\s|\.\s[A-Z(\n]|,?\s(?:or|and)\s[A-Z]\b|,\s[A-Z]\b))"
)
_SUBJECT = re.compile(rf"(?<![A-Za-z0-9.-])(?=[A-Z](?:{IS_RIGHT}|{IS_BETTER}))")
_COPULA = re.compile(r"(?:i(?<!\wi)s|w(?<!\ww)as|b(?<!\wb)e)\s(?:likely\s|probably\s|most likely\s)?(?:the\s|an?\s)?")
_MAX_NEAR = 3
_STATES = re.compile(
    r"(?:(?:\b(?:is|was|are|be|either|both|indicates?|suggests?)|[=:])\s(?:likely\s|probably\s|most likely\s|the\s|an?\s"
    r"|either\s|both\s)*)$",
    re.IGNORECASE,
)
_BEFORE_TEXT = re.compile(r"\b(?=[A-Z]\s?[.:)–—-]{1,2}\s?[\w(+-])")
_BEFORE, _AFTER = 24, 12
"""How far the pattern of what is set apart reaches from its letter."""
_WORDS_BEFORE = (
    *("option", "choice", "letter", "answer", "statement", "options", "choices", "letters", "answers", "statements", "is", "are", "be"),
    *("with", "as", "to", "by", "choose", "pick", "select", "leave", "leaves", "leaving", "remains", "mean", "meant", "except", "for"),
    *("so", "either", "both", ",", ":", "→", "="),
)
_LONE_CAPITAL = re.compile(r"[A-Z](?!\w)")
SENTENCE_END = re.compile(r"[.!?\n](?:(?<=\n)|(?<![\s(][A-Za-z].)(?<![\s(]vs.)(?<![\s(]Dr.)[)\]]?(?:\[\d+\])?(?:\s+(?=[^a-z])|$))")
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|hence|conclu\w+|in summary|overall|most (?:\w+ )?(?:likely|appropriate|probable|suitable|consistent|accurate|"
    r"helpful|effective|common|important|useful|plausible|fitting|indicative|compatible|strongly)|more likely|best|correct|appropriate|"
    r"answer|diagnosis|next step|recommend\w*|choose|chosen|select\w*|consistent with|final|likely|should be|is due to|is caused by)\b"
)
"""Of text in lower case, as `_COPULA`."""
_TURNS = re.compile(
    r";|\b(?:but|however|so|therefore|thus|hence|making|instead(?! of)|the (?:best|correct|most|right|answer)|is|are)\b", re.IGNORECASE
)
_DENIES_BEFORE = re.compile(
    r"(?:\b(?:not|cannot|never|nor|neither|rul(?:e|es|ed|ing) out|exclud(?:e|es|ed|ing)|eliminat(?:e|es|ed|ing)|unlike"
    r"|rather than|instead of"
    r"|other than|except(?: for)?|avoid(?:s|ed|ing)?|discard(?:s|ed|ing)?|reject(?:s|ed|ing)?|less likely(?: than)?|unlikely"
    r"|contraindicat(?:e|es|ed|ing)"
    r"|incorrect|wrong|as opposed to|compared (?:to|with)|more than)\b|\b(?:is|are|was|were|do|does|did|ca|could|would|should|wo"
    r"|has|have)n['’]?t\b)",
    re.IGNORECASE,
)
_DENIES_AFTER = re.compile(
    r"[\s)\]\"'*,]*(?:\([^()]{0,60}\)\s?)?(?:,[^,.;\n]{0,60},\s?)?(?:(?:option|choice|answer|alone|itself|also|therefore|both"
    r"|all|which|that)\s){0,2}"
    r"(?:(?:is|are|was|were|would|could|can|may|might|should|does|do|did|seems?|appears?|has|have|will)\s?(?:also |therefore "
    r"|thus |both |all |be )*"
    r"(?:n['’]?t\b|not\b|never\b|less\b|unlikely|incorrect|wrong|false|contraindicated|inappropriate|ruled out|excluded"
    r"|eliminated|avoided|no longer|"
    r"unnecessary|irrelevant|implausible|insufficient|be (?:ruled out|excluded|eliminated|avoided)|out\b|used|seen|found"
    r"|a (?:less|poor|bad))"
    r"|cannot|can['’]?t|isn['’]?t|doesn['’]?t|wouldn['’]?t|aren['’]?t|don['’]?t|won['’]?t|rather unlikely|unlikely|(?:is|are) less)",
    re.IGNORECASE,
)
_HEDGES = re.compile(r"\W{0,4}(?:while|although|though|whereas|even though|if|unlike|in contrast|other)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\bif\b[^.]*\bwould\b[^.]*$", re.IGNORECASE)
_MAX_WORDS_DENIED = 4
_ALL = re.compile(r"\b(?:all|each|every|any)\b", re.IGNORECASE)


class _Mention(NamedTuple):
    """One naming of an option: `strength` 3 by letter and text, 2 by a letter set apart, 1 by text; `place` in the plain text; the number
    of its sentence; whether that sentence concludes."""

    stated: Stated
    strength: int
    sentence: int
    is_concluding: bool


def mentioned(options: Mapping[str, str], text: str, start: int, end: int, *, is_last_first: bool) -> tuple[Stated, tuple[int, int]] | None:
    """The one option that a text names between `start` and `end`, with its place in the text; SEVERAL where its conclusion names more than
    one; None where it names none, or some that are not told apart."""
    for first, last in _windows(text, start, end, is_last_first=is_last_first):
        window = plain(text[first:last])
        stated = _decide(_mentions(options, window), is_last_first=is_last_first) if window.text else None
        if stated:
            return stated, window.span(stated.start, stated.end, offset=first)
    return None


def in_sentence(options: Mapping[str, str], text: str, start: int, end: int) -> tuple[Stated, tuple[int, int]] | None:
    """The one option that is named in the sentence in which a closing statement goes on at `start` ("the answer is to give aspirin"); None
    where it opens with a name that goes on into a longer one ("aspirin allergy")."""
    window = plain(text[start:end])
    if not window.text:
        return None
    last = next(iter(_sentences(window.text)))[1]
    statement = Statement(options, window, is_whole=False)
    lead = LEAD.match(window.text)
    named = list(_named(statement, 0, last))
    if not named or (named[0][1] == 1 and not _GOES_ON_TO.match(window.text[lead.end() if lead else 0 : named[0][0].start])):
        return None
    mentions = [_Mention(stated, strength, 0, True) for stated, strength in named if not _is_denied(window.text, 0, stated, last)]
    stated = _decide(mentions, is_last_first=True)
    return (stated, window.span(stated.start, stated.end, offset=start)) if stated else None


def _windows(text: str, start: int, end: int, *, is_last_first: bool) -> list[tuple[int, int]]:
    if end - start <= _HEAD + _TAIL:
        return [(start, end)]
    head = (start, start + _HEAD + len(text[start + _HEAD : start + _TAIL].split(".")[0]))
    tail = (end - _TAIL, end)
    return [tail, head] if is_last_first else [head, tail]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in SENTENCE_END.finditer(text):
        yield start, stop.end()
        start = stop.end()
    if start < len(text):
        yield start, len(text)


def _mentions(options: Mapping[str, str], window: Plain) -> list[_Mention]:
    """Every naming that counts, in the order of the sentences. Weaker ones are left out where nothing depends on them."""
    if len(_LONE_CAPITAL.findall(window.text)) > _MAX_CAPITALS:
        return []  # one letter after the other
    statement = Statement(options, window, is_whole=False)
    sentences = [
        (number, start, end)
        for number, (start, end) in enumerate(_sentences(window.text))
        if not window.text[start:end].rstrip(' )"').endswith("?")
    ]
    found = [mention for sentence in sentences for mention in _by_letter(statement, *sentence)]
    if not found or any(mention.stated.form == "several" for mention in found):
        found += [mention for sentence in sentences for mention in _by_text(statement, *sentence)]
        found.sort(key=lambda mention: mention.sentence)
    return found


def _by_letter(statement: Statement, number: int, start: int, end: int) -> Iterator[_Mention]:
    for stated, strength in _lettered(statement, start, end):
        if not _is_denied(statement.tail.text, start, stated, end):
            yield _Mention(stated, strength, number, _concludes_beside(statement.tail.folded, start, stated, end))


def _by_text(statement: Statement, number: int, start: int, end: int) -> Iterator[_Mention]:
    window = statement.tail
    found = list(statement.texts(start, end))
    near = [] if found else [place for place in _after_copulas(window, start, end) if statement.may_be_near(place)]
    if not found and not near:
        return
    may_conclude = _CONCLUDES.search(window.folded[start:end]) is not None
    for stated in _texts(statement, found, near, start, end, has_texts=may_conclude):
        if not _is_denied(window.text, start, stated, end):
            is_concluding = may_conclude and _concludes_beside(window.folded, start, stated, end)
            if is_concluding or not may_conclude:
                yield _Mention(stated, 1, number, is_concluding)


def _concludes_beside(folded: str, start: int, stated: Stated, end: int) -> bool:
    """Whether a sentence concludes in what stands beside the name in it."""
    return _CONCLUDES.search(folded[start : stated.start] + "\n" + folded[stated.end : end]) is not None


def _after_copulas(window: Plain, start: int, end: int) -> list[int]:
    return [copula.end() for copula in islice(_COPULA.finditer(window.folded, start, end), _MAX_NEAR)]


def _named(statement: Statement, start: int, end: int) -> Iterator[tuple[Stated, int]]:
    """Every option that is named in a sentence, each place once, with how plainly it is."""
    yield from _lettered(statement, start, end)
    found, near = (list(statement.texts(start, end)), _after_copulas(statement.tail, start, end))
    yield from ((stated, 1) for stated in _texts(statement, found, near, start, end, has_texts=True))


def _lettered(statement: Statement, start: int, end: int) -> Iterator[tuple[Stated, int]]:
    """Every option that is named by its letter in a sentence, alone or beside its text."""
    reached = start
    for place, is_set_apart in _places(statement.tail, start, end)[:_MAX_PLACES]:
        stated = statement.at(place) if place >= reached else None
        if stated is None or stated.value in (Abstention.NOT_AN_OPTION, Abstention.NO_ANSWER):
            continue
        has_text = stated.form in ("letter_and_text", "text_and_letter")
        if is_set_apart or has_text:
            reached = stated.end
            yield stated, 3 if has_text or stated.form == "conflict" else 2


def _texts(statement: Statement, found: list[Stated], near: list[int], start: int, end: int, *, has_texts: bool) -> Iterator[Stated]:
    """Options that are named by their texts: all of them where `has_texts`, otherwise those that a sentence ends with, after "is" or "=",
    and those in bold or quotes. Where there are none, what nearly is one at one of the places `near`."""
    window = statement.tail
    if has_texts and not found:
        nearly = (statement.nearly(place) for place in near)
        yield from (stated for stated in nearly if stated and stated.end <= end)
    for stated in found:
        if _STATES.search(window.text, max(start, stated.start - 40), stated.start):
            full = statement.beginning(stated.start)
            if full:
                yield full
            elif has_texts:
                yield stated
        elif has_texts or (stated.start in window.breaks and (stated.end in window.breaks or stated.end + 1 in window.breaks)):
            yield stated


def _places(window: Plain, start: int, end: int) -> list[tuple[int, bool]]:
    """Where a letter may name an option in a sentence, and whether it is set apart: after "option", in brackets, by bold or quotes. One
    that is not has to have its text beside it, or "vitamin D. It …" would be one."""
    text = window.text
    places: dict[int, bool] = {}
    reached = start
    for capital in _LONE_CAPITAL.finditer(text, start, end):
        at = capital.start()
        if _SUBJECT.match(text, at, end):
            places[at] = True
        elif _BEFORE_TEXT.match(text, at, end):
            places.setdefault(at, False)
        if not _may_set_apart(text[max(start, at - _BEFORE) : at].lower()):
            continue
        for before in _SET_APART.finditer(text, max(reached, at - _BEFORE), min(end, at + _AFTER)):
            reached = before.end()
            if reached > at:
                reached = at
                break
            places[before.start() if before["last"] is None else before.end()] = True
    places |= {at: True for at in window.marked if start <= at < end}
    return sorted(places.items())


def _may_set_apart(before: str) -> bool:
    """Whether `_SET_APART` may match what stands before a letter. Cheap."""
    bare = before.rstrip("([ \n")
    return bare.endswith(_WORDS_BEFORE) or "(" in before[len(bare) :] or "[" in before[len(bare) :]


def _is_denied(text: str, start: int, stated: Stated, end: int) -> bool:
    before = text[start : stated.start]
    turns = list(_TURNS.finditer(before))
    clause = before[turns[-1].end() :] if turns else before
    denials = list(_DENIES_BEFORE.finditer(clause))
    if denials and not (denials[-1][0].lower().startswith("except") and _ALL.search(clause)):
        between = [
            word
            for word in re.findall(r"\w{2,}", clause[denials[-1].end() :])
            if word.lower() not in ("and", "or", "option", "options", "the", "of", "to")
        ]
        if len(between) <= _MAX_WORDS_DENIED:
            return True
    if _CONDITION.search(before):
        return True
    if _HEDGES.match(before) and "," in text[stated.end : end]:
        return True  # "While (B) may help, …"
    return _DENIES_AFTER.match(text, stated.end, end) is not None


def _decide(mentions: list[_Mention], *, is_last_first: bool) -> Stated | None:
    for strength in (3, 2, 1):
        found = [mention for mention in mentions if mention.strength == strength]
        if not found:
            continue
        values = {mention.stated.value for mention in found}
        if len(values) == 1:
            only = found[-1 if is_last_first else 0]
            is_discussed = (
                only.stated.form == "several" and strength > 1 and not only.is_concluding and only.sentence != mentions[-1].sentence
            )
            return None if is_discussed else only.stated
        concluding = [mention for mention in found if mention.is_concluding]
        if not concluding:
            return None  # a list of them, or a discussion
        number = concluding[-1 if is_last_first else 0].sentence
        last = [mention for mention in concluding if mention.sentence == number]
        if len({mention.stated.value for mention in last}) == 1:
            return last[0].stated
        return Stated(Abstention.SEVERAL, "several", last[0].stated.start, last[-1].stated.end)
    return None
