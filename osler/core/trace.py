"""Step, Ending and Trace: one line of reasoning about one question, finished or not."""

from dataclasses import dataclass
from enum import StrEnum

from osler.core.model import WrittenAt
from osler.core.passage import Evidence
from osler.core.question import Question
from osler.core.reading import Reading


class Ending(StrEnum):
    """How a trace ended. Everything but `OPEN` is final; only `FINISHED` traces were ended by the model itself."""

    OPEN = "open"
    FINISHED = "finished"
    LENGTH = "length"  # the token limit cut it
    MALFORMED = "malformed"  # the text cannot be read as steps
    EMPTY = "empty"  # the model said nothing
    ERROR = "error"  # the engine failed for good; see the reply's `error`


@dataclass(frozen=True)
class Step:
    """One step of reasoning, without its heading."""

    text: str


@dataclass(frozen=True)
class Trace:
    """Reasoning about `question`, as far as it has gone.

    `response` is what follows the reasoning where the codec keeps the two apart (`<think>…</think>response`); a codec whose answer
    stands in the last step leaves it empty. `raw` is the model's own text where it could not be read as steps, or why the
    engine failed and after how many attempts. `n_tokens` counts what the model generated. `reading` is set when the trace has ended.
    `written` is what an engine that goes on from its own tokens wrote of an open trace. `evidence` is what was retrieved for it and stands
    in its prompt.
    """

    question: Question
    steps: tuple[Step, ...] = ()
    response: str = ""
    ending: Ending = Ending.OPEN
    raw: str = ""
    n_tokens: int = 0
    reading: Reading | None = None
    written: WrittenAt = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.ending is not Ending.OPEN

    @property
    def answer(self) -> str | None:
        """The answer read from the trace, or None where it is open or abstains. This is what votes."""
        return self.reading.value if self.reading else None
