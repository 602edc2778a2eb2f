"""Curves of accuracy against tokens, and which system is a fair comparison: one that spent no less."""

import pytest

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.evaluate.curves import CurvePoint, at_equal_tokens, curve_point
from osler.evaluate.grade import Graded


def graded(system: str, tokens: list[int], n_right: int = 0) -> list[Graded]:
    """The first items, with these many tokens each; the first `n_right` of them right."""
    return [
        Graded(system, f"q-{at}", "", Outcome.RIGHT if at < n_right else Outcome.WRONG, "match", "A", is_truncated=False, n_tokens=n)
        for at, n in enumerate(tokens)
    ]


def test_a_point_of_the_curve() -> None:
    """3 of 4 right, 100 tokens in all. Wilson's interval by hand, z = 1.96: centre (0.75 + z²/8) / (1 + z²/4) = 0.6275, half width
    z·√(0.75·0.25/4 + z²/64) / (1 + z²/4) = 0.3269."""
    point = curve_point(graded("vote @ 2", [10, 20, 30, 40], 3), system="vote", strategy="self_consistency", policy="seed")
    interval = (pytest.approx(0.3006, abs=1e-3), pytest.approx(0.9544, abs=1e-3))
    assert point == CurvePoint("vote", "self_consistency", "seed", 4, 25.0, 0.75, *interval)


def test_a_point_of_nothing() -> None:
    with pytest.raises(UserError, match="metrics: there are no verdicts"):
        curve_point([], system="a", strategy="greedy", policy="seed")


def test_the_other_spends_at_least_as_much_and_no_more_than_it_must() -> None:
    """Of 100 tokens: 90 are nearer than 220, but fewer; 220 are nearer than 300."""
    less, more, most = graded("less", [45, 45]), graded("more", [110, 110]), graded("most", [150, 150])
    assert at_equal_tokens(graded("own", [50, 50]), [less, most, more]) == more
    assert at_equal_tokens(graded("own", [45, 45]), [less, most, more]) == less


def test_where_none_spent_so_much_the_one_that_spent_most_stands_for_it() -> None:
    less, more = graded("less", [10, 10]), graded("more", [20, 20])
    assert at_equal_tokens(graded("own", [50, 50]), [less, more]) == more


def test_only_the_same_items_count() -> None:
    """Over all its items the first spent 1,000 and over the two shared ones 20; the second 200 and 200."""
    wide, narrow = graded("wide", [10, 10, 490, 490]), graded("narrow", [100, 100])
    assert at_equal_tokens(graded("own", [10, 10]), [wide, narrow]) == wide[:2]
    assert at_equal_tokens(graded("own", [12, 12]), [wide, narrow]) == narrow


def test_whoever_answered_fewer_items_is_left_out() -> None:
    short, long = graded("short", [50]), graded("long", [1, 1])
    assert at_equal_tokens(graded("own", [50, 50]), [short, long]) == long


def test_nobody_answered_these_items() -> None:
    with pytest.raises(UserError, match=r"^at_equal_tokens: no other system answered all of these items; give one of them the same items$"):
        at_equal_tokens(graded("own", [50, 50]), [graded("short", [50])])


def test_no_tokens_at_all() -> None:
    free, dear = graded("free", [0]), graded("dear", [9])
    assert at_equal_tokens(graded("own", [0]), [dear, free]) == free
