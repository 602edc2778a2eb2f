"""Selection in a search: what becomes of the traces that it has ended, and which of them it answers with. Reads answers, never a key."""

from collections.abc import Sequence
from typing import Literal

from osler.core.question import Question
from osler.core.reward import AGGREGATES
from osler.core.selection import best, weighted_vote
from osler.core.solution import Solution
from osler.core.trace import Trace

Aggregate = Literal["last", "least", "product", "mean", "geometric_mean"]
"""How one value is made of a trace's step scores: a name in `AGGREGATES`."""


def values_of(scores_N_S: Sequence[Sequence[float]], aggregate: Aggregate) -> list[float]:
    """One value per trace, of its step scores."""
    return [AGGREGATES[aggregate](scores_S) for scores_S in scores_N_S]


def choose(traces: Sequence[Trace], values: Sequence[float], *, is_vote: bool) -> int | None:
    """`weighted_vote` or `best`, as a strategy's settings say."""
    return (weighted_vote if is_vote else best)(traces, values)


def distinct(traces: Sequence[Trace]) -> list[Trace]:
    """The first of each set of traces that say the same and ended the same, in order. The unread differ by their raw text."""
    first: dict[object, Trace] = {}
    for trace in traces:
        first.setdefault(_said(trace), trace)
    return list(first.values())


class Finished:
    """The distinct traces that a search has ended so far, with their step scores, in order of arrival: the candidates of its solution."""

    def __init__(self) -> None:
        self._scored: dict[object, tuple[Trace, tuple[float, ...]]] = {}

    def __contains__(self, trace: Trace) -> bool:
        return _said(trace) in self._scored

    @property
    def n_answered(self) -> int:
        return sum(trace.answer is not None for trace, _ in self._scored.values())

    def add(self, trace: Trace, scores_S: tuple[float, ...]) -> None:
        """A trace that is there already stays as it is."""
        self._scored.setdefault(_said(trace), (trace, scores_S))

    def solution(self, question: Question, aggregate: Aggregate, *, is_vote: bool, is_cut: bool) -> Solution:
        traces = tuple(trace for trace, _ in self._scored.values())
        scores_N_S = tuple(scores_S for _, scores_S in self._scored.values())
        chosen = choose(traces, values_of(scores_N_S, aggregate), is_vote=is_vote)
        return Solution(question, traces, chosen, scores_N_S, is_cut=is_cut)


def _said(trace: Trace) -> object:
    return trace.ending, trace.steps, trace.response, trace.raw
