from dataclasses import replace

import pytest

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Node, Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.pairs import PAIR_RULES, Pair, best_worst_sibling, confusing, level_wise, pairs_of

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})
OPEN, FINISHED, MALFORMED = Ending.OPEN, Ending.FINISHED, Ending.MALFORMED


def trace(steps: str, ending: Ending = OPEN) -> Trace:
    """A step per letter."""
    return Trace(QUESTION, tuple(map(Step, steps)), ending=ending)


def solution(verdicts: dict[str, float], *nodes: tuple[int | None, str, float, Ending]) -> Solution:
    tree = tuple(Node(parent, trace(steps, ending), value, value, 1) for parent, steps, value, ending in nodes)
    scores = tuple((verdict,) * len(steps) for steps, verdict in verdicts.items())
    return Solution(QUESTION, tuple(trace(steps, FINISHED) for steps in verdicts), None, scores, tree)


# two right leaves, one wrong one; "ac" and "be" have one child each, the others two or none; a reply below "b" could not be read
FOUND = solution(
    {"ace": 1.0, "beg": 0.0, "bf": 1.0},
    (None, "", 0.5, OPEN),
    (0, "a", 0.9, OPEN),
    (0, "b", 0.3, OPEN),
    (1, "ac", 0.97, OPEN),
    (1, "ad", 0.1, OPEN),
    (2, "be", 0.05, OPEN),
    (2, "bf", 0.9, FINISHED),
    (2, "b", 0.0, MALFORMED),
    (3, "ace", 1.0, FINISHED),
    (5, "beg", 0.0, FINISHED),
)


def shown(pairs: list[Pair]) -> list[tuple[str, str, float]]:
    return [
        ("".join(s.text for s in pair.chosen.steps), "".join(s.text for s in pair.rejected.steps), round(pair.gap, 9)) for pair in pairs
    ]


def test_level_wise_pairs_by_hand():
    """At depth 1 both have the same parent. At depth 2 "ac" exceeds "be" by .92, but "bf" exceeds "ad" by .8 only. At depth 3 the parents
    have one child each, so that "ace" and "beg" are a pair as leaves alone: the least on their ways are .9 and 0 (the root's .5 does not
    count). "bf" has .3 on its way."""
    assert shown(level_wise(FOUND)) == [("ac", "be", 0.92), ("ace", "beg", 0.9)]
    assert [pair.is_finished for pair in level_wise(FOUND)] == [False, True]


def test_a_narrower_gap_has_more_pairs():
    """Of at least .3: "ac" over "be" and "bf" over "ad" as before and now; "ace" over "beg"; "bf" over "beg" as leaves, .3 being not more
    than .3, is none; nor is any pair of the other nodes at depth 2, which are within .1 of one another."""
    assert shown(level_wise(FOUND, 0.3)) == [("ac", "be", 0.92), ("ace", "beg", 0.9), ("bf", "ad", 0.8)]


def test_a_pair_that_is_both_on_a_level_and_of_leaves_comes_once():
    """With the wider of its two gaps: 1 between the leaves themselves, .9 between the least values on their ways."""
    nodes = [(None, "", 0.5, OPEN), (0, "a", 0.9, OPEN), (0, "b", 0.3, OPEN)]
    nodes += [(1, "ac", 1.0, FINISHED), (1, "ad", 0.9, OPEN), (2, "be", 0.0, FINISHED), (2, "bf", 0.5, OPEN)]
    assert shown(level_wise(solution({"ac": 1.0, "be": 0.0}, *nodes))) == [("ac", "be", 1.0), ("ad", "be", 0.9)]


def test_best_and_worst_siblings_by_hand():
    """Of "b"'s children the one that could not be read is none. An only child is no pair."""
    assert shown(best_worst_sibling(FOUND)) == [("ac", "ad", 0.87), ("bf", "be", 0.85), ("a", "b", 0.6)]
    assert shown(best_worst_sibling(FOUND, 0.85)) == [("ac", "ad", 0.87)]


def test_siblings_worth_the_same_are_no_pair():
    assert best_worst_sibling(solution({}, (None, "", 0.5, OPEN), (0, "a", 0.5, OPEN), (0, "b", 0.5, OPEN))) == []


@pytest.mark.parametrize("rule", sorted(PAIR_RULES))
def test_the_rules_have_their_names_and_a_limit_that_keeps_the_first(rule):
    every = PAIR_RULES[rule](FOUND)
    assert PAIR_RULES[rule].__name__ == rule
    assert pairs_of(rule, FOUND, 1) == every[:1]
    assert pairs_of(rule, FOUND, 99) == every


@pytest.mark.parametrize("rule", ["best_worst_sibling", "level_wise"])
def test_without_a_tree_there_are_no_pairs(rule):
    assert PAIR_RULES[rule](Solution(QUESTION, (trace("a", FINISHED), trace("b", FINISHED)), None, ((1.0,), (0.0,)))) == []


def answered(steps: str, answer: str | None) -> Trace:
    return replace(trace(steps, FINISHED), reading=Reading(answer) if answer else Reading(abstention=Abstention.NO_ANSWER))


def leaves(*each: tuple[str, str | None]) -> Solution:
    """Finished traces with what they answer; A is right."""
    traces = tuple(answered(*one) for one in each)
    scores = tuple((float(answer == "A"),) * len(steps) for steps, answer in each)
    return Solution(QUESTION, traces, None, scores)


def test_confusing_pairs_by_hand():
    """ "s" has two right and two wrong leaves: 0. "sa", with two right and one wrong: ⅓. The ways: "sab" and "sac" (0 + ⅓ + 1) / 3 = 4/9
    each; "sad" (0 + ⅓ − 1) / 3 = −2/9; "sx" (0 − 1) / 2 = −½. The most confusing wrong trace is "sad", which goes with the good steps
    longest."""
    found = leaves(("sx", "B"), ("sad", "B"), ("sab", "A"), ("sac", "A"))
    first, second, third, fourth = ("sab", "sad", 2 / 3), ("sab", "sx", 17 / 18), ("sac", "sad", 2 / 3), ("sac", "sx", 17 / 18)
    assert shown(confusing(found)) == [(one, other, round(gap, 9)) for one, other, gap in (first, second, third, fourth)]
    assert shown(confusing(found, n_top=1)) == [("sab", "sad", round(2 / 3, 9))]


def test_no_confusing_pair_is_equally_right_or_of_a_trace_without_answer():
    assert confusing(leaves(("sa", "A"), ("sb", "A"))) == []
    assert confusing(leaves(("sa", "B"), ("sb", "B"))) == []
    assert confusing(leaves(("sa", "A"), ("sb", None))) == []
    pairs = confusing(leaves(("sa", "A"), ("sb", "B"), ("sc", "B"), ("sd", "A"), ("se", None)))
    assert len(pairs) == 4
    assert {(pair.chosen.answer, pair.rejected.answer) for pair in pairs} == {("A", "B")}
