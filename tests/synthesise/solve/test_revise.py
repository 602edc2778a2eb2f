"""Revise: verdicts, flags and notes by hand; the told answer never counts as verified; a role judges where the key's judge cannot."""

import pytest

from osler.core.model import Request
from osler.core.question import Item, OpenKey, Question, TextKey
from osler.core.verdict import Outcome
from osler.search.revise import LEADS, Revision
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.keep.keep import Keep
from osler.synthesise.solve.revise import Revise
from tests.synthesise.makings import item_draft, through

WRONG = "<think>\nSunlight prevents it.\n</think>\n\nThe answer is B."


def revising(request: Request) -> str:
    """Wrong, and right at the second revision."""
    if not request.prefix:
        return WRONG
    n_leads = sum(request.prefix.count(lead) for lead in LEADS.values())
    return f" Not that.\n</think>\n\nThe answer is {'C' if n_leads == 1 else 'A'}."


def test_what_was_wrong_stays_and_the_right_trace_says_how_it_was_revised() -> None:
    [draft] = through([Revise(strategy=Revision(ways=("verify",)))], [item_draft()], {"teacher": revising})
    assert isinstance(draft, Draft)
    assert [(each.answer, each.outcome) for each in draft.authored] == [("B", Outcome.WRONG), ("C", Outcome.WRONG), ("A", Outcome.RIGHT)]
    assert [each.flags for each in draft.authored] == [(), ("revised", "verify"), ("revised", "verify", "verify")]
    assert draft.authored[2].steps == (
        "Sunlight prevents it.",
        "The answer is B.",
        "Let me verify what was said so far: Not that.",
        "The answer is C.",
        "Let me verify what was said so far: Not that.",
    )
    acts = ["inner_thinking", "final_conclusion", *(["verify", "inner_thinking", "final_conclusion"] * 2), "verification"]
    note = {"n": 3, "n_right": 1, "ways": ["verify", "verify"], "acts": acts, "is_complete": True}
    # a scripted token is a word: 9 + 7 + 7
    assert draft.notes["revised"] == {"teacher": {**note, "tokens": 9 + 7 + 7}}
    [kept] = through([Revise(), Keep()], [item_draft()], {"teacher": revising})
    assert isinstance(kept, Draft)
    assert [each.answer for each in kept.authored] == ["A"]


def test_an_answer_that_merely_changes_does_not_close_as_published() -> None:
    def flips(request: Request) -> str:
        return "\n</think>\n\nThe answer is A." if request.prefix else WRONG

    [draft] = through([Revise(strategy=Revision(ways=("new_path",)))], [item_draft()], {"teacher": flips})
    assert isinstance(draft, Draft)
    note = draft.notes["revised"]["teacher"]
    assert note["acts"] == ["inner_thinking", "final_conclusion", "new_path", "final_conclusion", "verification"]
    assert not note["is_complete"]


ONCE = Revision(n_tries=1)


def told(said: str):  # type: ignore[no-untyped-def]
    """Wrong until it is told the answer, and then as given."""

    def says(request: Request) -> str:
        is_told = "<answer>\nA. vitamin C\n</answer>" in request.messages[0].content
        return said if is_told else WRONG if not request.prefix else " No.\n</think>\n\nThe answer is B."

    return says


RIGHT = "<think>\nGums bleed.\n\nCollagen needs it.\n</think>\n\nThe answer is A."


def test_the_last_resort_is_flagged_and_never_verified() -> None:
    [draft] = through([Revise(strategy=ONCE, is_guided=True)], [item_draft()], {"teacher": told(RIGHT)})
    assert isinstance(draft, Draft)
    assert [each.outcome for each in draft.authored if each.flags != ("label_guided",)] == [Outcome.WRONG] * 4
    guided = draft.authored[-1]
    assert (guided.flags, guided.outcome, guided.answer) == (("label_guided",), None, "A")
    assert not guided.is_right
    assert draft.notes["revised"]["teacher"]["n_right"] == 0
    [dropped] = through([Revise(strategy=ONCE, is_guided=True), Keep()], [item_draft()], {"teacher": told(RIGHT)})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == "wrong"


@pytest.mark.parametrize("said", [WRONG, "I cannot help with that.", ""])
def test_who_is_told_the_answer_and_does_not_state_it_is_not_taken(said: str) -> None:
    [draft] = through([Revise(strategy=ONCE, is_guided=True)], [item_draft()], {"teacher": told(said)})
    assert isinstance(draft, Draft)
    assert len(draft.authored) == 4
    assert not any("label_guided" in each.flags for each in draft.authored)


def test_by_default_nobody_is_told_the_answer() -> None:
    [draft] = through([Revise(strategy=ONCE)], [item_draft()], {"teacher": told(RIGHT)})
    assert isinstance(draft, Draft)
    assert len(draft.authored) == 4


SCURVY = Question("open-1", "What causes bleeding gums in a sailor?")


@pytest.mark.parametrize(
    ("says", "outcome"), [("same", Outcome.RIGHT), ("different", Outcome.WRONG), ("perhaps", Outcome.UNJUDGED), ("swap", Outcome.WRONG)]
)
def test_a_role_judges_names_in_other_words(says: str, outcome: Outcome) -> None:
    def judging(request: Request) -> str:
        text = request.messages[0].content
        if says == "swap":  # likes what stands first
            return f"Verdict: {'same' if text.index('Reference') < text.index('Given') else 'different'}"
        return f"Both are plain.\nVerdict: {says}"

    def lacks(request: Request) -> str:
        return "<think>\nHe eats no fruit.\n</think>\n\nThe answer is a want of ascorbic acid."

    item = Item(SCURVY, TextKey("scurvy"))
    block = Revise(strategy=Revision(n_tries=1, n_revisions=0), judge_role="judge")
    [draft] = through([block], [Draft("open-1", Origin("test", "open-1"), item=item)], {"teacher": lacks, "judge": judging})
    assert isinstance(draft, Draft)
    assert [each.outcome for each in draft.authored] == [outcome]


def test_an_item_that_nobody_can_judge_is_dropped_before_anybody_is_asked() -> None:
    draft = Draft("open-1", Origin("test", "open-1"), item=Item(SCURVY, OpenKey("Too little vitamin C.")))
    [dropped] = through([Revise()], [draft], {"teacher": lambda request: pytest.fail("asked")})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("revise", "no_judge")
