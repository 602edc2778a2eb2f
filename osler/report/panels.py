"""Small drawings side by side, one per system, on axes that all of them share. Places are fractions of the drawing, so that text and
lines keep their size however wide it becomes."""

from collections.abc import Sequence
from typing import NamedTuple

from osler.report.axes import Axis, fraction_axis
from osler.report.graded_rows import CalibrationRow, LengthRow, SampleRow
from osler.report.numbers import count, percent, shortened, whole_percent

MAX_POINTS = 100
"""Of a line with more points than this, as many are drawn: a screen shows no more."""
MAX_MARKS = 20
"""A line with more points than this has no marks on them."""
TALLEST = 0.25
"""How much of the height the tallest of the columns takes that say how many there are."""
MAX_WIDTH_OF_COUNT = 0.04


class Mark(NamedTuple):
    """A point, in fractions from the left and from the top, and what it says in words."""

    x: float
    y: float
    text: str


class Line(NamedTuple):
    """Points joined from left to right. `name` stands beside the last one."""

    name: str
    marks: tuple[Mark, ...]
    has_marks: bool
    is_dashed: bool = False

    @property
    def path(self) -> str:
        """In hundredths of the drawing."""
        return "M" + " ".join(f"{100 * mark.x:.2f},{100 * mark.y:.2f}" for mark in self.marks)


class Column(NamedTuple):
    """From the foot of the drawing upwards."""

    x: float
    width: float
    height: float
    text: str


class Panel(NamedTuple):
    """`subtitle` says what of the system is drawn, `across` what runs from left to right; `spoken` is the whole in words, for who cannot
    see it."""

    title: str
    subtitle: str
    across: str
    spoken: str
    x_grid: tuple[tuple[float, str], ...]
    y_grid: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...] = ()
    columns: tuple[Column, ...] = ()
    has_diagonal: bool = False
    has_counts: bool = False


class Panels(NamedTuple):
    """`low` and `high` are the ends of the axis that runs upwards."""

    panels: tuple[Panel, ...]
    low: float
    high: float


def sample_panels(rows: Sequence[SampleRow]) -> Panels | None:
    """The vote of k samples and any of them, over k."""
    drawn = [row for row in rows if len(row.sweep) > 1]
    if not drawn:
        return None
    axis = fraction_axis([each for row in drawn for point in row.sweep for each in (point.vote, point.any_right)], 1, 0)
    counts = [point.k for row in drawn for point in row.sweep]
    least, most = min(counts), max(counts)

    def across(k: int) -> float:
        return (k - least) / (most - least)

    def panel(row: SampleRow) -> Panel:
        vote = [Mark(across(each.k), axis.at(each.vote), f"vote of {each.k}: {percent(each.vote)}") for each in row.sweep]
        any_right = [Mark(across(each.k), axis.at(each.any_right), f"any of {each.k}: {percent(each.any_right)}") for each in row.sweep]
        lines = (_line("any", any_right, is_dashed=True), _line("vote", vote))
        x_grid = tuple((across(k), str(k)) for k in dict.fromkeys((least, (least + most) // 2, most)))
        spoken = f"{vote[-1].text}; {any_right[-1].text}"
        return Panel(row.system, f"{count(row.n_items)} items", "samples", spoken, x_grid, _y_grid(axis), lines)

    return Panels(tuple(map(panel, drawn)), axis.low, axis.high)


def reliability_panels(rows: Sequence[CalibrationRow]) -> Panels | None:
    """The share that is right over the mean confidence, bin by bin, both axes whole."""
    drawn = [row for row in rows if any(each.n for each in row.bins)]
    whole = tuple((k, whole_percent(k)) for k in (0.0, 0.5, 1.0))
    y_grid = tuple((1 - k, text) for k, text in whole)

    def panel(row: CalibrationRow) -> Panel:
        bins = sorted((each for each in row.bins if each.n), key=lambda each: each.confidence)
        texts = [f"{count(each.n)} answers at {whole_percent(each.confidence)}: {percent(each.accuracy)} right" for each in bins]
        marks = [Mark(each.confidence, 1 - each.accuracy, text) for each, text in zip(bins, texts, strict=True)]
        most = max(each.n for each in bins)
        width = min(MAX_WIDTH_OF_COUNT, 0.5 / len(bins))
        columns = tuple(
            Column(min(max(each.confidence - width / 2, 0), 1 - width), width, TALLEST * each.n / most, text)
            for each, text in zip(bins, texts, strict=True)
        )
        spoken = f"Share that is right against confidence; ECE {row.ece:.3f}"
        return Panel(
            row.system,
            row.confidence,
            "confidence",
            spoken,
            whole,
            y_grid,
            (_line("", marks),),
            columns,
            has_diagonal=True,
            has_counts=True,
        )

    return Panels(tuple(map(panel, drawn)), 0, 1) if drawn else None


def coverage_panels(rows: Sequence[CalibrationRow]) -> Panels | None:
    """The accuracy of the surest answers over the share of them that is kept."""
    drawn = [row for row in rows if len(row.coverage) > 1]
    if not drawn:
        return None
    axis = fraction_axis([point.accuracy for row in drawn for point in row.coverage], 1, 0)

    def panel(row: CalibrationRow) -> Panel:
        points = _thinned(sorted(row.coverage))
        marks = [Mark(x, axis.at(y), f"the surest {whole_percent(x)}: {percent(y)} right") for x, y in points]
        x_grid = tuple((k, whole_percent(k)) for k in (0.0, 0.5, 1.0))
        return Panel(
            row.system,
            row.confidence,
            "share that is kept",
            f"{marks[0].text}; {marks[-1].text}",
            x_grid,
            _y_grid(axis),
            (_line("", marks),),
        )

    return Panels(tuple(map(panel, drawn)), axis.low, axis.high)


def length_panels(rows: Sequence[LengthRow]) -> Panels | None:
    """Accuracy by the length of the response, one column per bin, all of the same width."""
    drawn = [row for row in rows if row.bins]
    if not drawn:
        return None
    y_grid = tuple((1 - k, whole_percent(k)) for k in (0.0, 0.5, 1.0))

    def panel(row: LengthRow) -> Panel:
        slot = 1 / len(row.bins)
        texts = [f"up to {count(each.longest)} {row.unit}: {percent(each.accuracy)} of {count(each.n)} right" for each in row.bins]
        columns = tuple(
            Column((k + 0.1) * slot, 0.8 * slot, each.accuracy, text) for k, (each, text) in enumerate(zip(row.bins, texts, strict=True))
        )
        named = sorted({0, (len(row.bins) - 1) // 2, len(row.bins) - 1})
        x_grid = tuple(((k + 0.5) * slot, f"≤ {_short(row.bins[k].longest)}") for k in named)
        return Panel(row.system, "", f"{shortened(row.unit, 24)} in the response", "; ".join(texts), x_grid, y_grid, columns=columns)

    return Panels(tuple(map(panel, drawn)), 0, 1)


def _line(name: str, marks: Sequence[Mark], *, is_dashed: bool = False) -> Line:
    return Line(name, tuple(marks), len(marks) <= MAX_MARKS, is_dashed)


def _y_grid(axis: Axis) -> tuple[tuple[float, str], ...]:
    return tuple((axis.at(number), whole_percent(number)) for number in axis.grid)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most so many of the points, evenly chosen, with the first and the last."""
    if len(points) <= MAX_POINTS:
        return list(points)
    last = len(points) - 1
    return [points[round(k * last / (MAX_POINTS - 1))] for k in range(MAX_POINTS)]


def _short(number: float) -> str:
    """12345 → "12k": there is little room under a column."""
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number / 1000:.1f}k" if number >= 1000 else f"{number:.0f}"
