"""Worked reasoning: the true chain of steps that a teacher would write for a case."""

import math
from statistics import fmean

from osler.clinic.case import Case, CaseKind
from osler.clinic.language import (
    Answer,
    Claim,
    DoesNotExplain,
    DoesNotTreat,
    Explains,
    ExplainsTwo,
    FitsBest,
    IsSafe,
    MustBeAvoided,
    Treats,
    WouldBring,
    write_claims,
)
from osler.clinic.world import World


def worked_steps(world: World, case: Case) -> tuple[str, ...]:
    """True steps that lead to the answer: one for each option, in the options' order, then the conclusion."""
    match case.kind:
        case CaseKind.DIFFERENTIAL:
            steps = [_weigh(world, case, option) for option in case.options]
            closing = write_claims(FitsBest(case.condition), Answer(case.letter_of(case.answer)))
        case CaseKind.DIAGNOSIS:
            rival = _closest_rival(world, case)
            steps = [_weigh(world, case, rival), _weigh(world, case, case.condition)]
            closing = write_claims(FitsBest(case.condition), Answer(case.answer))
        case CaseKind.PATHWAY:
            steps = [_weigh(world, case, case.condition), *(_appraise(world, case, option) for option in case.options)]
            closing = write_claims(IsSafe(case.answer, case.state), Answer(case.letter_of(case.answer)))
    return (*steps, closing)


def evidence_against(world: World, case: Case, condition: str) -> Claim | None:
    """The true claim that speaks most strongly against `condition`, by log-likelihood ratio to the case's own; None where there is none."""
    right, rival = world.conditions[case.condition], world.conditions[condition]
    claims: list[tuple[float, Claim]] = []
    for finding in case.present:
        if not rival.explains(finding):
            ratio = math.log(right.frequency(finding).value / rival.frequency(finding).value)
            claims.append((ratio, DoesNotExplain(condition, finding)))
    for finding in case.absent:
        if rival.frequency(finding).is_typical:
            ratio = math.log((1 - right.frequency(finding).value) / (1 - rival.frequency(finding).value))
            claims.append((ratio, WouldBring(condition, finding)))
    return max(claims, key=lambda claim: claim[0])[1] if claims else None


def _weigh(world: World, case: Case, condition: str) -> str:
    if condition != case.condition:
        claim = evidence_against(world, case, condition)
        assert claim is not None, "the generator refuses an option that nothing speaks against"
        return write_claims(claim)
    explained = [finding for finding in case.present if world.conditions[condition].explains(finding)]
    explained.sort(key=lambda finding: -_specificity(world, condition, finding))
    return write_claims(ExplainsTwo(condition, *explained[:2]) if len(explained) > 1 else Explains(condition, explained[0]))


def _appraise(world: World, case: Case, drug: str) -> str:
    if case.condition not in world.drugs[drug].treats:
        return write_claims(DoesNotTreat(drug, case.condition))
    if case.state in world.drugs[drug].contraindications:
        return write_claims(MustBeAvoided(drug, case.state))
    return write_claims(Treats(drug, case.condition))


def _specificity(world: World, condition: str, finding: str) -> float:
    everywhere = fmean(other.frequency(finding).value for other in world.conditions.values())
    return world.conditions[condition].frequency(finding).value / everywhere


def _closest_rival(world: World, case: Case) -> str:
    rivals = [
        condition
        for condition in world.conditions.values()
        if condition.name != case.condition and evidence_against(world, case, condition.name) is not None
    ]
    return max(rivals, key=lambda condition: condition.log_likelihood(case.present, case.absent)).name
