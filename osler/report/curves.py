"""Accuracy against the tokens that were spent: the chart's geometry, and self-consistency at the same budget."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from osler.report.axes import Axis, fraction_axis, log_axis
from osler.report.labels import Box, Label, place
from osler.report.numbers import count, percent, shortened, whole_percent
from osler.report.rows import CurvePoint

REFERENCE = "self_consistency"
N_LOOKS = 6
"""The colours and shapes that the style sheet has for the strategies other than the reference."""


class Frame(NamedTuple):
    """The size of a chart and of the text in it, in the same units."""

    width: float
    height: float
    right_margin: float
    text_size: float
    n_characters: int


WIDE = Frame(960, 460, 140, 13, 26)
NARROW = Frame(360, 400, 12, 11, 22)


class DrawnPoint(NamedTuple):
    """A point with its whisker, and what it says in words."""

    x: float
    y: float
    low_y: float
    high_y: float
    text: str


class Series(NamedTuple):
    """The points of one system over the same items, from few tokens to many. Look 0 is the reference's."""

    system: str
    look: int
    is_hollow: bool
    points: tuple[DrawnPoint, ...]
    label: Label


class Chart(NamedTuple):
    frame: Frame
    box: Box
    x_axis: Axis
    y_axis: Axis
    x_grid: tuple[tuple[float, str], ...]
    y_grid: tuple[tuple[float, str], ...]
    series: tuple[Series, ...]


def drawable(rows: Sequence[CurvePoint]) -> list[CurvePoint]:
    """A logarithmic axis has no place for a system that generated nothing."""
    return [row for row in rows if row.tokens_per_item > 0]


def by_system(rows: Sequence[CurvePoint]) -> list[list[CurvePoint]]:
    keys = dict.fromkeys((row.system, row.policy, row.strategy, row.n_items) for row in rows)
    lines = [[row for row in rows if (row.system, row.policy, row.strategy, row.n_items) == key] for key in keys]
    return [sorted(line, key=lambda row: row.tokens_per_item) for line in lines]


def curve_chart(rows: Sequence[CurvePoint], frame: Frame) -> Chart:
    """The points of each system joined by a line, its name beside one of them. Those of other policies than the last
    are hollow."""
    box = Box(44, 14, frame.width - frame.right_margin, frame.height - 48)
    x_axis = log_axis([row.tokens_per_item for row in rows], box.left, box.right, 9 if frame is WIDE else 5)
    y_axis = fraction_axis([end for row in rows for end in (row.low, row.high)], box.bottom, box.top)
    lines = by_system(rows)
    drawn = [[_drawn(row, x_axis, y_axis) for row in line] for line in lines]
    names = [
        (shortened(line[0].system, frame.n_characters), [(point.x, point.y) for point in points])
        for line, points in zip(lines, drawn, strict=True)
    ]
    labels = place(names, _taken(drawn), Box(box.left, 4, frame.width - 2, box.bottom), frame.text_size)
    looks, last_policy = strategy_looks(rows), rows[-1].policy
    series = tuple(
        Series(line[0].system, looks[line[0].strategy], line[0].policy != last_policy, tuple(points), label)
        for line, points, label in zip(lines, drawn, labels, strict=True)
    )
    x_grid = tuple((x_axis.at(number), count(number) if number >= 10 else f"{number:g}") for number in x_axis.grid)
    y_grid = tuple((y_axis.at(number), whole_percent(number)) for number in y_axis.grid)
    return Chart(frame, box, x_axis, y_axis, x_grid, y_grid, series)


def strategy_looks(rows: Sequence[CurvePoint]) -> dict[str, int]:
    """A number for each strategy, by which the style sheet colours it: 0 for self-consistency."""
    others = [strategy for strategy in dict.fromkeys(row.strategy for row in rows) if strategy != REFERENCE]
    return {REFERENCE: 0} | {strategy: 1 + position % N_LOOKS for position, strategy in enumerate(others)}


class AtSameBudget(NamedTuple):
    """Self-consistency's accuracy over `n_items` items, read off its line at another system's tokens."""

    accuracy: float
    n_items: int


def reference_at(row: CurvePoint, rows: Sequence[CurvePoint]) -> AtSameBudget | None:
    """Self-consistency of the same policy at as many tokens: straight between its two neighbours, over the logarithm of the tokens. Over
    the same number of items where it answered as many, else over its own. None beyond its ends, and for itself."""
    votes = [vote for vote in drawable(rows) if vote.strategy == REFERENCE and vote.policy == row.policy]
    if row.strategy == REFERENCE or row.tokens_per_item <= 0 or not votes:
        return None
    most = max(vote.n_items for vote in votes)
    n_items = row.n_items if any(vote.n_items == row.n_items for vote in votes) else most
    line = sorted((vote.tokens_per_item, vote.accuracy) for vote in votes if vote.n_items == n_items)
    for (below, accuracy), (above, next_accuracy) in pairwise([line[0], *line]):
        if below <= row.tokens_per_item <= above:
            share = math.log(row.tokens_per_item / below) / math.log(above / below) if above > below else 0.0
            return AtSameBudget(accuracy + share * (next_accuracy - accuracy), n_items)
    return None


def _drawn(row: CurvePoint, x_axis: Axis, y_axis: Axis) -> DrawnPoint:
    text = f"{row.system}: {percent(row.accuracy)} at {count(row.tokens_per_item)} tokens per item, {count(row.n_items)} items"
    return DrawnPoint(x_axis.at(row.tokens_per_item), y_axis.at(row.accuracy), y_axis.at(row.low), y_axis.at(row.high), text)


def _taken(drawn: Sequence[Sequence[DrawnPoint]]) -> list[Box]:
    """What labels should not cover: points, whiskers and the lines between points."""
    boxes = []
    for points in drawn:
        for point in points:
            boxes += [Box(point.x - 6, point.y - 6, point.x + 6, point.y + 6), Box(point.x - 2, point.high_y, point.x + 2, point.low_y)]
        for first, second in pairwise(points):
            for k in range(1, 8):
                x, y = (a + k / 8 * (b - a) for a, b in ((first.x, second.x), (first.y, second.y)))
                boxes.append(Box(x - 5, y - 3, x + 5, y + 3))
    return boxes
