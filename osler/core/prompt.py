"""Prompt: a named text file of `osler/prompts/`, filled with a question, and hashed so that a run records exactly what was asked."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from osler.core.errors import RecipeError
from osler.core.model import Message
from osler.core.question import Question


@dataclass(frozen=True)
class Prompt:
    """The user's turn, with `{question}` and `{options}` in it. Options stand on lines of their own, `A. text`."""

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

    def messages(self, question: Question) -> tuple[Message, ...]:
        options = "".join(f"\n{letter}. {text}" for letter, text in question.options.items())
        parts = {"{question}": question.text, "{options}": options}
        # in one pass, and not str.format: a question or an option may contain braces
        return (Message("user", re.sub(r"\{question\}|\{options\}", lambda place: parts[place[0]], self.text)),)
