"""The contract of makers of tasks, run over every entry of the registry: the same seed the same bytes, a longer list begins with the
shorter one, splits apart, every key found again from the text, every step true and none that was tampered with. To add one: a case."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.clinic.calculation.calculations import Calculations
from osler.clinic.differentials.maker import Differentials
from osler.clinic.generate import Split
from osler.clinic.masked.masked import Masked
from osler.clinic.notes.entailments import Entailments
from osler.clinic.notes.notes import Notes
from osler.clinic.paths.even_paths import EvenPaths
from osler.clinic.paths.paths import Paths
from osler.clinic.paths.rare_paths import RarePaths
from osler.clinic.task import Maker, Task
from osler.clinic.truth import Truth
from osler.core.question import ChoiceKey
from osler.data.task_source import MAKERS, kind_of

CASES: dict[str, Callable[[], Maker]] = {
    "calculation": lambda: Calculations(choice_share=0.4),
    "differentials": Differentials,
    "entailment": Entailments,
    "even_path": EvenPaths,
    "masked": Masked,
    "note": Notes,
    "path": Paths,
    "rare_path": RarePaths,
}
"""Every maker as it comes, without any file."""
LEVELS = (1, 2, 3, 4, 5)
N = 40
each = pytest.mark.parametrize("kind", sorted(MAKERS))
ADAPTER = TypeAdapter(Task)


@cache
def made(kind: str, split: Split = Split.TRAIN, n: int = N) -> tuple[Task, ...]:
    return tuple(CASES[kind]().make(n, split, 3))


def as_bytes(tasks: tuple[Task, ...]) -> bytes:
    return json.dumps([ADAPTER.dump_python(task, mode="json") for task in tasks]).encode()


def tampered(step: str) -> Iterator[str]:
    """The step with one of its numbers, or one of its longer words, changed."""
    for found in re.finditer(r"\d+(?:\.\d+)?", step):
        yield f"{step[: found.start()]}{float(found[0]) * 3 + 7.25:g}{step[found.end() :]}"
    for found in list(re.finditer(r"[A-Za-z]{5,}", step))[:1]:
        yield f"{step[: found.start()]}quixotry{step[found.end() :]}"


def test_every_maker_has_a_case() -> None:
    assert len(MAKERS) >= 2
    assert CASES.keys() == MAKERS.keys()
    assert all(CASES[kind]().kind == kind for kind in MAKERS)


@each
def test_as_many_as_were_asked_for_that_are_items(kind: str) -> None:
    tasks = made(kind)
    assert len(tasks) == N
    for task in tasks:
        item = task.item()
        assert item.question.text == task.text
        assert item.group == f"{task.kind} {task.level}"
        assert task.steps


@each
def test_the_same_seed_gives_the_same_bytes(kind: str) -> None:
    assert as_bytes(tuple(CASES[kind]().make(N, Split.TRAIN, 3))) == as_bytes(made(kind))
    assert as_bytes(tuple(CASES[kind]().make(N, Split.TRAIN, 4))) != as_bytes(made(kind))


@each
def test_a_longer_list_begins_with_the_shorter_one(kind: str) -> None:
    assert tuple(CASES[kind]().make(N // 4, Split.TRAIN, 3)) == made(kind)[: N // 4]


@each
def test_ids_say_where_they_come_from_and_come_once(kind: str) -> None:
    ids = [task.id for split in Split for task in made(kind, split)]
    assert len(set(ids)) == 3 * N
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", each_id) and kind_of(each_id) == kind for each_id in ids)


@each
def test_no_task_of_one_split_stands_in_another(kind: str) -> None:
    texts = [{(task.text, *task.options.values()) for task in made(kind, split)} for split in Split]
    assert all(texts)
    assert texts[0].isdisjoint(texts[1] | texts[2])
    assert texts[1].isdisjoint(texts[2])


@each
def test_every_key_is_found_again_from_the_text(kind: str) -> None:
    maker = CASES[kind]()
    for task in made(kind):
        assert maker.solve(replace(task, steps=())) == task.key, task.id


@each
def test_a_wrong_key_is_not_found_again(kind: str) -> None:
    """The checker does not look at the key that it is to find."""
    maker = CASES[kind]()
    choices = [task for task in made(kind) if isinstance(task.key, ChoiceKey)]
    assert choices
    for task in choices:
        assert isinstance(task.key, ChoiceKey)
        other = next(letter for letter in task.options if letter not in task.key.letters)
        assert maker.solve(replace(task, key=ChoiceKey((other,)))) == task.key


@each
def test_every_step_is_true(kind: str) -> None:
    maker = CASES[kind]()
    untrue = [(task.id, step) for task in made(kind) for step in task.steps if maker.check_step(task, step) is not Truth.TRUE]
    assert untrue == []


@each
def test_no_step_that_was_tampered_with_is_true(kind: str) -> None:
    maker = CASES[kind]()
    steps = [(task, other) for task in made(kind) for step in task.steps for other in tampered(step)]
    assert len(steps) > N
    assert [(task.id, step) for task, step in steps if maker.check_step(task, step) is Truth.TRUE] == []


@each
@pytest.mark.parametrize(
    "step", ["", "   ", "I would rather not say.", "=" * 5000, "1" * 5000, "1 " * 500_000, "\x00\ufffe", "(" * 3000, "a = b = c"]
)
def test_what_is_no_step_is_not_true(kind: str, step: str) -> None:
    assert CASES[kind]().check_step(made(kind)[0], step) is not Truth.TRUE


@each
@pytest.mark.parametrize("level", LEVELS)
def test_levels_are_as_asked(kind: str, level: int) -> None:
    maker: Any = CASES[kind]()
    tasks = replace(maker, levels=(level,)).make(5, Split.TRAIN, 0)
    assert {task.level for task in tasks} == {level}


@each
def test_a_task_that_was_written_and_read_is_checked_alike(kind: str) -> None:
    maker = CASES[kind]()
    for task in made(kind)[:10]:
        again = ADAPTER.validate_json(ADAPTER.dump_json(task))
        assert (again.id, again.text, again.key, again.steps) == (task.id, task.text, task.key, task.steps)
        assert all(maker.check_step(again, step) is Truth.TRUE for step in again.steps)


@each
def test_the_card_has_a_licence_and_limits(kind: str) -> None:
    card = " ".join(CASES[kind]().card().split())
    assert re.search(r"licen[cs]e", card, re.IGNORECASE)
    assert re.search(r"not for (any )?claims? about medicine", card, re.IGNORECASE)
