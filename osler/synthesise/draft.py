"""Draft: a training record in the making, from its origin to the traces that are kept; and what was dropped, with its reason."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from osler.core.passage import Passage
from osler.core.question import Item, Question
from osler.core.reading import Abstention, Reading
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Outcome
from osler.synthesise.labels import Label

AS_WRITTEN = ConfigDict(extra="forbid")
"""As `STRICT`, but for spaces at the ends of a text: what a model wrote stays as it is."""


@dataclass(frozen=True, config=AS_WRITTEN)
class Origin:
    """Where a draft comes from: `source` names the book, the benchmark or the graph, and `place` is the id of the passage, the item or the
    path in it. `span` are the characters of the draft's first passage that support the answer, where a block found them."""

    source: str
    place: str
    licence: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True, config=AS_WRITTEN)
class Authored:
    """A trace that `author` wrote for the item of a draft: the name of a role, "source" for what came with the item, or a method.

    `answer` is what was read from it, `abstention` why nothing was. `outcome` is its verdict, None while nobody has judged it. `labels` has
    one number per step, or is empty; a step whose label is None is masked. `flags` are short words for whoever chooses among traces:
    "label_guided", "revised"."""

    author: str
    steps: tuple[str, ...]
    response: str = ""
    ending: Ending = Ending.FINISHED
    answer: str | None = None
    abstention: Abstention | None = None
    outcome: Outcome | None = None
    labels: tuple[Label, ...] = ()
    flags: tuple[str, ...] = ()
    n_tokens: int = 0
    raw: str = ""

    @classmethod
    def of(cls, trace: Trace, author: str, outcome: Outcome | None = None, flags: tuple[str, ...] = ()) -> "Authored":
        reading = trace.reading
        return cls(
            author,
            tuple(step.text for step in trace.steps),
            trace.response,
            trace.ending,
            answer=reading.value if reading else None,
            abstention=reading.abstention if reading else None,
            outcome=outcome,
            flags=flags,
            n_tokens=trace.n_tokens,
            raw=trace.raw,
        )

    @property
    def is_right(self) -> bool:
        return self.outcome is Outcome.RIGHT

    def trace(self, question: Question) -> Trace:
        """The trace again, without its evidence."""
        reading = None
        if self.answer is not None or self.abstention is not None:
            reading = Reading(self.answer, self.abstention)
        steps = tuple(map(Step, self.steps))
        return Trace(question, steps, self.response, self.ending, self.raw, self.n_tokens, reading)


@dataclass(frozen=True, config=AS_WRITTEN)
class Preference:
    """Of two traces for one item the better and the worse, by which `rule`, and how many first steps they share."""

    chosen: Authored
    rejected: Authored
    rule: str
    n_shared: Annotated[int, Field(ge=0)] = 0


@dataclass(frozen=True, config=AS_WRITTEN)
class Draft:
    """A record in the making. Blocks fill it in: a passage becomes an item, an item gets traces, traces verdicts, labels, preferences.

    `notes` are what blocks found, by name, as plain values that JSON can hold: pass counts, levels, paths."""

    id: str
    origin: Origin
    item: Item | None = None
    passages: tuple[Passage, ...] = ()
    authored: tuple[Authored, ...] = ()
    preferences: tuple[Preference, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    def noting(self, **notes: Any) -> "Draft":
        """The same with these notes beside the others."""
        return replace(self, notes={**self.notes, **notes})

    def with_authored(self, *authored: Authored) -> "Draft":
        """The same with these traces after the others."""
        return replace(self, authored=(*self.authored, *authored))

    @property
    def asked(self) -> Item:
        """Its item. Raises ValueError where no block has written one: the blocks stand in a wrong order."""
        if self.item is None:
            raise ValueError(f"draft {self.id}: it has no item yet; put a block that writes items before this one")
        return self.item


@dataclass(frozen=True, config=AS_WRITTEN)
class DroppedDraft:
    """A draft that was not kept: by which block, for which `reason` (a short snake_case word), and in which words."""

    draft: Draft
    block: str
    reason: str
    detail: str = ""

    @property
    def id(self) -> str:
        return self.draft.id
