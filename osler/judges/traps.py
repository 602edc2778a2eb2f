"""The trap set: strings on which readers of medical answers go wrong, each with its right reading and the reason.

`traps.jsonl` holds one trap a line, written by hand: invented questions, invented answers, and what a clinician would take each answer to
say. It is plain data for anybody's reader: a question, a text, and the `values` or `abstentions` that are right.
"""

from dataclasses import field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.records import read_records
from osler.judges.stated.plain import bare_name

TRAPS = Path(__file__).with_name("traps.jsonl")


class TrapOutcome(StrEnum):
    """How a reader came out of a trap, the best first."""

    RIGHT = "right"
    OTHER_REASON = "other_reason"  # it abstains, as it should, for another reason
    ABSTAINED = "abstained"  # it abstains although an answer is stated
    FALSE_ANSWER = "false_answer"  # it reads an answer that is not stated
    MISSING = "missing"  # another's reader was not asked


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Trap:
    """One text for a question, and every reading of it that is right: mostly one, more where a clinician could defend each of them."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")]
    group: str
    question: Question
    text: str
    reason: Annotated[str, Field(min_length=1)]
    values: tuple[str, ...] = field(default=())
    abstentions: tuple[Abstention, ...] = field(default=())

    @model_validator(mode="after")
    def _has_a_reading(self) -> "Trap":
        if not self.values and not self.abstentions:
            raise ValueError("a trap has at least one value or abstention that is right")
        return self

    def outcome(self, value: str | None, abstention: Abstention | None = None) -> TrapOutcome:
        """What a reader's answer is worth; `value` None: it abstained, and `abstention` None: without a reason that we know."""
        if value is not None:
            is_right = any(self._written(value) == self._written(right) for right in self.values)
            return TrapOutcome.RIGHT if is_right else TrapOutcome.FALSE_ANSWER
        if not self.abstentions:
            return TrapOutcome.ABSTAINED
        return TrapOutcome.RIGHT if abstention in (None, *self.abstentions) else TrapOutcome.OTHER_REASON

    def read(self, reading: Reading) -> TrapOutcome:
        return self.outcome(reading.value, reading.abstention)

    def _written(self, value: str) -> str:
        """Letters, days and sets are compared as they are, numbers without regard to spaces, names as the judges compare them."""
        kind = self.question.answer_kind
        if kind == "number":
            return "".join(value.split()).replace("µ", "μ").casefold()
        if kind in ("text", "ranked_list"):
            return "\n".join(bare_name(line) for line in value.split("\n"))
        return value.strip()


@cache
def load_traps() -> tuple[Trap, ...]:
    """Every trap, in the order of the file."""
    return tuple(read_records(TRAPS, Trap))
