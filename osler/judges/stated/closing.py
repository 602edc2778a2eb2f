"""Where a text states its answer: "the answer is …", "final answer: …", "correct option is …", "\\boxed{…}". The last one decides.

Every text in which `osler.core.codec.CLOSING` finds a closing statement has one here too, unless it is only supposed ("if the answer is").
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from osler.judges.stated.languages import foreign, is_foreign
from osler.judges.stated.plain import lower_case

_CLOSING = re.compile(
    r"boxed ?\{|(?P<noun>answer|option|choice)s?(?:"
    r"(?:[ _](?:choice|option|letter)s?\b)?"
    r"[\"'*_`\\]{0,4}"
    r"(?:\s{1,3}(?:to|for|in|of|from|among)\s(?:this|the|your|these)\s(?:\w{1,14}\s)?(?:question|case|problem|vignette|scenario"
    r"|item|options|choices)\b)?"
    r"(?:\s(?:that|which|I|we|here)\s[^.,;:\n]{1,60}?(?=\s(?:is|would be|was)\b))?"
    r"(?:,?\s{1,3}(?:therefore|thus|hence|then|here),?|,\s[^.,;:\n]{1,80},)?"
    r"(?:\s{0,3}(?:[:=：](?!=)|[=-]>|[→⇒])"
    r"|\s{1,3}(?P<negated>(?:is|was|are)n['’]t"
    r"|(?:(?:would|should|could|must|wo)n['’]t|(?:would|should|could|must|will) not|can(?:not|['’]t| not)) be)\b"
    r"|\s{1,3}(?:(?:is|was|are|were|remains|becomes)\b(?!['’])"
    r"|(?:would|should|must|will|has to|have to|needs to|ought to|appears to|seems to)(?:\s(?:then|therefore|thus|\w{2,12}ly))? be\b)"
    r"|(?P<dash>\s[-–—]\s)"
    r"|(?P<bare>\s{1,3}(?=[*(\[]{0,4}(?-i:[A-Z])[*)\]]{0,4}[ \t.]{0,3}(?:\n|$)))"
    r"|(?P<tag>[>\]])"
    r"|(?P<heading>[ \t]{0,3}\n)))",
    re.IGNORECASE,
)
_NOUN = re.compile("answer|option|choice|boxed")
_BEFORE_CHOICE = re.compile(
    r"(?:\b(?:I|we|would|will|['’](?:d|ll)|must|should|therefore,?|thus,?|so|to)\s(?:am\s)?|(?:^|[\n.:]\s?)[*_]{0,2})$", re.IGNORECASE
)
_VERB = re.compile("choose|pick|select|go|opt for|settle on|answer|ans")
_CHOICE = re.compile(
    r"(?P<verb>(?:choose|pick|select|go(?:ing)? (?:with|for)|opt for|settle on|answer)\s"
    r"(?=(?:the\s)?(?:(?:option|choice|answer)\s[*(\[\"'`]{0,4}[a-z]|[*(\[\"'`]{0,4}(?-i:[A-Z]))\b(?!['’])))|\bans(?:\s?[:=]"
    r"|\.\s?:?|\s(?=\(?(?-i:[A-Z])\)?\s*(?:\n|$)))",
    re.IGNORECASE,
)
_BOX_CHAIN = re.compile(r"boxed ?\{(?=[^{}]{1,80}\}[\s$)\\]{0,6}(?:,|/|&|or\b|and\b)?[\s$(\\]{0,6}f?$)")
_NOT_BEFORE_BOX = re.compile(r"(?:\bnot|n['’]t|\bnever)[\s:$(\"'*`\\]{1,8}f?$", re.IGNORECASE)
LEAD = re.compile(
    r"(?:[:=>#•→👉]\s?|-\s|,?\s?I (?:believe|think|would say),?\s"
    r"|(?:donc|alors|also|daher|somit|quindi|dunque|pues|entonces|por (?:lo )?tanto|portanto)\s"
    r"|(?:therefore|thus|hence|then|(?:most )?(?:likely|probably)|definitely|certainly|clearly|simply|indeed|actually|still|indicated by"
    r"|best (?:represented|described|given|explained) by|as follows)[,:]?\s)*",
    re.IGNORECASE,
)
"""What may stand between a closing statement and the answer without changing it."""
NEGATION = re.compile(r"(?:not(?!\sonly\b)|never|neither|nor|no longer|anything but|other than|unlikely)\b", re.IGNORECASE)
"""What turns a statement into the denial of an answer, where it stands first."""
_TALKS_ON = re.compile(
    r"[\s*_,]{0,6}(?:also |further |well |strongly |clearly )?(?:supported|based|consistent|because|derived|obtained|found (?:in"
    r"|by|on)|explained"
    r"|determined|provided (?:by|in)|given (?:by|in|that)|clear|obvious|straightforward|as expected|in (?:line|agreement"
    r"|accordance|keeping)"
    r"|important|relevant|related|right\b|correct\b|wrong\b|incorrect\b)\b",
    re.IGNORECASE,
)
"""How a sentence goes on that speaks about an answer and does not state one: "this answer is supported by …"."""

_ADJECTIVES = {
    *("final", "correct", "best", "right", "most", "likely", "probable", "plausible", "appropriate", "accurate", "suitable", "single"),
    *("overall", "only", "chosen", "selected"),
}
_CHOOSING = {"final", "correct", "best", "right", "likely", "appropriate", "accurate", "suitable", "chosen", "selected", "my"}
_DETERMINERS = {"the", "my", "our"}
_SOMEBODY_ELSES = {
    *("a", "an", "no", "any", "each", "every", "which", "what", "whose", "another", "other", "alternative", "second", "possible"),
    *("wrong", "incorrect", "false", "worst", "tempting", "least", "his", "her", "their", "your"),
}
_SUPPOSING = {"if", "whether", "unless", "suppose", "supposing", "assume", "assuming", "imagine"}
_CLAIMING = {"think", "believe", "say", "claim", "mean", "sure", "certain", "true", "clear", "convinced"}
_DOUBTING = {"doubt", "unlikely", "deny", "false", "untrue", "wrong", "incorrect"}
_CONDITION = re.compile(r"\bif\b[^.!?\n]*$", re.IGNORECASE)
_LOOK_BACK = 72
_MAX_BOX = 4000
_MAX_FIELD = 2000
_REACH, _FAR = 8_000, 2_000
"""How far from either end of a text is looked, in English and in the other languages: no text takes longer than 50 ms."""
_BEFORE = 24
_CHOICE_WORDS = (
    "choose",
    "pick ",
    "select ",
    "go with",
    "going with",
    "go for",
    "going for",
    "opt for",
    "settle on",
    "i answer",
    "would answer",
    "ans.",
    "ans:",
    "ans ",
)
_FIELD = re.compile(r"\s{0,3}([\"'])")
_FIELD_END = {quote: re.compile(rf"(?<!\\){quote}(?=\s{{0,20}}(?:[,}}\]]|$))") for quote in "\"'"}


class Closing(NamedTuple):
    """One closing statement: the answer stands from `start` and ends before `end`. `is_negated`: it says what the answer is not.
    `is_firm`: what follows is the answer whatever it says, so that one which is no option is "not an option". `is_field`: it is the value
    of a field of JSON."""

    kind: Literal["closing", "boxed"]
    start: int
    end: int
    is_negated: bool = False
    is_firm: bool = True
    is_field: bool = False


def last_closing(text: str) -> Closing | None:
    """The last closing statement of `text`, in time linear in its length. Statements about somebody else's answer ("the wrong answer
    is", "the patient's answer is") and supposed ones ("if the answer is") are none."""
    return next(closings(text, 0, len(text), is_last_first=True), None)


def closings(text: str, start: int, end: int, *, is_last_first: bool) -> Iterator[Closing]:
    """The closing statements between `start` and `end`, one by one; in their order, or the last one first. Of a text of more than 16,000
    characters the middle is passed over."""
    if end - start > 2 * _REACH:
        ends = [(start, start + _REACH), (end - _REACH, end)]
        for first, last in reversed(ends) if is_last_first else ends:
            yield from _closings(text, first, last, is_last_first=is_last_first)
    else:
        yield from _closings(text, start, end, is_last_first=is_last_first)


def _closings(text: str, start: int, end: int, *, is_last_first: bool) -> Iterator[Closing]:
    lower = lower_case(text[start:end])
    places: list[re.Match[str] | Closing] = list(_matches(_NOUN, _CLOSING, text, start, end, lower))
    more = [*_chosen(text, start, end, lower), *_foreign(text, start, end, lower)]
    if more:
        places = sorted([*places, *more], key=lambda place: place.start if isinstance(place, Closing) else place.end())
    for place in reversed(places) if is_last_first else places:
        if isinstance(place, Closing):
            yield place
        elif closing := (_stated(text, place, start, end) if place["noun"] else _boxed(text, place, end)):
            yield closing


def _matches(words: re.Pattern[str], pattern: re.Pattern[str], text: str, start: int, end: int, lower: str) -> Iterator[re.Match[str]]:
    """`pattern` where one of `words` begins in `lower`, the text from `start` to `end` in lower case: cheaper than to look everywhere."""
    reached = start
    for word in words.finditer(lower):
        at = start + word.start()
        if at >= reached and (match := pattern.match(text, at, end)):
            reached = match.end()
            yield match


def _chosen(text: str, start: int, end: int, lower: str) -> list[Closing]:
    """ "I choose B", "I would go with (B)", and "Ans. B"."""
    if not any(word in lower for word in _CHOICE_WORDS):
        return []
    return [
        Closing("closing", match.end(), end, is_firm=False)
        for match in _matches(_VERB, _CHOICE, text, start, end, lower)
        if not match["verb"] or _BEFORE_CHOICE.search(text, max(start, match.start() - _BEFORE), match.start())
    ]


def _foreign(text: str, start: int, end: int, lower: str) -> list[Closing]:
    if not is_foreign(lower):
        return []
    spans = [(start, end)] if end - start <= 2 * _FAR else [(start, start + _FAR), (end - _FAR, end)]
    found = (place for first, last in spans for place in foreign(text, first, last))
    return [Closing("closing", place, end, is_negated=is_negated) for place, is_negated in found]


def _boxed(text: str, match: re.Match[str], last: int) -> Closing:
    depth, end = 1, match.end()
    limit = min(last, end + _MAX_BOX)
    while end < limit and depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    before = text[max(0, match.start() - 2 * _LOOK_BACK) : match.start()]
    chain = _BOX_CHAIN.search(before)
    start = match.start() - len(before) + chain.end() if chain else match.end()
    return Closing("boxed", start, end if depth else end - 1, is_negated=_NOT_BEFORE_BOX.search(before) is not None)


def _stated(text: str, match: re.Match[str], start: int, end: int) -> Closing | None:
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()]
    if before[-1:].isalnum():
        return None
    if match["tag"]:
        return (
            Closing("closing", match.end(), _tag_end(text, match.end(), end))
            if before.lower().endswith(("<", "<final_", "[", "[final "))
            else None
        )
    words = before.lower().replace("*", " ").replace("_", " ").split()
    own: set[str] = set()
    while words and words[-1] in _ADJECTIVES:
        own.add(words.pop())
    if words and words[-1] in _DETERMINERS:
        own.add(words.pop())
    is_answer = match["noun"].lower() == "answer"
    if (not is_answer and not own & _CHOOSING) or (match["heading"] and "final" not in own) or (match["dash"] and not is_answer):
        return None
    if words and (words[-1] in _SOMEBODY_ELSES or words[-1].endswith(("'s", "’s")) or (":" in match[0] and _looks_back(words))):
        return None
    is_claimed = words[-1:] == ["that"]
    if is_claimed:
        words.pop()
    if (words and words[-1] in _SUPPOSING) or ("would" in match[0] and _CONDITION.search(before)):
        return None
    is_negated = match["negated"] is not None or _is_denied(words)
    is_field = match[0].endswith(":") and match[0].rstrip(": ").endswith(('"', "'"))
    end = _field_end(text, match.end(), end) if is_field else end
    is_firm = _TALKS_ON.match(text, match.end()) is None and not match["heading"]
    return Closing("closing", match.end(), end, is_negated=is_negated, is_firm=is_firm, is_field=is_field)


def _tag_end(text: str, start: int, end: int) -> int:
    close = text.find("</" if text[start - 1] == ">" else "[/", start, min(end, start + _MAX_FIELD))
    return close if close >= 0 else end


def _field_end(text: str, start: int, end: int) -> int:
    """Where the value of a JSON field ends: at the closing quote, so that the next field is no part of it."""
    opening = _FIELD.match(text, start, end)
    if opening is None:
        return end
    closing = _FIELD_END[opening[1]].search(text, opening.end(), min(end, opening.end() + _MAX_FIELD))
    return closing.start() if closing else end


def _looks_back(words: list[str]) -> bool:
    """Whether the statement follows its answer: "B is the correct answer: …" explains, where "here is the answer: …" goes on to state."""
    return words[-1] == "is" and words[-2:-1] not in (["here"], ["this"], ["below"])


def _is_denied(words: list[str]) -> bool:
    """Whether what leads up to the statement takes it back: "I do not think", "it is not true that", "I doubt"."""
    if not words:
        return False
    said = words[-2:-1] if words[-1] in _CLAIMING else []
    is_doubted = words[-1] in _DOUBTING and words[-2:-1] not in (["not"], ["isn't"])
    return is_doubted or any(word in {"not", "cannot", "never"} or word.endswith(("n't", "n’t")) for word in said)
