"""Question, Key and Item. Whatever answers receives a Question only; the Key goes to the judge and nobody else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
Text = Annotated[str, Field(min_length=1)]


AnswerKind = Literal["choice", "multi", "number", "date", "text", "ranked_list", "rubric", "open", "claims"]
"""What an answer is made of. `choice` is one letter and `multi` a set of them; `rubric`, `open` and `claims` are free answers, which a
language model judges."""


@dataclass(frozen=True, config=STRICT)
class Question:
    """What is asked. `options` maps a letter to its text and is empty for an open question. `kind` says what an answer is made of; where it
    is left out, a question with options asks for one of them and any other for a name."""

    id: Text
    text: Text
    options: Mapping[str, Text] = Field(default_factory=dict)
    kind: AnswerKind | None = None

    @property
    def answer_kind(self) -> AnswerKind:
        return self.kind or ("choice" if self.options else "text")

    @model_validator(mode="after")
    def _options_are_lettered(self) -> "Question":
        wrong = [letter for letter in self.options if not (len(letter) == 1 and letter.isascii() and letter.isupper())]
        if wrong:
            raise ValueError(f"option {wrong[0]!r} is not a capital letter A-Z; letter the options A, B, C, …")
        return self


@dataclass(frozen=True, config=STRICT)
class ChoiceKey:
    """The right letter; or several, any one of which is right."""

    letters: Annotated[tuple[Text, ...], Field(min_length=1)]
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, config=STRICT)
class MultiKey:
    """The set of right letters where all of them, and no other, have to be named; the set may be empty ("none of these")."""

    letters: tuple[Text, ...]
    kind: Literal["multi"] = "multi"


@dataclass(frozen=True, config=STRICT)
class TextKey:
    """A right name and the other names for the same thing."""

    text: Text
    synonyms: tuple[Text, ...] = ()
    kind: Literal["text"] = "text"


@dataclass(frozen=True, config=STRICT)
class NumberKey:
    """A right number in `unit` (empty: none), accepted within ± `tolerance` in the same unit; or from `low` to `high` where both are given.

    `is_rounded` compares after rounding to a whole number, as MedCalc-Bench does for scores. `value` None: what is asked cannot be computed
    from what is given, and the right answer is to say so. `analyte` names what is measured ("glucose"), so that mmol/L and mg/dL compare.
    """

    value: float | None
    unit: str = ""
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    low: float | None = None
    high: float | None = None
    is_rounded: bool = False
    analyte: str = ""
    kind: Literal["number"] = "number"

    @model_validator(mode="after")
    def _limits_are_a_pair(self) -> "NumberKey":
        if (self.low is None) != (self.high is None):
            raise ValueError("a number key has both limits or neither; give low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the limits of a number key are reversed, {self.low:g} to {self.high:g}; give the lower one as low")
        return self


@dataclass(frozen=True, config=STRICT)
class DateKey:
    """A right day of the calendar."""

    day: date
    kind: Literal["date"] = "date"


@dataclass(frozen=True, config=STRICT)
class RankedListKey:
    """Right entries of a ranked list, for example the accepted diagnoses of a differential, with other names for each by entry."""

    entries: Annotated[tuple[Text, ...], Field(min_length=1)]
    synonyms: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict)
    kind: Literal["ranked_list"] = "ranked_list"


@dataclass(frozen=True, config=STRICT)
class RubricKey:
    """Statements that a free answer must make, and ones that it may."""

    must_have: Annotated[tuple[Text, ...], Field(min_length=1)]
    nice_to_have: tuple[Text, ...] = ()
    kind: Literal["rubric"] = "rubric"


@dataclass(frozen=True, config=STRICT)
class OpenKey:
    """A right free answer written by somebody who knows; another is right where it says the same."""

    text: Text
    kind: Literal["open"] = "open"


@dataclass(frozen=True, config=STRICT)
class ClaimsKey:
    """No right answer is known: every claim of a free answer is judged, against `evidence` where there is some."""

    evidence: str = ""
    kind: Literal["claims"] = "claims"


Key = Annotated[
    ChoiceKey | MultiKey | NumberKey | DateKey | TextKey | RankedListKey | RubricKey | OpenKey | ClaimsKey, Field(discriminator="kind")
]


@dataclass(frozen=True, config=STRICT)
class Item:
    """A question with its key. A question that does not say what it asks for takes the kind of the key.

    `group` names the part of the data under which metrics are broken down. Items of one `cluster` (a vignette, an abstract) are not
    independent of one another, and intervals take that into account; an empty cluster is the item's own.
    """

    question: Question
    key: Key
    group: str = ""
    cluster: str = ""

    @property
    def id(self) -> str:
        return self.question.id

    @model_validator(mode="after")
    def _key_fits_question(self) -> "Item":
        options, kind = self.question.options, self.key.kind
        if self.question.kind is None and kind != self.question.answer_kind:
            object.__setattr__(self, "question", replace(self.question, kind=kind))
        if kind != self.question.answer_kind:
            raise ValueError(
                f"{self.id}: the key is of kind {kind!r}, the question asks for {self.question.answer_kind!r}; make them agree"
            )
        if isinstance(self.key, ChoiceKey | MultiKey):
            if len(options) < 2:
                raise ValueError(f"{self.id}: a choice key needs at least two options, found {len(options)}; add the options")
            missing = [letter for letter in self.key.letters if letter not in options]
            if missing:
                raise ValueError(f"{self.id}: key {missing[0]!r} is not among the options {', '.join(options)}; correct the key")
        return self
