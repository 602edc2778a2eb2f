"""The clinic as a source: how many items of which kind, from which split, and worked cases told in several orders."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from osler.clinic.case import Case, CaseKind
from osler.clinic.generate import Difficulty, Split, split_of
from osler.clinic.truth import Truth, check_step
from osler.clinic.world import load_world
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item
from osler.data import ClinicSource
from osler.data.source import Dataset

WORLD = load_world()
SMALL = ClinicSource(n_worked=12, n_search=10, n_answer=8)
MIXED = replace(
    SMALL, shares={CaseKind.DIFFERENTIAL: 2.0, CaseKind.DIAGNOSIS: 1.0, CaseKind.PATHWAY: 1.0}, n_present=5, n_orders=3, answer_split="dev"
)


@cache
def loaded(name: str, seed: int = 1) -> Dataset:
    return {"small": SMALL, "mixed": MIXED}[name].load(seed)


def cases_of(dataset: Dataset) -> dict[str, Case]:
    cases = {case.id: case for case in dataset.files["cases.jsonl"] if isinstance(case, Case)}
    assert len(cases) == len(dataset.files["cases.jsonl"]) > 0
    return cases


def test_as_many_items_as_asked() -> None:
    dataset = loaded("small")
    assert (len(dataset.worked), len(dataset.search), len(dataset.answer)) == (12, 10, 8)
    assert {item.group for item in (*dataset.search, *dataset.answer)} == {"differential"}


def test_shares_divide_the_items_among_the_kinds() -> None:
    dataset = loaded("mixed")
    assert Counter(item.group for item in dataset.answer) == {"differential": 4, "diagnosis": 2, "pathway": 2}
    training = [*{each.item.id: each.item for each in dataset.worked}.values(), *dataset.search]
    assert Counter(item.group for item in training) == {"differential": 11, "diagnosis": 5, "pathway": 6}  # 22 as 2 : 1 : 1


@pytest.mark.parametrize("n", [1, 2, 7, 10])
def test_shares_never_lose_or_gain_an_item(n: int) -> None:
    thirds = replace(MIXED, shares=dict.fromkeys(CaseKind, 1 / 3), n_worked=n, n_search=n, n_answer=n, n_orders=1)
    dataset = thirds.load(1)
    assert (len(dataset.worked), len(dataset.search), len(dataset.answer)) == (n, n, n)


@pytest.mark.parametrize("name", ["small", "mixed"])
def test_no_question_stands_in_two_lists(name: str) -> None:
    dataset = loaded(name)
    cases = cases_of(dataset)
    ids = [{each.item.id for each in dataset.worked}, {item.id for item in dataset.search}, {item.id for item in dataset.answer}]
    assert sum(map(len, ids)) == len(set.union(*ids)) == len(cases)
    present = [{(cases[each].kind, frozenset(cases[each].present)) for each in part} for part in ids]
    assert sum(map(len, present)) == len(set.union(*present)) == len(cases)


@pytest.mark.parametrize(("name", "split"), [("small", Split.HELDOUT), ("mixed", Split.DEV)])
def test_the_items_to_answer_are_of_their_split(name: str, split: Split) -> None:
    dataset = loaded(name)
    cases = cases_of(dataset)
    assert {split_of(cases[item.id].present) for item in dataset.answer} == {split}
    assert {split_of(cases[item.id].present) for item in dataset.search} == {Split.TRAIN}
    assert {split_of(cases[each.item.id].present) for each in dataset.worked} == {Split.TRAIN}


def test_items_are_those_of_the_cases_kept_beside_them() -> None:
    dataset = loaded("mixed")
    cases = cases_of(dataset)
    assert [cases[item.id].item(WORLD) for item in (*dataset.search, *dataset.answer)] == [*dataset.search, *dataset.answer]


def test_worked_cases_are_told_in_several_orders_with_true_steps() -> None:
    """Every order has the same findings and the same right option, by its text, and true steps in its own order."""
    dataset = loaded("mixed")
    cases = cases_of(dataset)
    assert len(dataset.worked) == 12 * 3
    assert set(Counter(each.item.id for each in dataset.worked).values()) == {3}
    assert [each.item for each in dataset.worked[:12]] == [cases[each.item.id].item(WORLD) for each in dataset.worked[:12]]
    for each in dataset.worked:
        case = cases[each.item.id]
        options = tuple(each.item.question.options.values())
        assert sorted(options) == sorted(case.options)
        assert _right_option(each.item) in (case.answer, None)
        assert all(finding in each.item.question.text for finding in (*case.present, *case.absent))
        told = replace(case, present=_order(case.present, each.item), absent=_order(case.absent, each.item), options=options)
        assert told.item(WORLD) == each.item
        assert {check_step(WORLD, told, step) for step in each.steps} == {Truth.TRUE}
    assert len({(each.item.id, each.item.question.text) for each in dataset.worked}) > 2 * 12  # the orders differ


def _right_option(item: Item) -> str | None:
    return item.question.options[item.key.letters[0]] if isinstance(item.key, ChoiceKey) else None


def _order(findings: tuple[str, ...], item: Item) -> tuple[str, ...]:
    """The findings in the order in which the text has them."""
    text = re.sub(r"^A patient has |\. Wh.*$|, on a background .*$", "", item.question.text)
    return tuple(part for part in re.split(", but no |, | and | or ", text) if part in findings)


def test_exercises_are_about_the_worked_cases_and_change_nothing_else() -> None:
    """None by default; asked for, the rest of the dataset is what it was."""
    without, dataset = loaded("small"), replace(SMALL, n_exercises=30).load(1)
    assert without.exercises == ()
    assert replace(dataset, exercises=()) == without
    assert len(dataset.exercises) == 30
    cases = cases_of(dataset)
    worked = [cases[each.item.id] for each in dataset.worked]
    for each in dataset.exercises:
        assert [case for case in worked if all(finding in each.item.question.text for finding in (*case.present, *case.absent))]
    assert replace(SMALL, n_exercises=30).load(1).exercises == dataset.exercises
    assert replace(SMALL, n_exercises=30).load(2).exercises != dataset.exercises


def test_without_worked_cases_there_are_no_exercises() -> None:
    assert replace(SMALL, n_worked=0, n_exercises=30).load(1).exercises == ()


def test_the_vocabulary_has_drugs_only_where_cases_have() -> None:
    assert set(loaded("small").vocabulary) == {*WORLD.conditions, *WORLD.findings}
    assert set(loaded("mixed").vocabulary) == {*WORLD.conditions, *WORLD.findings, *WORLD.drugs}


def test_systems_restrict_everything() -> None:
    dataset = replace(SMALL, body_systems=("renal", "endocrine")).load(1)
    part = WORLD.restricted_to(("renal", "endocrine"))
    assert len(dataset.answer) == 8
    assert {option for item in dataset.answer for option in item.question.options.values()} <= part.conditions.keys()
    assert set(dataset.vocabulary) == {*part.conditions, *part.findings}


def test_the_same_seed_gives_the_same_items_and_another_gives_others() -> None:
    assert SMALL.load(1) == loaded("small")
    assert SMALL.load(2).answer != loaded("small").answer


def test_an_unknown_system_names_those_that_exist() -> None:
    with pytest.raises(UserError, match=r"there is no body system 'lungs'; choose among .*respiratory"):
        replace(SMALL, body_systems=("lungs",)).load(1)


def test_more_cases_than_there_are() -> None:
    few = replace(
        SMALL, shares={CaseKind.PATHWAY: 1.0}, body_systems=("renal",), difficulty=Difficulty.EASY, n_worked=0, n_search=0, n_answer=150
    )
    with pytest.raises(UserError, match=r"clinic: only \d+ of 150 pathway cases for heldout; ask for fewer"):
        few.load(1)


REFUSED: dict[str, dict[str, Any]] = {
    "too few options": {"n_options": 3},
    "too many options": {"n_options": 7},
    "too few findings": {"n_present": 1},
    "too many findings": {"n_present": 7},
    "nothing to answer": {"n_answer": 0},
    "a negative count": {"n_worked": -1},
    "no order": {"n_orders": 0},
    "no share": {"shares": {}},
    "a share of nothing": {"shares": {"differential": 0}},
    "a negative share": {"shares": {"differential": -1, "diagnosis": 2}},
    "a share that is no number": {"shares": {"differential": float("nan")}},
    "an unknown kind": {"shares": {"riddle": 1}},
    "training items as a test": {"answer_split": "train"},
    "an unknown setting": {"n_case": 3},
}


@pytest.mark.parametrize("name", REFUSED)
def test_settings_that_make_no_sense_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ClinicSource(**REFUSED[name])
