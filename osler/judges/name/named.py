"""A name at a place of a text: where it ends, what belongs to it, and when what stands there is no name, or two of them."""

import json
import re
from typing import NamedTuple

from osler.core.reading import Abstention, Reading
from osler.judges.stated.closing import LEAD, NEGATION
from osler.judges.stated.languages import is_foreign
from osler.judges.stated.plain import bare_name, with_latex
from osler.judges.stated.refusal import is_refusal

_WRAPPED = re.compile(
    r"(?:(?P<mark>\*{1,3}|`{1,3}|\"|'|\$)(?P<inner>[^\n]{1,300}?)(?P=mark)"
    r"|[“‘«„](?P<quoted>[^\n”’»“]{1,300})[”’»“])"
    r"(?=[*`]{0,3}(?:\s*[.,;:!(}\]。，]|\s*\n|\s*$))(?!,?\s+(?:or|and)\b)"
)
_LIST = re.compile(r"\[[^\[\]\n]{1,300}\]")
_LEAD_MARK = re.compile(r"\s*(?:[*_]{1,3}\s+)?(?:(?<=\n)1[.)]\s+(?=[A-Za-z*]))?")
_FIRST = re.compile(r"\n\s*1[.)]\s+[*_\"]{0,3}$")
_SECOND = re.compile(r"[^\n]{0,300}\n\s*2[.)]\s")
_SENTENCE_END = re.compile(r"\n|[.!?;](?=[\"'*`”’)}\]]{0,4}(?:\s|$))|[。！？；]")
_ABBREVIATION = re.compile(r"(?:^|[\s(*])(?:St|Dr|Mt|vs|var|spp?|subsp|approx)$")
_INITIAL = re.compile(r"(?:^|[\s(*])[A-Za-z]$")
_REASON = re.compile(
    r"[,;]?\s(?:because|since|rather than|instead of|as opposed to|and not|based on|until proven otherwise|followed by"
    r"|also (?:known as|called)"
    r"|as (?:evidenced|shown|indicated|suggested|demonstrated) by|given (?:the|this|that|her|his|their)"
    r"|in (?:this|the given|her|his) (?:patient|case|man|woman|child|boy|girl|setting|scenario|context))\b"
    r"|[,;]\s(?:which|as|but|though|although|however|not|so|particularly|especially|usually|typically|often|commonly)\s|\s?—\s?|\s[-–]{1,2}\s",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:the|The|an?|An)\s+(?=\S)")
_OTHER_ARTICLE = re.compile(r"^(?:l['’]|(?:la|el|los|las|le|les|lo|il|gli|der|die|das|ein|eine|un|una|une|um|uma|os?|a)\s+)(?=\S)")
_OTHER_END = re.compile(r"(?:です|でした|である|だ)?[。．.！!]*$")
_CALLED = re.compile(
    r"(?:(?:called|known as|termed|named|to (?:be|have)|dx:?|possibly|perhaps|presumably"
    r"|(?:most )?(?:often|typically|usually|generally|primarily|mainly|commonly))\s"
    r"|(?:an?\s|the\s)?(?:(?:classic|typical|likely)\s)?(?:diagnosis|case|presentation|picture) of\s"
    r"|(?:most |very |highly )?(?:consistent with|suggestive of|compatible with|indicative of)\s"
    r"|(?:that\s)?(?:(?:the|this)\s(?:patient|man|woman|child|boy|girl|infant)|he|she|it)\s(?:(?:most\s)?(?:likely|probably)\s)?(?:has|is)\s"
    r"|(?:clear|obvious|simple|straightforward)\s?[:,—]\s?)",
    re.IGNORECASE,
)
_TALKS = re.compile(
    r"(?:(?:also |further |well |strongly |usually |often |typically |generally )?"
    r"(?:supported|based (?:on|upon)|consistent with the|derived|obtained|found (?:in|by|on)|explained|determined|made|confirmed"
    r"|established|provided|given|due to the|in (?:line|agreement|accordance|keeping)|as expected|straightforward)\b"
    r"|(?:clear|clinical|obvious|important|relevant|right|correct|wrong|incorrect|easy|simple|difficult|hard|likely|unlikely|broad|unclear)"
    r"(?=\s*(?:[.,;:!?]|$)|\s(?:because|since|as|that|from|to|for|if|and|given|here|in|on)\b))",
    re.IGNORECASE,
)
"""How a sentence goes on that speaks about an answer and names none."""
_DESCRIBES = re.compile(
    r"(?:suffering|experiencing|in|on|at|due|more|able|under|from|about to)\s"
    r"|(?:safe|responsible|involved|present|absent|common|rare|effective|appropriate"
    r"|treatable|fatal|benign|normal|positive|negative|at risk|torn|cut|seen|known|given|done|shown|\w{3,}ed)"
    r"(?=\s*(?:[.,;:!?]|$)|\s(?:because|since|as|that|from|to|for|if|and|of|given|here|in|on|at|by|with|when|after|before)\b)"
    r"|(?:the )?(?:need|importance|possibility|presence|risk|use) (?:for|of)\b",
    re.IGNORECASE,
)
"""How one goes on that says something of what is sought and does not name it: "the nerve is injured"."""
_MARK = re.compile(r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf|it)|[()\[\]])|\*{2,3}|[`$]|</?[A-Za-z]{1,12}>|[{}]")
_AROUND = " \t\r\n*_\"'“”„‘’«»,;:!，；：！"
_ASIDE = re.compile(
    r"\s*\((?:(?:most |very |highly )?(?:likely|probable)|[^()]{0,30}[0-9]\s?%[^()]{0,30}|[A-Z][0-9]{2}(?:\.[0-9A-Z]{1,4})?"
    r"|(?:ICD|code|confidence|option|answer)\b[^()]{0,30})\)$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\([^()]*\)")
_SEVERAL = re.compile(
    r"\beither\s|(?<!\bwith)(?<!\bone)(?<!\bmore)\s(?:or|vs\.?|versus)\s(?!without\b|more\b|less\b|both\b)\S", re.IGNORECASE
)
_OTHER_SEVERAL = re.compile(r"\s(?:oder|ou|oppure|o|of|eller)\s|[或]|または", re.IGNORECASE)
_UNKNOWING = re.compile(
    r"\b(?:do(?:n['’]?t| not) know|can(?:not|['’]?t| not)|could not|not (?:sure|certain|clear|known)|unable)\b", re.IGNORECASE
)
_UNKNOWN = {
    *("unknown", "unclear", "uncertain", "undetermined", "n/a", "na", "none", "no answer", "null", "unspecified", "inconclusive"),
    *("indeterminate", "none of the above", "not specified", "your answer", "your diagnosis", "answer here", "[name]"),
    *("[answer]", "[diagnosis]", "[your answer]", "[your diagnosis]", "[insert answer]"),
}
_DIAGNOSIS = ("diagnóstico", "diagnostic est", "diagnostic le ", "diagnose", "diagnosi ")
_NEAR = 300
"""How far back from a name is looked for the language that states it."""


class Place(NamedTuple):
    """A stretch of a text that may hold a name, and what the reading of it is to be called."""

    start: int
    end: int
    kind: str


def skip_lead(text: str, start: int, end: int) -> int:
    """Past white space, list marks, the closing half of a bold heading and words such as "most likely"."""
    while True:
        mark = _LEAD_MARK.match(text, start, end)
        lead = LEAD.match(text, mark.end() if mark else start, end)
        at = lead.end() if lead else start
        called = _CALLED.match(text, at, end)
        at = called.end() if called else at
        if at == start:
            return start
        start = at


def talks_on(text: str, start: int, end: int) -> bool:
    """Whether a statement goes on to speak about its answer: "the diagnosis is made by biopsy", "the answer is based on …"."""
    return _TALKS.match(text, start, end) is not None


def describes(text: str, start: int, end: int) -> bool:
    """Whether a sentence goes on to say something of what is sought, instead of naming it. After "the answer is" such a word answers."""
    return talks_on(text, start, end) or _DESCRIBES.match(text, start, end) is not None


def statement(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of the name that a statement begins: what is wrapped in bold or quotes, or else the sentence up to its reason."""
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    if listed := _LIST.match(text, first, end):
        return listed.span()
    wrapped = _WRAPPED.match(text, first, end)
    if wrapped:
        return wrapped.span("inner" if wrapped["inner"] else "quoted")
    end = sentence_end(text, start, end)
    reason = _REASON.search(text, start, end)
    return start, reason.start() if reason and text[start : reason.start()].strip(_AROUND) else end


def sentence_end(text: str, start: int, end: int) -> int:
    """Where the sentence that starts at `start` ends, its mark left out. "St. John" and "E. coli" hold no end."""
    for stop in _SENTENCE_END.finditer(text, start, end):
        before = text[max(start, stop.start() - 8) : stop.start()]
        following = text[stop.end() : stop.end() + 2].strip()
        is_short_form = _ABBREVIATION.search(before) or (_INITIAL.search(before) and following[:1].islower())
        if not (stop[0] == "." and following and is_short_form):
            return stop.start() + (stop[0] == "?")
    return end


def named(text: str, place: Place) -> Reading:
    """The reading of a name that stands there; an abstention where it is denied, asked, unknown or empty, or where there are two."""
    written = text[place.start : place.end]
    left = place.start + len(written) - len(written.lstrip())
    span = (left, left + len(written.strip()))
    value = _without_marks(written)
    if not value.isascii():
        value = _OTHER_END.sub("", value)
    near = text[max(0, place.start - _NEAR) : place.start].lower()
    if is_foreign(near) or any(word in near for word in _DIAGNOSIS):
        value = _OTHER_ARTICLE.sub("", value, count=1)
    if not bare_name(value):
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{place.kind}_empty")
    if NEGATION.match(value) or value.endswith(("?", "？")) or _UNKNOWING.search(value) or bare_name(value) in _UNKNOWN:
        refused = is_refusal(text, place.start, place.end)
        return Reading(abstention=Abstention.REFUSED if refused else Abstention.NO_ANSWER, method=f"{place.kind}_negated")
    is_listed = _SECOND.match(text, place.end) is not None and _FIRST.search(text[max(0, place.start - 20) : place.start]) is not None
    if is_listed or is_several(value, text):
        return Reading(abstention=Abstention.SEVERAL, method=f"{place.kind}_several", span=span)
    value = value[1:-1].strip() or value if value.startswith("[") and value.endswith("]") else value
    return Reading(value=value, method=f"{place.kind}_text", span=span)


def is_several(value: str, text: str) -> bool:
    """Whether what would be a name is two of them: "gout or pseudogout". What stands in brackets is another name for the same thing."""
    bare = _BRACKETED.sub("", value)
    return _SEVERAL.search(bare) is not None or (_OTHER_SEVERAL.search(bare) is not None and is_foreign(text[-_NEAR:].lower()))


def _without_marks(written: str) -> str:
    written = _from_json(written)
    value = " ".join(_MARK.sub("", written).strip(_AROUND).rstrip(_AROUND + ".。").split())
    value = _ASIDE.sub("", value)
    if value.endswith(")") and "(" not in value:
        value = value.rstrip(").")
    article = _ARTICLE.match(value)
    value = value[article.end() :] if article else value
    return value


def _from_json(written: str) -> str:
    """The one name of a list in JSON, or its names with "or" between."""
    stripped = written.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")):
        return written
    try:
        names = json.loads(stripped)
    except (ValueError, RecursionError):
        return written
    return " or ".join(with_latex(name) for name in names if isinstance(name, str)) if isinstance(names, list) else written
