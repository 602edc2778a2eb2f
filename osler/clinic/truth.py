"""Whether a reasoning step about a case is true: the ground truth of process rewards.

A step is true when every claim in it is true of the case and of the world; an account of a condition must be complete as well. The last
step is true when it names the right answer; so a chain can end well after a false step, and a process reward model can be measured on
exactly that."""

from enum import StrEnum

from osler.clinic.case import Case, CaseKind
from osler.clinic.language import Account, Answer, Claim, DoesNotTreat, FitsBest, IsSafe, MustBeAvoided, Treats, read_claims
from osler.clinic.world import World


class Truth(StrEnum):
    TRUE = "true"
    FALSE = "false"
    UNREADABLE = "unreadable"  # outside the closed grammar


def check_step(world: World, case: Case, step: str) -> Truth:
    """The truth of one step's text about `case`."""
    claims = read_claims(step)
    if claims is None:
        return Truth.UNREADABLE
    return Truth.TRUE if all(_holds(world, case, claim) for claim in claims) else Truth.FALSE


def _holds(world: World, case: Case, claim: Claim) -> bool:
    match claim:
        case Account(condition, explained, missing):
            return condition in world.conditions and _same((explained, missing), account(world, case, condition))
        case FitsBest(condition):
            return condition == case.condition
        case Treats(drug, condition):
            return drug in world.drugs and condition == case.condition and condition in world.drugs[drug].treats
        case DoesNotTreat(drug, condition):
            return drug in world.drugs and condition == case.condition and condition not in world.drugs[drug].treats
        case MustBeAvoided(drug, state):
            return drug in world.drugs and state == case.state and state in world.drugs[drug].contraindications
        case IsSafe(drug, state):
            return drug in world.drugs and state == case.state and state not in world.drugs[drug].contraindications
        case Answer(answer):
            return _is_answer(world, case, answer)
    return False


def _same(stated: tuple[tuple[str, ...], ...], true: tuple[tuple[str, ...], ...]) -> bool:
    """The same findings, each once, in whatever order."""
    return all(sorted(some) == sorted(others) for some, others in zip(stated, true, strict=True))


def account(world: World, case: Case, condition: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The present findings that `condition` explains, and the absent ones that are typical of it, both in the order of the case."""
    known = world.conditions[condition]
    explained = tuple(finding for finding in case.present if known.explains(finding))
    missing = tuple(finding for finding in case.absent if known.frequency(finding).is_typical)
    return explained, missing


def _is_answer(world: World, case: Case, answer: str) -> bool:
    if case.kind is CaseKind.DIAGNOSIS:
        return answer in (case.answer, *world.conditions[case.answer].synonyms)
    return case.lettered().get(answer) == case.answer
