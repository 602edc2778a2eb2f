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
    TRUNCATED = "truncated"  # the text ends before its answer, for example inside an unfinished thought
    REFUSED = "refused"  # the text declines to answer
    ERRORED = "errored"


@dataclass(frozen=True)
class Reading:
    """Either a `value` or an `abstention`, never both.

    A value is written in one way only, so that equal answers are equal strings and can vote: a letter ("B"); several in order, joined by
    commas ("A,C"; "" for none of them); a number with its unit ("5.2 mmol/L"), or "n/a" where the text says that it cannot be computed; a
    day ("2024-06-30"); a name; ranked entries, a line each; or a whole free answer.

    `method` names the rule that read it and `span` is the half-open character range that was read, in the text given to the reader.
    `rival` is the value of the first statement of an answer in the text where the last one was taken, or of the last where the first one
    was, if it is another: a text that contradicts itself, or that runs on into a question of its own.
    """

    value: str | None = None
    abstention: Abstention | None = None
    method: str = ""
    span: tuple[int, int] | None = None
    rival: str | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.abstention is None):
            raise ValueError("a Reading has a value or an abstention, and not both")


class Reader(Protocol):
    """Reads the answer that a text gives to a question. Never raises on any text, never sees a key."""

    def read(self, text: str, question: Question) -> Reading: ...
