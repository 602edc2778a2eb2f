import math
from typing import Any

import pytest

from osler.report.axes import linear_axis
from osler.report.curves import NARROW, WIDE
from osler.report.frontier import MAX_NAMED, by_unit, cost_charts
from osler.report.graded_rows import CalibrationBin, CalibrationRow, CostRow, CoveragePoint, LengthBin, LengthRow, SampleRow, SweepPoint
from osler.report.numbers import amount, signed
from osler.report.panels import MAX_POINTS, coverage_panels, length_panels, reliability_panels, sample_panels
from osler.report.rows import MetricRow


def cost(system: str, per_item: float, accuracy: float, is_on_front: bool = True, unit: str = "tokens") -> CostRow:
    return CostRow(system, unit, per_item, accuracy, is_on_front)


def interval(system: str, accuracy: float) -> MetricRow:
    return MetricRow(system, "all", 100, 0, accuracy, accuracy - 0.1, accuracy + 0.1, 0, 0, 0, None)


def calibrated(**fields: Any) -> CalibrationRow:
    bins = (CalibrationBin(50, 0.9, 0.7), CalibrationBin(0, 0.0, 0.0), CalibrationBin(100, 0.25, 0.3))
    coverage = (CoveragePoint(1.0, 0.5), CoveragePoint(0.5, 0.75), CoveragePoint(0.1, 0.9))
    return CalibrationRow(
        **{"system": "s", "confidence": "c", "binning": "b", "n": 150, "ece": 0.1, "brier": 0.2, "bins": bins, "coverage": coverage}
        | fields
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (1273.4, "1,273"),
        (99.96, "100.0"),
        (41.26, "41.3"),
        (0.00123, "0.00123"),
        (-0.5, "−0.500"),
        (-1273.4, "−1,273"),
        (3.2e-9, "3.20e−09"),
    ],
)
def test_an_amount_has_three_digits_that_tell_something(number: float | None, text: str):
    assert amount(number) == text


def test_a_difference_of_amounts_has_its_sign():
    assert [signed(number) for number in (12.34, -12.34, 0.0, None)] == ["+12.3", "−12.3", "0", "–"]


@pytest.mark.parametrize(
    ("highest", "grid"),
    [
        (0.0121, (0, 0.005, 0.01, 0.015)),
        (903, (0, 200, 400, 600, 800, 1000)),
        (1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (5, (0, 1, 2, 3, 4, 5)),
        (0, (0,)),
    ],
)
def test_a_linear_axis_begins_at_nothing_and_ends_at_a_round_number(highest: float, grid: tuple[float, ...]):
    axis = linear_axis(highest, 10, 110)
    assert axis.grid == pytest.approx(grid)
    assert axis.at(0) == 10
    assert axis.at(highest) <= 110


def test_samples_are_drawn_from_the_first_to_all_on_one_axis():
    sweep = (SweepPoint(1, 0.5, 0.5), SweepPoint(2, 0.5, 0.6), SweepPoint(5, 0.6, 0.7))
    alone = SampleRow("alone", 10, 1, 0.4, 0.0, (SweepPoint(1, 0.4, 0.4),))
    drawn = sample_panels([SampleRow("s", 10, 5, 0.5, 0.1, sweep), alone])
    assert drawn is not None
    [panel] = drawn.panels  # one sample alone has no line
    any_right, vote = panel.lines
    assert [mark.x for mark in vote.marks] == [0, 0.25, 1]
    assert (drawn.low, drawn.high) == (0.5, 0.7)
    assert [mark.y for mark in vote.marks] == pytest.approx([1, 1, 0.5])
    assert [mark.y for mark in any_right.marks] == pytest.approx([1, 0.5, 0])
    assert any_right.path == "M0.00,100.00 25.00,50.00 100.00,0.00"
    assert panel.x_grid == ((0, "1"), (0.5, "3"), (1, "5"))
    assert sample_panels([alone]) is None


def test_reliability_leaves_out_empty_bins_and_both_axes_are_whole():
    drawn = reliability_panels([calibrated(), calibrated(bins=())])
    assert drawn is not None
    [panel] = drawn.panels
    assert [(mark.x, mark.y) for mark in panel.lines[0].marks] == [(0.25, 0.7), (0.9, pytest.approx(0.3))]
    assert [column.height for column in panel.columns] == [0.25, 0.125]
    assert (drawn.low, drawn.high) == (0, 1)
    assert reliability_panels([calibrated(bins=())]) is None


def test_coverage_runs_from_the_surest_to_all():
    drawn = coverage_panels([calibrated()])
    assert drawn is not None
    marks = drawn.panels[0].lines[0].marks
    assert [mark.x for mark in marks] == [0.1, 0.5, 1.0]
    assert (drawn.low, drawn.high) == (0.5, 0.9)
    assert marks[0].y == pytest.approx(0)
    assert marks[-1].y == pytest.approx(1)


def test_a_line_of_very_many_points_is_thinned_and_keeps_its_ends():
    points = tuple(CoveragePoint(k / 5000, 1 - k / 10000) for k in range(1, 5001))
    drawn = coverage_panels([calibrated(coverage=points)])
    assert drawn is not None
    line = drawn.panels[0].lines[0]
    assert len(line.marks) == MAX_POINTS
    assert (line.marks[0].x, line.marks[-1].x) == (1 / 5000, 1.0)
    assert not line.has_marks


def test_bins_of_length_are_columns_of_one_width_from_the_foot():
    bins = tuple(LengthBin(longest, 10, accuracy) for longest, accuracy in ((80.0, 0.9), (1500.0, 0.5), (12345.0, 0.1), (20000.0, 0.0)))
    drawn = length_panels([LengthRow("s", "tokens", 1, 2, 0, 1, None, bins)])
    assert drawn is not None
    [panel] = drawn.panels
    assert [column.height for column in panel.columns] == [0.9, 0.5, 0.1, 0.0]
    assert {round(column.width, 6) for column in panel.columns} == {0.2}
    assert panel.x_grid == ((0.125, "≤ 80"), (0.375, "≤ 1.5k"), (0.875, "≤ 20k"))


def test_units_are_kept_apart_and_one_system_is_no_comparison():
    rows = [cost("b", 5, 0.5), cost("a", 2, 0.4), cost("a", 1, 0.4, unit="seconds")]
    assert {unit: [row.system for row in found] for unit, found in by_unit(rows).items()} == {"tokens": ["a", "b"]}


@pytest.mark.parametrize(
    ("amounts", "is_log"),
    [((10.0, 80.0), True), ((10.0, 79.0), False), ((0.0, 80.0), False), ((0.0, 0.0), False)],
)
def test_the_axis_of_cost_is_logarithmic_where_costs_differ_much(amounts: tuple[float, float], is_log: bool):
    [charts] = cost_charts([cost("a", amounts[0], 0.4), cost("b", amounts[1], 0.6)], [])
    assert charts.wide.x_axis.is_log is is_log
    assert all(math.isfinite(mark.x) for mark in charts.wide.marks)


def test_the_front_is_a_staircase_from_the_cheapest_to_the_edge():
    rows = [cost("a", 1, 0.4), cost("b", 2, 0.3, is_on_front=False), cost("c", 4, 0.6)]
    [charts] = cost_charts(rows, [interval("a", 0.4), interval("b", 0.3), interval("c", 0.6)])
    chart = charts.wide
    a, b, c = chart.marks
    assert (a.is_on_front, b.is_on_front, c.is_on_front) == (True, False, True)
    assert chart.front == f"M{a.x:g} {a.y:g}H{c.x:g}V{c.y:g}H{chart.box.right:g}"
    assert a.low_y > a.y > a.high_y  # the interval that is known, downwards on the paper
    assert c.y < a.y < b.y


def test_of_very_many_systems_those_on_the_front_have_names():
    rows = [cost(f"s{k}", 1 + k, 0.3 + k / 100, is_on_front=k < 3) for k in range(MAX_NAMED + 1)]
    [charts] = cost_charts(rows, [])
    for chart, frame in ((charts.wide, WIDE), (charts.narrow, NARROW)):
        assert chart.frame is frame
        assert sorted(label.text for label in chart.labels) == ["s0", "s1", "s2"]
        assert chart.n_unnamed == MAX_NAMED - 2
        assert len(chart.marks) == len(rows)
