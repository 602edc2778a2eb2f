"""Seeded cases of every kind and difficulty: repeatable, apart between splits, with one right answer that stands out, and short."""

import math
from collections import Counter
from functools import cache
from itertools import combinations

import pytest
from scipy.stats import chisquare

from osler.clinic.case import Case, CaseKind
from osler.clinic.generate import Difficulty, Split, generate_cases, split_of
from osler.clinic.truth import Truth, check_step
from osler.clinic.worked import worked_steps
from osler.clinic.world import Condition, Frequency, World, load_world
from osler.core.errors import UserError
from osler.core.prompt import Prompt
from osler.core.question import ChoiceKey, TextKey

WORLD = load_world()
PROMPT = Prompt.named("plain")
MARGIN = {Difficulty.EASY: 4.0, Difficulty.MEDIUM: 2.0, Difficulty.HARD: 1.0}
EACH = [pytest.param(kind, difficulty, id=f"{kind}-{difficulty}") for kind in CaseKind for difficulty in Difficulty]
every = pytest.mark.parametrize(("kind", "difficulty"), EACH)
lettered = pytest.mark.parametrize(("kind", "difficulty"), [each for each in EACH if each.values[0] is not CaseKind.DIAGNOSIS])


def generate(
    kind: CaseKind, difficulty: Difficulty, n: int, split: Split = Split.TRAIN, seed: int = 7, n_options: int = 4, n_present: int = 5
) -> list[Case]:
    return generate_cases(WORLD, kind, split, n, seed=seed, difficulty=difficulty, n_options=n_options, n_present=n_present)


@cache
def cases_of(kind: CaseKind, difficulty: Difficulty, split: Split = Split.TRAIN) -> tuple[Case, ...]:
    return tuple(generate(kind, difficulty, 400 if split is Split.TRAIN else 100, split))


def test_every_kind_and_difficulty_is_tested() -> None:
    assert len(EACH) == 9


@every
def test_the_same_arguments_give_the_same_cases_and_another_seed_gives_others(kind: CaseKind, difficulty: Difficulty) -> None:
    cases = generate(kind, difficulty, 40)
    assert len(cases) == 40
    assert cases == generate(kind, difficulty, 40)
    assert not {case.present for case in cases} <= {case.present for case in generate(kind, difficulty, 40, seed=8)}


@every
def test_a_longer_list_begins_with_the_shorter(kind: CaseKind, difficulty: Difficulty) -> None:
    assert cases_of(kind, difficulty)[:60] == tuple(generate(kind, difficulty, 60))
    assert generate(kind, difficulty, 0) == []


@every
def test_ids_are_unique_and_say_what_they_are(kind: CaseKind, difficulty: Difficulty) -> None:
    cases = cases_of(kind, difficulty)
    assert len({case.id for case in cases}) == len(cases) == 400
    assert all(case.id.startswith(f"clinic-{kind}-train-") for case in cases)


@every
def test_no_combination_of_present_findings_comes_twice_or_in_two_splits(kind: CaseKind, difficulty: Difficulty) -> None:
    present = {split: [frozenset(case.present) for case in cases_of(kind, difficulty, split)] for split in Split}
    assert all(len(set(sets)) == len(sets) >= 100 for sets in present.values())
    for one, other in combinations(Split, 2):
        assert not set(present[one]) & set(present[other])


@every
def test_the_findings_of_a_case(kind: CaseKind, difficulty: Difficulty) -> None:
    """Present: as many as asked, all explained. Absent: at most two, none of them present or explained."""
    for case in cases_of(kind, difficulty):
        condition = WORLD.conditions[case.condition]
        assert len(case.present) == len(set(case.present)) == 5
        assert all(condition.explains(finding) for finding in case.present)
        assert len(case.absent) == len(set(case.absent)) <= 2
        assert not set(case.absent) & set(case.present)
        assert not any(condition.explains(finding) for finding in case.absent)
        assert (case.state in WORLD.states) == (kind is CaseKind.PATHWAY)


@every
def test_the_key_fits_the_question(kind: CaseKind, difficulty: Difficulty) -> None:
    for case in cases_of(kind, difficulty):
        item = case.item(WORLD)
        assert item.group == kind
        if kind is CaseKind.DIAGNOSIS:
            assert item.question.options == {}
            assert isinstance(item.key, TextKey)
            assert (item.key.text, item.key.synonyms) == (case.condition, WORLD.conditions[case.condition].synonyms)
            assert case.answer not in item.question.text
        else:
            assert isinstance(item.key, ChoiceKey)
            assert list(item.question.options) == ["A", "B", "C", "D"]
            assert len(set(item.question.options.values())) == 4
            assert [item.question.options[letter] for letter in item.key.letters] == [case.answer]


@every
def test_every_worked_step_is_true_and_the_last_names_the_key(kind: CaseKind, difficulty: Difficulty) -> None:
    for case in cases_of(kind, difficulty):
        steps = worked_steps(WORLD, case)
        assert [check_step(WORLD, case, step) for step in steps] == [Truth.TRUE] * len(steps), case.id
        key = case.key(WORLD)
        named = key.letters[0] if isinstance(key, ChoiceKey) else case.condition
        assert steps[-1].endswith(f"The answer is {named}."), case.id


@lettered
def test_the_letters_of_the_right_answers_are_spread_evenly(kind: CaseKind, difficulty: Difficulty) -> None:
    """A hundred of each letter are expected of 400; the bound is passed by chance once in ten thousand."""
    letters = Counter(case.letter_of(case.answer) for case in cases_of(kind, difficulty))
    assert chisquare([letters[letter] for letter in "ABCD"]).pvalue > 1e-4, letters


def likelihood(condition: Condition, case: Case) -> float:
    """Written apart from `Condition.log_likelihood`: the log of a product of probabilities."""
    probability = math.prod(condition.frequency(finding).value for finding in case.present)
    return math.log(probability * math.prod(1 - condition.frequency(finding).value for finding in case.absent))


@every
def test_the_right_condition_is_the_likeliest_by_the_margin(kind: CaseKind, difficulty: Difficulty) -> None:
    """Among the options of a differential; among all conditions of the world where the case does not list any."""
    for case in cases_of(kind, difficulty):
        names = case.options if kind is CaseKind.DIFFERENTIAL else tuple(WORLD.conditions)
        own = likelihood(WORLD.conditions[case.condition], case)
        margins = {name: own - likelihood(WORLD.conditions[name], case) for name in names if name != case.condition}
        assert min(margins.values()) >= MARGIN[difficulty] - 1e-9, (case.id, min(margins, key=margins.__getitem__))


@pytest.mark.parametrize("difficulty", Difficulty)
def test_every_wrong_option_of_a_differential_leaves_something_to_object(difficulty: Difficulty) -> None:
    for case in cases_of(CaseKind.DIFFERENTIAL, difficulty):
        assert case.answer == case.condition
        for name in set(case.options) - {case.answer}:
            option = WORLD.conditions[name]
            leaves = any(not option.explains(finding) for finding in case.present)
            brings = any(option.frequency(finding).is_typical for finding in case.absent)
            assert leaves or brings, (case.id, name)


@pytest.mark.parametrize("difficulty", Difficulty)
def test_one_option_of_a_pathway_is_right_and_one_is_a_trap(difficulty: Difficulty) -> None:
    for case in cases_of(CaseKind.PATHWAY, difficulty):
        treating = {name for name in case.options if case.condition in WORLD.drugs[name].treats}
        unsafe = {name for name in treating if case.state in WORLD.drugs[name].contraindications}
        assert treating - unsafe == {case.answer}, case.id
        assert len(unsafe) == 1, case.id


@pytest.mark.parametrize("kind", [CaseKind.DIFFERENTIAL, CaseKind.PATHWAY])
@pytest.mark.parametrize("n_options", [4, 5, 6])
def test_four_to_six_options(kind: CaseKind, n_options: int) -> None:
    cases = generate(kind, Difficulty.MEDIUM, 30, n_options=n_options)
    assert {len(set(case.options)) for case in cases} == {n_options}


@pytest.mark.parametrize("kind", [CaseKind.DIFFERENTIAL, CaseKind.PATHWAY])
@pytest.mark.parametrize("n_options", [0, 1, 3, 7])
def test_no_other_number_of_options(kind: CaseKind, n_options: int) -> None:
    with pytest.raises(UserError, match=rf"clinic: n_options is {n_options}; a case has 4 to 6 options"):
        generate(kind, Difficulty.MEDIUM, 1, n_options=n_options)


@pytest.mark.parametrize("n_present", [2, 6])
def test_as_many_present_findings_as_asked(n_present: int) -> None:
    assert {len(case.present) for case in generate(CaseKind.DIFFERENTIAL, Difficulty.HARD, 30, n_present=n_present)} == {n_present}


def test_too_many_cases_asked_for() -> None:
    """Five conditions with three findings each have five combinations of three, in all splits together."""
    findings = {name: [f"{name} {letter}" for letter in "xyz"] for name in ("flu", "gout", "acne", "asthma", "cystitis")}
    conditions = {name: Condition(name, "all", (), dict.fromkeys(own, Frequency.FREQUENT)) for name, own in findings.items()}
    small = World(conditions, {}, tuple(finding for own in findings.values() for finding in own), ("age",))
    with pytest.raises(UserError, match=r"clinic: only \d of 6 differential cases for train; ask for fewer, or for more") as error:
        generate_cases(small, CaseKind.DIFFERENTIAL, Split.TRAIN, 6, seed=1, difficulty=Difficulty.HARD, n_options=4, n_present=3)
    n_train = sum(split_of(tuple(own)) is Split.TRAIN for own in findings.values())
    assert f"only {n_train} of 6" in str(error.value)
    with pytest.raises(UserError, match="only 0 of 1 pathway cases"):  # without drugs there is no pathway
        generate_cases(small, CaseKind.PATHWAY, Split.TRAIN, 1, seed=1, difficulty=Difficulty.HARD, n_options=4, n_present=3)


def test_the_split_depends_on_the_combination_alone() -> None:
    assert split_of(("fever", "cough", "rash")) is split_of(("rash", "fever", "cough"))
    shares = Counter(split_of(words) for words in combinations(WORLD.findings[:40], 3))
    assert shares.total() == 9880  # 40 choose 3
    # five standard deviations of a binomial share of 9880 are 0.025, 0.015 and 0.023
    assert shares[Split.TRAIN] / 9880 == pytest.approx(0.6, abs=0.025)
    assert shares[Split.DEV] / 9880 == pytest.approx(0.1, abs=0.015)
    assert shares[Split.HELDOUT] / 9880 == pytest.approx(0.3, abs=0.023)


@every
def test_prompts_and_chains_are_short(kind: CaseKind, difficulty: Difficulty) -> None:
    """A nano model reads 256 tokens. In words, with the largest cases there are (six options, six findings): prompts of at most 49 and
    chains of at most 88 were seen."""
    cases = generate(kind, difficulty, 150, n_options=6, n_present=6)
    prompts = [len(PROMPT.messages(case.question())[0].content.split()) for case in cases]
    chains = sorted(sum(len(step.split()) for step in worked_steps(WORLD, case)) for case in cases)
    assert max(prompts) <= 60
    assert chains[-1] <= 100
    assert chains[len(chains) // 2] <= 75
