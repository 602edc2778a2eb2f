"""A search that stands on a draft: its finished, judged traces, and the tree they grew on; what label and pair rules work on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from pydantic import TypeAdapter

from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.synthesise.draft import Authored, Draft, Preference
from osler.synthesise.harvest import TreeRecord, solution_from_records, tree_record
from osler.synthesise.pairs import Pair

TREE = "tree"
"""The note that holds the tree, as a record."""

_TREES: TypeAdapter[TreeRecord] = TypeAdapter(TreeRecord)


def tree_note(solution: Solution) -> dict[str, Any]:
    """The tree of a search as plain values."""
    note: dict[str, Any] = _TREES.dump_python(tree_record(solution), mode="json")
    return note


def solution_of(draft: Draft) -> Solution:
    """The search again, as far as a rule can see: every finished trace of the draft that has steps and was judged, whoever wrote it, and
    the tree where a block left one. Nothing is chosen."""
    question = draft.asked.question
    record = _TREES.validate_python(draft.notes[TREE]) if TREE in draft.notes else TreeRecord(question.id, 0, False, ())
    judged = list(judged_traces(draft))
    return replace(
        solution_from_records(question, record, ()),
        candidates=tuple(each.trace(question) for each in judged),
        scores=tuple((float(each.is_right),) * len(each.steps) for each in judged),
    )


def judged_traces(draft: Draft) -> Iterator[Authored]:
    return (each for each in draft.authored if each.ending is Ending.FINISHED and each.steps and each.outcome is not None)


def preferences_of(draft: Draft, pairs: Sequence[Pair], rule: str, author: str) -> list[Preference]:
    """The pairs as preferences that the draft does not have yet. A trace that stands on the draft is taken from there, with its verdict; a
    beginning of one is by `author`."""
    known = {(each.steps, each.response): each for each in reversed(draft.authored) if each.ending is Ending.FINISHED}
    had = {_said(preference) for preference in draft.preferences}
    made = [_preference(_authored(pair.chosen, known, author), _authored(pair.rejected, known, author), rule) for pair in pairs]
    return [preference for preference in made if _said(preference) not in had]


def n_shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many first steps two traces have in common."""
    return len(list(takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False))))


def _preference(chosen: Authored, rejected: Authored, rule: str) -> Preference:
    return Preference(chosen, rejected, rule, n_shared(chosen.steps, rejected.steps))


def _authored(trace: Trace, known: dict[tuple[tuple[str, ...], str], Authored], author: str) -> Authored:
    steps = tuple(step.text for step in trace.steps)
    found = known.get((steps, trace.response)) if trace.ending is Ending.FINISHED else None
    return found or Authored.of(trace, author)


def _said(preference: Preference) -> tuple[object, ...]:
    chosen, rejected = preference.chosen, preference.rejected
    return chosen.steps, chosen.response, rejected.steps, rejected.response
