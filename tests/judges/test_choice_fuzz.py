"""ChoiceReader on anything at all: it never raises, never reads what is not there, and never takes long.

What "there" means is said here without the reader: at the place that it gives, the letter stands alone, or the option's name does, whole
or nearly so.
"""

import re
import time
from difflib import SequenceMatcher
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import Question
from osler.core.reading import Reading
from osler.judges.choice.reader import ChoiceReader

ASKED = "Which drug should a man with chest pain at rest and a raised segment get first?"
QUESTIONS = [
    Question("drugs", ASKED, {"A": "Aspirin", "B": "Metoprolol", "C": "Morphine sulfate", "D": "Alteplase", "E": "None of the above"}),
    Question("says", "Is it so?", {"A": "yes", "B": "no", "C": "maybe"}),
    Question("vitamins", "Which one is short?", {"A": "Vitamin D", "B": "Vitamin A", "C": "Vitamin B12", "D": "E. coli"}),
    Question("within", "Which is it?", {"A": "Diabetes", "B": "Diabetes insipidus", "C": "Both of them", "D": "A and B"}),
    Question("alike", "Which is it?", {"A": "Iron", "B": "Iron", "C": "B", "D": "c", "E": "12"}),
    Question("marks", "Which sign?", {"A": "↑ ADH, ↓ Na+", "B": "2+", "C": "\\alpha", "D": "**", "E": "<b>50%</b>"}),
]
CLOSINGS = [
    *("The answer is ", "Answer: ", "answer:", "Final answer is ", "the correct option is ", "\\boxed{", "### Final Answer\n", "Ans. "),
    *("I choose ", "I would go with ", "<answer>", "La respuesta correcta es ", "Antwort: ", "正确答案：", "答えは", "The answer isn't "),
    *("If the answer is ", "The wrong answer is ", "not ", "so it is ", "Therefore, ", "rule out ", "unlike ", "The patient's answer is "),
]
LETTERS = [
    *"ABCDEF",
    "a",
    "b",
    "(A)",
    "(B",
    "[C]",
    "D.",
    "**E**",
    "A)",
    "Ｂ",
    "Ⓒ",
    "𝐃",
    "I",
    "option B",
    "A and C",
    "B or D",
    "both A",
    "E. coli",
]
NAMES = [*(text for question in QUESTIONS for text in question.options.values()), "metaprolol", "morphine-sulphate", "aspirin allergy"]
AROUND = [
    *(
        " ",
        " ",
        " ",
        "\n",
        "\n\n",
        ". ",
        ", ",
        ": ",
        "; ",
        "}",
        "$",
        "**",
        "*",
        '"',
        "'",
        "`",
        "(",
        ")",
        "[",
        "]",
        "|",
        "- ",
        "1. ",
        "# ",
        "~~",
    ),
    *("<think>", "</think>", "<think>it may be B", "</answer>", "<s>", "</s>", "<|im_end|>", "[INST]", "◁think▷", "## Thinking\n\n", "<b>"),
    *(
        '{"answer": "',
        '{"reason": "x", "answer_choice": "',
        '"}',
        "```json\n",
        "\\n",
        '\\"',
        "&nbsp;",
        "&lt;",
        "❌ ",
        "✅ ",
        "[x] ",
        "[ ] ",
    ),
    *("\n\nQuestion: Which one?\nA. Iron\nB. Zinc\nAnswer: ", "\nExplanation: ", "\nRationale: it fits B.", "Human: ", "\nQ: "),
    *("because ", "is wrong. ", "is correct. ", "isn't it? ", "No, wait, ", "but ", "Actually, ", "I cannot answer. ", "None of these. "),
    *("\x00", "\ud800", "\udfff", "\u200b", "\u202e", "İ", "Σ", "ﬁ", "K", "ſ", "\u0301", "答", "選", "…", "—", "\r\n", "\x1c", "\u2028"),
]
TEXTS = st.lists(
    st.sampled_from(CLOSINGS) | st.sampled_from(LETTERS) | st.sampled_from(NAMES) | st.sampled_from(AROUND) | st.text(max_size=4),
    max_size=24,
).map("".join)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)

LONG, LIMIT_S = 100_000, 0.050
REPEATED = [
    *(
        "A",
        "A ",
        "A\n",
        "A. ",
        "(A) ",
        "[A] ",
        "A, ",
        "A and B ",
        "A。",
        "\nA",
        "A\nB\n",
        "Aspirin ",
        "A. Aspirin\n",
        "| A |\n",
        "İ",
        "Σ",
        "Ａ",
    ),
    *("answer", "answer\n", "answer: a", "answer: A\n", "answer is A. ", "The answer is Aspirin. ", "option ", "option A is ", "choice: "),
    *("boxed{", "\\boxed{A} ", "\\boxed{A} or ", "I choose A. ", "I choose ", "so I ", "ans. ", "if the answer is ", "the answer that is "),
    *(
        "<",
        "[",
        "(",
        "{",
        "}",
        "<think>",
        "</think>",
        "[think]",
        "<s>",
        "</s>",
        "<s>A</s>",
        "<|",
        "<|im_end|>",
        "◁",
        "~~",
        "~~a~~",
        "<answer>",
    ),
    *(
        '"',
        '"answer": "',
        '{"answer":"A"}',
        "\\",
        '\\"',
        "\\n",
        "\\text{",
        "*",
        "**A**",
        "`",
        "$",
        "&",
        "&nbsp;",
        "❌",
        "✅",
        "[ ]",
        "- [x] a\n",
    ),
    *(" ", "\n", "\n ", "\t", "\r\n", "\x00", "\ud800", "\u200b", "é", ". ", ".", "!", "?", "# ", "\n# ", "\n## Answer\n", "\nQuestion: "),
    *(
        "答案",
        "答案是A",
        "选A",
        "respuesta correcta es A ",
        "réponse ",
        "die richtige antwort ist A ",
        "not ",
        "A isn't ",
        "rule out A ",
        "is A. ",
    ),
    *(
        "sorry, ",
        "unfortunately, ",
        "see a ",
        "none of the ",
        "No, wait, ",
        "A. No, B. ",
        "It is metaprolol. ",
        "most likely ",
        "\nExplanation:",
    ),
]


def is_stated(question: Question, text: str, reading: Reading) -> bool:
    """Whether the place that was read has the value's letter alone in it, or the option's name, or nearly."""
    assert reading.value is not None
    assert reading.span is not None
    there = normalize("NFKC", text[slice(*reading.span)])
    letter, name = reading.value, _bare(question.options[reading.value])
    if re.search(rf"(?<![^\W_]){letter}(?![^\W_])", there, re.IGNORECASE):
        return True
    return bool(name) and (name in _bare(there) or SequenceMatcher(None, name, _bare(there)).ratio() > 0.85)


def _bare(name: str) -> str:
    return "".join(
        character for character in normalize("NFKC", re.sub("</?[a-z]>", "", name)).lower() if character.isalnum() or character in "+↑↓%*"
    )


def check(question: Question, text: str) -> Reading | None:
    """Reads a text in both settings and holds what is read to what can be said of any text. The last reading."""
    reading = None
    for statement in ("last", "first"):
        reading = ChoiceReader(statement).read(text, question)
        if reading.span is not None:
            assert 0 <= reading.span[0] < reading.span[1] <= len(text), (statement, text, reading)
        if reading.value is not None:
            assert reading.value in question.options
            assert is_stated(question, text, reading), (statement, text, reading)
        assert reading.rival is None or reading.rival in question.options
    return reading


@given(st.sampled_from(QUESTIONS), TEXTS | ANYTHING)
@settings(max_examples=400, deadline=None)
def test_never_raises_and_never_reads_what_is_not_there(question, text):
    check(question, text)


@pytest.mark.slow
@given(st.sampled_from(QUESTIONS), TEXTS)
@settings(max_examples=15_000, deadline=None)
def test_never_raises_and_never_reads_what_is_not_there_at_length(question, text):
    check(question, text)


@given(st.sampled_from(QUESTIONS), TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_long_texts_are_held_to_the_same(question, head, tail):
    check(question, head + "The patient has pain at rest. " * 1200 + tail)


def test_what_is_stated_is_told_from_what_is_not():
    drugs = QUESTIONS[0]
    assert is_stated(drugs, "It is B.", Reading("B", span=(6, 8)))
    assert is_stated(drugs, "It is metaprolol.", Reading("B", span=(6, 16)))
    assert not is_stated(drugs, "It is B.", Reading("B", span=(0, 5)))
    assert not is_stated(drugs, "Because of it", Reading("B", span=(0, 7)))


@pytest.mark.parametrize("before", ["", "[x] ~~ <s> é \\ & | <think> it may be B </think> "], ids=["alone", "after marks"])
@pytest.mark.parametrize("fragment", REPEATED, ids=ascii)
def test_no_long_text_takes_long(fragment, before):
    text = before + fragment * (LONG // len(fragment) + 1)
    for statement in ("last", "first"):
        assert seconds(ChoiceReader(statement), text[:LONG]) < LIMIT_S


def seconds(reader: ChoiceReader, text: str) -> float:
    """The best of three in time of this process, so that others on the machine do not count; more where it is near the limit."""
    best = LIMIT_S
    for _ in range(6):
        start = time.process_time()
        reader.read(text, QUESTIONS[0])
        best = min(best, time.process_time() - start)
        if best < LIMIT_S / 2:
            break
    return best
