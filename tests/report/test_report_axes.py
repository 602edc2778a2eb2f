import pytest

from osler.report.axes import fraction_axis, log_axis


@pytest.mark.parametrize(
    ("numbers", "grid"),
    [
        ([0.42, 0.58], (0.4, 0.45, 0.5, 0.55, 0.6)),
        ([0.0, 1.0], (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        ([0.36, 0.79], (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
        ([0.512], (0.51, 0.52)),
        ([0.5], (0.49, 0.5, 0.51)),
        ([1.0], (0.99, 1.0)),
        ([0.0], (0.0, 0.01)),
    ],
)
def test_an_axis_of_fractions_begins_and_ends_at_a_round_number(numbers: list[float], grid: tuple[float, ...]):
    axis = fraction_axis(numbers, 100, 0)
    assert axis.grid == pytest.approx(grid)
    assert (axis.low, axis.high) == pytest.approx((grid[0], grid[-1]))
    assert (axis.at(axis.low), axis.at(axis.high)) == (100, 0)


def test_a_number_lies_where_its_share_of_the_axis_is():
    axis = fraction_axis([0.4, 0.6], 200, 0)
    assert axis.at(0.45) == 150  # a quarter of the way up from 0.4


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis():
    axis = log_axis([100, 1600], 0, 400)
    distances = [axis.at(2 * tokens) - axis.at(tokens) for tokens in (100, 200, 400, 800)]
    assert distances == pytest.approx([distances[0]] * 4, abs=0.02)
    assert axis.grid == (100, 200, 500, 1000, 2000)
    assert 0 < axis.at(100) < axis.at(1600) < 400


def test_a_long_logarithmic_axis_has_the_powers_of_ten_alone():
    assert log_axis([1, 1_000_000], 0, 400).grid == tuple(10.0**power for power in range(7))


def test_one_point_alone_still_has_an_axis():
    axis = log_axis([64], 0, 400)
    assert axis.at(64) == pytest.approx(200)
    assert axis.grid == (60, 80)


def test_a_short_logarithmic_axis_has_round_numbers_as_well():
    assert log_axis([118, 150], 0, 400).grid == (100, 120, 150)
    assert log_axis([0.9, 3], 0, 400).grid == (1, 2)
