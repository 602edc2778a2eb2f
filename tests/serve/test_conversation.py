"""How a chat becomes a question: options are recognised where a text ends with them in order, and nowhere else."""

import json
from typing import Any

import pytest

from osler.core.model import Message
from osler.core.question import Question
from osler.serve.chat import read_chat
from osler.serve.conversation import ConversationPrompt, question_of, split_options
from osler.serve.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "asked", "options"),
    [
        ("Why?\nA. gout\nB. flu", "Why?", {"A": "gout", "B": "flu"}),
        ("Why?\n\nA) gout \n\nB) flu\n\n", "Why?", {"A": "gout", "B": "flu"}),
        ("Why?\n (A) gout\n (B) flu", "Why?", {"A": "gout", "B": "flu"}),
        ("Why?\nA: gout\r\nB: flu\r\nC: both", "Why?", {"A": "gout", "B": "flu", "C": "both"}),
        ("A. gout is a word.\nWhy?\nA. gout\nB. flu", "A. gout is a word.\nWhy?", {"A": "gout", "B": "flu"}),
        ("Why?\nA. x\nB. y\nA. gout\nB. flu", "Why?\nA. x\nB. y", {"A": "gout", "B": "flu"}),
    ],
)
def test_options_at_the_end_are_recognised(text: str, asked: str, options: dict[str, str]) -> None:
    assert split_options(text) == (asked, options)


@pytest.mark.parametrize(
    "text",
    [
        "Why?",
        "A. gout\nB. flu",  # options of nothing
        "Why?\nA. gout",
        "Why?\nB. flu\nC. gout",
        "Why?\nA. gout\nC. flu",
        "Why?\nB. flu\nA. gout",
        "Why?\na. gout\nb. flu",
        "A. Airway clear\nB. Breathing fast\nWhat comes next?",
        "Why?\nA. gout\nB. flu\nAnswer with one letter.",
        "Why?\nA.gout\nB.flu",
        "Vitamin A. or B. deficiency?",
        "",
    ],
)
def test_anything_else_is_text(text: str) -> None:
    assert split_options(text) == (text, {})


def question(content: str, before: tuple[dict[str, Any], ...] = (), **wish: Any) -> tuple[Question, tuple[Message, ...]]:
    messages = [*before, {"role": "user", "content": content}]
    return question_of(read_chat(json.dumps({"model": "m", "messages": messages, "osler": wish}).encode()))


def test_a_question_is_known_by_everything_that_was_said() -> None:
    asked, before = question("Why?\nA. gout\nB. flu")
    assert (asked.text, dict(asked.options), asked.answer_kind, before) == ("Why?", {"A": "gout", "B": "flu"}, "choice", ())
    same = [question("Why?\nA) gout\nB) flu"), question("Why?", options={"A": "gout", "B": "flu"})]
    assert {each.id for each, _ in same} == {asked.id}
    system = ({"role": "system", "content": "Be brief."},)
    others = [
        question("Why?"), question("Why?\nA. gout\nB. flu", system), question("Why?", kind="number"), question("Why not?\nA. gout\nB. flu"),
        question("Why?\nA. gout\nB. flu", kind="multi"),
    ]  # fmt: skip
    ids = [asked.id, *(each.id for each, _ in others)]
    assert len(set(ids)) == len(ids)
    assert others[1][1] == (Message("system", "Be brief."),)


def test_a_kind_that_has_no_options_keeps_the_text_whole() -> None:
    asked, _ = question("Which?\nA. gout\nB. flu", kind="text")
    assert (asked.text, dict(asked.options), asked.answer_kind) == ("Which?\nA. gout\nB. flu", {}, "text")
    with pytest.raises(Refusal, match="choice needs two options or more"):
        question("Which?\nA. gout\nor flu", kind="choice")


def test_turns_stand_before_the_prompt_of_their_own_question() -> None:
    asked, other = Question("q-1", "Why?", {"A": "gout", "B": "flu"}), Question("q-2", "How?")
    prompt = ConversationPrompt("plain", "{question}{options}", {"q-1": (Message("system", "Be brief."),)})
    assert prompt.messages(asked) == (Message("system", "Be brief."), Message("user", "Why?\nA. gout\nB. flu"))
    assert prompt.messages(other) == (Message("user", "How?"),)
