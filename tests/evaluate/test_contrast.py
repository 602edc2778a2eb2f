"""A contrast is the mean of paired differences, with an interval over items."""

import pytest

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.evaluate.comparison import compare
from osler.evaluate.contrast import contrast
from osler.evaluate.grade import Graded


def graded(system: str, rights: str) -> list[Graded]:
    """One verdict a letter: 1 is right."""
    outcomes = [Outcome.RIGHT if each == "1" else Outcome.WRONG for each in rights]
    return [Graded(system, f"q{at}", "g", outcome, "", None, is_truncated=False, n_tokens=1) for at, outcome in enumerate(outcomes)]


def test_of_one_pair_it_is_that_comparison() -> None:
    ours, theirs = graded("a", "1" * 30 + "0" * 20), graded("b", "1" * 15 + "0" * 35)
    alone, whole = compare(ours, theirs, seed=1), contrast("?", [(ours, theirs)], 1)
    assert whole.difference == alone.difference == 0.3
    assert (whole.n_system_only, whole.n_baseline_only, whole.n) == (15, 0, 50)


def test_of_several_it_is_the_mean_over_items() -> None:
    """Of two pairs with differences of 1/4 and 3/4: by item (1 + 1)/2, (0 + 1)/2, (0 + 1)/2, 0."""
    pairs = [(graded("a", "1000"), graded("b", "0000")), (graded("c", "1110"), graded("d", "0000"))]
    found = contrast("does it help", pairs, 1)
    assert found.difference == 0.5
    assert (found.system, found.baseline, found.n_system_only) == ("does it help", "mean of 2", 3)


def test_the_interval_is_over_items_and_not_over_systems() -> None:
    """The same pair ten times over tells nothing more."""
    pair = (graded("a", "110" * 10), graded("b", "100" * 10))
    once, often = contrast("x", [pair], 1), contrast("x", [pair] * 10, 1)
    assert (once.low, once.high) == (often.low, often.high)


def test_other_items_are_refused() -> None:
    with pytest.raises(UserError, match=r"^contrasts\.x: its systems did not all answer the same items; give them the same n_items$"):
        contrast("x", [(graded("a", "10"), graded("b", "10")), (graded("c", "1"), graded("d", "1"))], 1)
