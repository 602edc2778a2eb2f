"""Prompt: a named text file of `osler/prompts/`, filled with a question, and hashed so that a run records exactly what was asked."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
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


def fill(prompt: Prompt, parts: Mapping[str, str]) -> str:
    """The prompt with `{name}` replaced by each part, in one pass: a part that holds braces stays as it is. A closing tag of the
    prompt in a part is written with a space: an answer must not end what it stands in and go on as the prompt."""
    tags = "|".join(sorted(set(re.findall(r"</(\w+)>", prompt.text)))) or r"(?!)"
    fenced = {name: re.sub(rf"</(?={tags})", "< /", part, flags=re.IGNORECASE) for name, part in parts.items()}
    return re.sub(r"\{(\w+)\}", lambda place: fenced.get(place[1], place[0]), prompt.text)


def require_places(prompt: Prompt, names: Iterable[str]) -> None:
    """Raises RecipeError where the prompt has no place for one of its parts: a judge that never sees the answer would still reply."""
    for name in names:
        if f"{{{name}}}" not in prompt.text:
            raise RecipeError(f"prompt {prompt.name}: there is no {{{name}}} in it; say in its text where it goes")


def _shown(evidence: Sequence[Evidence]) -> str:
    numbered = enumerate((each.passage for each in evidence), 1)
    return "\n\n".join(f"[{number}] {' > '.join(passage.heading)}\n{passage.text}" for number, passage in numbered)
