"""Textbook: what a book is once it is read: sections in order, glossary terms, exercises, and what had to be cleaned."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal

from osler.core.question import ChoiceKey, Item, OpenKey, Question

BlockKind = Literal["paragraph", "list", "table", "caption"]
Role = Literal["body", "note", "summary", "objectives", "references", "questions"]
"""What a section is to its chapter. `note` is a box beside the text, `questions` what stands in a section of exercises beside them."""

BETWEEN_BLOCKS = "\n\n"


@dataclass(frozen=True)
class Block:
    """A paragraph, a list (an entry per line), a table (a row per line, cells parted by ` | `) or the caption of a figure.

    `n_head` is how many rows at the top of a table are its head. `page` is counted from 1, where the book has pages; of a paragraph that
    goes over to the next page it is the first.
    """

    kind: BlockKind
    text: str
    page: int | None = None
    n_head: int = 0


@dataclass(frozen=True)
class Section:
    """Blocks under one path of headings. `id` is stable and unique in its book; `module` is the file that it comes from."""

    id: str
    heading: tuple[str, ...]
    blocks: tuple[Block, ...]
    role: Role = "body"
    module: str = ""

    @cached_property
    def text(self) -> str:
        """All blocks, an empty line between two: what the characters of a passage are counted in."""
        return BETWEEN_BLOCKS.join(block.text for block in self.blocks)

    def placed(self) -> Iterator[tuple[int, Block]]:
        """Every block with the place in the text where it starts."""
        starts = accumulate((len(block.text) + len(BETWEEN_BLOCKS) for block in self.blocks), initial=0)
        return zip(starts, self.blocks, strict=False)


@dataclass(frozen=True)
class GlossaryTerm:
    """A term that the book explains, and the headings under which it does."""

    term: str
    meaning: str
    heading: tuple[str, ...] = ()
    module: str = ""


@dataclass(frozen=True)
class BookExercise:
    """An exercise as the book has it. `key` is the right letter; empty where there is none, and then `solution` may say what is right."""

    id: str
    question: str
    options: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    solution: str = ""
    heading: tuple[str, ...] = ()
    module: str = ""

    def item(self, book: str) -> Item | None:
        """None where the book does not say what is right."""
        name, cluster = f"{book}-{self.id}", f"{book}-{self.module}" if self.module else ""
        if self.key:
            question = Question(id=name, text=self.question, options=self.options)
            return Item(question=question, key=ChoiceKey(letters=(self.key,)), group="multiple choice", cluster=cluster)
        if self.solution and not self.options:
            question = Question(id=name, text=self.question, kind="open")
            return Item(question=question, key=OpenKey(text=self.solution), group="free response", cluster=cluster)
        return None


@dataclass(frozen=True)
class Textbook:
    """A book as it was read. `faults` says what was cleaned or left out, and how often; it is empty for a book without any."""

    title: str
    sections: tuple[Section, ...]
    terms: tuple[GlossaryTerm, ...] = ()
    exercises: tuple[BookExercise, ...] = ()
    licence: str = ""
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The title in small letters and hyphens: the beginning of every id."""
        return slug_of(self.title) or "book"

    @property
    def n_words(self) -> int:
        return sum(len(block.text.split()) for section in self.sections for block in section.blocks)

    def items(self) -> list[Item]:
        """The exercises of which the book says what is right: those with a key letter (group "multiple choice"), and those with a solution
        in words (group "free response"), which only a judge that asks a model can compare."""
        made = (exercise.item(self.slug) for exercise in self.exercises)
        return [item for item in made if item is not None]


def slug_of(text: str) -> str:
    """Small letters and digits with hyphens between, at most 60 characters."""
    return re.sub(r"[^a-z0-9]+", "-", text[:200].lower()).strip("-")[:60].strip("-")
