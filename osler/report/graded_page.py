"""The page of a graded folder: one self-contained HTML file. No text of a response stands on it: it may be a patient's."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from osler.core.records import write_text
from osler.report.frontier import cost_charts
from osler.report.graded import all_notes
from osler.report.graded_rows import CalibrationRow, ReadingRow, RuleRow
from osler.report.grades import Grades, load_grades
from osler.report.page import Section, difference_scale, filled
from osler.report.panels import coverage_panels, length_panels, reliability_panels, sample_panels
from osler.report.tables import p_name

MAX_OPEN_ROWS = 60
"""Long tables of more rows than this are folded."""


def write_graded_page(folder: Path) -> Path:
    """Write `report.html` into a graded folder. The same folder gives the same bytes. Raises UserError where a file is missing,
    RecordError where one cannot be used."""
    path = folder / "report.html"
    write_text(path, graded_page(load_grades(folder)))
    return path


def graded_page(grades: Grades) -> str:
    measured = grades.measured
    return filled(
        "graded_page.html",
        title=f"{grades.about.title or 'Graded'} · osler",
        results=grades,
        measured=measured,
        about=grades.about,
        notes=all_notes(grades),
        sections=_sections(grades),
        item_counts={row.n for row in grades.overall},
        token_note="Tokens are those of the responses, as whoever made them counted; a dash where nobody did.",
        p_name=p_name(measured.comparisons),
        difference_scale=difference_scale(measured.comparisons),
        is_folded=sum(map(len, grades.by_group.values())) > MAX_OPEN_ROWS,
        charts=cost_charts(measured.costs, grades.overall),
        sample_panels=sample_panels(measured.samples),
        reliability=reliability_panels(measured.calibration),
        coverage=coverage_panels(measured.calibration),
        length_panels=length_panels(measured.lengths),
        surest=_surest(measured.calibration),
        cause_scale=_cause_scale(measured.rules),
        methods=_methods(measured.readings),
    )


def _sections(grades: Grades) -> list[Section]:
    """What there is to show, in the order in which it is asked."""
    measured, about = grades.measured, grades.about
    has_right_costs = any(row.tokens_per_right or row.seconds_per_right or row.cost_per_right for row in grades.overall)
    every = (
        ("notes", "Before you believe these numbers", all_notes(grades)),
        ("accuracy", "Accuracy", True),
        ("differences", "Differences", measured.comparisons),
        ("wins", "Models against their own bases", measured.wins),
        ("groups", "Accuracy by group", grades.by_group or measured.macros),
        ("samples", "Several responses to the same item", measured.samples),
        ("calibration", "Can the confidence be believed?", measured.calibration),
        ("lengths", "Length of right and wrong responses", measured.lengths),
        ("costs", "Accuracy against cost", has_right_costs or measured.costs),
        ("rules", "Published rules beside the strict reading", measured.rules),
        ("agreements", "Agreement with the recorded verdicts", measured.agreements),
        ("readings", "How the answers were read", measured.readings),
        ("graded", "How it was graded", about.item_sets or about.responses or about.settings or about.version),
    )
    return [Section(name, title) for name, title, has in every if has]


def _surest(rows: Sequence[CalibrationRow]) -> list[float | None]:
    """The accuracy of the surer half of each row, or of the largest part up to it."""
    halves = ([point for point in sorted(row.coverage) if point.coverage <= 0.5 + 1e-9] for row in rows)
    return [half[-1].accuracy if half else None for half in halves]


def _cause_scale(rows: Sequence[RuleRow]) -> float:
    """The largest share of responses that a cause has in any row: the whole width of its bar."""
    return max((cause.n / row.n for row in rows for cause in row.causes if row.n), default=1.0) or 1.0


class Methods(NamedTuple):
    """How one system's responses were read, the most frequent method first."""

    system: str
    n: int
    rows: tuple[ReadingRow, ...]


def _methods(rows: Sequence[ReadingRow]) -> list[Methods]:
    by_system: dict[str, list[ReadingRow]] = {}
    for row in rows:
        by_system.setdefault(row.system, []).append(row)
    return [Methods(system, sum(row.n for row in own), tuple(sorted(own, key=lambda row: -row.n))) for system, own in by_system.items()]
