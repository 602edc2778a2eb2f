from collections.abc import Mapping

import pytest

from osler.core.question import ClaimsKey, Question
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.claims import ClaimsJudge, CorpusMean, corpus_mean, read_claims
from osler.judges.free.sentences import sentences
from osler.models.scripted import ScriptedModel

QUESTION = Question("q-1", "What is gout?", kind="claims")
CLAIMS = {
    "Gout is painful.": "true",
    "Gout comes from uric acid.": "true",
    "Gout is rare in men.": "false",
    "Colchicine helps in gout.": "true",
}


def judged(decomposed: Mapping[str, str], said: Mapping[str, str], answer: str, evidence: str = "") -> tuple[Verdict, ScriptedModel]:
    """`decomposed` has the reply for each sentence, `said` the one for each claim."""

    def script(request, _):
        text = request.messages[0].content
        if "<sentence>" in text:
            assert answer in text
            return next(reply for sentence, reply in decomposed.items() if f"<sentence>\n{sentence}\n</sentence>" in text)
        return next(reply for claim, reply in said.items() if f"<claim>\n{claim}\n</claim>" in text)

    model = ScriptedModel(script)
    [verdict] = ClaimsJudge(model).judge_all([(QUESTION, Reading(answer), ClaimsKey(evidence))])
    return verdict, model


def verdicts_on(claims: Mapping[str, str]) -> Verdict:
    reply = "\n".join(f"- {claim}" for claim in claims)
    said = {claim: f"I know.\nVerdict: {word}" for claim, word in claims.items()}
    return judged({"Gout it is.": reply}, said, "Gout it is.")[0]


def test_three_of_four_are_three_quarters() -> None:
    verdict = verdicts_on(CLAIMS)
    assert (verdict.outcome, verdict.reason) == (Outcome.WRONG, "some_false")
    assert verdict.marks == {"n_sentences": 1, "n_claims": 4, "n_true": 3, "n_unread": 0, "factuality": 0.75}


def test_all_true_is_right() -> None:
    verdict = verdicts_on(dict.fromkeys(CLAIMS, "true"))
    assert (verdict.outcome, verdict.reason, verdict.marks["factuality"]) == (Outcome.RIGHT, "all_true", 1)


def test_without_a_claim_there_is_no_factuality() -> None:
    verdict, model = judged(
        {"I am so sorry to hear that!": "NO CLAIM", "Write again.": "- No claims."}, {}, "I am so sorry to hear that! Write again."
    )
    assert (verdict.outcome, verdict.reason) == (Outcome.UNJUDGED, "no_claims")
    assert verdict.marks == {"n_sentences": 2, "n_claims": 0, "n_true": 0, "n_unread": 0}
    assert len(model.requests) == 2
    silent, model = judged({}, {}, "…!")
    assert (silent.reason, silent.marks["n_sentences"], model.requests) == ("no_claims", 0, [])


def test_not_true_is_false_and_the_last_word_wins() -> None:
    verdict = verdicts_on({"One.": "not true", "Two.": "true\nOr rather\nVerdict: false", "Three.": "not false"})
    assert (verdict.marks["n_true"], verdict.marks["factuality"]) == (1, pytest.approx(1 / 3))


def test_a_claim_that_comes_twice_counts_once() -> None:
    said = {"Gout hurts.": "Verdict: true", "Gout is rare.": "Verdict: false"}
    decomposed = {"It hurts.": "- Gout hurts.", "It really hurts.": "- gout  hurts", "It is rare.": "- Gout is rare."}
    verdict, _ = judged(decomposed, said, "It hurts. It really hurts. It is rare.")
    assert (verdict.marks["n_claims"], verdict.marks["factuality"]) == (2, 0.5)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "judge_empty"),
        ("I'm sorry, I can't help with that.", "judge_unreadable"),
        ("The sentence says that gout hurts.", "judge_unreadable"),
        ('{"claims": ["Gout hur', "judge_unreadable"),
    ],
)
def test_a_sentence_that_was_not_taken_apart_leaves_no_factuality(reply: str, reason: str) -> None:
    verdict, model = judged(
        {"It hurts.": reply, "It is rare.": "- Gout is rare."}, {"Gout is rare.": "Verdict: true"}, "It hurts. It is rare."
    )
    assert (verdict.outcome, verdict.reason) == (Outcome.UNJUDGED, reason)
    assert verdict.marks == {"n_sentences": 2, "n_claims": 1, "n_true": 1, "n_unread": 1}
    assert len(model.requests) == 2 + 1 + 1  # the sentences, one of them again, the claim


def test_a_claim_that_was_not_judged_leaves_no_factuality() -> None:
    verdict = verdicts_on({"One.": "true", "Two.": "cannot be verified"})
    assert (verdict.outcome, verdict.reason) == (Outcome.UNJUDGED, "judge_unreadable")
    assert "factuality" not in verdict.marks
    assert (verdict.marks["n_true"], verdict.marks["n_unread"]) == (1, 1)


def test_evidence_is_shown_where_there_is_some() -> None:
    said = {"Gout hurts.": "Verdict: true"}
    for evidence in ("", "A {claim} of a textbook."):
        _, model = judged({"It hurts.": "- Gout hurts."}, said, "It hurts.", evidence)
        asked = model.requests[-1].messages[0].content
        assert ("<evidence>\nA {claim} of a textbook.\n</evidence>" in asked) is bool(evidence)


def test_the_sentences_and_then_the_claims_of_all_answers_go_in_one_call_each() -> None:
    calls: list[int] = []

    class Counting(ScriptedModel):
        def complete(self, requests):
            calls.append(len(requests))
            return super().complete(requests)

    def script(request, _):
        text = request.messages[0].content
        sentence = text.partition("<sentence>\n")[2].partition("\n")[0]
        return (
            f"- Claim of {sentence}\n- Second of {sentence}" if sentence else f"Verdict: {'false' if 'Second of Two' in text else 'true'}"
        )

    asked = [(QUESTION, Reading(answer), ClaimsKey()) for answer in ("One.", "Two.\nThree.", "Four. Five. Six.")]
    verdicts = ClaimsJudge(Counting(script)).judge_all(asked)
    assert calls == [6, 12]
    assert [verdict.marks["factuality"] for verdict in verdicts] == [1, 0.75, 1]


def test_the_corpus_has_the_mean_of_those_that_have_one_and_says_how_many() -> None:
    verdicts = [verdicts_on(CLAIMS), verdicts_on({"One.": "true"}), judged({"Hello.": "NO CLAIM"}, {}, "Hello.")[0]]
    assert corpus_mean(verdicts) == CorpusMean(mean=0.875, n=2, n_all=3)
    assert corpus_mean(verdicts).coverage == pytest.approx(2 / 3)
    assert corpus_mean(verdicts[2:]) == CorpusMean(None, 0, 1)
    assert (corpus_mean([]).mean, corpus_mean([]).coverage) == (None, None)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("- One.\n- Two.", ["One.", "Two."]),
        ("Here are the claims:\n\n* One.\n\n\n• Two.\n-\n- \n---", ["One.", "Two."]),
        ("1. One.\n2) Two.", ["One.", "Two."]),
        ("-One.", ["One."]),
        ("**Claims**\n- One.", ["One."]),
        ("- 2.5 mg of it are enough.", ["2.5 mg of it are enough."]),
        ("NO CLAIM", []),
        ("No claims.", []),
        ("There are no verifiable claims.", []),
        ("- NO CLAIM", []),
        ("- One.\nNO CLAIM", ["One."]),
        ("", None),
        ("-\n- \n", None),
        ("2.5 mg of it are enough.", None),
        ("**Claims**", None),
        ("I can't.", None),
    ],
)
def test_claims_are_lines_with_a_bullet(text: str, claims: list[str] | None) -> None:
    assert read_claims(text) == claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One", ["One"]),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Take 2.5 mg. Then rest.", ["Take 2.5 mg.", "Then rest."]),
        ("Dr. Hall found E. coli. St. Anthony's fire is ergotism.", ["Dr. Hall found E. coli.", "St. Anthony's fire is ergotism."]),
        ("Use it (e.g. Colchicine). Stop.", ["Use it (e.g. Colchicine).", "Stop."]),
        ("# Advice\n\n- **Rest.**\n- Drink.\n\n1. Sleep\n2) Wake\n---\n***", ["Advice", "**Rest.**", "Drink.", "Sleep", "Wake"]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("休息。喝水。", ["休息。", "喝水。"]),
        ("10 mg are enough. 5 mg are not.", ["10 mg are enough.", "5 mg are not."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


def test_no_word_of_an_answer_is_lost() -> None:
    text = "Rest, of course. Drink! (Water?) Dr. Who.\n* Or tea... Or not.\n\nE. g. this."
    assert "".join(" ".join(sentences(text)).split()) == "".join(text.replace("* ", "").split())
