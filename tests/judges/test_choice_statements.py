"""ChoiceReader over many options: every plain statement of an option is read as that option, and nothing else is read."""

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import Question
from osler.judges.choice.reader import ChoiceReader
from osler.judges.stated.plain import bare_name

PHRASINGS = (
    "The answer is {letter}.",
    "So the answer is {lower}",
    "Final answer: ({letter})",
    "Answer: {letter}) {text}",
    "The correct option is {letter}.",
    "The correct answer is option ({letter}).",
    "The answer is {letter}. {text}",
    "The answer is {letter}: {text}.",
    "The answer is {text}.",
    "The best answer is {text} ({letter}).",
    "The answer is **{letter}**.",
    "**Answer:** `{letter}`",
    "The answer is '{letter}', since it fits.",
    'The answer is "{text}".',
    "\\boxed{{{letter}}}",
    "We get $\\boxed{{\\text{{{letter}}}}}$.",
    "\\boxed{{{letter}. {text}}}",
    "\\boxed{{{text}}}",
    "The answer is {other}. No, that does not fit.\n\nThe answer is ${letter}$.",
    "({letter})",
    "Option {letter}",
    "{letter}. {text}",
    "{text}",
    "**{text} ({letter})**",
)
REFUSED = (
    "The answer is not {letter}.",
    "The answer is not {text}.",
    "not {letter}",
    "The answer is {text}ol.",
    "The answer is {text} is contraindicated here.",
    "The answer is {letter}. {other_text}",
    "The answer is {other_text} ({letter}).",
    "both {letter} and {other}",
    "The answer is {letter} or {other}.",
    "The answer is {text} or {other_text}.",
    "The wrong answer is {letter}.",
    "I think of {text} at once.",
    "The answer is Z.",
    "",
)

NAMES = (
    *("Aspirin", "Clopidogrel", "Beta blocker", "Intravenous (IV) heparin", "Vitamin K", "Diabetes", "Diabetes insipidus"),
    *("The syndrome of inappropriate ADH", "None of the above", "Low", "Below normal", "5", "5.5 mg/dL", "5 mg/dL", "-5 mg/dL"),
    *("Staphylococcus aureus", "C. difficile", "Escherichia coli", "B. fragilis", "Helicobacter pylori", "A defect in CFTR", "IgA"),
)
HARD_NAMES = ("AA", "Aa", "aa", "B lymphocytes", "Aspirin and heparin", "Both A and B", "(+) sense RNA", "Wait. Then operate.")

reader = ChoiceReader()


def question(options: Mapping[str, str]) -> Question:
    return Question("q-1", "Which?", dict(options))


def phrased(phrasing: str, options: Mapping[str, str], letter: str) -> str:
    other = next(name for name in options if name != letter)
    text, other_text = options[letter].rstrip('." \n'), options[other].rstrip('." \n')
    return phrasing.format(letter=letter, lower=letter.lower(), text=text, other=other, other_text=other_text)


names = st.one_of(
    st.sampled_from([*NAMES, *HARD_NAMES]),
    st.from_regex(r"[a-eA-E019(][a-eA-E019é,()/%+' -]{0,22}[a-eA-E019)%+]", fullmatch=True),
)
option_sets = (
    st.lists(names.map(str.strip), min_size=2, max_size=10, unique_by=bare_name)
    .filter(lambda texts: all(re.search(r"\w\W?\w", bare_name(text)) for text in texts))
    .map(lambda texts: dict(zip("ABCDEFGHIJ", texts, strict=False)))
)


@settings(max_examples=200, deadline=None)
@given(options=option_sets, phrasing=st.sampled_from(PHRASINGS), data=st.data())
def test_a_plain_statement_is_read(options: dict[str, str], phrasing: str, data: st.DataObject) -> None:
    letter = data.draw(st.sampled_from(sorted(options)))
    text = phrased(phrasing, options, letter)
    assert reader.read(text, question(options)).value == letter, text


named_sets = st.lists(st.sampled_from(NAMES), min_size=2, max_size=10, unique=True).map(
    lambda texts: dict(zip("ABCDEFGHIJ", texts, strict=False))
)


@settings(max_examples=200, deadline=None)
@given(options=named_sets, phrasing=st.sampled_from(REFUSED), data=st.data())
def test_what_states_no_option_is_not_read(options: dict[str, str], phrasing: str, data: st.DataObject) -> None:
    letter = data.draw(st.sampled_from(sorted(options)))
    text = phrased(phrasing, options, letter)
    assert reader.read(text, question(options)).value is None, text


fragments = st.sampled_from(
    [
        "The answer is ",
        "answer:",
        "\\boxed{",
        "}",
        "**",
        "`",
        "A",
        " b",
        "(C)",
        " or ",
        " and ",
        ".",
        "\n",
        "$",
        "not ",
        "option ",
        "İ",
        "ß",
        "\ud800",
    ]
)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(), st.lists(st.one_of(fragments, st.text(max_size=6)), max_size=20).map("".join)), options=option_sets)
def test_never_raises_and_reads_only_options(text: str, options: dict[str, str]) -> None:
    reading = reader.read(text, question(options))
    assert reading.value is None or reading.value in options
    if reading.span:
        assert 0 <= reading.span[0] < reading.span[1] <= len(text)
    assert reading.value is None or reading.span


MEDQA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "medqa_usmle" / "test_4opt.jsonl.gz"


def test_every_option_of_real_items_is_read_and_nothing_else() -> None:
    if not MEDQA.exists():
        pytest.skip(f"{MEDQA}: the MedQA questions are not here and may not be committed; put them there to run this test")
    with gzip.open(MEDQA, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line, _ in zip(lines, range(300), strict=False)]
    missed, accepted = [], []
    for item in items:
        asked = question(item["options"])
        for letter in asked.options:
            texts = [phrased(phrasing, asked.options, letter) for phrasing in PHRASINGS]
            missed += [text for text in texts if reader.read(text, asked).value != letter]
            texts = [phrased(phrasing, asked.options, letter) for phrasing in REFUSED]
            accepted += [text for text in texts if reader.read(text, asked).value is not None]
    assert not missed, f"{len(missed)} statements not read, first {missed[:5]}"
    assert not accepted, f"{len(accepted)} texts read that state no option, first {accepted[:5]}"
