import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.selection import best, majority, weighted_vote
from osler.core.trace import Ending, Trace

QUESTION = Question("q1", "Which?", {"A": "one", "B": "two", "C": "three"})


def traces(answers: str) -> list[Trace]:
    """A finished trace per letter; "-" is a trace that abstains and "?" one that is still open."""
    readings = {"-": Reading(abstention=Abstention.SEVERAL), "?": None}
    return [Trace(QUESTION, ending=Ending.FINISHED, reading=readings.get(letter, Reading(value=letter))) for letter in answers]


@pytest.mark.parametrize(
    ("answers", "position"),
    [("ABB", 1), ("BAA", 1), ("AB", 0), ("ABBA", 0), ("CABBA", 1), ("----B", 4), ("-?-", None), ("", None), ("A", 0)],
)
def test_majority_by_hand(answers, position):
    assert majority(traces(answers)) == position


@pytest.mark.parametrize(
    ("answers", "values", "position"),
    [
        ("ABC", [0.1, 0.9, 0.5], 1),
        ("A-C", [0.1, 0.9, 0.5], 2),
        ("AB", [0.5, 0.5], 0),
        ("-?", [0.5, 0.9], None),
        ("", [], None),
        ("AB", [-2.0, -1.0], 1),
    ],
)
def test_best_by_hand(answers, values, position):
    assert best(traces(answers), values) == position


@pytest.mark.parametrize(
    ("answers", "values", "position"),
    [
        # B has 0.4 + 0.5 = 0.9 against 0.8 for A, which is best alone; the higher of the two Bs is chosen
        ("ABB", [0.8, 0.4, 0.5], 2),
        # A has two votes but 0.3 in all
        ("AAB", [0.1, 0.2, 0.7], 2),
        ("AB", [0.5, 0.5], 0),
        ("BAA", [0.5, 0.25, 0.25], 0),
        ("ABA", [0.5, 0.1, 0.5], 0),
        ("--B", [0.9, 0.9, 0.1], 2),
        ("?-", [0.9, 0.9], None),
        ("", [], None),
    ],
)
def test_weighted_vote_by_hand(answers, values, position):
    assert weighted_vote(traces(answers), values) == position


def test_a_weighted_tie_is_a_tie_in_any_order():
    # summed from the left, 0.1 + 0.2 + 0.3 is 0.6000000000000001 and 0.3 + 0.2 + 0.1 is 0.6
    assert weighted_vote(traces("ABABAB"), [0.3, 0.1, 0.2, 0.2, 0.1, 0.3]) == 0
    assert weighted_vote(traces("ABABAB"), [0.1, 0.3, 0.2, 0.2, 0.3, 0.1]) == 4


@pytest.mark.parametrize("select", [best, weighted_vote])
def test_a_value_per_trace_is_demanded(select):
    with pytest.raises(ValueError, match="2 traces and 1 values"):
        select(traces("AB"), [0.5])


ANSWERS = st.text("ABC-?", max_size=12)


@given(ANSWERS)
def test_majority_is_a_first_trace_of_a_most_common_answer(answers):
    votes = Counter(letter for letter in answers if letter in "ABC")
    position = majority(traces(answers))
    if position is None:
        assert not votes
    else:
        assert votes[answers[position]] == max(votes.values())
        assert answers.index(answers[position]) == position


@given(ANSWERS)
def test_equal_values_vote_as_the_majority_and_the_first_is_best(answers):
    ones = [1.0] * len(answers)
    assert weighted_vote(traces(answers), ones) == majority(traces(answers))
    assert best(traces(answers), ones) == next((position for position, letter in enumerate(answers) if letter in "ABC"), None)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 100)), max_size=8))
def test_traces_that_abstain_change_nothing(pairs):
    plain = traces("".join(letter for letter, _ in pairs))
    values = [float(value) for _, value in pairs]
    with_abstentions = [trace for one in plain for trace in (one, *traces("-"))]
    with_values = [number for value in values for number in (value, 1000.0)]
    for select in (best, weighted_vote):
        position = select(plain, values)
        assert select(with_abstentions, with_values) == (None if position is None else 2 * position)


def test_the_search_does_not_load_numpy():
    program = "import sys, osler.core.selection; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
