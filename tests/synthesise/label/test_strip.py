"""Strip: the same ids, items, answers and verdicts with and without the trace."""

from dataclasses import replace

from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, Draft, DroppedDraft, Preference
from osler.synthesise.keep.keep import Keep
from osler.synthesise.label.strip import STRIPPED, Strip, without_steps
from osler.synthesise.solve.solve import Solve
from tests.synthesise.makings import item_draft, through

SAID = "<think>\nScurvy is a lack of ascorbic acid.\n\nThat is vitamin C.\n</think>\n\nThe answer is A."
BY_STEPS = "Step 1: Scurvy is a lack of ascorbic acid.\n\nStep 2: That is vitamin C, so the answer is A."


def test_with_and_without_differ_in_the_steps_alone() -> None:
    drafts = [item_draft(f"item-{number}") for number in range(3)]
    with_trace = through([Solve(), Keep()], drafts, {"teacher": lambda _: SAID})
    without = through([Solve(), Keep(), Strip()], drafts, {"teacher": lambda _: SAID})
    for whole, bare in zip(with_trace, without, strict=True):
        assert isinstance(whole, Draft)
        assert isinstance(bare, Draft)
        assert (bare.id, bare.item, bare.origin, bare.notes) == (whole.id, whole.item, whole.origin, whole.notes)
        [long], [short] = whole.authored, bare.authored
        assert (long.steps, long.response) == (("Scurvy is a lack of ascorbic acid.", "That is vitamin C."), "The answer is A.")
        assert (short.steps, short.response) == ((), "The answer is A.")
        assert (short.answer, short.outcome, short.author) == (long.answer, long.outcome, long.author) == ("A", Outcome.RIGHT, "teacher")
        assert short.flags == (STRIPPED,)


def test_of_steps_alone_the_closing_statement_is_left() -> None:
    [draft] = through([Solve(), Keep(), Strip()], [item_draft()], {"teacher": lambda _: BY_STEPS}, codec="step")
    assert isinstance(draft, Draft)
    assert (draft.authored[0].steps, draft.authored[0].response) == ((), "The answer is A.")


def test_the_last_of_several_statements_closes_a_trace() -> None:
    authored = Authored("teacher", ("One might say the answer is B. But no: the best answer is A.\nThis I know.",))
    assert without_steps(authored) == "The best answer is A."


def test_what_rests_on_the_steps_goes_with_them_and_nothing_left_is_a_reason() -> None:
    whole = Authored("teacher", ("Because of this.",), "The answer is A.", answer="A", labels=(1.0,), raw="Because of this.", n_tokens=7)
    draft = replace(item_draft(), authored=(whole,), preferences=(Preference(whole, whole, "rule"),))
    [bare] = through([Strip()], [draft], {})
    assert isinstance(bare, Draft)
    assert bare.preferences == ()
    assert "Because" not in repr(bare.authored)
    assert bare.authored[0].labels == ()
    [dropped] = through([Strip()], [replace(draft, authored=(replace(whole, response=""),))], {})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("strip", "nothing_left")
