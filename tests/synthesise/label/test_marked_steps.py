"""Marks, zeros after the first, balance and packing by hand."""

import pytest

from osler.core.passage import Passage
from osler.core.trace import Ending
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored
from osler.synthesise.label.marked_steps import balanced, marks_in, n_tokens, packed, zero_after
from osler.synthesise.labels import Label


@pytest.mark.parametrize(
    ("labels", "after"),
    [
        ((1.0, 1.0, 0.0, 1.0), (1.0, 1.0, 0.0, 0.0)),
        ((1.0, 1.0), (1.0, 1.0)),
        ((0.0, None, 1.0), (0.0, 0.0, 0.0)),
        ((None, 1.0, 0.0, None), (None, 1.0, 0.0, 0.0)),
        ((), ()),
    ],
)
def test_after_the_first_error_all_is_wrong(labels: tuple[Label, ...], after: tuple[Label, ...]) -> None:
    assert zero_after(labels) == after


@pytest.mark.parametrize(
    ("said", "marks"),
    [
        ([{"step": 1, "label": 1}, {"step": 2, "label": 0}], (1.0, 0.0)),
        ([{"step": 2, "label": 0, "reason": "No."}, {"step": 1, "label": 1}], (1.0, 0.0)),  # in any order
        ([{"step": 2, "label": 0}], (None, 0.0)),
        ([{"step": 1, "label": 1}, {"step": 1, "label": 0}, {"step": 2, "label": 1}], (None, 1.0)),  # it says both
        ([{"step": 1, "label": 1}, {"step": 1, "label": "?"}, {"step": 2, "label": 1}], (None, 1.0)),
        ([{"step": 1, "label": 0.5}, {"step": 2, "label": "good"}], (None, None)),
        ([{"step": 1, "label": True}, {"step": True, "label": 1}], (None, None)),
        ([{"step": 1, "label": 2}, {"step": 3, "label": 1}, {"step": 0, "label": 1}], (None, None)),
        (["1", 1, None, {"label": 1}, [1, 1]], (None, None)),
        ([], (None, None)),
    ],
)
def test_a_mark_that_cannot_be_read_is_masked(said: list[object], marks: tuple[Label, ...]) -> None:
    assert marks_in(said, 2) == marks


def solution(name: str, outcome: Outcome, *labels: Label) -> Authored:
    return Authored("policy", (name,) * len(labels), "", Ending.FINISHED, answer="A", outcome=outcome, labels=labels)


RIGHT = [solution(f"right {number}", Outcome.RIGHT, 1.0, 1.0) for number in range(5)]
WRONG = [solution(f"wrong {number}", Outcome.WRONG, 1.0, 0.0) for number in range(5)]
ALL_ONES = [solution(f"smooth {number}", Outcome.WRONG, 1.0, 1.0) for number in range(5)]


@pytest.mark.parametrize(("n_wrong", "n_right"), [(0, 2), (1, 2), (2, 2), (3, 3), (5, 5)])
def test_as_many_right_ones_stay_as_wrong_ones_or_two(n_wrong: int, n_right: int) -> None:
    """max(#kept wrong, 2)."""
    stay, left_out = balanced([*RIGHT, *WRONG[:n_wrong]])
    assert stay == [*RIGHT[:n_right], *WRONG[:n_wrong]]
    assert left_out == ({"right_to_spare": 5 - n_right} if n_right < 5 else {})


def test_a_wrong_solution_without_a_zero_goes_and_counts_for_no_right_one() -> None:
    stay, left_out = balanced([*ALL_ONES, *RIGHT, WRONG[0]])
    assert stay == [*RIGHT[:2], WRONG[0]]
    assert left_out == {"no_error": 5, "right_to_spare": 3}


def test_what_is_not_marked_or_not_judged_goes() -> None:
    unmarked = solution("unmarked", Outcome.RIGHT, None, None)
    bare = solution("bare", Outcome.RIGHT)
    silent = solution("silent", Outcome.NO_ANSWER, 1.0, 0.0)
    halfway = solution("halfway", Outcome.WRONG, None, 0.0)
    stay, left_out = balanced([unmarked, bare, silent, halfway])
    assert stay == [halfway]
    assert left_out == {"unjudged": 1, "unmarked": 2}


def test_passages_are_packed_whole_up_to_the_first_that_does_not_fit() -> None:
    """Of 40, 80 and 40 characters: 10, 20 and 10 tokens. Into 29 tokens only the first fits; the third does not take the second's place."""
    passages = [Passage(str(at), "x" * n) for at, n in enumerate((40, 80, 40))]
    assert [n_tokens(each) for each in passages] == [10, 20, 10]
    assert packed(passages, 40) == passages
    assert packed(passages, 39) == passages[:2]
    assert packed(passages, 30) == passages[:2]
    assert packed(passages, 29) == passages[:1]
    assert packed(passages, 9) == []


def test_headings_count_as_well() -> None:
    assert n_tokens(Passage("p", "x" * 31, heading=("Scurvy", "Care"))) == 12  # 13 characters, a line's end and 31
