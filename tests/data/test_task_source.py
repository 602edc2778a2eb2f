"""Made tasks as a source: shares, splits, the records that are kept, and the truth of steps by the id of a task."""

from collections import Counter

import pytest
from pydantic import TypeAdapter

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.differentials.maker import Differentials
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.data.task_source import CARDS, TASKS, TaskSource, kind_of

CALCULATION = Calculations(levels=(1, 2), choice_share=0.5)
SOURCE = TaskSource(makers=(CALCULATION, Differentials(levels=(1,))), n_worked=7, n_search=4, n_answer=6, answer_split="dev")


def test_the_lists_have_their_lengths_and_every_maker_its_share() -> None:
    """Of eleven for training 5.5 are each maker's, of six to answer three."""
    dataset = SOURCE.load(1)
    assert (len(dataset.worked), len(dataset.search), len(dataset.answer)) == (7, 4, 6)
    training = Counter(kind_of(each) for each in [*(worked.item.id for worked in dataset.worked), *(item.id for item in dataset.search)])
    assert sorted(training.values()) in ([5, 6], [6, 5])
    assert Counter(kind_of(item.id) for item in dataset.answer) == {"calculation": 3, "differentials": 3}


def test_splits_are_those_that_were_asked_for() -> None:
    dataset = SOURCE.load(1)
    assert all("-train-" in worked.item.id for worked in dataset.worked)
    assert all("-train-" in item.id for item in dataset.search)
    assert all("-dev-" in item.id for item in dataset.answer)


def test_every_task_and_every_card_is_kept() -> None:
    dataset = SOURCE.load(1)
    ids = {worked.item.id for worked in dataset.worked} | {item.id for item in (*dataset.search, *dataset.answer)}
    kept = dataset.files[TASKS]
    assert {task.id for task in kept if isinstance(task, Task)} == ids
    assert [card["maker"]["kind"] for card in TypeAdapter(list[dict]).dump_python(list(dataset.files[CARDS]), mode="json")] == [
        "calculation",
        "differentials",
    ]


def test_steps_are_checked_by_the_id_of_their_task() -> None:
    dataset = SOURCE.load(1)
    check = SOURCE.checking(task for task in dataset.files[TASKS] if isinstance(task, Task))
    for worked in dataset.worked:
        assert all(check(worked.item.id, step) == "true" for step in worked.steps)
        assert check(worked.item.id, "The answer is Z.") != "true"
        assert check(worked.item.id, "Who knows?") == "unreadable"


def test_a_kind_of_maker_comes_once() -> None:
    with pytest.raises(UserError, match="'calculation'"):
        TaskSource(makers=(CALCULATION, Calculations(levels=(3,)))).load(0)


def test_what_the_makers_read_is_what_the_source_reads() -> None:
    assert SOURCE.files == ()
    assert SOURCE.has("worked")
    assert not TaskSource(makers=(CALCULATION,), n_search=0).has("search")
