"""A scripted tree, searched, labelled and paired: verdicts, labels and pairs by hand."""

from dataclasses import replace
from typing import get_args

import pytest

from osler.core.errors import UserError
from osler.core.model import Request
from osler.core.question import Item, OpenKey, Question
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Outcome
from osler.search.beam import Beam
from osler.search.mcts import MCTS
from osler.search.self_consistency import SelfConsistency
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.label.label import LabelSteps
from osler.synthesise.label.label import Rule as LabelRule
from osler.synthesise.label.pair import PairTraces
from osler.synthesise.label.pair import Rule as PairRule
from osler.synthesise.labels import LABEL_RULES, label
from osler.synthesise.pairs import PAIR_RULES
from osler.synthesise.solve.grow import Grow
from osler.synthesise.solve.searched_drafts import solution_of
from tests.synthesise.makings import item_draft, through


def authored(steps: str, answer: str | None, response: str = "", ending: Ending = Ending.FINISHED) -> Authored:
    """A step per letter; A is right."""
    outcome = {"A": Outcome.RIGHT, None: Outcome.NO_ANSWER}.get(answer, Outcome.WRONG)
    return Authored("teacher", tuple(steps), response, ending, answer=answer, outcome=outcome)


def drafted(*traces: Authored) -> Draft:
    return item_draft().with_authored(*traces)


def one(found: list[Draft | DroppedDraft]) -> Draft:
    [draft] = found
    assert isinstance(draft, Draft)
    return draft


def says(request: Request) -> str:
    """The first step is good or bad; a good one leads to A, a bad one to B."""
    if "Step 2:" in request.prefix:
        return " The answer is A." if "Gums" in request.prefix else " The answer is B."
    return " Gums bleed.\n\nStep 2: The answer is A." if request.seed % 2 else " It is sunny.\n\nStep 2: The answer is B."


def test_a_tree_grows_and_its_traces_go_on_with_their_verdicts() -> None:
    strategy = MCTS(n_children=4, n_rollouts=2, min_rollouts=1, n_reflections=0, max_right=1, max_nodes=8, drive_leaves=False)
    draft = one(through([Grow(strategy=strategy)], [item_draft()], {"teacher": says}, codec="step"))
    said = {(each.steps, each.outcome) for each in draft.authored}
    assert said == {
        (("Gums bleed.", "The answer is A."), Outcome.RIGHT),
        (("It is sunny.", "The answer is B."), Outcome.WRONG),
    }
    assert draft.notes["grown"]["strategy"] == "mcts"
    assert draft.notes["grown"]["n_right"] == 1
    nodes = solution_of(draft).tree
    assert {tuple(step.text for step in node.trace.steps) for node in nodes} >= {(), ("Gums bleed.",), ("It is sunny.",)}
    assert {node.value for node in nodes if node.trace.steps == (Step("Gums bleed."),)} == {1.0}


def test_a_search_without_a_tree_leaves_none() -> None:
    whole = {"Which": "Step 1: Gums bleed.\n\nStep 2: The answer is A."}
    draft = one(through([Grow(strategy=SelfConsistency(n=2))], [item_draft()], {"teacher": whole}, codec="step"))
    assert [each.outcome for each in draft.authored] == [Outcome.RIGHT] * 2
    assert draft.notes["grown"] == {
        "strategy": "self_consistency",
        "is_cut": False,
        "n_traces": 2,
        "n_right": 2,
        "n_nodes": 0,
        "tokens": 20,
    }
    assert "tree" not in draft.notes
    assert solution_of(draft).tree == ()


def test_a_search_that_finishes_nothing_is_dropped() -> None:
    [dropped] = through([Grow(strategy=Beam(n_beams=1, width=1, max_steps=2))], [item_draft()], {"teacher": {"Which": ""}}, codec="step")
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason, dropped.detail) == ("grow", "nothing_finished", "1 traces ended as empty")


def test_a_key_that_no_rule_judges_is_dropped() -> None:
    draft = replace(item_draft(), item=Item(Question("item-1", "Why?", kind="open"), OpenKey("Because.")))
    [dropped] = through([Grow()], [draft], {"teacher": says}, codec="step")
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == "unjudged"


def test_labels_by_hand() -> None:
    """ "s" begins two right and two wrong leaves: ½; "sa" one of each: ½; "x" one wrong. The trace that was cut, and the one that nobody
    judged, count for nothing."""
    cut = authored("saq", None, ending=Ending.LENGTH)
    unjudged = replace(authored("sar", "A"), outcome=None)
    traces = [authored("sab", "A"), authored("sac", "B"), authored("sd", "A"), authored("se", None), authored("x", "C"), cut, unjudged]
    labelled = one(through([LabelSteps(rule="leaf_mean")], [drafted(*traces)], {}))
    assert [each.labels for each in labelled.authored] == [(0.5, 0.5, 1.0), (0.5, 0.5, 0.0), (0.5, 1.0), (0.5, 0.0), (0.0,), (), ()]
    assert labelled.notes["labelled_by"] == "leaf_mean"


def test_every_rule_labels_a_grown_draft_as_it_labels_the_search() -> None:
    strategy = MCTS(n_children=3, n_rollouts=2, min_rollouts=1, n_reflections=0, max_right=2, max_nodes=8)
    draft = one(through([Grow(strategy=strategy)], [item_draft()], {"teacher": says}, codec="step"))
    assert set(get_args(LabelRule)) == LABEL_RULES.keys()
    for rule in get_args(LabelRule):
        made = one(through([LabelSteps(rule=rule)], [draft], {}, check_step=lambda id, step: "true"))
        expected = {
            tuple(s.text for s in each.trace.steps): each.labels_S for each in label(rule, solution_of(draft), lambda id, step: "true")
        }
        assert expected
        assert {each.steps: each.labels for each in made.authored if each.labels} == expected


def test_the_truth_of_steps_is_asked_of_whoever_knows_it() -> None:
    draft = drafted(authored("ab", "A"))
    made = one(
        through([LabelSteps(rule="truth")], [draft], {}, check_step=lambda id, step: "true" if (id, step) == ("item-1", "a") else "false")
    )
    assert made.authored[0].labels == (1.0, 0.0)
    assert LabelSteps(rule="truth").needs == ("check_step",)
    with pytest.raises(UserError, match="nothing checks the steps"):
        through([LabelSteps(rule="truth")], [draft], {})


@pytest.mark.parametrize(
    ("traces", "reason"),
    [((), "no_label"), ((authored("ab", "A"), authored("ac", "A")), "one_sided"), ((authored("ab", None),), "one_sided")],
)
def test_what_cannot_be_labelled_is_dropped(traces: tuple[Authored, ...], reason: str) -> None:
    [dropped] = through([LabelSteps(is_mixed=True)], [drafted(*traces)], {})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("label", reason)


def test_preferences_by_hand() -> None:
    """One right and one wrong trace, which share "s"; the same trace a second time, and one without an answer, add no pair."""
    traces = [authored("sb", "A"), authored("sc", "B"), authored("sb", "A"), authored("sd", None)]
    draft = one(through([PairTraces(), PairTraces()], [drafted(*traces)], {}))
    [preference] = draft.preferences
    assert (preference.chosen, preference.rejected) == (traces[0], traces[1])
    assert (preference.rule, preference.n_shared) == ("confusing", 1)


def test_every_rule_is_known_by_name_and_beginnings_are_left_out_where_asked() -> None:
    assert set(get_args(PairRule)) == PAIR_RULES.keys()
    strategy = MCTS(n_children=4, n_rollouts=2, min_rollouts=1, n_reflections=0, max_right=1, max_nodes=8, drive_leaves=False)
    draft = one(through([Grow(strategy=strategy)], [item_draft()], {"teacher": says}, codec="step"))
    [preference] = one(through([PairTraces(rule="best_worst_sibling", is_finished=False)], [draft], {})).preferences
    assert (preference.chosen.steps, preference.rejected.steps) == (("Gums bleed.",), ("It is sunny.",))
    assert preference.chosen.ending is Ending.OPEN
    assert one(through([PairTraces(rule="best_worst_sibling")], [draft], {})).preferences == ()


def test_a_draft_with_too_few_preferences_is_dropped() -> None:
    [dropped] = through([PairTraces(min_preferences=1)], [drafted(authored("ab", "A"))], {})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason, dropped.detail) == ("pair", "no_pair", "0 pairs of 1 traces, 1 of them right")


def test_a_trace_comes_back_from_a_draft_with_what_it_answered() -> None:
    [candidate] = solution_of(drafted(authored("ab", "B", response="B it is."))).candidates
    assert isinstance(candidate, Trace)
    assert (candidate.answer, candidate.response, candidate.ending) == ("B", "B it is.", Ending.FINISHED)
