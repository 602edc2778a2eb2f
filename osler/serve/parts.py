"""Parts: what a server answers with. They are handed in; nothing here looks a name up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from osler.core.budget import Budget
from osler.core.policy import Policy
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution

NOTICE = "Research software, no medical device: not for decisions about a patient."


class Drive(Protocol):
    """The driver for an engine in this process: one solution per question, in order. `on_wave` is called now and then, and what it raises
    ends the drive."""

    def __call__(
        self,
        strategy: Any,
        questions: Sequence[Question],
        policy: Policy,
        reward: RewardModel | None = None,
        *,
        budgets: Sequence[Budget] | None = None,
        on_wave: Callable[[int, int], None] | None = None,
    ) -> list[Solution]: ...


class DriveAsync(Protocol):
    """The driver for an engine far away."""

    async def __call__(
        self,
        strategy: Any,
        questions: Sequence[Question],
        policy: Policy,
        reward: RewardModel | None = None,
        *,
        budgets: Sequence[Budget] | None = None,
    ) -> list[Solution]: ...


@dataclass(frozen=True)
class Parts:
    """`name` is what clients call the model. `strategies` are settings classes by kind; `kind` and `settings` are what a request gets
    that names no strategy."""

    name: str
    policy: Policy
    reward: RewardModel | None
    strategies: Mapping[str, type[Any]]
    drive: Drive
    drive_async: DriveAsync
    kind: str = "greedy"
    settings: Mapping[str, Any] = field(default_factory=dict)
