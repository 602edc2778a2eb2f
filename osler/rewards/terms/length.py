"""What a reply loses for its length: a thought too short beside its response, a reply near the token limit."""

from math import exp
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ReasoningLength(Term):
    """−(1 − (1 − e^−r) / (1 − e^−2)), where r is the characters of the thought to those of the response, at most 2: Med-R³'s penalty for
    little thought (arXiv 2507.23541, a tenth of it). −1 where either is missing."""

    kind: Literal["reasoning_length"] = "reasoning_length"
    weight: float = 0.1

    def number(self, seen: Seen, kit: Kit) -> float:
        return -shortfall(len(seen.reasoning) / len(seen.response) if seen.response else 0.0)


def shortfall(ratio: float) -> float:
    """From 1 where nothing is thought to 0 from twice the response on."""
    return 1 - (1 - exp(-min(ratio, 2.0))) / (1 - exp(-2.0))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Overlong(Term):
    """0 up to `room` tokens before `max_tokens`, then down by a straight line to −1 at `max_tokens` (Med-R³'s values; the form is DAPO's,
    arXiv 2503.14476)."""

    kind: Literal["overlong"] = "overlong"
    max_tokens: Annotated[int, Field(ge=1)] = 14336
    room: Annotated[int, Field(ge=1)] = 3072

    def number(self, seen: Seen, kit: Kit) -> float:
        return max(-1.0, min(0.0, (self.max_tokens - self.room - seen.n_tokens) / self.room))
