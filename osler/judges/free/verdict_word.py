"""The one word that a judge's reply has to say, read strictly: whole words ("incorrect" is not "correct"), negations, and no hedging.

Where it stands decides, in this order: a line "Verdict: …" or the field of that name in JSON; else a sentence that is nothing but the word;
else a mention anywhere. The last line or sentence of its sort counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

_MARKS = str.maketrans(dict.fromkeys("*_`#>", " "))
_STATED = re.compile(
    r"(?:^|[\n{,])[\s\"'-]{0,16}(?:(?:my|the) )?(?:final )?verdict[\s\"']{0,8}(?:[:=]|is\b)\s*(?P<said>[^\n]*)", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[.;!(–—]|\s-\s")
_SENTENCE = re.compile(r"[^\n.!?;]+\??")
_NEGATED = re.compile(r"(?:\b(?:not|never|hardly|cannot be|no longer|no|without|far from)|n['’]t)\s+(?:\w+\s+){0,2}[\"'(]*$", re.IGNORECASE)
_LOOK_BACK = 60
_HEDGED = re.compile(
    r"\b(?:whether|if|cannot|can not|unable|unclear|unknown|uncertain|unsure|undetermined|neither|either)\b"
    r"|\b(?:or|may|might|could|partly|partially)\b|\bcan['’]t|\?|/",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Words:
    """`meanings` has the words for each verdict, none of them for two. `opposites` says what a negated one means, where that is clear;
    else a negation cannot be read. Mentions have to agree with one another, but that with `is_last_mention` the last one counts."""

    meanings: Mapping[str, tuple[str, ...]]
    opposites: Mapping[str, str] = field(default_factory=dict)
    is_last_mention: bool = False

    def read(self, text: str) -> str | None:
        """The verdict that `text` states, or None."""
        text = text.translate(_MARKS)
        stated = [found["said"] for found in _STATED.finditer(text)]
        if stated:
            return self._agreed(_first_clause(stated[-1]))
        sentences = _SENTENCE.findall(text)
        alone = [sentence for sentence in sentences if self._is_alone(sentence)]
        if alone:
            return self._agreed(alone[-1])
        said = [sentence for sentence in sentences if self._pattern.search(sentence)]
        if any(_HEDGED.search(sentence) for sentence in said):
            return None
        found = [self._agreed(sentence) for sentence in said]
        if self.is_last_mention and found:
            return found[-1]
        return found[0] if len(set(found)) == 1 else None

    @cached_property
    def _meaning_of(self) -> dict[str, str]:
        return {word: meaning for meaning, words in self.meanings.items() for word in words}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = "|".join(re.escape(word) for word in sorted(self._meaning_of, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    def _is_alone(self, sentence: str) -> bool:
        found = self._pattern.search(sentence)
        rest = sentence[: found.start()] + sentence[found.end() :] if found else sentence
        return found is not None and rest.strip(" \t\r\"',:-–—()[]{}“”‘’").lower() in ("", "not")

    def _agreed(self, said: str) -> str | None:
        """What all of the words in `said` mean, negations turned round; None where they differ or the whole is hedged."""
        if _HEDGED.search(said):
            return None
        found = {self._meant(said, word) for word in self._pattern.finditer(said)}
        return found.pop() if len(found) == 1 else None

    def _meant(self, said: str, word: re.Match[str]) -> str | None:
        meaning = self._meaning_of[word[0].lower()]
        before = said[max(0, word.start() - _LOOK_BACK) : word.start()]
        return self.opposites.get(meaning) if _NEGATED.search(before) else meaning


def _first_clause(said: str) -> str:
    """Up to the end of the clause or of the JSON string; nothing where that string was never closed."""
    quote = said[:1]
    if quote and quote in "\"'":
        return said[1:].partition(quote)[0] if quote in said[1:] else ""
    end = _CLAUSE_END.search(said)
    return said[: end.start()] if end else said
