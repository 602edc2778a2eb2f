"""A published rule beside the strict reading: every difference has a cause, and the causes add up to the difference."""

import pytest

from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.rules import DEFAULT, Cause, cause_of, rule_difference


def row(answer: str | None, key: str = "A", reason: str = "") -> Graded:
    outcome = Outcome.NO_ANSWER if answer is None else Outcome.RIGHT if answer == key else Outcome.WRONG
    return Graded("tiny", "q", "", outcome, reason, answer, False, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "cause"),
    [
        (row(None, reason="refused"), row("A", reason=DEFAULT), "put_in_an_answer"),
        (row("B"), row("A", reason=DEFAULT), "put_in_an_answer"),
        (row(None, reason="several"), row("B"), "read_where_we_find_several"),
        (row("B"), row(None), "read_nothing"),
        (row("B"), row("C"), "read_another_answer"),
        (row("A"), row("A", key="B"), "judged_otherwise"),
    ],
)
def test_every_difference_has_a_cause(ours: Graded, theirs: Graded, cause: str) -> None:
    assert cause_of(ours, theirs) == cause


def test_the_causes_add_up_to_the_difference() -> None:
    """Of six responses the rule gets three right and the strict reading two."""
    strict = [row("A"), row("A"), row("B"), row(None, reason="empty"), row(None, reason="empty"), row("C")]
    ruled = [row("A"), row("B"), row("A"), row("A", reason=DEFAULT), row("A", "B", reason=DEFAULT), row("C")]
    found = rule_difference("some_rule", strict, ruled)
    assert (found.system, found.rule, found.n, found.accuracy, found.strict) == ("tiny", "some_rule", 6, 3 / 6, 2 / 6)
    assert found.causes == (Cause("read_another_answer", 2, 1, 1), Cause("put_in_an_answer", 2, 1, 0))
    assert sum(cause.n_right - cause.n_strict for cause in found.causes) / found.n == pytest.approx(found.accuracy - found.strict)


def test_where_nothing_differs_there_are_no_causes() -> None:
    assert rule_difference("some_rule", [row("A")], [row("A")]).causes == ()
