"""Question, Key and Item. Whatever answers receives a Question only; the Key goes to the judge and nobody else."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class Question:
    """What is asked. `options` maps a letter to its text and is empty for an open question."""

    id: Text
    text: Text
    options: Mapping[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _options_are_lettered(self) -> "Question":
        wrong = [letter for letter in self.options if not (len(letter) == 1 and letter.isascii() and letter.isupper())]
        if wrong:
            raise ValueError(f"option {wrong[0]!r} is not a capital letter A-Z; letter the options A, B, C, …")
        return self


@dataclass(frozen=True, config=STRICT)
class ChoiceKey:
    """The set of right letters; one for an ordinary multiple-choice item."""

    letters: Annotated[tuple[Text, ...], Field(min_length=1)]
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, config=STRICT)
class TextKey:
    """A right name and the other names for the same thing."""

    text: Text
    synonyms: tuple[Text, ...] = ()
    kind: Literal["text"] = "text"


@dataclass(frozen=True, config=STRICT)
class NumberKey:
    """A right number in `unit` (empty: none), accepted within ± `tolerance` in the same unit."""

    value: float
    unit: str = ""
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    kind: Literal["number"] = "number"


@dataclass(frozen=True, config=STRICT)
class RankedListKey:
    """Right entries of a ranked list, for example the accepted diagnoses of a differential."""

    entries: Annotated[tuple[Text, ...], Field(min_length=1)]
    kind: Literal["ranked_list"] = "ranked_list"


@dataclass(frozen=True, config=STRICT)
class RubricKey:
    """Statements that a free answer must make, and ones that it may."""

    must_have: Annotated[tuple[Text, ...], Field(min_length=1)]
    nice_to_have: tuple[Text, ...] = ()
    kind: Literal["rubric"] = "rubric"


Key = Annotated[ChoiceKey | TextKey | NumberKey | RankedListKey | RubricKey, Field(discriminator="kind")]


@dataclass(frozen=True, config=STRICT)
class Item:
    """A question with its key. `group` names the part of the data under which metrics are broken down."""

    question: Question
    key: Key
    group: str = ""

    @property
    def id(self) -> str:
        return self.question.id

    @model_validator(mode="after")
    def _key_fits_question(self) -> "Item":
        options = self.question.options
        if isinstance(self.key, ChoiceKey):
            if len(options) < 2:
                raise ValueError(f"{self.id}: a choice key needs at least two options, found {len(options)}; add the options")
            missing = [letter for letter in self.key.letters if letter not in options]
            if missing:
                raise ValueError(f"{self.id}: key {missing[0]!r} is not among the options {', '.join(options)}; correct the key")
        return self
