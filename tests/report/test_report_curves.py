import pytest

from osler.report.curves import NARROW, WIDE, AtSameBudget, Chart, Frame, curve_chart, drawable, reference_at, strategy_looks
from osler.report.rows import CurvePoint


def point(system: str, strategy: str, tokens: float, accuracy: float, policy: str = "evolved", n_items: int = 240) -> CurvePoint:
    return CurvePoint(system, strategy, policy, n_items, tokens, accuracy, accuracy - 0.05, accuracy + 0.05)


VOTES = [point("vote", "self_consistency", tokens, accuracy) for tokens, accuracy in ((400.0, 0.6), (100.0, 0.5), (1600.0, 0.8))]
BEAM = point("beam", "beam", 200.0, 0.7)
SEED = point("seed", "greedy", 100.0, 0.4, "seed")


@pytest.mark.parametrize(
    ("tokens", "accuracy"),
    [
        (100.0, 0.5),
        (200.0, 0.55),  # half of the logarithm from 100 to 400
        (800.0, 0.7),
        (1600.0, 0.8),
    ],
)
def test_self_consistency_is_read_off_its_line_at_the_same_tokens(tokens: float, accuracy: float):
    found = reference_at(point("beam", "beam", tokens, 0.7), VOTES)
    assert found is not None
    assert found.accuracy == pytest.approx(accuracy)
    assert found.n_items == 240


@pytest.mark.parametrize(
    "row",
    [
        point("beam", "beam", 99.0, 0.7),
        point("beam", "beam", 1601.0, 0.7),
        point("beam", "beam", 0.0, 0.7),
        point("beam", "beam", 200.0, 0.7, policy="seed"),
        VOTES[0],
    ],
)
def test_there_is_no_reference_beyond_the_line_nor_of_another_policy_nor_for_itself(row: CurvePoint):
    assert reference_at(row, VOTES) is None


def test_the_reference_is_over_as_many_items_where_it_answered_as_many():
    few = point("vote", "self_consistency", 200.0, 0.9, n_items=60)
    assert reference_at(point("beam", "beam", 200.0, 0.7, n_items=60), [*VOTES, few]) == AtSameBudget(0.9, 60)
    assert reference_at(point("beam", "beam", 400.0, 0.7, n_items=99), [*VOTES, few]) == AtSameBudget(0.6, 240)


def chart_of(rows: list[CurvePoint], frame: Frame = WIDE) -> Chart:
    return curve_chart(rows, frame)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_points_are_drawn_to_scale_with_their_intervals(frame: Frame):
    chart = chart_of([*VOTES, BEAM, SEED], frame)
    [beam] = [series for series in chart.series if series.system == "beam"]
    [drawn] = beam.points
    height = chart.box.bottom - chart.box.top
    assert (chart.y_axis.low, chart.y_axis.high) == (0.2, 1.0)  # intervals from 0.35 to 0.85, and at most six lines
    for y, accuracy in ((drawn.y, 0.7), (drawn.low_y, 0.65), (drawn.high_y, 0.75)):
        assert y == pytest.approx(chart.box.bottom - (accuracy - 0.2) / 0.8 * height, abs=0.01)
    x_100, x_200, x_400 = (chart.x_axis.at(tokens) for tokens in (100, 200, 400))
    assert drawn.x == x_200
    assert x_200 - x_100 == pytest.approx(x_400 - x_200, abs=0.02)
    assert chart.box.left < x_100 < chart.x_axis.at(1600) < chart.box.right


def test_the_points_of_a_system_are_joined_from_few_tokens_to_many():
    [votes] = [series for series in chart_of([*VOTES, BEAM]).series if series.system == "vote"]
    assert [drawn.x for drawn in votes.points] == sorted(drawn.x for drawn in votes.points)
    assert len(votes.points) == 3


def test_other_items_are_another_line():
    chart = chart_of([*VOTES, point("vote", "self_consistency", 200.0, 0.9, n_items=60)])
    assert sorted(len(series.points) for series in chart.series) == [1, 3]


def test_self_consistency_has_a_look_of_its_own_and_earlier_policies_are_hollow():
    chart = chart_of([SEED, *VOTES, BEAM])
    looks = {series.system: (series.look, series.is_hollow) for series in chart.series}
    assert looks == {"seed": (1, True), "vote": (0, False), "beam": (2, False)}


def test_many_strategies_share_the_looks_that_there_are():
    rows = [point(f"s{k}", f"strategy_{k}", 100.0, 0.5) for k in range(9)]
    assert list(strategy_looks(rows).values()) == [0, 1, 2, 3, 4, 5, 6, 1, 2, 3]


def test_a_long_name_is_shortened_in_the_chart():
    [series] = chart_of([point("a_system_with_a_name_of_many_many_words", "greedy", 100.0, 0.5)]).series
    assert series.label.text == "a_system_with_a_name_of_m…"
    assert series.points[0].text == "a_system_with_a_name_of_many_many_words: 50.0 % at 100 tokens per item, 240 items"


def test_what_generated_nothing_has_no_place_on_a_logarithmic_axis():
    assert drawable([BEAM, point("constant", "greedy", 0.0, 0.25)]) == [BEAM]
