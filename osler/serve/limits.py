"""Limits: the most that a server takes in and gives out."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT


@dataclass(frozen=True, config=STRICT)
class Limits:
    """`max_together` requests are answered at once and `max_waiting` wait; one more is refused with 429. `max_tokens` is the most of one
    trace, `max_calls` the most completions that the strategy of one request may ask for. A request has `timeout_s` from its arrival, and
    its body `body_timeout_s`. While a client of a stream waits, it hears something every `heartbeat_s`. `grace_s` is how long a server
    that stops waits for what is under way."""

    max_body_kb: Annotated[int, Field(ge=1)] = 256
    max_together: Annotated[int, Field(ge=1)] = 32
    max_waiting: Annotated[int, Field(ge=0)] = 128
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    max_calls: Annotated[int, Field(ge=1)] = 1024
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    body_timeout_s: Annotated[float, Field(gt=0)] = 30.0
    heartbeat_s: Annotated[float, Field(gt=0)] = 10.0
    grace_s: Annotated[int, Field(ge=0)] = 30

    @property
    def max_in_flight(self) -> int:
        return self.max_together + self.max_waiting
