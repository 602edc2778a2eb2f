"""Where a text states its answer: "the answer is …", "final answer: …", "correct option is …", "\\boxed{…}". The last one decides.

Every text in which `osler.core.codec.CLOSING` finds a closing statement has one here too, unless it is only supposed ("if the answer is").
"""

import re
from typing import Literal, NamedTuple

_CLOSING = re.compile(
    r"boxed ?\{|(?P<noun>answer|option|choice)(?:"
    r"(?:[ _](?:choice|option)\b)?"
    r"[\"'*_`]{0,4}"
    r"(?:\s{1,3}(?:to|for|in)\s(?:this|the)\s(?:question|case|problem|vignette))?"
    r"(?:,?\s{1,3}(?:therefore|thus|hence|then|here),?)?"
    r"(?:\s{0,3}[:=](?!=)"
    r"|\s{1,3}(?P<negated>(?:is|was)n['’]t"
    r"|(?:(?:would|should|could|must|wo)n['’]t|(?:would|should|could|must|will) not|can(?:not|['’]t| not)) be)\b"
    r"|\s{1,3}(?:is|was|(?:would|should|must|will) be)\b"
    r"|(?P<dash>\s[-–—]\s)"
    r"|(?P<tag>>)"
    r"|(?P<heading>[ \t]{0,3}\n)))",
    re.IGNORECASE,
)
_BOX_CHAIN = re.compile(r"boxed ?\{(?=[^{}]{1,80}\}[\s$)\\]{0,6}(?:,|/|&|or\b|and\b)[\s$(\\]{0,6}f?$)")
_NOT_BEFORE_BOX = re.compile(r"(?:\bnot|n['’]t|\bnever)[\s:$(\"'*`\\]{1,8}f?$", re.IGNORECASE)
LEAD = re.compile(
    r"(?:[:=>#•]\s?|-\s"
    r"|(?:therefore|thus|hence|then|(?:most )?(?:likely|probably)|definitely|certainly|clearly|simply|indeed|actually|still),?\s)*",
    re.IGNORECASE,
)
"""What may stand between a closing statement and the answer without changing it."""
NEGATION = re.compile(r"(?:not|never|neither|nor|no longer|anything but|other than|unlikely)\b", re.IGNORECASE)
"""What turns a statement into the denial of an answer, where it stands first."""

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
_DOUBTING = {"doubt", "unlikely", "deny"}
_LOOK_BACK = 72
_MAX_BOX = 4000


class Closing(NamedTuple):
    """One closing statement: the answer stands from `start` and ends before `end`. `is_negated`: it says what the answer is not."""

    kind: Literal["closing", "boxed"]
    start: int
    end: int
    is_negated: bool = False


def last_closing(text: str) -> Closing | None:
    """The last closing statement of `text`, in time linear in its length. Statements about somebody else's answer ("the wrong answer
    is", "the patient's answer is") and supposed ones ("if the answer is") are none."""
    for match in reversed(list(_CLOSING.finditer(text, _first_noun(text)))):
        closing = _stated(text, match) if match["noun"] else _boxed(text, match)
        if closing:
            return closing
    return None


def _first_noun(text: str) -> int:
    """Where the first of the words stands that a closing statement has, so that the pattern need not look before it."""
    if not text.isascii():
        return 0  # in lower case it may be longer
    lower = text.lower()
    return min((at for word in ("answer", "option", "choice", "boxed") if (at := lower.find(word)) >= 0), default=len(text))


def _boxed(text: str, match: re.Match[str]) -> Closing:
    depth, end = 1, match.end()
    limit = min(len(text), end + _MAX_BOX)
    while end < limit and depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    before = text[max(0, match.start() - 2 * _LOOK_BACK) : match.start()]
    chain = _BOX_CHAIN.search(before)
    start = match.start() - len(before) + chain.end() if chain else match.end()
    return Closing("boxed", start, end if depth else end - 1, is_negated=_NOT_BEFORE_BOX.search(before) is not None)


def _stated(text: str, match: re.Match[str]) -> Closing | None:
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    if before[-1:].isalnum():
        return None
    if match["tag"]:
        return Closing("closing", match.end(), len(text)) if before.endswith("<") else None
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
    if words[-1:] == ["that"]:
        words.pop()
    if words and words[-1] in _SUPPOSING:
        return None
    return Closing("closing", match.end(), len(text), is_negated=match["negated"] is not None or _is_denied(words))


def _looks_back(words: list[str]) -> bool:
    """Whether the statement follows its answer: "B is the correct answer: …" explains, where "here is the answer: …" goes on to state."""
    return words[-1] == "is" and words[-2:-1] not in (["here"], ["this"], ["below"])


def _is_denied(words: list[str]) -> bool:
    """Whether what leads up to the statement takes it back: "I do not think", "it is not true that", "I doubt"."""
    if not words:
        return False
    said = words[-2:-1] if words[-1] in _CLAIMING else []
    return words[-1] in _DOUBTING or any(word in {"not", "cannot", "never"} or word.endswith(("n't", "n’t")) for word in said)
