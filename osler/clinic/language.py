"""The closed grammar of the clinic: every sentence a reasoning step may use, as a claim that is written and read back.

A condition or a drug is always the subject, so that no sentence depends on whether a finding is singular or plural.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self


@dataclass(frozen=True)
class Claim:
    """One sentence. `form` is both its text and its pattern; the fields fill the braces."""

    form: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.form.format(**{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def read(cls, sentence: str) -> Self | None:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^.,]+)", re.escape(cls.form))
        match = re.fullmatch(pattern, sentence)
        return cls(**match.groupdict()) if match else None


@dataclass(frozen=True)
class Account(Claim):
    """What `condition` makes of the case: the present findings that it explains, and the absent ones that it would bring."""

    condition: str
    explained: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        but = f" but would bring {enumerate_words(self.missing, 'and')}" if self.missing else ""
        return f"{self.condition} explains {enumerate_words(self.explained, 'and') or 'nothing'}{but}."

    @classmethod
    def read(cls, sentence: str) -> Self | None:
        match = re.fullmatch(r"(?P<condition>[^.,]+?) explains (?P<explained>[^.]+?)(?: but would bring (?P<missing>[^.]+))?\.", sentence)
        if match is None:
            return None
        explained = () if match["explained"] == "nothing" else split_words(match["explained"], "and")
        return cls(match["condition"], explained, split_words(match["missing"] or "", "and"))


@dataclass(frozen=True)
class FitsBest(Claim):
    condition: str
    form: ClassVar[str] = "{condition} fits best."


@dataclass(frozen=True)
class Treats(Claim):
    drug: str
    condition: str
    form: ClassVar[str] = "{drug} treats {condition}."


@dataclass(frozen=True)
class DoesNotTreat(Claim):
    drug: str
    condition: str
    form: ClassVar[str] = "{drug} does not treat {condition}."


@dataclass(frozen=True)
class MustBeAvoided(Claim):
    drug: str
    state: str
    form: ClassVar[str] = "{drug} must be avoided in {state}."


@dataclass(frozen=True)
class IsSafe(Claim):
    drug: str
    state: str
    form: ClassVar[str] = "{drug} is safe in {state}."


@dataclass(frozen=True)
class Answer(Claim):
    """The closing sentence: a letter where the case has options, a name where it has none."""

    answer: str
    form: ClassVar[str] = "The answer is {answer}."


CLAIMS: tuple[type[Claim], ...] = (Account, FitsBest, Treats, DoesNotTreat, MustBeAvoided, IsSafe, Answer)


def read_claims(text: str) -> tuple[Claim, ...] | None:
    """The claims that a step makes, in order, or None where any part of it is outside the grammar."""
    sentences = re.findall(r"[^.]+\.", text.strip())
    if not sentences or "".join(sentences) != text.strip():
        return None
    claims = [_read_claim(sentence.strip()) for sentence in sentences]
    return tuple(claim for claim in claims if claim) if all(claims) else None


def _read_claim(sentence: str) -> Claim | None:
    return next((claim for kind in CLAIMS if (claim := kind.read(sentence))), None)


def write_claims(*claims: Claim) -> str:
    return " ".join(str(claim) for claim in claims)


def enumerate_words(words: Sequence[str], last: str) -> str:
    """`a, b and c` for `last` = "and"; empty for no words."""
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def split_words(text: str, last: str) -> tuple[str, ...]:
    """What `enumerate_words` joined. No finding's name contains `last` as a word."""
    return tuple(re.split(rf", | {last} ", text)) if text else ()
