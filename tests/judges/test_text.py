"""TextReader and TextJudge: which name is read, and what it is equal to."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import ChoiceKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.text import TextJudge, TextReader

QUESTION = Question("q-1", "What is the diagnosis?")

READ = [
    ("The answer is migraine.", "migraine"),
    ("Nausea and aura.\n\nThe answer is migraine with aura.", "migraine with aura"),
    ("The answer is **migraine**.", "migraine"),
    ("The answer is `migraine`", "migraine"),
    ('The answer is "Wilson\'s disease".', "Wilson's disease"),
    ("The answer is 'Wilson's disease'.", "Wilson's disease"),
    ("The answer is “migraine.”", "migraine"),
    ("The answer is **Migraine** with aura.", "Migraine with aura"),
    ("**The answer is migraine.**", "migraine"),
    ("**Final answer:** migraine", "migraine"),
    ("## Final Answer\n\n**Migraine**\n", "Migraine"),
    ("The answer is:\n\n- migraine\n- or so", "migraine"),
    ("Answer: a migraine, because of the aura.", "migraine"),
    ("The answer is the nephrotic syndrome; albumin is low.", "nephrotic syndrome"),
    ("The answer is migraine, which is common.", "migraine"),
    ("The answer is most likely migraine.", "migraine"),
    ("The answer is gout. The answer is pseudogout.", "pseudogout"),
    ("The answer is gout. If the answer is sepsis, act at once.", "gout"),
    (r"So $\boxed{\text{heart failure}}$.", "heart failure"),
    (r"\boxed{migraine}", "migraine"),
    ('{"answer": "migraine", "sure": true}', "migraine"),
    ("<answer>migraine</answer>", "migraine"),
    ("(The answer is migraine)", "migraine"),
    ("The answer is migraine (with aura).", "migraine (with aura)"),
    ("The answer is vitamin B12 deficiency.", "vitamin B12 deficiency"),
    ("The answer is vitamin B. It is low.", "vitamin B"),
    ("The answer is St. John's wort. It interacts.", "St. John's wort"),
    ("The answer is E. coli sepsis. It is treated.", "E. coli sepsis"),
    ("The answer is non-Hodgkin lymphoma.", "non-Hodgkin lymphoma"),
    ("The answer is 3.5 mg.", "3.5 mg"),
    ("migraine", "migraine"),
    ("  Cluster headache.\n", "Cluster headache"),
    ("**acute kidney injury**", "acute kidney injury"),
    (
        "the syndrome of inappropriate antidiuretic hormone secretion (SIADH)",
        "syndrome of inappropriate antidiuretic hormone secretion (SIADH)",
    ),
]

NOT_READ = [
    ("", Abstention.EMPTY),
    (" \n", Abstention.EMPTY),
    ("**", Abstention.NO_ANSWER),
    ("The answer is", Abstention.NO_ANSWER),
    ("The answer is ...", Abstention.NO_ANSWER),
    ("The answer is not migraine.", Abstention.NO_ANSWER),
    ("The answer isn't migraine.", Abstention.NO_ANSWER),
    ("The answer is probably not migraine.", Abstention.NO_ANSWER),
    (r"The answer is not \boxed{migraine}", Abstention.NO_ANSWER),
    ("The answer is gout. No, the answer is not gout.", Abstention.NO_ANSWER),
    ("I don't think the answer is migraine.", Abstention.NO_ANSWER),
    ("The answer is migraine?", Abstention.NO_ANSWER),
    ("The answer is unknown.", Abstention.NO_ANSWER),
    ("not migraine", Abstention.NO_ANSWER),
    ("I don't know", Abstention.NO_ANSWER),
    ("Is it migraine?", Abstention.NO_ANSWER),
    ("It throbs. Migraine", Abstention.NO_ANSWER),
    ("It throbs\nMigraine", Abstention.NO_ANSWER),
    ("The headache is one-sided, it throbs and light hurts the eyes", Abstention.NO_ANSWER),
]

SAME = [
    ("migraine", "Migraine"),
    ("  Migraine ", "migraine"),
    ("heart  failure", "Heart failure"),
    ("**heart failure**", "heart failure"),
    ('"heart failure"', "heart failure"),
    ("heart failure.", "heart failure"),
    ("the nephrotic syndrome", "nephrotic syndrome"),
    ("an aneurysm", "aneurysm"),
    ("Wilson’s disease", "Wilson's disease"),
    ("X–linked agammaglobulinaemia", "X-linked agammaglobulinaemia"),
    ("(migraine)", "migraine"),
]

OTHER = [
    ("migraineur", "migraine"),
    ("migraine", "migraine with aura"),
    ("migraine with aura", "migraine"),
    ("diabetes", "diabetes insipidus"),
    ("insipidus", "diabetes insipidus"),
    ("not migraine", "migraine"),
    ("migraine or stroke", "migraine"),
    ("hypertension", "hypotension"),
    ("5", "-5"),
    ("...", "!"),
    ("a", "b"),
]

reader, judge = TextReader(), TextJudge()


@pytest.mark.parametrize(("text", "value"), READ)
def test_reads(text: str, value: str) -> None:
    reading = reader.read(text, QUESTION)
    assert (reading.value, reading.abstention) == (value, None)
    assert reading.span is not None
    assert value in text[slice(*reading.span)].replace("*", "")


@pytest.mark.parametrize(("text", "abstention"), NOT_READ)
def test_abstains(text: str, abstention: Abstention) -> None:
    reading = reader.read(text, QUESTION)
    assert (reading.value, reading.abstention) == (None, abstention), reading
    assert re.fullmatch(r"[a-z_]+", reading.method)


def test_the_method_names_the_rule() -> None:
    texts = ["The answer is gout.", r"\boxed{gout}", "gout", "The answer is not gout.", "It hurts. It is red."]
    assert [reader.read(text, QUESTION).method for text in texts] == [
        *("closing_text", "boxed_text", "whole_text", "closing_negated", "no_closing")
    ]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_name_is_right_either_way_round(one: str, other: str) -> None:
    for value, key in ((one, other), (other, one)):
        verdict = judge.judge(Reading(value), TextKey(key))
        assert (verdict.outcome, verdict.reason) == (Outcome.RIGHT, "key")


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_name_is_wrong_either_way_round(one: str, other: str) -> None:
    for value, key in ((one, other), (other, one)):
        verdict = judge.judge(Reading(value), TextKey(key, ("something else",)))
        assert (verdict.outcome, verdict.reason) == (Outcome.WRONG, "other_text")


def test_a_synonym_is_right_and_says_so() -> None:
    verdict = judge.judge(Reading("CVA"), TextKey("stroke", ("cva", "cerebrovascular accident")))
    assert (verdict.outcome, verdict.reason) == (Outcome.RIGHT, "synonym")


def test_no_answer_and_another_kind_of_key_are_not_wrong() -> None:
    abstained = Reading(abstention=Abstention.TRUNCATED)
    assert judge.judge(abstained, TextKey("stroke")).outcome is Outcome.NO_ANSWER
    assert judge.judge(abstained, TextKey("stroke")).reason == "truncated"
    assert judge.judge(Reading("B"), ChoiceKey(("B",))).outcome is Outcome.UNJUDGED
    assert judge.judge(Reading("B"), ChoiceKey(("B",))).reason == "wrong_kind"


NAMES = st.lists(st.from_regex(r"[a-z]{4,9}", fullmatch=True), min_size=1, max_size=4).map(" ".join)
PHRASINGS = st.sampled_from(
    [
        "The answer is {}.",
        "the answer is {}",
        "Answer: **{}**",
        "Final answer: {}\n\nDone.",
        'The answer is "{}".',
        "\\boxed{{{}}}",
        "{}",
        "{}.",
    ]
)


@settings(max_examples=200, deadline=None)
@given(name=NAMES, phrasing=PHRASINGS)
def test_a_plain_statement_is_read(name: str, phrasing: str) -> None:
    refused = {"because", "since", "answer", "option", "choice", "never", "neither", "likely", "unlikely", "probably"}
    if not refused & {*name.split()} and name not in {"unknown", "unclear", "none", "uncertain"}:
        assert reader.read(phrasing.format(name), QUESTION).value == name


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(),
        st.lists(st.sampled_from(["The answer is ", "\\boxed{", "}", "**", '"', ". ", "\n", "a ", "İ", "\ud800", ")"])).map("".join),
    )
)
def test_never_raises_and_the_span_is_within_the_text(text: str) -> None:
    reading = reader.read(text, QUESTION)
    if reading.value is None:
        assert reading.abstention
    else:
        assert reading.span
        assert 0 <= reading.span[0] < reading.span[1] <= len(text)
    judge.judge(reading, TextKey("migraine", ("...",)))


@pytest.mark.parametrize(
    "piece", ["a", " ", "*", "answer is ", "if the answer is ", "\\boxed{", "St. ", ": ", "most likely ", "\n", '"', "a, "]
)
def test_is_linear_in_time(piece: str) -> None:
    for before in ("", "The answer is "):
        text = before + piece * (100_000 // len(piece))
        times = []
        for _ in range(3):
            start = time.process_time()
            reader.read(text, QUESTION)
            times.append(time.process_time() - start)
        assert min(times) < 0.05, f"{piece!r}: {1000 * min(times):.0f} ms"
