"""The closed grammar of the clinic: every sentence a reasoning step may use, as a claim that is written and read back.

A condition or a drug is always the subject, so that no sentence depends on whether a finding is singular or plural.
"""

import re
from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True)
class Claim:
    """One sentence. `form` is both its text and its parser; the subclasses' fields fill the braces."""

    form: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.form.format(**{field.name: getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True)
class ExplainsTwo(Claim):
    condition: str
    finding: str
    other_finding: str
    form: ClassVar[str] = "{condition} explains {finding} and {other_finding}."


@dataclass(frozen=True)
class Explains(Claim):
    condition: str
    finding: str
    form: ClassVar[str] = "{condition} explains {finding}."


@dataclass(frozen=True)
class DoesNotExplain(Claim):
    condition: str
    finding: str
    form: ClassVar[str] = "{condition} does not explain {finding}."


@dataclass(frozen=True)
class WouldBring(Claim):
    condition: str
    finding: str
    form: ClassVar[str] = "{condition} would bring {finding}, which is absent."


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


# Tried in order: a form that contains another comes first.
CLAIMS: tuple[type[Claim], ...] = (
    ExplainsTwo, DoesNotExplain, Explains, WouldBring, FitsBest, DoesNotTreat, Treats, MustBeAvoided, IsSafe, Answer,
)  # fmt: skip


def _pattern(claim: type[Claim]) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^.]+?)", re.escape(claim.form)))


_PATTERNS = [(claim, _pattern(claim)) for claim in CLAIMS]


def read_claims(text: str) -> tuple[Claim, ...] | None:
    """The claims that a step makes, in order, or None where any part of it is outside the grammar."""
    sentences = re.findall(r"[^.]+\.", text)
    if "".join(sentences).strip() != text.strip() or not sentences:
        return None
    claims = []
    for sentence in sentences:
        claim = _read_claim(sentence.strip())
        if claim is None:
            return None
        claims.append(claim)
    return tuple(claims)


def _read_claim(sentence: str) -> Claim | None:
    for claim, pattern in _PATTERNS:
        if match := pattern.fullmatch(sentence):
            return claim(**match.groupdict())
    return None


def write_claims(*claims: Claim) -> str:
    return " ".join(str(claim) for claim in claims)


def enumerate_words(words: tuple[str, ...], last: str) -> str:
    """`a, b and c` for `last` = "and"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
