"""Prompt: a named text file of `osler/prompts/`, filled with a question, and hashed so that a run records exactly what was asked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from osler.core.errors import RecipeError
from osler.core.model import Message
from osler.core.passage import Evidence
from osler.core.question import Question


@dataclass(frozen=True)
class Prompt:
    """The user's turn, with `{question}`, `{options}` and, where passages belong, `{evidence}` in it. Options stand on lines of their own,
    `A. text`; passages one after another, numbered, each under its headings."""

    name: str
    text: str

    @classmethod
    def named(cls, name: str) -> "Prompt":
        """Raises RecipeError, with the names there are, where `name` is not one of them."""
        folder = files("osler") / "prompts"
        names = sorted(file.name.removesuffix(".txt") for file in folder.iterdir() if file.name.endswith(".txt"))
        if name not in names:
            raise RecipeError(f"prompt: there is no {name!r} in osler/prompts; choose among {', '.join(names)}")
        return cls(name, (folder / f"{name}.txt").read_text(encoding="utf-8").strip())

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def messages(self, question: Question, evidence: Sequence[Evidence] = ()) -> tuple[Message, ...]:
        """Raises RecipeError where there is evidence and no place for it."""
        if evidence and "{evidence}" not in self.text:
            raise RecipeError(f"prompt: {self.name} has no place for passages; choose with_passages, or write {{evidence}} into yours")
        options = "".join(f"\n{letter}. {text}" for letter, text in question.options.items())
        parts = {"{question}": question.text, "{options}": options, "{evidence}": _shown(evidence)}
        # in one pass, and not str.format: a question or an option may contain braces
        return (Message("user", re.sub(r"\{question\}|\{options\}|\{evidence\}", lambda place: parts[place[0]], self.text)),)


def _shown(evidence: Sequence[Evidence]) -> str:
    numbered = enumerate((each.passage for each in evidence), 1)
    return "\n\n".join(f"[{number}] {' > '.join(passage.heading)}\n{passage.text}" for number, passage in numbered)
