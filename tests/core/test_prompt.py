import hashlib

import pytest

from osler.core.errors import RecipeError
from osler.core.model import Message
from osler.core.prompt import Prompt
from osler.core.question import Question

PROMPT = Prompt("test", "Answer this.\n{question}{options}\nBe brief.")


def test_options_stand_on_lines_of_their_own():
    question = Question("q", "Which?", {"A": "one", "B": "two"})
    assert PROMPT.messages(question) == (Message("user", "Answer this.\nWhich?\nA. one\nB. two\nBe brief."),)


def test_an_open_question_has_no_options():
    assert PROMPT.messages(Question("q", "Which?")) == (Message("user", "Answer this.\nWhich?\nBe brief."),)


@pytest.mark.parametrize("text", ["{", "{}", "{0}", "{x!r}", "{question}", "{options}", "{{options}}", "100 % {n}", "\\1 \\g<0>"])
def test_braces_in_a_question_or_an_option_stay_as_they_are(text):
    question = Question("q", f"Which {text}?", {"A": f"one {text}", "B": "two"})
    assert PROMPT.messages(question)[0].content == f"Answer this.\nWhich {text}?\nA. one {text}\nB. two\nBe brief."


def test_a_prompt_without_a_place_for_something_leaves_it_out():
    assert Prompt("bare", "{question}").messages(Question("q", "Which?", {"A": "one", "B": "two"}))[0].content == "Which?"


def test_the_prompts_in_the_folder_ask_the_question():
    [message] = Prompt.named("plain").messages(Question("q", "Which one?", {"A": "first", "B": "second"}))
    assert message.role == "user"
    assert "Which one?\nA. first\nB. second" in message.content


def test_an_unknown_prompt_is_answered_with_the_known_ones():
    with pytest.raises(RecipeError, match=r"there is no 'plane' in osler/prompts; choose among .*\bplain\b"):
        Prompt.named("plane")
    with pytest.raises(RecipeError):
        Prompt.named("../prompts/plain")


def test_the_hash_is_the_text_s():
    assert PROMPT.hash == hashlib.sha256(PROMPT.text.encode()).hexdigest()[:12]
    assert Prompt("other name", PROMPT.text).hash == PROMPT.hash
    assert Prompt("test", PROMPT.text + " ").hash != PROMPT.hash
