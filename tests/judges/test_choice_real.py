"""ChoiceReader on real items and real replies, where they are at hand: every option in many phrasings, and other people's records."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osler.core.question import Question
from osler.judges.choice.reader import ChoiceReader
from osler.judges.stated.plain import bare_name

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SOURCES = ("medqa_usmle/test_4opt", "medmcqa/dev", "mmlu_med/test")
UNTOLD = {"medqa_usmle/test_4opt": 60, "medmcqa/dev": 218, "mmlu_med/test": 0}
"""Statements that nobody could tell: of one question in MedQA whose options are the letters B to E, and of options that are named alike."""
BY_LETTER = (
    *(
        "{letter}",
        "({letter})",
        "{letter}.",
        "**{letter}**",
        "Option {letter}",
        "\\boxed{{{letter}}}",
        "Answer: {letter}",
        "ANSWER: {letter}",
    ),
    *(
        "The answer is {letter}.",
        "The correct answer is ({letter}).",
        "So the final answer is **{letter}**.",
        '{{"answer_choice": "{letter}"}}',
    ),
    *("<answer>{letter}</answer>", "<think>It may be {other}.</think>The answer is {letter}.", "I would choose option {letter}."),
    *("### Final Answer\n{letter}", "La respuesta correcta es {letter}.", "正确答案：{letter}", "The answer is {letter}, not {other}."),
    *("{letter}\n\nExplanation: it fits the findings.", "Option {letter} is the correct answer.", "Reasoning first.\n\n{letter}"),
)
BY_BOTH = (
    *(
        "{letter}. {text}",
        "({letter}) {text}",
        "The answer is {letter}. {text}",
        "The best answer is {text} ({letter}).",
        "Answer: {letter}) {text}",
    ),
    *("\\boxed{{{letter}. {text}}}", '{{"answer": "{letter}. {text}"}}', "**{letter}**: '{text}'", "**{text} (Option {letter})**"),
)
BY_TEXT = ("{text}", "The answer is {text}.", "\\boxed{{{text}}}", "The correct answer is **{text}**.")


def rows(name: str) -> Iterator[dict[str, Any]]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name}: the data set {name} is not here and may not be committed; put it into shared/data to run this test")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def questions(name: str) -> dict[str, Question]:
    return {str(row["id"]): Question(str(row["id"]), "Which?", row["options"]) for row in rows(name)}


def phrased(question: Question, letter: str) -> Iterator[tuple[str, bool]]:
    """Every phrasing of one option, and whether its letter stands in it."""
    text = question.options[letter].strip("\"'“” \n.")
    other = next(name for name in question.options if name != letter)
    for phrasing in BY_LETTER:
        yield phrasing.format(letter=letter, other=other), True
    for phrasing in (*BY_BOTH, *BY_TEXT):
        yield phrasing.format(letter=letter, text=text), phrasing not in BY_TEXT


def is_ambiguous(question: Question, letter: str, *, has_letter: bool) -> bool:
    """Whether nobody could tell which option a statement means: an option's text is a letter of the options, or the text that alone is
    stated is that of two options."""
    names = {other: bare_name(text) for other, text in question.options.items()}
    is_letter = any(name.upper() in names and name.upper() != other for other, name in names.items())
    return is_letter or (not has_letter and list(names.values()).count(names[letter]) > 1)


def missed(name: str, step: int) -> tuple[int, int, list[str], list[str]]:
    """How many statements of every `step`-th question there were; how many abstentions from those that nobody could tell; those that were
    not read; and those read as another option."""
    n, untold, unread, mistaken = 0, 0, [], []
    for question in list(questions(name).values())[::step]:
        for letter in question.options:
            for text, has_letter in phrased(question, letter):
                n += 1
                value = ChoiceReader().read(text, question).value
                if value not in (None, letter):
                    mistaken.append(f"{question.id}: {text}")
                elif value is None and is_ambiguous(question, letter, has_letter=has_letter):
                    untold += 1
                elif value is None:
                    unread.append(f"{question.id}: {text}")
    return n, untold, unread, mistaken


@pytest.mark.parametrize("name", SOURCES)
def test_every_option_in_every_phrasing_sample(name: str) -> None:
    assert len(BY_LETTER) + len(BY_BOTH) + len(BY_TEXT) >= 25
    n, _, unread, mistaken = missed(name, 97)
    assert n > 400
    assert (mistaken, unread) == ([], [])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SOURCES)
def test_every_option_in_every_phrasing(name: str) -> None:
    """Recall 1 and no false answer. All that is not read is ambiguous by nature, and the count of it stands here."""
    n, untold, unread, mistaken = missed(name, 1)
    assert n > 100_000
    assert (mistaken, unread) == ([], [])
    assert untold == UNTOLD[name]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_base_models_that_run_on_are_read_as_their_recorder_read_them() -> None:
    """The recorder's own pattern is "answer is (X)"; what it reads from a statement of several options is not an answer."""
    asked, agreed, fired = questions("mmlu_pro_health/questions"), 0, 0
    for row in rows("mmlu_pro_health/outputs_10_models"):
        if row["model"] == "Meta-Llama-3-8B" and re.search(r"answer is \(?[A-J]\)?", row["output"]):
            reading = ChoiceReader("first").read(row["output"], asked[row["qid"]])
            fired += reading.method.find("several") < 0
            agreed += reading.value == row["pred_repo"]
    assert fired > 700
    assert agreed / fired >= 0.995
