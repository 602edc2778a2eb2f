"""Revision: who is asked for what, in which order, and where it ends; ways recovered from the candidates alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.model import Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.judges import QuestionReader
from osler.models.scripted import ScriptedModel
from osler.search import Revision
from osler.search.drive import drive
from osler.search.revise import LEADS, Revised, Way, reopened, revisions_of

QUESTIONS = [Question(f"q-{number}", f"Which is number {number}?", {"A": "one", "B": "two"}) for number in range(40)]


class RightIsB:
    identity = "right-is-b"

    def __init__(self) -> None:
        self.n_scored = 0

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        self.n_scored += len(traces)
        return [(float(trace.answer == "B"),) * len(trace.steps) for trace in traces]


def found(strategy: Revision, said: Any, codec: str = "step", questions: Sequence[Question] = QUESTIONS[:1]) -> tuple[Any, ...]:
    """Solutions, requests, and how many traces were scored. `said` replies to the prefix of a request."""
    model, reward = ScriptedModel(lambda request, _: said(request.prefix)), RightIsB()
    policy = Policy(model, Prompt("ours", "{question}{options}"), CODECS[codec], QuestionReader(), Sampling(max_tokens=200), 3)
    return drive(strategy, questions, policy, reward), model.requests, reward.n_scored


def always_wrong(prefix: str) -> str:
    return "Step 1: It is one. The answer is A." if not prefix else " Still one. The answer is A."


def lead_of(request: Request) -> Way | None:
    """The way whose lead the prefix ends with."""
    return next((way for way, lead in LEADS.items() if request.prefix.endswith(lead)), None)


def test_a_verifier_that_never_agrees_costs_twice_tries_times_one_and_the_revisions() -> None:
    """3 tries of 1 + 3 traces, each written and scored: 2 · 3 · (1 + 3) = 24 calls, and 2 · 1 · (1 + 2) = 6 by the code's defaults."""
    for n_tries, n_revisions, n_calls in ((3, 3, 24), (1, 2, 6)):
        strategy = Revision(n_tries=n_tries, n_revisions=n_revisions)
        [solution], requests, n_scored = found(strategy, always_wrong)
        assert len(requests) + n_scored == n_calls == 2 * strategy.max_requests
        assert [lead_of(request) is None for request in requests] == [at % (1 + n_revisions) == 0 for at in range(len(requests))]
        assert len({request.seed for request in requests}) == len(requests)
        assert solution.answer == "A"  # something is chosen, and it is scored 0


def test_it_stops_at_the_first_that_is_right() -> None:
    def second(prefix: str) -> str:
        return always_wrong(prefix) if not prefix else " Two, not one. The answer is B."

    [solution], requests, n_scored = found(Revision(), second)
    assert (len(requests), n_scored) == (2, 2)
    assert solution.answer == "B"
    assert [trace.answer for trace in solution.candidates] == ["A", "B"]


def test_the_first_revision_never_goes_back_and_every_way_is_drawn() -> None:
    _, requests, _ = found(Revision(n_tries=2), always_wrong, questions=QUESTIONS)
    by_revision: dict[int, set[Way | None]] = {}
    for request in requests:
        n_steps = request.prefix.count("Step ")
        by_revision.setdefault(n_steps, set()).add(lead_of(request))
    # no prefix; one step and the lead of the second; …
    assert by_revision[0] == {None}
    assert by_revision[2] == {"new_path", "verify", "correct"}
    assert by_revision[3] == by_revision[4] == set(LEADS)


def test_nothing_but_going_back_is_refused() -> None:
    with pytest.raises(ValidationError, match="the first revision never goes back; name another way beside backtrack"):
        Revision(ways=("backtrack",))


def test_the_wrong_conclusion_stays_and_the_last_answer_is_read() -> None:
    def second(prefix: str) -> str:
        return always_wrong(prefix) if not prefix else " I forgot two.\n\nStep 3: So it is two. The answer is B."

    [solution], requests, _ = found(Revision(ways=("correct",)), second)
    first, last = (step.text for step in (solution.trace.steps[0], solution.trace.steps[-1]))
    assert first == "It is one. The answer is A."
    assert solution.trace.steps[1].text == "Let me correct what was wrong: I forgot two."
    assert last == "So it is two. The answer is B."
    assert requests[1].prefix == "Step 1: It is one. The answer is A.\n\nStep 2: Let me correct what was wrong:"


@pytest.mark.parametrize(
    ("codec", "opening", "closing"),
    [("think", "<think>\n", "\n</think>\n\n"), ("section", "## Thinking\n\n", "\n\n## Final Response\n\n")],
)
def test_a_response_becomes_a_step_where_the_codec_keeps_it_apart(codec: str, opening: str, closing: str) -> None:
    def second(prefix: str) -> str:
        if not prefix:
            return f"{opening}It may be one.{closing}It is one.\n\nThe answer is A."
        return f" It is not.{closing}The answer is B."

    [solution], requests, _ = found(Revision(ways=("verify",)), second, codec)
    assert requests[1].prefix == f"{opening}It may be one.\n\nIt is one.\nThe answer is A.\n\n Let me verify what was said so far:"
    assert [step.text for step in solution.trace.steps] == [
        "It may be one.",
        "It is one.\nThe answer is A.",
        "Let me verify what was said so far: It is not.",
    ]
    assert solution.trace.response == "The answer is B."
    assert (solution.answer, solution.trace.ending) == ("B", Ending.FINISHED)
    assert CODECS[codec].parse(CODECS[codec].render(solution.trace.steps, solution.trace.response)) is not None


def test_what_cannot_be_read_is_neither_scored_nor_revised() -> None:
    """An unread beginning ends its try. An unread revision is lost: the next goes on from before it, and asks for another sample."""
    [solution], requests, n_scored = found(Revision(n_tries=2, n_revisions=3), lambda prefix: "I would rather not say.")
    assert (len(requests), n_scored, solution.chosen) == (2, 0, None)

    [solution], requests, n_scored = found(Revision(n_tries=1, n_revisions=2), lambda prefix: "" if prefix else always_wrong(""))
    assert (len(requests), n_scored) == (3, 1)
    assert [request.prefix.count("Step ") for request in requests] == [0, 2, 2]
    assert solution.answer == "A"


def test_the_ways_of_a_candidate_are_those_that_it_was_asked_by() -> None:
    """By the requests, which the candidates know nothing of; a step that says a lead of its own accord is no revision."""

    def third(prefix: str) -> str:
        if not prefix:
            return "Step 1: Let me try another way: one. The answer is A."
        is_first = prefix.count("Step ") == 2
        return " Let me correct what was wrong:\n\nStep 3: No. The answer is A." if is_first else " Hm. The answer is B."

    solutions, requests, _ = found(Revision(), third, questions=QUESTIONS[:9])
    n_revised = 0
    for solution in solutions:
        own = [request for request in requests if solution.question.text in request.messages[0].content]
        asked = tuple(way for request in own if (way := lead_of(request)))
        assert revisions_of(solution.trace, solution.candidates) == (Revised(1, asked[0]), Revised(3, asked[1]))
        assert revisions_of(solution.candidates[0], solution.candidates) == ()
        n_revised += len(asked)
    assert n_revised == 18


def test_reopened_is_open_and_has_no_blank_line() -> None:
    trace = Trace(QUESTIONS[0], (Step("One."),), "So:\n\n  The answer is A. ", Ending.FINISHED, n_tokens=7)
    again = reopened(trace)
    assert again == Trace(QUESTIONS[0], (Step("One."), Step("So:\nThe answer is A.")), n_tokens=7)


def test_a_budget_ends_it_with_what_is_there() -> None:
    [solution], requests, _ = found(Revision(budget=Budget(max_calls=2)), always_wrong)
    assert isinstance(solution, Solution)
    assert len(requests) == 2
    assert solution.is_cut
    assert solution.answer == "A"
