"""Budget: the most that one search may spend. Stated by a strategy, kept by the driver."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.model import Usage
from osler.core.question import STRICT


@dataclass(frozen=True, config=STRICT)
class Budget:
    """Limits for one question; None is no limit. Reached, not exceeded by more than the asks already under way."""

    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_calls: Annotated[int, Field(ge=1)] | None = None

    def is_spent(self, usage: Usage) -> bool:
        tokens_gone = self.max_tokens is not None and usage.completion_tokens >= self.max_tokens
        return tokens_gone or (self.max_calls is not None and usage.n_calls >= self.max_calls)
