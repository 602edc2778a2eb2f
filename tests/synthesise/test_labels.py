import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.labels import (
    LABEL_RULES,
    LabelledTrace,
    clamped,
    dual_sided,
    label,
    leaf_mean,
    leaf_values,
    meds3_dual,
    meds3_hard,
    meds3_soft,
    monte_carlo,
    outcome,
    smoothed,
    tree_value,
    truth,
)

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})


def ended(steps: str, verdict: float, *, ending: Ending = Ending.FINISHED) -> tuple[Trace, tuple[float, ...]]:
    """A trace with a step per letter, and what the oracle says of it: the same for each step."""
    reading = Reading(value="B") if ending is Ending.FINISHED else Reading(abstention=Abstention.TRUNCATED)
    return Trace(QUESTION, tuple(map(Step, steps)), ending=ending, reading=reading), (verdict,) * len(steps)


def node(steps: str, value: float, *, ending: Ending = Ending.OPEN, rollouts: tuple[float, int] = (0.0, 0)) -> Node:
    trace = Trace(QUESTION, tuple(map(Step, steps)), ending=ending)
    return Node(None, trace, value, first_value=0.0, n_visits=1, n_rollouts=rollouts[1], rollout_sum=rollouts[0])


def all_true(question_id: str, step: str) -> str:
    return "true"


def solution(*pairs: tuple[Trace, tuple[float, ...]], tree: tuple[Node, ...] = ()) -> Solution:
    return Solution(QUESTION, tuple(trace for trace, _ in pairs), None, tuple(scores for _, scores in pairs), tree)


FOUND = solution(
    ended("abc", 1.0), ended("abd", 0.0), ended("ae", 1.0), ended("fg", 0.0), tree=(node("", 0.4), node("a", 0.6), node("ab", 0.35))
)


def test_monte_carlo_labels_by_hand():
    """ "a" begins three traces, of which two are right: ⅔. "a", "b" begins two, of which one is: ½. "f" begins one only and is masked. Each
    last step is the verdict on its trace."""
    assert [each.labels_S for each in monte_carlo(FOUND)] == [(2 / 3, 0.5, 1.0), (2 / 3, 0.5, 0.0), (2 / 3, 1.0), (None, 0.0)]


@pytest.mark.parametrize(("leaves", "value"), [((1, 0, 0), -1 / 3), ((0, 1, 0, 1, 1), 0.2)])
def test_the_value_of_a_step_as_med_refl_prints_it(leaves, value):
    """Its figure: {1, −1, −1} → −.33 and {−1, 1, −1, 1, 1} → .2."""
    found = solution(*[ended(f"s{end}", verdict) for end, verdict in zip("abcde", leaves, strict=False)])
    assert leaf_values(found)[("s",)] == pytest.approx(value)


def test_leaves_are_averaged_and_not_children():
    """ "s" has two children: "a" with one right leaf, "b" with three wrong ones. Over leaves (1 − 3) / 4 = −½; over children
    (1 − 1) / 2 = 0."""
    found = solution(ended("sa", 1.0), ended("sbc", 0.0), ended("sbd", 0.0), ended("sbe", 0.0))
    values = leaf_values(found)
    assert (values[("s", "a")], values[("s", "b")], values[("s",)], values[()]) == (1.0, -1.0, -0.5, -0.5)


def test_a_leaf_counts_once_however_often_it_comes():
    found = solution(ended("sa", 1.0), ended("sa", 1.0), ended("sb", 0.0))
    assert leaf_values(found)[("s",)] == 0.0


def test_leaf_mean_labels_by_hand():
    """As Monte Carlo, but that "f", which one wrong leaf has, is 0 and not masked."""
    assert [each.labels_S for each in leaf_mean(FOUND)] == [(2 / 3, 0.5, 1.0), (2 / 3, 0.5, 0.0), (2 / 3, 1.0), (0.0, 0.0)]


def test_the_last_label_is_the_verdict_also_where_another_trace_goes_on():
    """ "a" ended wrong, and "ab", opened again, right: as a step on the way "a" is worth ½, as an end 0."""
    found = solution(ended("a", 0.0), ended("ab", 1.0))
    assert [each.labels_S for each in leaf_mean(found)] == [(0.0,), (0.5, 1.0)]


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


def test_a_reply_that_could_not_be_read_has_no_value_of_its_own():
    """Its node has the steps of its parent: "a" is worth .7, not the 0 of what failed after it."""
    tree = (node("", 0.5), node("a", 0.7), node("a", 0.0, ending=Ending.MALFORMED), node("a", 0.0, ending=Ending.EMPTY))
    assert tree_value(solution(ended("ab", 1.0), tree=tree))[0].labels_S == (0.7, 1.0)


def test_a_trace_that_ended_where_another_goes_on_has_a_value_of_its_own():
    """ "ab" was an open node worth .7 and, elsewhere, a finished one worth 0, in whichever order they came."""
    nodes = (node("ab", 0.7), node("ab", 0.0, ending=Ending.FINISHED))
    for tree in (nodes, nodes[::-1]):
        leaf = node("abc", 1.0, ending=Ending.FINISHED)
        found = solution(ended("abc", 1.0), ended("ab", 0.0), tree=(node("", 0.5), node("a", 0.6), *tree, leaf))
        assert [each.labels_S for each in meds3_soft(found)] == [(0.6, 0.7, 1.0), (0.6, 0.0)]
        assert [each.labels_S for each in tree_value(found)] == [(0.6, 0.7, 1.0), (0.6, 0.0)]


def test_smoothed_labels_by_hand():
    """Of "a" 3 of 4 roll-outs ended well: (3 + 1) / (4 + 2). Of "ab" 1 of 1: (1 + 1) / (1 + 2), far from sure. "abc" has none."""
    tree = (
        node("", 0.1, rollouts=(9.0, 9)),
        node("a", 0.1, rollouts=(3.0, 4)),
        node("ab", 0.1, rollouts=(1.0, 1)),
        node("abc", 0.1),
    )
    assert [each.labels_S for each in smoothed(solution(ended("abcd", 0.0), ended("ab", 1.0), ended("x", 0.0), tree=tree))] == [
        (4 / 6, 2 / 3, None, 0.0),
        (4 / 6, 1.0),
        (0.0,),
    ]


LETTERS = "abcdefgh"


def line(*values: float, n_nodes: int | None = None) -> Solution:
    """One finished trace whose steps are nodes of these values, the last of which is its verdict; as many nodes as said."""
    endings = [Ending.OPEN] * (len(values) - 1) + [Ending.FINISHED]
    nodes = [node(LETTERS[: at + 1], value, ending=ending) for at, (value, ending) in enumerate(zip(values, endings, strict=True))]
    return solution(ended(LETTERS[: len(values)], values[-1]), tree=(node("", 0.5), *nodes[:n_nodes]))


@pytest.mark.parametrize(
    ("values", "recursion", "hard"),
    [
        # .8 − (.5 − .8) = 1.1; .2 − (1.1 − .2) = −.7; 0 − (−.7 − 0) = .7: the wrong end is called good
        ((0.5, 0.8, 0.2, 0.0), (0.5, 1.1, -0.7, 0.7), (1, 1, 0, 1)),
        # … .9 − (−.7 − .9) = 2.5; 1 − (2.5 − 1) = −.5: the right end is called bad
        ((0.5, 0.8, 0.2, 0.9, 1.0), (0.5, 1.1, -0.7, 2.5, -0.5), (1, 1, 0, 1, 0)),
        ((0.5, 0.25, 0.0), (0.5, 0.0, 0.0), (1, 0, 0)),
        ((1.0,), (1.0,), (1,)),
        ((0.0,), (0.0,), (0,)),
    ],
)
def test_the_published_recursion_on_the_chains_given(values, recursion, hard):
    found = line(*values)
    assert dual_sided(values) == pytest.approx(recursion)
    assert meds3_soft(found)[0].labels_S == values
    assert meds3_dual(found)[0].labels_S == pytest.approx([min(max(y, 0.0), 1.0) for y in recursion])
    assert meds3_hard(found)[0].labels_S == hard
    assert {each.is_right for rule in (meds3_soft, meds3_dual, meds3_hard) for each in rule(found)} == {values[-1] == 1.0}


def test_the_published_rules_label_leaves_of_the_tree_only():
    """ "ab" is a leaf; "ac" is a roll-out from "a", which the published code throws away. "dxyz" is one node of four steps, and the steps
    inside it have what its parent, the root, is worth. The leaf "ab" was reflected upon, so its value is not its verdict."""
    tree = (node("", 0.4), node("a", 0.6), node("ab", 0.3, ending=Ending.FINISHED), node("dxyz", 1.0, ending=Ending.FINISHED))
    found = solution(ended("ab", 0.0), ended("ac", 1.0), ended("dxyz", 1.0), tree=tree)
    assert [(each.labels_S, each.is_right) for each in meds3_soft(found)] == [((0.6, 0.3), False), ((0.4, 0.4, 0.4, 1.0), True)]
    assert [each.trace for each in meds3_hard(found)] == [each.trace for each in meds3_dual(found)] == list(found.candidates[::2])


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        # .8 rose; .2 fell by .6 and is cut at 0; the end is the verdict
        ((0.5, 0.8, 0.2, 0.0), (0.5, 0.8, 0.0, 0.0)),
        # after the fall nothing is rewarded: .9 is .9
        ((0.5, 0.8, 0.2, 0.9, 1.0), (0.5, 0.8, 0.0, 0.9, 1.0)),
        # .7 − (.9 − .7) = .5; .6 − (.7 − .6) = .5: the neighbour is the value .7 and not the label .5
        ((0.9, 0.7, 0.6, 1.0), (0.9, 0.5, 0.5, 1.0)),
        ((0.0,), (0.0,)),
    ],
)
def test_clamped_labels_by_hand(values, labels):
    assert clamped(line(*values))[0].labels_S == pytest.approx(labels)


def test_clamped_labels_with_another_weight_and_beyond_the_tree():
    """λ = ½: .7 − ½·.2 = .6. The third step is beyond the tree."""
    [labelled] = clamped(line(0.9, 0.7, 0.6, 1.0, n_nodes=2), 0.5)
    assert labelled.labels_S == (0.9, pytest.approx(0.6), None, 1.0)


def test_truth_labels_are_what_is_said_of_each_step_and_not_the_verdict():
    """What cannot be read is not true. A wrong last step may be true where the check says so."""
    truths = {"a": "true", "b": "false", "c": "unreadable", "d": "true"}
    asked = []

    def check(question_id: str, step: str) -> str:
        asked.append(question_id)
        return truths[step]

    labelled = truth(solution(ended("abc", 1.0), ended("ad", 0.0), ended("b", 0.0, ending=Ending.LENGTH)), check)
    assert [(each.labels_S, each.is_right) for each in labelled] == [((1.0, 0.0, 0.0), True), ((1.0, 1.0), False)]
    assert asked == ["q"] * 5


def test_truth_labels_without_a_check_are_an_error_in_one_sentence():
    with pytest.raises(UserError, match=r"^labels: nothing checks the steps of these items, [^\n]+; choose another rule$"):
        label("truth", FOUND)


PINNED = ["monte_carlo", "leaf_mean", "tree_value", "smoothed", "clamped", "outcome"]


@pytest.mark.parametrize("rule", PINNED)
def test_every_step_has_a_label_between_0_and_1_or_is_masked_and_the_last_is_the_verdict(rule):
    labelled = label(rule, FOUND)
    assert [each.trace for each in labelled] == list(FOUND.candidates)
    for each, scores_S in zip(labelled, FOUND.scores, strict=True):
        assert len(each.labels_S) == len(each.trace.steps)
        assert all(label is None or 0 <= label <= 1 for label in each.labels_S)
        assert each.labels_S[-1] == scores_S[-1]
        assert each.is_right == (scores_S[-1] == 1.0)


@given(st.lists(st.floats(0, 1), max_size=7), st.sampled_from([0.0, 1.0]), st.sampled_from(sorted(LABEL_RULES)))
def test_labels_stay_between_0_and_1_on_any_line(values, verdict, rule):
    for each in label(rule, line(*values, verdict), all_true):
        assert len(each.labels_S) == len(values) + 1
        assert all(label is None or 0 <= label <= 1 for label in each.labels_S)
        assert each.is_right == (verdict == 1.0)


@pytest.mark.parametrize("ending", [Ending.LENGTH, Ending.MALFORMED, Ending.EMPTY, Ending.ERROR])
@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
def test_a_trace_that_was_not_finished_is_not_labelled(rule, ending):
    """It has steps of which nothing is known, or none. A strategy may still have it among its candidates: `best_of_n` does. "a" then begins
    one finished trace only. The tree's nodes are worth ½."""
    cut, unread = ended("ac", 0.0, ending=ending), ended("", 0.0, ending=ending)
    tree = (node("", 0.5), node("a", 0.5, rollouts=(1.0, 2)), node("ab", 1.0, ending=Ending.FINISHED), node("ac", 0.0, ending=ending))
    [labelled] = label(rule, solution(cut, ended("ab", 1.0), unread, tree=tree), all_true)
    assert labelled.trace.ending is Ending.FINISHED
    assert labelled.labels_S in [(None, 1.0), (1.0, 1.0), (0.5, 1.0)]


@pytest.mark.parametrize("rule", sorted(LABEL_RULES))
def test_where_nothing_was_finished_nothing_is_labelled(rule):
    assert label(rule, Solution(QUESTION, (), None), all_true) == []


@pytest.mark.parametrize("rule", [clamped, leaf_mean, meds3_dual, meds3_hard, meds3_soft, monte_carlo, outcome, smoothed, tree_value])
def test_the_rules_have_their_names(rule):
    """On a search where no two of them say the same."""
    tree = tuple(node("abcd"[:end], value, rollouts=(1.0, end)) for end, value in enumerate((0.1, 0.6, 0.7, 0.2)))
    leaves = (node("abcd", 1.0, ending=Ending.FINISHED), node("abe", 0.0, ending=Ending.FINISHED))
    found = solution(ended("abcd", 1.0), ended("abe", 0.0), ended("x", 0.0), tree=(*tree, *leaves))
    assert label(rule.__name__, found) == rule(found)
    assert [name for name in LABEL_RULES if label(name, found, all_true) == rule(found)] == [rule.__name__]


def test_a_trace_is_right_by_its_verdict_and_not_by_its_labels():
    trace, _ = ended("ab", 1.0)
    assert LabelledTrace(trace, (0.0, 0.0), is_right=True).is_right
    assert not LabelledTrace(trace, (1.0, 1.0), is_right=False).is_right
