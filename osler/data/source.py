"""Source: where items come from, and what every source hands over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from osler.core.errors import UserError
from osler.core.question import Item


@dataclass(frozen=True)
class Worked:
    """An item with reasoning written by a teacher."""

    item: Item
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """Three lists without a question in common: worked items for the seed policy, items to search on, items to answer and grade.

    `exercises` are short worked tasks about the worked items, to warm a base up on. `vocabulary` is further text that a tokenizer trained
    from nothing should have seen; no reasoning and no key stands in it. `files` are further records to keep with the run, by name.
    """

    worked: tuple[Worked, ...]
    search: tuple[Item, ...]
    answer: tuple[Item, ...]
    exercises: tuple[Worked, ...] = ()
    vocabulary: tuple[str, ...] = ()
    files: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def check(self, where: str) -> "Dataset":
        """Itself. Raises UserError where there is nothing to answer or where a question id comes twice (but a worked item may be shown in
        several orders)."""
        if not self.answer:
            raise UserError(f"{where}: there is no item to answer; name a file with at least one")
        seen = {worked.item.id for worked in self.worked}
        for item in (*self.search, *self.answer):
            if item.id in seen:
                raise UserError(f"{where}: the id {item.id!r} comes twice; ids must be unique over all files of a data set")
            seen.add(item.id)
        return self


class Source(Protocol):
    """Makes the items. The same settings and seed always make the same ones."""

    def load(self, seed: int) -> Dataset: ...
