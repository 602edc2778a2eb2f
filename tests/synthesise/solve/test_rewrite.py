"""Rewrite: what is kept is right after it, has more than one line, and fits both codecs; each other end has its reason."""

import pytest

from osler.core.codec import CODECS
from osler.core.model import Request
from osler.core.trace import Ending, Step
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.solve.rewrite import Rewrite
from tests.synthesise.makings import item_draft, through

MONOLOGUE = "Sailors, no fruit.\n\nSunlight? Hmm, no: that is rickets.\n\nSo it is ascorbic acid."
RESPONSE = "Fresh fruit prevents scurvy.\n\nThe answer is A."


def authored(outcome: Outcome | None = Outcome.RIGHT, *flags: str, answer: str = "A") -> Authored:
    return Authored("teacher", ("Sunlight.", "No: fruit."), f"The answer is {answer}.", answer=answer, outcome=outcome, flags=flags)


def writing(monologue: str = MONOLOGUE, response: str = RESPONSE):  # type: ignore[no-untyped-def]
    def says(request: Request) -> str:
        text = request.messages[0].content
        if "<reasoning>" in text:
            assert "Sunlight.\n\nNo: fruit.\n\nThe answer is A." in text
            return monologue
        assert f"<thought>\n{monologue}\n</thought>" in text
        return response

    return says


def test_steps_become_a_monologue_and_a_response_that_is_judged_again() -> None:
    draft = item_draft().with_authored(authored(Outcome.WRONG, answer="B"), authored(Outcome.RIGHT, "revised", "verify"))
    [made] = through([Rewrite()], [draft], {"teacher": writing()})
    assert isinstance(made, Draft)
    [trace] = made.authored
    assert trace.steps == ("Sailors, no fruit.", "Sunlight? Hmm, no: that is rickets.", "So it is ascorbic acid.")
    assert (trace.response, trace.answer, trace.outcome, trace.ending) == (RESPONSE, "A", Outcome.RIGHT, Ending.FINISHED)
    assert trace.flags == ("revised", "verify", "rewritten")
    turn = CODECS["section"].render([Step(step) for step in trace.steps], trace.response)
    assert (turn.count("## Thinking"), turn.count("## Final Response\n\n")) == (1, 1)


def test_lines_are_steps_where_no_line_is_blank() -> None:
    [made] = through([Rewrite()], [item_draft().with_authored(authored())], {"teacher": writing("Hmm.\nNo, wait.")})
    assert isinstance(made, Draft)
    assert made.authored[0].steps == ("Hmm.", "No, wait.")


@pytest.mark.parametrize(
    ("monologue", "response", "reason"),
    [
        (MONOLOGUE, "The answer is B.", "rewrite_wrong"),
        (MONOLOGUE, "It may be any of them.", "rewrite_wrong"),
        ("All on one line.", RESPONSE, "one_line"),
        ("## Thinking\n\nHmm.", RESPONSE, "malformed"),
        ("<think>\nHmm.\n</think>\nyes\n</think>", RESPONSE, "malformed"),
        ("", RESPONSE, "empty"),
        (MONOLOGUE, "## Final Response\n\nThe answer is A.", "malformed"),
    ],
)
def test_what_is_not_right_or_not_usable_drops_the_draft_or_leaves_the_trace(monologue: str, response: str, reason: str) -> None:
    draft = item_draft().with_authored(authored())
    [dropped] = through([Rewrite()], [draft], {"teacher": writing(monologue, response)})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("rewrite", reason)
    [kept] = through([Rewrite(is_original_kept=True)], [draft], {"teacher": writing(monologue, response)})
    assert isinstance(kept, Draft)
    assert kept.authored == (authored(),)
    assert kept.notes["rewrite"] == reason


def test_a_label_guided_trace_is_rewritten_last_and_stays_unverified() -> None:
    guided, right = authored(None, "label_guided"), authored(Outcome.RIGHT)
    [made] = through([Rewrite()], [item_draft().with_authored(guided)], {"teacher": writing()})
    assert isinstance(made, Draft)
    assert [(each.outcome, each.flags) for each in made.authored] == [(None, ("label_guided", "rewritten"))]
    [made] = through([Rewrite()], [item_draft().with_authored(guided, right)], {"teacher": writing()})
    assert isinstance(made, Draft)
    assert [(each.outcome, each.flags) for each in made.authored] == [(Outcome.RIGHT, ("rewritten",))]


@pytest.mark.parametrize(
    ("traces", "reason"),
    [((), "no_trace"), ((authored(Outcome.WRONG, answer="B"),), "wrong"), ((Authored("teacher", ("Hm.",)),), "unread")],
)
def test_without_a_right_trace_nobody_is_asked(traces: tuple[Authored, ...], reason: str) -> None:
    draft = item_draft().with_authored(*traces)
    [dropped] = through([Rewrite()], [draft], {"teacher": lambda request: pytest.fail("asked")})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == reason
