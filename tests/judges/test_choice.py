"""ChoiceReader and ChoiceJudge: what is read, what is not, and why not."""

import re
import time
from collections.abc import Mapping

import pytest

from osler.core.codec import CLOSING
from osler.core.question import ChoiceKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.choice.reader import ChoiceJudge, ChoiceReader
from osler.judges.stated.closing import last_closing
from osler.judges.stated.plain import bare_name

DRUGS = {"A": "Aspirin", "B": "Clopidogrel", "C": "Beta blocker", "D": "Intravenous (IV) heparin", "E": "Vitamin K"}
THIRST = {"A": "Diabetes", "B": "Diabetes insipidus", "C": "The syndrome of inappropriate ADH", "D": "None of the above"}
LEVELS = {"A": "Low", "B": "Below normal", "C": "5", "D": "5.5 mg/dL", "E": "5 mg/dL"}
GENES = {"A": "AA", "B": "Aa", "C": "aa", "D": "B lymphocytes"}
BUGS = {"A": "Staphylococcus aureus", "B": "C. difficile", "C": "Escherichia coli", "D": "B. fragilis", "E": "Helicobacter pylori"}
BLOOD = {"A": "O", "B": "AB", "C": "B", "D": "A"}
COMBINED = {"A": "Aspirin", "B": "Heparin", "C": "Aspirin and heparin", "D": "Both A and B"}
YES_NO = {"A": "yes", "B": "no", "C": "maybe"}
SPOKEN = {"A": '"Have you thought of ending your life?"', "B": "“I would not worry.”", "C": "Wait. Then operate.", "D": "A defect in CFTR"}
ALIKE = {"A": "Asthma", "B": "Pneumonia", "C": "asthma"}

READ = [
    (DRUGS, "B", "B"),
    (DRUGS, "B.", "B"),
    (DRUGS, " (B)\n", "B"),
    (DRUGS, "B)", "B"),
    (DRUGS, "option B", "B"),
    (DRUGS, "Option (B)", "B"),
    (DRUGS, "**B**", "B"),
    (DRUGS, "`B`", "B"),
    (DRUGS, "'B'", "B"),
    (DRUGS, '"B"', "B"),
    (DRUGS, "$B$", "B"),
    (DRUGS, r"\boxed{B}", "B"),
    (DRUGS, r"\boxed{\text{B}}", "B"),
    (DRUGS, r"\boxed{B. Clopidogrel}", "B"),
    (DRUGS, r"\boxed{clopidogrel}", "B"),
    (DRUGS, r"\(\boxed{\mathrm{B}}\)", "B"),
    (DRUGS, "B. Clopidogrel", "B"),
    (DRUGS, "B: clopidogrel.", "B"),
    (DRUGS, "clopidogrel", "B"),
    (DRUGS, "  Clopidogrel.\n", "B"),
    (DRUGS, "Clopidogrel (B)", "B"),
    (DRUGS, "Option B is correct.", "B"),
    (DRUGS, "Clopidogrel is the correct answer.", "B"),
    (DRUGS, "The answer is b.", "B"),
    (DRUGS, "the answer is a", "A"),
    (DRUGS, "The answer is a beta blocker.", "C"),
    (DRUGS, "The answer is beta  blocker", "C"),
    (DRUGS, "The answer is intravenous (IV) heparin.", "D"),
    (DRUGS, "The answer is **Vitamin K**, which reverses warfarin.", "E"),
    (DRUGS, "The answer is E. It reverses warfarin.", "E"),
    (DRUGS, "The answer is B because it inhibits P2Y12.", "B"),
    (DRUGS, "The answer is Clopidogrel because it inhibits P2Y12.", "B"),
    (DRUGS, "The answer is B, not C.", "B"),
    (DRUGS, "The answer is B.Clopidogrel", "B"),
    (DRUGS, "The answer is most likely B.", "B"),
    (DRUGS, "The answer, therefore, is B.", "B"),
    (DRUGS, "The answer to this question is (B).", "B"),
    (DRUGS, "Therefore, the answer is:\n\n**B**: 'Clopidogrel'", "B"),
    (DRUGS, "**Final Answer**\n\nB", "B"),
    (DRUGS, "**Answer:** B", "B"),
    (DRUGS, "Here is my final answer: B", "B"),
    (DRUGS, "<think>C?</think><answer>B</answer>", "B"),
    (DRUGS, '{"reason": "aspirin is not tolerated", "answer": "B"}', "B"),
    (DRUGS, '{"answer_choice": "B. Clopidogrel", "sure": true}', "B"),
    (DRUGS, "The answer is A. That cannot be: bleeding. The answer is B.", "B"),
    (DRUGS, "The answer is B. If the answer is A, the patient bleeds.", "B"),
    (DRUGS, "The wrong answer is A; the answer is B.", "B"),
    (DRUGS, "The answer is $\\boxed{B}$.", "B"),
    (DRUGS, "The answer is A. No, B.", "B"),
    (DRUGS, "The answer is A, or rather B.", "B"),
    (DRUGS, "The answer is aspirin - no wait, clopidogrel.", "B"),
    (THIRST, "The answer is diabetes.", "A"),
    (THIRST, "The answer is diabetes insipidus.", "B"),
    (THIRST, "The answer is syndrome of inappropriate ADH.", "C"),
    (THIRST, "The answer is the syndrome of inappropriate ADH.", "C"),
    (THIRST, "The answer is none of the above.", "D"),
    (LEVELS, "The answer is low.", "A"),
    (LEVELS, "The answer is below normal.", "B"),
    (LEVELS, "Answer: 5", "C"),
    (LEVELS, "Answer: 5.5 mg/dL", "D"),
    (LEVELS, "Answer: 5 mg/dL.", "E"),
    (GENES, "The answer is Aa.", "B"),
    (GENES, "The answer is B. Aa", "B"),
    (GENES, "The answer is B lymphocytes.", "D"),
    (BUGS, "The answer is C. difficile.", "B"),
    (BUGS, "The answer is B. C. difficile.", "B"),
    (BUGS, "The answer is B. fragilis", "D"),
    (BUGS, "The answer is C. escherichia coli", "C"),
    (BLOOD, "The answer is O.", "A"),
    (BLOOD, "The answer is (B).", "B"),
    (BLOOD, "The answer is C. B", "C"),
    (COMBINED, "The answer is aspirin and heparin.", "C"),
    (COMBINED, "The answer is both A and B.", "D"),
    (YES_NO, "The answer is yes, the Apis mellifera genome is available.", "A"),
    (YES_NO, "The answer is B. no, it is not.", "B"),
    (SPOKEN, 'The answer is "Have you thought of ending your life?"', "A"),
    (SPOKEN, "The answer is I would not worry.", "B"),
    (SPOKEN, "The answer is “I would not worry.”.", "B"),
    (SPOKEN, "The answer is “I would not worry.” It is kind.", "B"),
    (SPOKEN, "The answer is Wait. Then operate.", "C"),
    (SPOKEN, "The answer is A defect in CFTR.", "D"),
    (ALIKE, "The answer is asthma.", "C"),
    (ALIKE, "The answer is A. asthma", "A"),
]

NOT_READ = [
    (DRUGS, "", Abstention.EMPTY),
    (DRUGS, " \n\t", Abstention.EMPTY),
    (DRUGS, "**", Abstention.NO_ANSWER),
    (DRUGS, "Aspirin is contraindicated here.", Abstention.NO_ANSWER),
    (DRUGS, "A patient with a stent should take two drugs.", Abstention.NO_ANSWER),
    (DRUGS, "B-cell", Abstention.NO_ANSWER),
    (DRUGS, "not B", Abstention.NO_ANSWER),
    (DRUGS, "The answer is", Abstention.NO_ANSWER),
    (DRUGS, r"\boxed{}", Abstention.NO_ANSWER),
    (DRUGS, "The answer is not B.", Abstention.NO_ANSWER),
    (DRUGS, "The answer isn't B.", Abstention.NO_ANSWER),
    (DRUGS, "The answer cannot be Clopidogrel.", Abstention.NO_ANSWER),
    (DRUGS, "The answer is definitely not B", Abstention.NO_ANSWER),
    (DRUGS, "The answer is neither A nor B.", Abstention.NO_ANSWER),
    (DRUGS, r"The answer is not \boxed{B}", Abstention.NO_ANSWER),
    (DRUGS, "I do not think that the answer is B.", Abstention.NO_ANSWER),
    (DRUGS, "I doubt the answer is B.", Abstention.NO_ANSWER),
    (DRUGS, "The answer is A. No: the answer is not A.", Abstention.NO_ANSWER),
    (DRUGS, "If the answer is B, the patient bleeds.", Abstention.NO_ANSWER),
    (DRUGS, "The wrong answer is B.", Abstention.NO_ANSWER),
    (DRUGS, "The patient's answer is B.", Abstention.NO_ANSWER),
    (DRUGS, "So the answer is B?", Abstention.NO_ANSWER),
    (DRUGS, "The answer is B is wrong", Abstention.NO_ANSWER),
    (DRUGS, "A. Aspirin\nB. Clopidogrel", Abstention.SEVERAL),
    (DRUGS, "A or B", Abstention.SEVERAL),
    (DRUGS, "both A and C", Abstention.SEVERAL),
    (DRUGS, "The answer is either A or B.", Abstention.SEVERAL),
    (DRUGS, "The answer is A/B", Abstention.SEVERAL),
    (DRUGS, "The answer is (A, B, C).", Abstention.SEVERAL),
    (DRUGS, "The answer is (A), (B) and (C).", Abstention.SEVERAL),
    (DRUGS, "Answer:\nA\nB", Abstention.SEVERAL),
    (DRUGS, "The answer is A. Aspirin and B. Clopidogrel", Abstention.SEVERAL),
    (DRUGS, "The answer is aspirin or clopidogrel.", Abstention.SEVERAL),
    (DRUGS, r"The answer is \boxed{A} or \boxed{B}.", Abstention.SEVERAL),
    (DRUGS, "The answer is A. No, that cannot be.", Abstention.NO_ANSWER),
    (DRUGS, "B. Beta blocker", Abstention.SEVERAL),
    (DRUGS, "The answer is B. Beta blocker.", Abstention.SEVERAL),
    (DRUGS, "The answer is B (Beta blocker).", Abstention.SEVERAL),
    (DRUGS, "The answer is beta blocker (B).", Abstention.SEVERAL),
    (DRUGS, "The answer is A beta blocker.", Abstention.SEVERAL),
    (DRUGS, r"\boxed{B. Beta blocker}", Abstention.SEVERAL),
    (DRUGS, "Z", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is Z.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is N/A.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is none of the above.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is warfarin.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is Aspirin is contraindicated here.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is a contraindication.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is a (rare) disease.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is a not uncommon disease.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is B-cell lymphoma.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is B12 deficiency.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is B cells.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is (A)-blocker.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is A+", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is E. coli.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is E. Coli.", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is C. difficile colitis", Abstention.NOT_AN_OPTION),
    (DRUGS, "The answer is aspirin, clopidogrel-like drugs and rest.", Abstention.NOT_AN_OPTION),
    (DRUGS, r"\boxed{Aspirin is contraindicated}", Abstention.NOT_AN_OPTION),
    (THIRST, "The answer is diabetes mellitus.", Abstention.NOT_AN_OPTION),
    (THIRST, "The answer is insipidus.", Abstention.NOT_AN_OPTION),
    (LEVELS, "The answer is lower.", Abstention.NOT_AN_OPTION),
    (LEVELS, "The answer is normal.", Abstention.NOT_AN_OPTION),
    (LEVELS, "Answer: 5.6", Abstention.NOT_AN_OPTION),
    (LEVELS, "Answer: 5%", Abstention.NOT_AN_OPTION),
    (LEVELS, "Answer: 5 mg/dL/h", Abstention.NOT_AN_OPTION),
    (GENES, "The answer is aA.", Abstention.SEVERAL),
    (BLOOD, "The answer is B.", Abstention.SEVERAL),
    (BLOOD, "The answer is B (C).", Abstention.SEVERAL),
    (SPOKEN, "The answer is “I would not worry.” (C).", Abstention.SEVERAL),
    (SPOKEN, "The answer is “I would not worry.” is unkind.", Abstention.NOT_AN_OPTION),
    ({}, "The answer is B.", Abstention.NOT_AN_OPTION),
]

reader = ChoiceReader()


def question(options: Mapping[str, str]) -> Question:
    return Question("q-1", "Which?", dict(options))


@pytest.mark.parametrize(("options", "text", "letter"), READ)
def test_reads(options: Mapping[str, str], text: str, letter: str) -> None:
    reading = reader.read(text, question(options))
    assert (reading.value, reading.abstention) == (letter, None), reading
    assert reading.span is not None
    stated = text[slice(*reading.span)]
    assert bare_name(options[letter]) in " ".join(stated.lower().split()) or letter in re.findall(r"[A-Z]", stated.upper())


@pytest.mark.parametrize(("options", "text", "abstention"), NOT_READ)
def test_abstains(options: Mapping[str, str], text: str, abstention: Abstention) -> None:
    reading = reader.read(text, question(options))
    assert (reading.value, reading.abstention) == (None, abstention), reading
    assert re.fullmatch(r"[a-z_]+", reading.method)


def test_the_method_names_the_rule() -> None:
    texts = ["The answer is B.", "The answer is B. Clopidogrel", r"\boxed{clopidogrel} is it", "B", "The answer is not B.", "Well."]
    methods = ["closing_letter", "closing_letter_and_text", "boxed_text", "whole_letter", "closing_negated", "no_closing"]
    assert [reader.read(text, question(DRUGS)).method for text in texts] == methods


def test_the_span_covers_letter_and_text() -> None:
    text = "Reasoning first. The answer is **B. Clopidogrel**, which fits."
    span = reader.read(text, question(DRUGS)).span
    assert span is not None
    assert text[slice(*span)] == "B. Clopidogrel"


@pytest.mark.parametrize("adjective", ["", "final ", "correct ", "best "])
@pytest.mark.parametrize("closing", ["the {}answer is", "The {}answer is", "THE {}ANSWER IS"])
def test_what_finishes_a_trace_is_a_closing_statement(closing: str, adjective: str) -> None:
    text = f"It fits. {closing.format(adjective)} B."
    assert CLOSING.search(text)
    assert last_closing(text)
    assert reader.read(text, question(DRUGS)).value == "B"


@pytest.mark.parametrize(
    "piece",
    [
        *("a", " ", "*", "answer ", "answer is ", "if the answer is ", "\\boxed{", "}", "answer    ", "A or ", "\n", "most likely ", '"'),
        *("final answer \n", "the wrong answer is ", "Aspirin ", "answer to the ", "not "),
    ],
)
def test_is_linear_in_time(piece: str) -> None:
    texts = [before + piece * (100_000 // len(piece)) + after for before in ("", "The answer is ") for after in ("", " The answer is B.")]
    for text in texts:
        times = []
        for _ in range(3):
            start = time.process_time()
            reader.read(text, question(DRUGS))
            times.append(time.process_time() - start)
        assert min(times) < 0.05, f"{piece!r}: {1000 * min(times):.0f} ms"


def test_the_judge_tells_wrong_from_no_answer_from_unjudged() -> None:
    judge, key = ChoiceJudge(), ChoiceKey(("B", "C"))
    abstained = [Reading(abstention=abstention) for abstention in Abstention]
    assert [(judge.judge(Reading(letter), key).outcome, judge.judge(Reading(letter), key).reason) for letter in "ABC"] == [
        (Outcome.WRONG, "distractor"),
        (Outcome.RIGHT, "key"),
        (Outcome.RIGHT, "key"),
    ]
    assert {judge.judge(reading, key).outcome for reading in abstained} == {Outcome.NO_ANSWER}
    assert [judge.judge(reading, key).reason for reading in abstained] == [abstention.value for abstention in Abstention]
    assert judge.judge(Reading("B"), TextKey("B")).outcome is Outcome.UNJUDGED
    assert judge.judge(Reading("B"), TextKey("B")).reason == "wrong_kind"
