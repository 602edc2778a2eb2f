"""What tells whether a step about an item of a synthesis is true, where the clinic knows it."""

from collections.abc import Callable
from functools import cache

from osler.clinic.case import Case
from osler.clinic.generate import Split
from osler.clinic.task import Maker, Task
from osler.clinic.truth import check_step
from osler.clinic.world import load_world
from osler.core.verdict import CheckStep
from osler.stages.material import AnyMaterial, ClinicMaterial, TaskMaterial


def check_of(material: AnyMaterial, seed: int) -> CheckStep | None:
    """What checks the steps about the drafts of this material; None where nothing does. The cases or tasks are made again, and only when
    a first step is checked."""
    if isinstance(material, ClinicMaterial):
        return _later(lambda: _of_cases(material, seed))
    if isinstance(material, TaskMaterial):
        return _later(lambda: _of_tasks(material, seed))
    return None


def _later(make: Callable[[], CheckStep]) -> CheckStep:
    made = cache(make)
    return lambda item_id, step: made()(item_id, step)


def _of_cases(material: ClinicMaterial, seed: int) -> CheckStep:
    world = load_world().restricted_to(material.clinic.body_systems)
    cases = {case.id: case for case in material.clinic.load(seed).files["cases.jsonl"] if isinstance(case, Case)}

    return lambda item_id, step: check_step(world, cases[item_id], step).value


def _of_tasks(material: TaskMaterial, seed: int) -> CheckStep:
    made: dict[str, tuple[Maker, Task]] = {}
    for maker in material.makers:
        made |= {task.id: (maker, task) for task in maker.make(material.n, Split.TRAIN, seed)}

    def check(item_id: str, step: str) -> str:
        maker, task = made[item_id]
        return maker.check_step(task, step).value

    return check
