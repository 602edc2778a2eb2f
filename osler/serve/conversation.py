"""How a conversation becomes a question: the last turn is what is asked, and the turns before it stand before the prompt."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from pydantic import ValidationError

from osler.core.model import Message
from osler.core.passage import Evidence
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.records import describe
from osler.serve.chat import Chat, Wish
from osler.serve.refusal import Refusal

_OPTION = re.compile(r"\s*\(?([A-Z])[.):]\s+(\S.*?)\s*")


@dataclass(frozen=True)
class ConversationPrompt(Prompt):
    """A prompt with turns before it: `before`, by the question's id."""

    before: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)

    def messages(self, question: Question, evidence: Sequence[Evidence] = ()) -> tuple[Message, ...]:
        return (*self.before.get(question.id, ()), *super().messages(question, evidence))


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """The text and its options, where it ends with a line for each of two or more, lettered from A in order (`A. …`, `A) …`, `(A) …`,
    `A: …`; blank lines between them do not matter). Anything else is text."""
    lines = text.rstrip().split("\n")
    found: list[tuple[str, str]] = []
    n_text = len(lines)
    while n_text and (not lines[n_text - 1].strip() or _OPTION.fullmatch(lines[n_text - 1])):
        n_text -= 1
        if option := _OPTION.fullmatch(lines[n_text]):
            found.insert(0, (option[1], option[2]))
            if option[1] == "A":
                break
    letters = "".join(letter for letter, _ in found)
    above = "\n".join(lines[:n_text]).strip()
    if len(found) < 2 or not above or letters != ascii_uppercase[: len(found)]:
        return text.strip(), {}
    return above, dict(found)


def question_of(chat: Chat) -> tuple[Question, tuple[Message, ...]]:
    """The question and the turns before it. Its id is made of all of them: the same conversation has the same samples. Raises Refusal."""
    *before, last = chat.turns
    text, options = _text_and_options(last.content, chat.osler)
    kind = chat.osler.kind
    if kind in ("choice", "multi") and len(options) < 2:
        raise Refusal(400, f"osler.kind: {kind} needs two options or more; send osler.options", code="invalid_value", param="osler.kind")
    try:
        return Question(_id(before, text, options, kind), text, options, kind), tuple(before)
    except ValidationError as error:
        raise Refusal(400, f"osler.options: {describe(error)}; correct them", code="invalid_value", param="osler.options") from None


def _text_and_options(text: str, wish: Wish) -> tuple[str, Mapping[str, str]]:
    if wish.options is not None:
        return text.strip(), wish.options
    return split_options(text) if wish.kind in (None, "choice", "multi") else (text.strip(), {})


def _id(before: Sequence[Message], text: str, options: Mapping[str, str], kind: str | None) -> str:
    said = json.dumps([[[turn.role, turn.content] for turn in before], text, dict(options), kind])
    return f"chat-{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}"
