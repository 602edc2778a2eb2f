"""What an open question asks for ("which nerve", "the diagnosis"), and the sentences that say what it is without saying "answer"."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASKING = re.compile(r"\b(?:which|what|name|identify|state|diagnose|give)\b(?P<words>(?:[\s*]{1,3}[\w'’-]+){1,14})", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[\w'’-]*[^\W_])?")
_PASSED = _words(
    "is are was were be the a an of following these one single most likely best next name probable appropriate accurate "
    "should would will does do did has have your underlying primary main this her his their to common specific first kind "
    "type you suspect consider correct patient patient's man woman boy girl child infant she he they it man's woman's final"
)
_STOPS = _words(
    "is are was were that when should would will of in for causes does do has have from with by if on at to and who can "
    "could must may which given after as because"
)
_ALIKE = tuple(
    _words(words)
    for words in (
        "diagnosis condition disease disorder syndrome illness problem pathology cause etiology aetiology "
        "diagnóstico diagnostic diagnose diagnosi dx impression",
        "organism pathogen agent bacterium bacteria virus microbe microorganism parasite fungus species cause",
        "drug medication medicine treatment therapy agent management antibiotic intervention step pharmacotherapy",
        "test investigation study imaging examination workup step",
    )
)
"""Words that stand for one another where something is asked for and named."""
_MAX_WORDS, _MAX_AFTER, _MAX_RESTATED, _MAX_NEW = 14, 5, 30, 0.2
"""How many words may stand before a noun; and after it, or else where they restate the question, up to a fifth of them new."""
_BLOCKING = _words(
    "not no never differential alternative other another second wrong previous prior unlikely least against if whether why "
    "which what how initial initially excluded possible potential when once because since would could may might although "
    "though while includes neither nor less unless considered that who rule confirm to by with from a an any every each "
    "question of"
)
_MAX_QUESTION = 600
_GENERIC = _words(
    "the my our her his its their your patient's most likely probable best correct final top leading primary underlying "
    "causative responsible appropriate next first first-line main principal definitive acute immediate recommended "
    "suspected presumptive presumed clinical provisional working unifying preferred indicated ideal optimal suitable safest "
    "causal offending etiologic etiological infectious right involved affected damaged injured deficient missing overall "
    "current specific true actual single key of choice this that patient case plausible el la le il die o más probabile "
    "wahrscheinlichste initial accurate resulting management medical exact unlikely and or in for is common"
)
"""What may stand around a noun without making another thing of it."""
_RELATING = {"that", "which", "who", "to", "by", "with", "from", "of", "a", "an", "when"}
_OWNERS = {"her", "his", "this", "the", "these", "your", "their", "that", "its"}
_DETERMINERS = _words("the my our her his its their your most patient's final el le la die il o")
_LINK = (
    r"(?P<label>[\"'*_)]{0,3}\s?[:：]\s?[*_]{0,3}|[*_]{0,3}\s[-–—]{1,2}\s[*_]{0,3})"
    r"|[\"'*_]{0,3}(?:,[^,.;:\n]{1,80},)?\s(?:(?:is|was|are|would be|must be|remains|appears to be|seems to be|es|est|ist"
    r"|lautet|è|é)(?=[\s:：])(?:\scalled\b)?|=\s)"
    r"|(?P<heading>[*_]{0,3}[ \t]*\n)"
)
_OTHER = re.compile(r"(?:诊断结果|诊断|診断名|診断)(?:应该是|应为|是|为|は|[:：])\s?")
_BREAK = re.compile(r"\n|[.!?;]\s|[{},:：]")
_OPENING = re.compile(
    r"\s*(?:(?:therefore|thus|hence|so|and|but|then|overall|accordingly|consequently|(?:I|we) (?:think|believe|would say)(?: that)?)\s)*",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(r"\b(?:if|unless|whether|suppos\w+)\b", re.IGNORECASE)
_LOOK_BACK = 160
_AFTER = r"\s(?:(?:that|which|who)\s(?:is|are|was|were)\b|(?!(?:that|which|who)\s(?:is|are|was|were)\b)[\w'’-]+)"
_RUN = re.compile(rf"(?:\s[\w'’-]+){{0,{_MAX_RESTATED}}}")
_IS_SOUGHT = re.compile(
    r"[*_\"]{0,3}\s(?:is|would be|remains|seems|appears to be)\s(?:(?:clearly|probably|therefore|thus|indeed)\s)?"
    r"(?:(?:the|my|her|his|our)\s(?:(?:most|likely|probable|single|best|correct|final|leading|primary|underlying|causative|responsible"
    r"|right|appropriate|first|next)[\s-]){0,4}(?P<noun>[\w-]+)(?:\s(?:most likely\s)?\w+ed)?"
    r"(?=[*_\"]{0,3}\s*(?:[.,;!)]|$|\n)|\s(?:in|for|here|given|because|based)\b"
    r"|\sof\s(?:this|her|his|the)\b)|(?:the\s)?most likely(?=[*_]{0,3}\s*(?:[.,;!)]|$|\n)))",
    re.IGNORECASE,
)
_NOT_NAMING = _BLOCKING - {"of", "a", "an"}
_POINTING = _words("it this that these those which what here there he she they one answer diagnosis")
_SUBJECT = (
    r"(?:it|this|that|he|she|they|(?:the|this|our|my)\s(?:\d{1,3}[-\s]year[-\s]old\s)?(?:\w+\s)?"
    r"(?:patient|man|woman|boy|girl|child|infant|baby|case|presentation|picture|lady|gentleman|constellation|condition))"
)
_LIKELY = r"(?:most likely|most probably|very likely|likely|probably|almost certainly|highly likely|certainly)"
_SAID = re.compile(
    rf"\b{_SUBJECT}(?:\s(?:therefore|thus|hence|then))?\s"
    rf"(?:(?:is|was) (?:{_LIKELY} )?(?:suffering from|diagnosed with|affected by)"
    rf"|(?P<is>{_LIKELY}\s(?:is|represents)|(?:is|was|represents|would be|(?:must|will) be)\s{_LIKELY})"
    rf"|{_LIKELY}\s(?:has|have|had|suffers from|suffered|sustained)|(?:has|have|had|(?:must|will) have)\s{_LIKELY}"
    r"|(?:is|has)\s(?:an?|the)\s(?:(?:classic|typical|clear|likely|textbook)\s)?(?:case|presentation|picture|example|description)\sof"
    r"|suffers from)\s",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|n['’]t|unlikely|if|could|might|may|rule out|versus)\b", re.IGNORECASE)
_FITS = re.compile(
    r"\b(?:(?:most |best |highly |very |strongly |classically |almost )*(?:consistent with|suggestive of|compatible with"
    r"|diagnostic of|pathognomonic (?:of|for)|explained by|indicative of|in keeping with)"
    r"|(?:point|suggest|indicate)s?(?: strongly| more)?(?: to| towards?)?|I (?:would |['’]d )?(?:strongly )?(?:suspect|diagnose))\s",
    re.IGNORECASE,
)


class Sought(NamedTuple):
    """`nouns`: for what a question asks for, with those that stand for them; `words`: all that the question ends with."""

    nouns: frozenset[str]
    words: frozenset[str]
    generic: frozenset[str]
    """What may stand before a noun without making another thing of it."""

    @property
    def is_diagnosis(self) -> bool:
        return "diagnosis" in self.nouns

    def is_named_by(self, name: str) -> bool:
        """Whether `name` says more than the question: neither "nerve" nor "the nerve injured" is the name of a nerve."""
        return any(word not in self.nouns | _GENERIC and not word.endswith("ed") for word in _WORD.findall(name.lower()))


class Said(NamedTuple):
    """Where a sentence that says what is sought begins to name it (`end` None), or the whole range of the name."""

    start: int
    end: int | None = None


@lru_cache(maxsize=1024)
def sought(question: str) -> Sought:
    """What a question asks for: a diagnosis where it names nothing else."""
    nouns: set[str] = set()
    for asking in list(_ASKING.finditer(question[-_MAX_QUESTION:]))[-3:]:
        words = [word.lower() for word in _WORD.findall(asking["words"])]
        while words and words[0] in _PASSED:
            words.pop(0)
        stop = next((at for at, word in enumerate(words) if word in _STOPS), len(words))
        nouns |= {_singular(word) for word in words[: min(stop, 4)]} - _PASSED
    alike = set[str]().union(*(words for words in _ALIKE if words & nouns)) if nouns else set(_ALIKE[0])
    asked = {word.lower() for word in _WORD.findall(question[-_MAX_QUESTION:])}
    return Sought(frozenset(nouns | alike), frozenset(asked), frozenset(asked - _BLOCKING | nouns | alike | _GENERIC))


def labelled(text: str, start: int, end: int, what: Sought) -> Iterator[Said]:
    """The places after "the diagnosis is", "most likely diagnosis:", "## Diagnosis", "final diagnosis —", and the names before "is the
    diagnosis"; in their order."""
    for link in _links(text, start, end, what.nouns):
        first = max(start, link.start() - _LOOK_BACK)
        if _leads(text[first : link.end("noun")], link["after"], link, what):
            yield Said(link.end())
    yield from (Said(found.end()) for found in _OTHER.finditer(text, start, end))
    for found in _IS_SOUGHT.finditer(text, start, end):
        first = _clause(text, max(start, found.start() - _LOOK_BACK), found.start())
        name = [word.lower() for word in _WORD.findall(text[first : found.start()])]
        is_sought = found["noun"] is None or found["noun"].lower() in {*what.nouns, "answer"}
        if is_sought and name and len(name) <= _MAX_WORDS and not {name[0], name[-1]} & _POINTING and not {*name} & _NOT_NAMING:
            yield Said(first, found.start())


def _links(text: str, start: int, end: int, nouns: frozenset[str]) -> Iterator[re.Match[str]]:
    """Every noun that is linked with a name. Where words follow one and no link, none of them has one either: they are passed over."""
    noun, linked = _linked(nouns)
    while found := noun.search(text, start, end):
        if link := linked.match(text, found.start(), end):
            yield link
            start = link.end()
        else:
            run = _RUN.match(text, found.end(), end)
            passed = run.end() - found.end() if run else 0
            start = found.end() + (passed // 2 if passed > _LOOK_BACK else passed)


def _clause(text: str, start: int, end: int) -> int:
    """Where the clause that ends at `end` starts, past "therefore" and the like."""
    first = max((found.end() for found in _BREAK.finditer(text, start, end)), default=start)
    opening = _OPENING.match(text, first, end)
    return opening.end() if opening else first


@lru_cache(maxsize=256)
def _linked(nouns: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One of `nouns`; and one with the words after it and what links it with its name."""
    noun = rf"(?<![^\W_])(?<!-)(?P<noun>{'|'.join(sorted(map(re.escape, nouns), key=len, reverse=True))})s?(?![\w'’-])"
    linked = rf"{noun}(?P<after>(?:{_AFTER}){{0,{_MAX_RESTATED}}}?)(?:{_LINK})"
    return re.compile(noun, re.IGNORECASE), re.compile(linked, re.IGNORECASE)


def _leads(before: str, after: str, link: re.Match[str], what: Sought) -> bool:
    """Whether what stands before the link speaks of what is sought: neither denied nor supposed, and no other than the one."""
    first = _clause(before, 0, len(before))
    clause, sentence = before[first:], before[max(before.rfind(". ", 0, first), before.rfind("\n", 0, first)) + 1 : first]
    words, more = ([word.lower() for word in _WORD.findall(piece.replace("_", " "))] for piece in (clause, after))
    owned = {at for at, word in enumerate(more[:-1]) if word == "of" and more[at + 1] in _OWNERS}
    is_restated = len(more) > _MAX_AFTER
    if is_restated and len({*more} - what.words - _GENERIC - _RELATING) > _MAX_NEW * len(more):
        return False
    if any(word not in what.generic and _singular(word) not in what.nouns for word in words):
        return False
    spoken = {*words, *(word for at, word in enumerate(more) if at not in owned)}
    if (
        len(words) > _MAX_WORDS
        or _SUPPOSED.search(sentence)
        or {*words} & _BLOCKING
        or (spoken - what.words) & (_BLOCKING - _RELATING if is_restated else _BLOCKING)
    ):
        return False
    if link["heading"]:
        return len(words) <= 4 and not more and clause.lstrip().startswith(("#", "*", "_"))
    if link["label"]:
        return len(words) <= 6 and not more
    return words[0] in _DETERMINERS


def said(text: str, start: int, end: int, what: Sought) -> Iterator[Said]:
    """The places after "it is probably" and, where a diagnosis is sought, "this patient most likely has" or "a case of"; in their order."""
    for found in _SAID.finditer(text, start, end):
        if not _DENIED.search(found[0]) and (found["is"] or what.is_diagnosis):
            yield Said(found.end())


def concluded(text: str, start: int, end: int, what: Sought) -> Said | None:
    """The place after "consistent with", "suggests", "points to" in one sentence that denies and doubts nothing, where a diagnosis is
    sought."""
    if not what.is_diagnosis:
        return None
    fits = [found.end() for found in _FITS.finditer(text, start, end)]
    return Said(fits[-1]) if fits and not _DENIED.search(text, start, end) else None


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word
