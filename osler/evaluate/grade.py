"""Grade: one system's solutions against the keys of the items they were made for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from osler.core.errors import UserError
from osler.core.question import Item
from osler.core.solution import Solution
from osler.core.trace import Ending
from osler.core.verdict import Judge, Outcome


@dataclass(frozen=True, slots=True)
class Graded:
    """One system's verdict on one item, flat: its fields are the columns of `verdicts.jsonl`.

    `answer` is None where none was read; `method` names the rule that read it, and `rival` is another answer that the same text states.
    `is_truncated` tells that the token limit cut the chosen trace or, where nothing was chosen, every candidate. `n_tokens` is what the
    whole search generated for the question, all candidates together; it, `seconds` and `cost` are None where nobody counted, and so is
    `n_characters`, the length of a response. `sample`
    numbers the responses of one system to one item. `confidence` in [0, 1] is the system's own for its answer; `is_recorded_right` is what
    whoever made the response, or a person, said of it.
    """

    system: str
    item_id: str
    group: str
    outcome: Outcome
    reason: str
    answer: str | None
    is_truncated: bool
    n_tokens: int | None
    cluster: str = ""
    sample: int = 0
    method: str = ""
    rival: str | None = None
    seconds: float | None = None
    cost: float | None = None
    n_characters: int | None = None
    confidence: float | None = None
    is_recorded_right: bool | None = None
    marks: Mapping[str, float] = field(default_factory=dict)


def grade(system: str, items: Sequence[Item], solutions: Sequence[Solution], judges: Mapping[str, Judge]) -> list[Graded]:
    """One verdict per item, in the order of `items`. `judges` maps a key's `kind` to the judge for it.

    Raises UserError where items and solutions do not pair one to one by the question's id.
    """
    _refuse_repeats((item.id for item in items), "items")
    _refuse_repeats((solution.question.id for solution in solutions), "solutions")
    solution_of = {solution.question.id: solution for solution in solutions}
    missing = [item.id for item in items if item.id not in solution_of]
    if missing:
        raise UserError(
            f"grade {system}: item {missing[0]!r} has no solution ({len(missing)} of {len(items)} have none); infer it, or leave it out"
        )
    foreign = solution_of.keys() - {item.id for item in items}
    if foreign:
        raise UserError(
            f"grade {system}: solution {min(foreign)!r} answers none of the items ({len(foreign)} of {len(solutions)} do not); "
            "grade with the items that the solutions were made from"
        )
    return [_graded(system, item, solution_of[item.id], judges) for item in items]


def _graded(system: str, item: Item, solution: Solution, judges: Mapping[str, Judge]) -> Graded:
    outcome, reason = _outcome(item, solution, judges)
    return Graded(
        system=system,
        item_id=item.id,
        group=item.group,
        outcome=outcome,
        reason=reason,
        answer=solution.answer,
        is_truncated=_is_truncated(solution),
        n_tokens=solution.usage.completion_tokens,
    )


def _outcome(item: Item, solution: Solution, judges: Mapping[str, Judge]) -> tuple[Outcome, str]:
    reading = solution.trace.reading if solution.trace else None
    if reading is None:
        return Outcome.NO_ANSWER, _why_none(solution)
    if item.key.kind not in judges:
        return Outcome.UNJUDGED, "no_judge"
    verdict = judges[item.key.kind].judge(reading, item.key)
    return verdict.outcome, verdict.reason


def _why_none(solution: Solution) -> str:
    """Why nothing was chosen, where all candidates agree on it."""
    endings = {trace.ending for trace in solution.candidates}
    if endings == {Ending.ERROR}:
        return "errored"
    if endings == {Ending.LENGTH}:
        return "truncated"
    return "nothing_readable" if Ending.FINISHED in endings else "nothing_finished"


def _is_truncated(solution: Solution) -> bool:
    if solution.trace:
        return solution.trace.ending is Ending.LENGTH
    return 0 < solution.n_truncated == len(solution.candidates)


def _refuse_repeats(ids: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise UserError(f"grade: id {id!r} stands twice among the {what}; keep one of the two")
        seen.add(id)
