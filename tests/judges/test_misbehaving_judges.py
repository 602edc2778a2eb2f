"""Whatever a judge's model replies, every answer gets a verdict of a known outcome, and none is right unless the reply says so."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.core.question import ClaimsKey, Key, OpenKey, Question, RubricKey
from osler.core.reading import Reading
from osler.core.verdict import Outcome
from osler.judges.free.ask import Asked
from osler.judges.free.claims import ClaimsJudge
from osler.judges.free.open import OpenJudge
from osler.judges.free.rubric import RubricJudge
from osler.models.scripted import ScriptedModel

JUDGES = {"open": OpenJudge, "rubric": RubricJudge, "claims": ClaimsJudge}
KEYS: dict[str, Key] = {
    "open": OpenKey("Allopurinol"),
    "rubric": RubricKey(("Rest helps", "Fluids help"), ("So does honey",)),
    "claims": ClaimsKey(),
}
PIECES = [
    *("Verdict: ", "verdict", "same", "different", "entailed", "neutral", "contradicted", "true", "false", "not ", "in", "un", "correct"),
    *(
        "\n",
        " ",
        "- ",
        "<think>",
        "</think>",
        "NO CLAIM",
        '{"verdict": "',
        '"}',
        "or ",
        ".",
        "?",
        "\0",
        "\ud800",
        "{answer}",
        "I cannot help.",
    ),
]
REPLIES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)


def asked(kind: str, answers: list[str]) -> Asked:
    return [(Question("q-1", "What helps?", kind=KEYS[kind].kind), Reading(answer), KEYS[kind]) for answer in answers]


@pytest.mark.parametrize("kind", JUDGES)
@given(replies=st.lists(REPLIES, min_size=1, max_size=6), seed=st.integers(0, 9))
def test_any_reply_makes_a_verdict(kind: str, replies: list[str], seed: int) -> None:
    def script(_: object, rng: random.Random) -> str:
        return rng.choice(replies)

    judge = JUDGES[kind](ScriptedModel(script))
    answers = ["Rest.", f"Drink. And sleep {seed}.", "\ud800 lone", "!"]
    verdicts = judge.judge_all(asked(kind, answers))
    assert [verdict.reading.value for verdict in verdicts] == answers
    assert {verdict.outcome for verdict in verdicts} <= {Outcome.RIGHT, Outcome.WRONG, Outcome.UNJUDGED}
    words = {"open": ("same", "correct", "equivalent", "different"), "rubric": ("entailed",), "claims": ("true", "false")}[kind]
    if not any(word in reply.lower() for word in words for reply in replies):
        assert Outcome.RIGHT not in {verdict.outcome for verdict in verdicts}


@pytest.mark.parametrize("kind", JUDGES)
@pytest.mark.parametrize(
    "reply", ["", "I'm sorry, I can't help with that.", "incorrectly", '{"verdict": "', "<think>true same entailed", "maybe"]
)
def test_a_judge_that_never_answers_leaves_all_unjudged(kind: str, reply: str) -> None:
    verdicts = JUDGES[kind](ScriptedModel(lambda *_: reply)).judge_all(asked(kind, ["Rest.", "Drink."]))
    assert [verdict.outcome for verdict in verdicts] == [Outcome.UNJUDGED] * 2
    assert all(verdict.reason.startswith("judge_") for verdict in verdicts)
