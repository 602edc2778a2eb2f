from collections.abc import Mapping

import pytest

from osler.core.question import Question, RubricKey
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.rubric import RubricJudge
from osler.models.scripted import ScriptedModel

QUESTION = Question("q-1", "What helps against a cold?", kind="rubric")
MUST = ("Rest helps", "Fluids help", "Antibiotics do not help", "See a doctor after two weeks")
NICE = ("Honey soothes a cough",)
KEY = RubricKey(MUST, NICE)
ANSWER = Reading("Rest, drink, and wait.")


def judged(words: Mapping[str, str], key: RubricKey = KEY) -> Verdict:
    """`words` has the reply for each statement."""

    def script(request, _):
        text = request.messages[0].content
        assert QUESTION.text in text
        assert str(ANSWER.value) in text
        [word] = [word for statement, word in words.items() if f"<statement>\n{statement}\n</statement>" in text]
        return word if word[:1] in "{ I" else f"Because.\nVerdict: {word}"

    [verdict] = RubricJudge(ScriptedModel(script)).judge_all([(QUESTION, ANSWER, key)])
    return verdict


ALL = dict.fromkeys((*MUST, *NICE), "entailed")


def test_all_that_must_be_said_is_said() -> None:
    verdict = judged(ALL)
    assert (verdict.outcome, verdict.reason) == (Outcome.RIGHT, "all_entailed")
    assert (verdict.marks["completeness"], verdict.marks["hallucination_rate"]) == (1, 0)


def test_a_nice_to_have_that_is_not_said_costs_nothing() -> None:
    verdict = judged({**ALL, NICE[0]: "neutral"})
    assert verdict.outcome is Outcome.RIGHT
    assert (verdict.marks["completeness"], verdict.marks["n_nice_to_have_entailed"]) == (1, 0)


def test_three_of_four_are_three_quarters() -> None:
    verdict = judged({**ALL, MUST[3]: "neutral"})
    assert (verdict.outcome, verdict.reason) == (Outcome.WRONG, "incomplete")
    assert verdict.marks == {
        "n_must_have": 4,
        "n_must_have_entailed": 3,
        "n_nice_to_have": 1,
        "n_nice_to_have_entailed": 1,
        "n_contradicted": 0,
        "n_unread": 0,
        "completeness": 0.75,
        "hallucination_rate": 0,
    }


def test_contradictions_count_among_all_statements() -> None:
    verdict = judged({**ALL, MUST[2]: "contradicted", NICE[0]: "contradicted"})
    assert (verdict.outcome, verdict.reason) == (Outcome.WRONG, "contradicted")
    assert verdict.marks["completeness"] == 0.75
    assert verdict.marks["n_contradicted"] == 2
    assert verdict.marks["hallucination_rate"] == pytest.approx(2 / 5)


def test_a_contradicted_nice_to_have_alone_is_wrong_though_complete() -> None:
    verdict = judged({**ALL, NICE[0]: "contradicted"})
    assert (verdict.outcome, verdict.reason, verdict.marks["completeness"]) == (Outcome.WRONG, "contradicted", 1)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("not entailed", "judge_unreadable"),
        ("non-entailed", "judge_unreadable"),
        ("contradictory or neutral", "judge_unreadable"),
        ('{"verdict": "entai', "judge_unreadable"),
        ("I cannot judge this.", "judge_unreadable"),
        (" ", "judge_empty"),
    ],
)
def test_one_statement_that_cannot_be_judged_leaves_no_mean(reply: str, reason: str) -> None:
    verdict = judged({**ALL, MUST[1]: reply})
    assert (verdict.outcome, verdict.reason) == (Outcome.UNJUDGED, reason)
    assert verdict.marks["n_unread"] == 1
    assert verdict.marks["n_must_have_entailed"] == 3
    assert not {"completeness", "hallucination_rate"} & verdict.marks.keys()


def test_a_rubric_without_nice_to_have() -> None:
    verdict = judged({"Rest helps": "entailed"}, RubricKey(("Rest helps",)))
    assert (verdict.outcome, verdict.marks["hallucination_rate"]) == (Outcome.RIGHT, 0)


def test_all_statements_of_all_answers_go_in_one_call() -> None:
    calls: list[int] = []

    class Counting(ScriptedModel):
        def complete(self, requests):
            calls.append(len(requests))
            return super().complete(requests)

    other = RubricKey(("Zinc helps", "Steam helps"))
    judge = RubricJudge(Counting(lambda request, _: f"Verdict: {'neutral' if 'Zinc' in request.messages[0].content else 'entailed'}"))
    verdicts = judge.judge_all([(QUESTION, ANSWER, KEY), (QUESTION, ANSWER, other), (QUESTION, Reading("Sleep."), KEY)])
    assert calls == [5 + 2 + 5]
    assert [verdict.marks["completeness"] for verdict in verdicts] == [1, 0.5, 1]
    assert [verdict.reading.value for verdict in verdicts] == [ANSWER.value, ANSWER.value, "Sleep."]
