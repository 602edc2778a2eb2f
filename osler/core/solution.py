"""Solution: what a search found for one question: the candidates, the choice, what it cost, and the tree where there was one."""

from dataclasses import dataclass

from osler.core.model import Usage
from osler.core.question import Question
from osler.core.trace import Ending, Trace


@dataclass(frozen=True)
class Node:
    """A node of a search tree: the trace up to here. `parent` is a position in the tree, None for the root.

    `value` is backed up from roll-outs and children; `first_value` is what the node's own roll-outs (or its verdict) said. `n_rollouts` of
    them were made, fewer than asked for where the search stopped them early; their values add up to `rollout_sum`. `n_copies` counts the
    duplicates merged into it.
    """

    parent: int | None
    trace: Trace
    value: float
    first_value: float
    n_visits: int
    n_copies: int = 1
    n_rollouts: int = 0
    rollout_sum: float = 0.0


@dataclass(frozen=True)
class Solution:
    """`chosen` is a position in `candidates`, or None where nothing was finished. `scores` has a tuple of step scores per candidate where
    a reward model was asked. `is_cut` tells that the budget ended the search; `n_errored` counts the replies that failed for good."""

    question: Question
    candidates: tuple[Trace, ...]
    chosen: int | None
    scores: tuple[tuple[float, ...], ...] = ()
    tree: tuple[Node, ...] = ()
    usage: Usage = Usage()
    is_cut: bool = False
    n_errored: int = 0

    @property
    def trace(self) -> Trace | None:
        return None if self.chosen is None else self.candidates[self.chosen]

    @property
    def answer(self) -> str | None:
        return self.trace.answer if self.trace else None

    @property
    def votes(self) -> dict[str, int]:
        """How many candidates state each answer, in the order in which they first came."""
        answers = [trace.answer for trace in self.candidates if trace.answer is not None]
        return {answer: answers.count(answer) for answer in dict.fromkeys(answers)}

    @property
    def n_truncated(self) -> int:
        return sum(trace.ending is Ending.LENGTH for trace in self.candidates)
