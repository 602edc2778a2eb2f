"""Open questions: reads the name that a text gives as its answer, and compares it with the key's name and its synonyms."""

import re
from dataclasses import dataclass
from typing import Literal

from osler.core.question import Key, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.stated.plain import bare_name

_SHORT_FORM = re.compile(r"(?P<name>[^()]{3,}?)\s?\((?P<form>[A-Z][A-Za-z]{1,7})\)")


@dataclass(frozen=True)
class TextReader:
    """Reads the name that a text gives as its answer: after the last closing statement; where there is none, after or before what the
    question asks for ("the diagnosis is gout"), after "most likely", or as all of a short text.

    The name is given as it was written, without the marks and the article around it; `TextJudge` compares without regard to case. Two names
    ("gout or pseudogout") are SEVERAL. Which `statement` counts is as for `ChoiceReader`. The patterns are made when the first text is
    read, so that importing the judges stays instant.
    """

    statement: Literal["last", "first"] = "last"

    def read(self, text: str, question: Question) -> Reading:
        from osler.judges.name.naming import read_name

        return read_name(text, question, is_last_first=self.statement == "last")


@dataclass(frozen=True)
class TextJudge:
    """Right where the name equals the key's or a synonym, whatever the case, white space, marks and article around it; never a part of it.
    A short form in brackets is a second way of writing the name before it: "pulmonary embolism (PE)" is each of the two.

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
    if not bare_name(one):
        return one.strip() == other.strip()
    return not _ways(one).isdisjoint(_ways(other))


def _ways(name: str) -> set[str]:
    """The ways in which `name` writes its name. Letters in brackets are a short form where they stand in the name in that order, and the
    first of them begins it."""
    ways = {bare_name(name)} - {""}
    if name.endswith(")") and (both := _SHORT_FORM.fullmatch(name.strip())):
        full = bare_name(both["name"])
        letters = iter(full)
        form = both["form"].removesuffix("s").lower()
        if full.startswith(form[0]) and all(letter in letters for letter in form):
            ways |= {full, bare_name(both["form"])}
    return ways
