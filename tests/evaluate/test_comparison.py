import pytest

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.evaluate.comparison import Comparison, compare
from osler.evaluate.grade import Graded

R, W, N, U = Outcome.RIGHT, Outcome.WRONG, Outcome.NO_ANSWER, Outcome.UNJUDGED


def graded(outcomes: list[Outcome], system: str = "ours", group: str = "renal", start: int = 0) -> list[Graded]:
    return [
        Graded(system, f"q{position:03}", group, outcome, "reason", None, is_truncated=False, n_tokens=10)
        for position, outcome in enumerate(outcomes, start)
    ]


def test_a_comparison_by_hand():
    ours, theirs = graded([R] * 5 + [W, N, U] + [R] * 2), graded([W, N, U, W, W, R, W, W, R, R], "theirs")
    comparison = compare(ours, theirs, seed=1)
    # five items are ours alone, one theirs alone: difference 4/10, p = 2 × (1 + 6) / 2⁶
    assert (comparison.system, comparison.baseline, comparison.group, comparison.n) == ("ours", "theirs", "all", 10)
    assert (comparison.n_system_only, comparison.n_baseline_only) == (5, 1)
    assert comparison.difference == pytest.approx(0.4)
    assert comparison.p_value == pytest.approx(14 / 64)
    assert comparison.low <= 0.4 <= comparison.high


def test_the_order_of_verdicts_does_not_matter():
    ours, theirs = graded([R, R, W, W, R]), graded([W, W, R, N, R], "theirs")
    assert compare(ours, theirs, seed=1) == compare(ours[::-1], theirs, seed=1)


def test_the_other_way_round_the_sign_changes():
    ours, theirs = graded([R, R, W, W, R]), graded([W, W, R, N, R], "theirs")
    forth, back = compare(ours, theirs, seed=1), compare(theirs, ours, seed=1)
    assert (forth.difference, forth.p_value) == (-back.difference, back.p_value)


def test_a_comparison_can_be_of_one_group():
    ours = [*graded([R, R]), *graded([W], group="cardiac", start=2)]
    theirs = [*graded([W, W], "theirs"), *graded([R], "theirs", "cardiac", start=2)]
    comparison = compare(ours, theirs, seed=1, group="cardiac")
    assert (comparison.group, comparison.n, comparison.difference, comparison.n_baseline_only) == ("cardiac", 1, -1.0, 1)


@pytest.mark.parametrize(
    ("low", "high", "is_distinguishable"),
    [(0.01, 0.2, True), (-0.2, -0.01, True), (-0.01, 0.2, False), (0.0, 0.2, False), (-0.2, 0.0, False), (0.0, 0.0, False)],
)
def test_distinguishable_is_an_interval_clear_of_zero(low, high, is_distinguishable):
    assert Comparison("ours", "theirs", "all", 10, 0.0, low, high, 1, 1, 1.0).is_distinguishable is is_distinguishable


def test_a_system_is_not_distinguishable_from_itself():
    comparison = compare(graded([R, W, N]), graded([R, W, N], "theirs"), seed=1)
    assert (comparison.difference, comparison.low, comparison.high, comparison.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert not comparison.is_distinguishable


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        (graded([R, R]), graded([R], "theirs"), r"'q001' has a verdict on one side only \(1 such\)"),
        (graded([R]), graded([R, W], "theirs"), "'q001' has a verdict on one side only"),
        (graded([R]), [], "'q000' has a verdict on one side only"),
        ([], [], "no verdicts in group 'all'"),
        ([*graded([R]), *graded([R], "second", start=1)], graded([R, R], "theirs"), "'ours' and 'second' on one side"),
        ([*graded([R]), *graded([R])], graded([R], "theirs"), "'ours' has two on item 'q000'"),
    ],
)
def test_what_cannot_be_paired_is_refused_by_id(ours, theirs, message):
    with pytest.raises(UserError, match=message):
        compare(ours, theirs, seed=1)


def test_an_unknown_group_is_refused():
    with pytest.raises(UserError, match="no verdicts in group 'hepatic'"):
        compare(graded([R]), graded([R], "theirs"), seed=1, group="hepatic")
