"""Accuracy against cost: the chart's geometry, with the systems that no other beats both in cost and in accuracy."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from osler.report.axes import Axis, fraction_axis, linear_axis, log_axis
from osler.report.curves import NARROW, WIDE, Frame
from osler.report.graded_rows import CostRow
from osler.report.labels import Box, Label, place
from osler.report.numbers import amount, percent, shortened, whole_percent
from osler.report.rows import MetricRow

LOG_RATIO = 8
"""From this ratio of the dearest to the cheapest on, the axis of cost is logarithmic."""
MAX_NAMED = 12
"""With more systems than this, those on the front alone have their names written."""


class CostMark(NamedTuple):
    """A system with the whisker of its accuracy, where its interval is known, and what it says in words."""

    x: float
    y: float
    low_y: float
    high_y: float
    is_on_front: bool
    text: str


class CostChart(NamedTuple):
    """`front` is the staircase of the best accuracy for at most so much, as the path of a line."""

    frame: Frame
    box: Box
    x_axis: Axis
    y_axis: Axis
    x_grid: tuple[tuple[float, str], ...]
    y_grid: tuple[tuple[float, str], ...]
    front: str
    marks: tuple[CostMark, ...]
    labels: tuple[Label, ...]
    n_unnamed: int


class CostCharts(NamedTuple):
    """One unit's chart, wide and narrow, and its rows from the cheapest on."""

    unit: str
    rows: tuple[CostRow, ...]
    wide: CostChart
    narrow: CostChart


def by_unit(costs: Sequence[CostRow]) -> dict[str, list[CostRow]]:
    """The rows of each unit in which there are two systems or more, the cheapest first."""
    units: dict[str, list[CostRow]] = {}
    for row in sorted(costs, key=lambda row: (row.per_item, -row.accuracy)):
        units.setdefault(row.unit, []).append(row)
    return {unit: units[unit] for unit in dict.fromkeys(row.unit for row in costs) if len(units[unit]) > 1}


def cost_charts(costs: Sequence[CostRow], overall: Sequence[MetricRow]) -> list[CostCharts]:
    """One for each unit in which there is something to compare."""
    intervals = {row.system: row for row in overall}
    return [
        CostCharts(unit, tuple(rows), *(cost_chart(rows, intervals, frame) for frame in (WIDE, NARROW)))
        for unit, rows in by_unit(costs).items()
    ]


def cost_chart(rows: Sequence[CostRow], intervals: Mapping[str, MetricRow], frame: Frame) -> CostChart:
    """`intervals` are known accuracies by system. The axis is logarithmic where the costs differ much and none is nothing."""
    box = Box(44, 14, frame.width - frame.right_margin, frame.height - 48)
    x_axis = _x_axis([row.per_item for row in rows], box, 9 if frame is WIDE else 5)
    ends = {row.system: _ends(row, intervals) for row in rows}
    y_axis = fraction_axis([end for each in ends.values() for end in each], box.bottom, box.top)
    marks = tuple(_mark(row, *ends[row.system], x_axis, y_axis) for row in rows)
    named = [(row, mark) for row, mark in zip(rows, marks, strict=True) if len(rows) <= MAX_NAMED or row.is_on_front]
    names = [(shortened(row.system, frame.n_characters), [(mark.x, mark.y)]) for row, mark in named]
    front = sorted((mark.x, mark.y) for mark in marks if mark.is_on_front)
    labels = place(
        names,
        _taken(marks, [*front, *((box.right, y) for _, y in front[-1:])]),
        Box(box.left, 4, frame.width - 2, box.bottom),
        frame.text_size,
    )
    x_grid = tuple((x_axis.at(number), f"{number:,.6g}") for number in x_axis.grid)
    y_grid = tuple((y_axis.at(number), whole_percent(number)) for number in y_axis.grid)
    return CostChart(frame, box, x_axis, y_axis, x_grid, y_grid, _stairs(front, box), marks, tuple(labels), len(rows) - len(named))


def _x_axis(costs: Sequence[float], box: Box, max_lines: int) -> Axis:
    if min(costs) > 0 and max(costs) >= LOG_RATIO * min(costs):
        return log_axis(costs, box.left, box.right, max_lines)
    return linear_axis(max(costs), box.left, box.right, max_lines)


def _ends(row: CostRow, intervals: Mapping[str, MetricRow]) -> tuple[float, float]:
    known = intervals.get(row.system)
    return (row.accuracy, row.accuracy) if known is None else (min(known.low, row.accuracy), max(known.high, row.accuracy))


def _mark(row: CostRow, low: float, high: float, x_axis: Axis, y_axis: Axis) -> CostMark:
    text = f"{row.system}: {percent(row.accuracy)}, {row.unit} per item {amount(row.per_item)}"
    return CostMark(x_axis.at(row.per_item), y_axis.at(row.accuracy), y_axis.at(low), y_axis.at(high), row.is_on_front, text)


def _stairs(front: Sequence[tuple[float, float]], box: Box) -> str:
    """From one system of the front across to the cost of the next and up to it, and on to the edge."""
    if not front:
        return ""
    steps = "".join(f"H{x:g}V{y:g}" for x, y in front[1:])
    return f"M{front[0][0]:g} {front[0][1]:g}{steps}H{box.right:g}"


def _taken(marks: Sequence[CostMark], front: Sequence[tuple[float, float]]) -> list[Box]:
    """What names should not cover: marks, whiskers and the stairs."""
    boxes = [Box(mark.x - 6, mark.y - 6, mark.x + 6, mark.y + 6) for mark in marks]
    boxes += [Box(mark.x - 2, mark.high_y, mark.x + 2, mark.low_y) for mark in marks]
    for (x, y), (next_x, next_y) in pairwise(front):
        boxes += [Box(x, y - 2, next_x, y + 2), Box(next_x - 2, min(y, next_y), next_x + 2, max(y, next_y))]
    return boxes
