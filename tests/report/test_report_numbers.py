import pytest

from osler.report.numbers import count, p_value, percent, point_span, points, ratio, seconds, span


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.4832), "48.3 %"),
        (percent(1.0), "100.0 %"),
        (span(0.441, 0.525), "44.1–52.5"),
        (points(0.042), "+4.2"),
        (points(-0.01), "−1.0"),
        (points(0.0), "0.0"),
        (points(-0.0004), "0.0"),
        (points(0.0004), "0.0"),
        (point_span(-0.01, 0.093), "[−1.0, +9.3]"),
        (p_value(0.0009), "< 0.001"),
        (p_value(0.001), "0.001"),
        (p_value(1.0), "1.000"),
        (count(1234567), "1,234,567"),
        (count(96.4), "96"),
        (ratio(1, 8), "12.5 %"),
        (ratio(0, 0), "–"),
        (seconds(3725.04), "3,725.0"),
    ],
)
def test_numbers_are_written_one_way(written: str, expected: str):
    assert written == expected
