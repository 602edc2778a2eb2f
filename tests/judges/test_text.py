"""TextReader and TextJudge: which name is read, and what it is equal to."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import ChoiceKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.name.text import TextJudge, TextReader

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

STATED = [
    ("The diagnosis is gout.", "gout"),
    ("Most likely diagnosis: gout", "gout"),
    ("Final diagnosis — gout", "gout"),
    ("**Diagnosis:** gout", "gout"),
    ("## Diagnosis\n\nGout\n\nThe toe is red.", "Gout"),
    ("### Most Likely Diagnosis: **Acute gouty arthritis**\n\n**Reasoning:**\n- toe", "Acute gouty arthritis"),
    ('{"diagnosis": "gout", "confidence": 0.9}', "gout"),
    ('{"reasoning": "The answer may be sepsis", "final_diagnosis": "gout"}', "gout"),
    ('```json\n{"answer": ["gout"]}\n```', "gout"),
    ("Given the findings, the most likely diagnosis in this patient is **gout**.", "gout"),
    ("The most likely diagnosis, based on the findings, is gout.", "gout"),
    ("The most likely diagnosis is gout, followed by pseudogout.", "gout"),
    ("The initial diagnosis was sepsis. The final diagnosis is gout.", "gout"),
    ("Differential diagnosis:\n1. Gout\n2. Sepsis\n\nMost likely diagnosis: Gout", "Gout"),
    ("Gout is the most likely diagnosis.", "Gout"),
    ("Therefore, gout is the correct answer.", "gout"),
    ("This patient most likely has gout.", "gout"),
    ("It is most likely gout.", "gout"),
    ("This is a classic case of gout.", "gout"),
    ("The toe is hot. This presentation is most consistent with gout.", "gout"),
    ("I would diagnose gout.", "gout"),
    ("She has gout.", "gout"),
    ("I think it's gout.", "gout"),
    ("Dx: gout", "gout"),
    ("This is most likely to be gout.", "gout"),
    ("It's gout.", "gout"),
    ("Probably gout.", "gout"),
    ("Gout - the toe is hot", "Gout"),
    ("Gout\n\nExplanation: The toe is hot.", "Gout"),
    ("**Gout**\n\nThe big toe is hot.", "Gout"),
    ("The toe is hot, and it woke him in the night.\n\n**Gout**", "Gout"),
    ("The answer is gout rather than pseudogout.", "gout"),
    ("The answer is gout, but pseudogout is possible.", "gout"),
    ("The answer is gout, followed by pseudogout.", "gout"),
    ("The answer is gout. No, wait, pseudogout.", "pseudogout"),
    ("The answer is not gout but pseudogout.", "pseudogout"),
    ("The answer isn't gout; it's pseudogout.", "pseudogout"),
    ("The diagnosis is not gout but pseudogout.", "pseudogout"),
    ("The answer is clear: gout.", "gout"),
    ("The answer is clear cell carcinoma.", "clear cell carcinoma"),
    ("The answer is right bundle branch block.", "right bundle branch block"),
    ("The answer is that the patient has gout.", "gout"),
    ("The answer is a myocardial infarction with or without ST elevation.", "myocardial infarction with or without ST elevation"),
    ("The answer is gout (most likely).", "gout"),
    ("Answer: Gout (M10.9)", "Gout"),
    ("La respuesta es la gota.", "gota"),
    ("El diagnóstico más probable es la gota.", "gota"),
    ("Le diagnostic le plus probable est la goutte.", "goutte"),
    ("Die wahrscheinlichste Diagnose ist Gicht.", "Gicht"),
    ("诊断是痛风。", "痛风"),
    ("答案是痛风。", "痛风"),
    ("診断は痛風です。", "痛風"),
    ("<think>The answer is sepsis.</think>The answer is gout.", "gout"),
    ("<think>Is it sepsis?</think>\n\nGout", "Gout"),
    ("The answer is gout.\n\nQuestion: And in a woman?\nThe answer is lupus.", "gout"),
]
UNSTATED = [
    ("gout or pseudogout", Abstention.SEVERAL),
    ("The answer is **gout** or **pseudogout**.", Abstention.SEVERAL),
    ("The answer is either gout or pseudogout.", Abstention.SEVERAL),
    ("gout vs pseudogout", Abstention.SEVERAL),
    ('{"answer": ["gout", "sepsis"]}', Abstention.SEVERAL),
    ("Final answer:\n1. Gout\n2. Pseudogout", Abstention.SEVERAL),
    ("The diagnosis is gout or sepsis.", Abstention.SEVERAL),
    ("The differential diagnosis is broad: gout, sepsis.", Abstention.NO_ANSWER),
    ("The diagnosis is made by joint aspiration.", Abstention.NO_ANSWER),
    ("The diagnosis of gout is confirmed by crystals.", Abstention.NO_ANSWER),
    ("The diagnosis is clinical.", Abstention.NO_ANSWER),
    ("The diagnosis could be gout.", Abstention.NO_ANSWER),
    ("The diagnosis is not gout.", Abstention.NO_ANSWER),
    ("If the uric acid is high, the diagnosis is gout.", Abstention.NO_ANSWER),
    ("To establish the diagnosis: aspirate the joint.", Abstention.NO_ANSWER),
    ("Fever is common.", Abstention.NO_ANSWER),
    ("It could be gout.", Abstention.NO_ANSWER),
    ("No diagnosis can be made.", Abstention.NO_ANSWER),
    ("The answer is [your answer].", Abstention.NO_ANSWER),
    ("The answer is gout. No, wait, that does not fit the crystals at all.", Abstention.NO_ANSWER),
    ("**Assessment**\n\nThe big toe is hot.", Abstention.NO_ANSWER),
    ("I'm sorry, but I can't provide a diagnosis. Please see a doctor.", Abstention.REFUSED),
    ("<think>It has to be gout. The answer is gout.", Abstention.TRUNCATED),
    ("<think>It is gout.</think>", Abstention.NO_ANSWER),
]
NERVE = Question("q-2", "Which nerve is injured when the wrist drops after a fracture of the humerus?")
DRUG = Question("q-3", "A pregnant woman has dysuria. Which of the following is the best treatment for this patient?")
GERM = Question("q-4", "Which of the following organisms is the most likely cause of his symptoms?")
STEP = Question("q-5", "What is the next best step in management?")
RECEPTOR = Question("q-6", "Which receptor does naloxone block to reverse the effects of morphine?")
SOUGHT = [
    (NERVE, "The nerve is the radial nerve.", "radial nerve"),
    (NERVE, "The nerve most likely injured is the radial nerve.", "radial nerve"),
    (NERVE, "It is most likely the radial nerve.", "radial nerve"),
    (NERVE, "The radial nerve is the nerve injured.", "radial nerve"),
    (NERVE, "The diagnosis is carpal tunnel syndrome.", None),
    (NERVE, "The ulnar nerve is intact. The patient most likely has a fracture.", None),
    (NERVE, "The nerve is injured at the elbow.", None),
    (DRUG, "The most appropriate treatment for this patient is nitrofurantoin.", "nitrofurantoin"),
    (DRUG, "Nitrofurantoin is the best treatment for this patient.", "Nitrofurantoin"),
    (DRUG, "Drug: nitrofurantoin", "nitrofurantoin"),
    (DRUG, "The treatment is started at once.", None),
    (DRUG, "She most likely has cystitis.", None),
    (GERM, "The causative organism is *Escherichia coli*.", "Escherichia coli"),
    (GERM, "Staphylococcus aureus is the most likely cause.", "Staphylococcus aureus"),
    (GERM, "This presentation is consistent with pyelonephritis.", None),
    (GERM, "The patient is likely suffering from pyelonephritis.", None),
    (RECEPTOR, "The receptor that naloxone blocks to reverse the effects of morphine is the mu receptor.", "mu receptor"),
    (RECEPTOR, "The receptor that nobody has ever named in a textbook of surgery is the mu receptor.", None),
    (RECEPTOR, "The receptor is typically the mu receptor, also known as MOR.", "mu receptor"),
    (STEP, "The next best step in management is joint aspiration.", "joint aspiration"),
]
reader, judge = TextReader(), TextJudge()


@pytest.mark.parametrize(("text", "value"), READ + STATED)
def test_reads(text: str, value: str) -> None:
    reading = reader.read(text, QUESTION)
    assert (reading.value, reading.abstention) == (value, None)
    assert reading.span is not None
    assert value in text[slice(*reading.span)].replace("*", "")


@pytest.mark.parametrize(("text", "abstention"), NOT_READ + UNSTATED)
def test_abstains(text: str, abstention: Abstention) -> None:
    reading = reader.read(text, QUESTION)
    assert (reading.value, reading.abstention) == (None, abstention), reading
    assert re.fullmatch(r"[a-z_]+", reading.method)


@pytest.mark.parametrize(("question", "text", "value"), SOUGHT)
def test_what_the_question_asks_for_is_read(question: Question, text: str, value: str | None) -> None:
    assert reader.read(text, question).value == value


def test_the_last_or_the_first_statement_counts_and_the_other_is_its_rival() -> None:
    for text in ("The answer is gout. The answer is sepsis.", "The diagnosis is gout. On reflection, the diagnosis is sepsis."):
        last, first = reader.read(text, QUESTION), TextReader(statement="first").read(text, QUESTION)
        assert (last.value, last.rival, first.value, first.rival) == ("sepsis", "gout", "gout", "sepsis")


def test_what_stands_after_an_invented_question_is_a_rival() -> None:
    reading = reader.read("The answer is gout.\n\nQuestion: And in a woman?\nThe answer is lupus.", QUESTION)
    assert (reading.value, reading.rival, reading.method) == ("gout", "lupus", "closing_text_before_run_on")


def test_a_prompt_that_is_repeated_is_passed_over() -> None:
    question = Question("q", "A man of fifty wakes with a hot and swollen big toe. What is the most likely diagnosis?")
    text = f"Question: What is the sky?\nThe answer is blue.\n\nQuestion: {question.text}\nThe answer is gout."
    assert reader.read(text, question).value == "gout"


BEFORE = st.lists(
    st.sampled_from(
        [
            *("The toe is hot. ", "Gout explains 3 of 4 findings.\n", "It would bring fever, which is absent.\n\n", "Toe\n", "So, "),
            *(
                "The answer is sepsis. ",
                "Question: ",
                "Diagnosis: lupus\n",
                "<think>",
                "</think>",
                "\nStep 2: ",
                "# Thinking\n",
                "bo\\xed{a}",
            ),
            *("Die Antwort ist Gicht. ", "~~", "Rationale: ", "I choose E. coli. ", "é", "**", "\nNext question 4\n", "{"),
        ]
    ),
    max_size=5,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(
    before=BEFORE,
    name=st.sampled_from(["gout", "the gout", "not gout", "gout or sepsis", "B12 deficiency", "unknown", "St. John's wort", "a b"]),
)
def test_the_short_cut_reads_what_the_long_way_reads(before: str, name: str) -> None:
    text = f"{before}The answer is {name}."
    short, long = reader.read(text, QUESTION), reader.read(text + " ", QUESTION)
    assert (short.value, short.abstention, short.span, short.rival) == (long.value, long.abstention, long.span, long.rival)


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


@pytest.mark.parametrize(
    ("value", "key", "is_right"),
    [
        ("pulmonary embolism (PE)", "pulmonary embolism", True),
        ("Pulmonary embolism", "pulmonary embolism (PE)", True),
        ("PE", "pulmonary embolism (PE)", True),
        ("syndrome of inappropriate antidiuretic hormone secretion (SIADH)", "SIADH", True),
        ("premature ventricular contractions (PVCs)", "premature ventricular contractions", True),
        ("hepatitis (HBV)", "hepatitis", False),
        ("anaemia (sickle)", "anaemia", False),
        ("migraine (with aura)", "migraine", False),
    ],
)
def test_a_short_form_in_brackets_is_the_name_again(value: str, key: str, is_right: bool) -> None:
    assert judge.judge(Reading(value), TextKey(key)).is_right is is_right


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
        st.lists(
            st.sampled_from(
                [
                    "The answer is ",
                    "The diagnosis is ",
                    "Diagnosis: ",
                    "it is most likely ",
                    "gout",
                    " is the diagnosis",
                    " or ",
                    "not ",
                    "\\boxed{",
                    "}",
                    "**",
                    '"',
                    ". ",
                    "\n",
                    "a ",
                    "İ",
                    "\ud800",
                    ")",
                ]
            )
        ).map("".join),
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
    "piece",
    [
        "a",
        " ",
        "*",
        "answer is ",
        "if the answer is ",
        "\\boxed{",
        "St. ",
        "the diagnosis is ",
        "diagnosis ",
        "diagnosis, ",
        "gout is the diagnosis ",
        "it is most likely ",
        " - ",
        ": ",
        "most likely ",
        "\n",
        '"',
        "a, ",
    ],
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
