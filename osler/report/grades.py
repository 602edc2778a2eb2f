"""What `osler grade` and `osler compare` left in a folder, read and checked: the one input of their tables and of their page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecordError, UserError
from osler.core.records import describe
from osler.report.graded_rows import About
from osler.report.numbers import harmless, spelt
from osler.report.results import by_group, overall
from osler.report.rows import Measured, MetricRow

T = TypeVar("T")

METRICS, GRADING = "metrics.json", "grading.json"


@dataclass(frozen=True)
class Grades:
    """The numbers, and what they are of. No text in them holds a character that a terminal obeys."""

    measured: Measured
    about: About

    @property
    def overall(self) -> list[MetricRow]:
        """One row per system, over every item."""
        return overall(self.measured)

    @property
    def by_group(self) -> dict[str, list[MetricRow]]:
        """The rows of each named group, one per system. Empty where there are not two groups to tell apart."""
        return by_group(self.measured)

    @property
    def by_interval(self) -> dict[str, list[str]]:
        """The kinds of interval in words, each with the systems whose accuracy has it."""
        kinds: dict[str, list[str]] = {}
        for row in self.overall:
            kinds.setdefault(spelt(row.interval), []).append(row.system)
        return kinds


def is_graded(folder: Path) -> bool:
    """Whether a folder is one that `osler grade --to` or `osler compare --to` left, rather than a run's."""
    return (folder / GRADING).is_file()


def load_grades(folder: Path) -> Grades:
    """Raises UserError where a file is missing, RecordError where one cannot be used."""
    return Grades(_read(folder / METRICS, _json(folder / METRICS), Measured), _read(folder / GRADING, _json(folder / GRADING), About))


def grades_of(content: Mapping[str, Any], about: Mapping[str, Any]) -> Grades:
    """The same of what is about to be written as `metrics.json` and `grading.json`. Raises RecordError."""
    return Grades(_read(METRICS, content, Measured), _read(GRADING, about, About))


def _json(path: Path) -> Any:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; grade or compare again with --to")
    try:
        return json.loads(path.read_bytes(), parse_constant=_refused)
    except ValueError as error:
        raise RecordError(f"{path}: this is no JSON ({error}); grade or compare again with --to") from error


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _read(place: object, content: Any, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_python(_harmless(content))
    except ValidationError as error:
        raise RecordError(f"{place}: {describe(error)}; grade or compare again with --to") from error


def _harmless(content: Any) -> Any:
    """The same with every text made fit for a terminal and a page: names of systems and groups are other people's."""
    if isinstance(content, Mapping):
        return {key: _harmless(each) for key, each in content.items()}
    if isinstance(content, list | tuple):
        return [_harmless(each) for each in content]
    return harmless(content) if isinstance(content, str) else content
