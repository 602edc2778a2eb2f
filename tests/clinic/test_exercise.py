"""Exercises: one true sentence about a case each, over the conditions that reasoning weighs."""

import random
from dataclasses import replace

import pytest

from osler.clinic.case import Case, CaseKind
from osler.clinic.exercise import N_NEAR, Exercise, exercises_on, reordered
from osler.clinic.generate import Difficulty, Split, generate_cases
from osler.clinic.language import Account, read_claims
from osler.clinic.truth import Truth, check_step
from osler.clinic.world import Condition, Frequency, World, load_world

WORLD = load_world().restricted_to(("respiratory", "dermatological", "renal"))
CASES = [
    case
    for kind in (CaseKind.DIFFERENTIAL, CaseKind.DIAGNOSIS)
    for case in generate_cases(WORLD, kind, Split.TRAIN, 3, seed=1, difficulty=Difficulty.EASY, n_options=4, n_present=4)
]


def exercises(n: int = 60, seed: int = 1) -> list[Exercise]:
    return exercises_on(WORLD, CASES, n, random.Random(seed))


def claim_of(exercise: Exercise) -> Account:
    [step] = exercise.steps
    [claim] = read_claims(step) or []
    assert isinstance(claim, Account)
    return claim


def case_of(exercise: Exercise) -> Case:
    """The one case that shows exactly the findings of the question."""
    words = exercise.item.question.text.split(". What does ")[0]
    [case] = [case for case in CASES if all(finding in words for finding in (*case.present, *case.absent))]
    return case


def test_every_claim_is_true_of_the_case_and_answers_the_question() -> None:
    made = exercises()
    assert len(made) == 60
    for exercise in made:
        claim = claim_of(exercise)
        assert check_step(WORLD, case_of(exercise), exercise.steps[0]) is Truth.TRUE
        assert exercise.item.question.text.endswith(f". What does {claim.condition} explain?")
        assert exercise.item.key.text == exercise.steps[0]


def test_the_claim_names_findings_of_the_case_alone() -> None:
    for exercise in exercises():
        claim, case = claim_of(exercise), case_of(exercise)
        assert set(claim.explained) <= set(case.present)
        assert set(claim.missing) <= set(case.absent)


def test_findings_come_in_other_orders_and_none_is_lost() -> None:
    case = CASES[0]
    told = [reordered(case, random.Random(seed)) for seed in range(20)]
    assert len({each.present for each in told}) > 5
    assert {(frozenset(each.present), frozenset(each.absent), frozenset(each.options)) for each in told} == {
        (frozenset(case.present), frozenset(case.absent), frozenset(case.options))
    }
    assert {replace(each, present=(), absent=(), options=()) for each in told} == {replace(case, present=(), absent=(), options=())}


def test_the_conditions_are_the_case_s_own_and_the_likeliest_beside_it() -> None:
    """Twelve conditions show fever with falling frequency, two more never: of those twelve the case's own and the next ten are asked."""
    falling = [Frequency.VERY_FREQUENT] * 4 + [Frequency.FREQUENT] * 4 + [Frequency.OCCASIONAL] * 4
    likely = [Condition(f"c{at:02d}", "lungs", (), {"fever": frequency}) for at, frequency in enumerate(falling)]
    unlikely = [Condition(f"never{at}", "lungs", (), {"fever": Frequency.EXCLUDED, "cough": Frequency.OBLIGATE}) for at in range(2)]
    world = World({each.name: each for each in (*unlikely, *likely)}, {}, ("fever", "cough"), ())
    case = Case("one", CaseKind.DIAGNOSIS, "c11", ("fever",), (), (), "c11")
    asked = {claim_of(each).condition for each in exercises_on(world, [case], 400, random.Random(1))}
    assert N_NEAR == 10
    assert asked == {"c11", *(f"c{at:02d}" for at in range(10))}


def test_the_same_seed_writes_the_same_exercises() -> None:
    assert exercises(seed=3) == exercises(seed=3)
    assert exercises(seed=3) != exercises(seed=4)


def test_questions_have_ids_of_their_own() -> None:
    ids = [exercise.item.id for exercise in exercises()]
    assert len(set(ids)) == 60
    assert {exercise.item.group for exercise in exercises()} == {"exercise"}


@pytest.mark.parametrize(("cases", "n"), [([], 5), (CASES, 0)])
def test_without_cases_there_are_no_exercises(cases: list[Case], n: int) -> None:
    assert exercises_on(WORLD, cases, n, random.Random(1)) == []
