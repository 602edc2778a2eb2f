import pytest

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.labels import LABEL_RULES, LabelledTrace, monte_carlo, outcome, tree_value

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})


def ended(steps: str, verdict: float, *, ending: Ending = Ending.FINISHED) -> tuple[Trace, tuple[float, ...]]:
    """A trace with a step per letter, and what the oracle says of it: the same for each step."""
    reading = Reading(value="B") if ending is Ending.FINISHED else Reading(abstention=Abstention.TRUNCATED)
    return Trace(QUESTION, tuple(map(Step, steps)), ending=ending, reading=reading), (verdict,) * len(steps)


def node(steps: str, value: float) -> Node:
    return Node(None, Trace(QUESTION, tuple(map(Step, steps))), value, first_value=0.0, n_visits=1)


def solution(*pairs: tuple[Trace, tuple[float, ...]], tree: tuple[Node, ...] = ()) -> Solution:
    return Solution(QUESTION, tuple(trace for trace, _ in pairs), None, tuple(scores for _, scores in pairs), tree)


FOUND = solution(
    ended("abc", 1.0), ended("abd", 0.0), ended("ae", 1.0), ended("fg", 0.0), tree=(node("", 0.4), node("a", 0.6), node("ab", 0.35))
)


def test_monte_carlo_labels_by_hand():
    """ "a" begins three traces, of which two are right: ⅔. "a", "b" begins two, of which one is: ½. "f" begins one only and is masked. Each
    last step is the verdict on its trace."""
    assert [each.labels_S for each in monte_carlo(FOUND)] == [(2 / 3, 0.5, 1.0), (2 / 3, 0.5, 0.0), (2 / 3, 1.0), (None, 0.0)]


def test_tree_value_labels_by_hand():
    """The tree has "a" (.6) and "a", "b" (.35); what lies beyond it is masked, but for the last step, which is the verdict."""
    assert [each.labels_S for each in tree_value(FOUND)] == [(0.6, 0.35, 1.0), (0.6, 0.35, 0.0), (0.6, 1.0), (None, 0.0)]


def test_outcome_labels_by_hand():
    assert [each.labels_S for each in outcome(FOUND)] == [(1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]


def test_a_trace_that_ends_where_another_goes_on_counts_for_their_common_steps():
    """ "a", "b" ends right in one and goes on to wrong in the other: ½ on the way, and its verdict where it ends."""
    assert [each.labels_S for each in monte_carlo(solution(ended("ab", 1.0), ended("abc", 0.0)))] == [(0.5, 1.0), (0.5, 0.5, 0.0)]


def test_the_same_words_after_other_steps_are_another_step():
    """Two traces share the text "x", but after "a" and after "b": both are masked."""
    assert [each.labels_S for each in monte_carlo(solution(ended("axc", 1.0), ended("bxd", 0.0)))] == [(None, None, 1.0), (None, None, 0.0)]


def test_a_value_in_the_tree_does_not_replace_a_verdict():
    """The last step is a node of the tree too, with another value."""
    assert tree_value(solution(ended("ab", 1.0), tree=(node("", 0.0), node("a", 0.7), node("ab", 0.9))))[0].labels_S == (0.7, 1.0)


@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
def test_every_step_has_a_label_between_0_and_1_or_is_masked_and_the_last_is_the_verdict(rule):
    labelled = LABEL_RULES[rule](FOUND)
    assert [each.trace for each in labelled] == list(FOUND.candidates)
    for each, scores_S in zip(labelled, FOUND.scores, strict=True):
        assert len(each.labels_S) == len(each.trace.steps)
        assert all(label is None or 0 <= label <= 1 for label in each.labels_S)
        assert each.labels_S[-1] == scores_S[-1]
        assert each.is_right == (scores_S[-1] == 1.0)


@pytest.mark.parametrize("ending", [Ending.LENGTH, Ending.MALFORMED, Ending.EMPTY, Ending.ERROR])
@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
def test_a_trace_that_was_not_finished_is_not_labelled(rule, ending):
    """It has steps of which nothing is known, or none. A strategy may still have it among its candidates: `best_of_n` does. "a" then begins
    one finished trace only."""
    cut, unread = ended("ac", 0.0, ending=ending), ended("", 0.0, ending=ending)
    [labelled] = LABEL_RULES[rule](solution(cut, ended("ab", 1.0), unread))
    assert labelled.trace.ending is Ending.FINISHED
    assert labelled.labels_S in [(None, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
def test_where_nothing_was_finished_nothing_is_labelled(rule):
    assert LABEL_RULES[rule](Solution(QUESTION, (), None)) == []


def test_the_rules_have_their_names():
    assert {"monte_carlo": monte_carlo, "tree_value": tree_value, "outcome": outcome} == LABEL_RULES


def test_a_trace_is_right_by_its_last_label_alone():
    trace, _ = ended("ab", 1.0)
    assert LabelledTrace(trace, (0.0, 1.0)).is_right
    assert not LabelledTrace(trace, (1.0, 0.0)).is_right
    assert not LabelledTrace(trace, (1.0, 0.99)).is_right
