"""Worked reasoning: the true chain of steps that a teacher would write for a case."""

from osler.clinic.case import Case, CaseKind
from osler.clinic.language import Account, Answer, DoesNotTreat, FitsBest, IsSafe, MustBeAvoided, Treats, write_claims
from osler.clinic.truth import account
from osler.clinic.world import World


def worked_steps(world: World, case: Case) -> tuple[str, ...]:
    """True steps that lead to the answer: one for each option in the options' order, then the conclusion. A diagnosis, which has no
    options, weighs its closest rival."""
    match case.kind:
        case CaseKind.DIFFERENTIAL:
            steps = [_weigh(world, case, option) for option in case.options]
            closing = write_claims(FitsBest(case.condition), Answer(case.letter_of(case.answer)))
        case CaseKind.DIAGNOSIS:
            steps = [_weigh(world, case, _closest_rival(world, case)), _weigh(world, case, case.condition)]
            closing = write_claims(FitsBest(case.condition), Answer(case.answer))
        case CaseKind.PATHWAY:
            steps = [_weigh(world, case, case.condition), *(_appraise(world, case, option) for option in case.options)]
            closing = write_claims(IsSafe(case.answer, case.state), Answer(case.letter_of(case.answer)))
    return (*steps, closing)


def _weigh(world: World, case: Case, condition: str) -> str:
    return write_claims(Account(condition, *account(world, case, condition)))


def _appraise(world: World, case: Case, drug: str) -> str:
    if case.condition not in world.drugs[drug].treats:
        return write_claims(DoesNotTreat(drug, case.condition))
    if case.state in world.drugs[drug].contraindications:
        return write_claims(MustBeAvoided(drug, case.state))
    return write_claims(Treats(drug, case.condition))


def _closest_rival(world: World, case: Case) -> str:
    rivals = [condition for condition in world.conditions.values() if condition.name != case.condition]
    return max(rivals, key=lambda condition: condition.log_likelihood(case.present, case.absent)).name
