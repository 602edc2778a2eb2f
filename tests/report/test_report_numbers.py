import pytest

from osler.report.numbers import (
    count,
    decimal,
    harmless,
    mark,
    p_value,
    percent,
    point_span,
    points,
    ratio,
    seconds,
    shortened,
    span,
    whole_percent,
)


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
        (whole_percent(0.4832), "48 %"),
        (decimal(0.91274), "0.913"),
        (decimal(0.5, 2), "0.50"),
        (mark("higher"), "▲"),
        (mark("lower"), "▼"),
        (mark("not distinguishable"), ""),
        (mark(None), ""),
        (shortened("abcdef", 6), "abcdef"),
        (shortened("abc defg", 5), "abc…"),
    ],
)
def test_numbers_are_written_one_way(written: str, expected: str):
    assert written == expected


def test_what_is_not_known_is_a_dash():
    unknown = [percent(None), whole_percent(None), points(None), point_span(None, None), p_value(None), decimal(None)]
    assert unknown == ["–"] * 6


def test_a_terminal_obeys_nothing_that_a_model_wrote():
    assert harmless("\x1b[2J\x07a\r\x9bb\u202ec\u2066d") == "\ufffd[2J\ufffda\ufffd\ufffdb\ufffdc\ufffdd"
    assert harmless("β-blocker,\n\tśĀ 心 👍") == "β-blocker,\n\tśĀ 心 👍"
