"""Reading: what a text answers, read without a key. One reader serves search, voting, evaluation and rewards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from osler.core.question import Question


class Abstention(StrEnum):
    """Why no answer was read. There is no default answer: an unreadable text never votes."""

    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    SEVERAL = "several"  # the closing statement names more than one option
    NOT_AN_OPTION = "not_an_option"  # an answer is stated, but it is none of the options
    TRUNCATED = "truncated"
    ERRORED = "errored"


@dataclass(frozen=True)
class Reading:
    """Either a `value` (an option's letter; or a text) or an `abstention`, never both.

    `method` names the rule that read it and `span` is the half-open character range that was read, in the text given to the reader.
    """

    value: str | None = None
    abstention: Abstention | None = None
    method: str = ""
    span: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.abstention is None):
            raise ValueError("a Reading has a value or an abstention, and not both")


class Reader(Protocol):
    """Reads the answer that a text gives to a question. Never raises on any text, never sees a key."""

    def read(self, text: str, question: Question) -> Reading: ...
