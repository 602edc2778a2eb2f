"""What a finished run left behind, read and checked: the one input of the terminal tables and of the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecordError, UserError
from osler.core.records import describe, read_records
from osler.core.verdict import Outcome
from osler.report.rows import ALL, CurvePoint, Manifest, Measured, MetricRow
from osler.report.solution_rows import SolutionRow
from osler.report.trees import ShownTree, read_trees

T = TypeVar("T")

N_CASES = 3


@dataclass(frozen=True)
class Results:
    """A run folder, loaded."""

    measured: Measured
    manifest: Manifest
    recipe: str
    solutions: tuple[SolutionRow, ...]
    trees: tuple[ShownTree, ...] = ()

    @property
    def overall(self) -> list[MetricRow]:
        """One row per system, over every item."""
        return overall(self.measured)

    @property
    def systems(self) -> list[str]:
        return list(dict.fromkeys(row.system for row in self.measured.metrics))

    @property
    def curves(self) -> list[CurvePoint]:
        """The points of the curves, the systems in their order, so that the last is of the last system's policy."""
        place = {system: at for at, system in enumerate(self.systems)}
        return sorted(self.measured.curves, key=lambda row: place.get(row.system, -1))

    @property
    def by_group(self) -> dict[str, list[MetricRow]]:
        return by_group(self.measured)

    @property
    def cases(self) -> list[SolutionRow]:
        """The first three right and the first three wrong solutions, as the file lists them, of the last system that has step scores, or
        of the last one where none has any."""
        scored = [solution.system for solution in self.solutions if solution.step_scores]
        system = scored[-1] if scored else self.systems[-1]
        own = [solution for solution in self.solutions if solution.system == system]
        return [
            solution
            for outcome in (Outcome.RIGHT, Outcome.WRONG)
            for solution in [solution for solution in own if solution.outcome is outcome][:N_CASES]
        ]


class Tabled(Protocol):
    """What the tables that a run and a graded folder have in common are made of."""

    @property
    def measured(self) -> Measured: ...
    @property
    def overall(self) -> list[MetricRow]: ...
    @property
    def by_group(self) -> dict[str, list[MetricRow]]: ...


def overall(measured: Measured) -> list[MetricRow]:
    return [row for row in measured.metrics if row.group == ALL]


def by_group(measured: Measured) -> dict[str, list[MetricRow]]:
    """The rows of each named group, one per system. Empty where there are not two groups to tell apart."""
    groups: dict[str, list[MetricRow]] = {}
    for row in measured.metrics:
        if row.group != ALL:
            groups.setdefault(row.group, []).append(row)
    return groups if len(groups) > 1 else {}


def load_results(folder: Path) -> Results:
    """Raises UserError where the run is not finished, RecordError where one of its files cannot be used."""
    measured, manifest = load_measured(folder)
    return Results(
        measured=measured,
        manifest=manifest,
        recipe=_existing(folder, "recipe.yaml").read_text(encoding="utf-8"),
        solutions=tuple(read_records(_existing(folder, "solutions.jsonl"), SolutionRow)),
        trees=read_trees(folder),
    )


def load_measured(folder: Path) -> tuple[Measured, Manifest]:
    """The numbers alone, without what was thought. Raises as `load_results`."""
    return _read_json(folder, "metrics.json", Measured), _read_json(folder, "manifest.json", Manifest)


def _read_json(folder: Path, name: str, kind: type[T]) -> T:
    path = _existing(folder, name)
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except ValidationError as error:
        raise RecordError(f"{path}: {describe(error)}; write it again with `osler run`") from error


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; finish the run with `osler run`, then report it")
    return path
