"""After the thought, before the invented question; and what is stated first against last."""

import pytest

from osler.core.question import Question
from osler.core.reading import Abstention
from osler.judges.choice.reader import ChoiceReader

QUESTION = Question("q-1", "Which of these drugs is given first?", {"A": "Aspirin", "B": "Metoprolol", "C": "Morphine", "D": "Alteplase"})
THOUGHT = [
    ("<think>The answer is A.</think>The answer is B.", "B"),
    ("The answer is A.</think>B", "B"),
    ("## Thinking\n\nThe answer is A.\n\n## Final Response\n\nThe best drug is **B**: 'Metoprolol'.", "B"),
    ("<|channel|>analysis<|message|>The answer is A.<|channel|>final<|message|>B", "B"),
    ("[THINK]The answer is A.[/THINK]The answer is (B).", "B"),
    ("The answer is B.<|im_end|>\n<|im_start|>user\nThe answer is A.", "B"),
]
UNFINISHED = ["<think>The answer is A.", "## Thinking\n\nThe answer is A.", "<think>\nB", "[THINK] The answer is (C)."]
RUN_ON = "It thins the blood. The answer is (A).\n\nQuestion: Which bone is the longest?\nA. Rib\nB. Femur\nAnswer: The answer is (B)."


@pytest.mark.parametrize(("text", "letter"), THOUGHT)
def test_the_answer_part_answers(text: str, letter: str) -> None:
    assert ChoiceReader().read(text, QUESTION).value == letter


@pytest.mark.parametrize("text", UNFINISHED)
def test_an_unfinished_thought_is_truncated(text: str) -> None:
    assert ChoiceReader().read(text, QUESTION).abstention is Abstention.TRUNCATED


@pytest.mark.parametrize("reader", [ChoiceReader(), ChoiceReader("first")])
def test_an_invented_question_does_not_answer(reader: ChoiceReader) -> None:
    reading = reader.read(RUN_ON, QUESTION)
    assert (reading.value, reading.rival) == ("A", "B")
    assert reading.method.endswith("before_run_on")


def test_first_against_last() -> None:
    text = "The answer is A. But it bleeds, and so the dose is too high. On the whole the answer is B."
    first, last = ChoiceReader("first").read(text, QUESTION), ChoiceReader().read(text, QUESTION)
    assert (first.value, first.rival, last.value, last.rival) == ("A", "B", "B", "A")
    assert ChoiceReader().read("The answer is A. So the answer is A.", QUESTION).rival is None
