"""A dated text with the entities that it names, and what is stated of two of them."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.passage import Passage
from osler.core.question import STRICT, Text
from osler.synthesise.draft import Draft, Origin

RELATIONS = (
    *("associate", "cause", "compare", "cotreat", "drug_interact", "inhibit"),
    *("interact", "negative_correlate", "positive_correlate", "prevent", "stimulate", "treat"),
)
"""The relations of BioREx and PubTator 3, which MedKGent takes."""
DIRECTED = frozenset(("cause", "inhibit", "prevent", "stimulate", "treat"))
"""Those that go one way. Any other holds both ways, and becomes two edges."""


@dataclass(frozen=True, config=STRICT)
class TextEntity:
    """What a text names. Entities of one `id` are one, whatever their names; without an id the name is it."""

    name: Text
    kind: Text
    id: str = ""

    @property
    def key(self) -> str:
        return self.id or self.name


@dataclass(frozen=True, config=STRICT)
class DatedText:
    """A line of a file of dated texts."""

    id: Text
    date: date
    text: Text
    entities: tuple[TextEntity, ...]

    def draft(self, source: str, licence: str) -> Draft:
        """Of its entities each once, by id, the first name of each."""
        entities: dict[str, dict[str, Any]] = {}
        for each in self.entities:
            entities.setdefault(each.key, {"id": each.key, "name": each.name, "kind": each.kind})
        passage = Passage(self.id, self.text, source=source, fields={"date": self.date.isoformat()})
        notes = {"date": self.date.isoformat(), "entities": list(entities.values())}
        return Draft(self.id, Origin(source, self.id, licence), passages=(passage,), notes=notes)


@dataclass(frozen=True)
class Triple:
    """What a text states of two entities, given by id."""

    head: str
    relation: str
    tail: str

    @property
    def reversed(self) -> "Triple":
        return Triple(self.tail, self.relation, self.head)

    @property
    def is_directed(self) -> bool:
        return self.relation in DIRECTED


@dataclass(frozen=True)
class DatedEdge:
    """A triple with how sure it is, the days on which it was first and last stated, the ids of the texts that state it, and their sources,
    each once."""

    triple: Triple
    confidence: Annotated[float, Field(ge=0, le=1)]
    first: str
    last: str
    texts: tuple[str, ...]
    sources: tuple[str, ...]


def noted(draft: Draft, name: str) -> Any:
    """Raises ValueError where no block has noted it."""
    if name not in draft.notes:
        raise ValueError(
            f"draft {draft.id}: it has no note {name!r}; dated texts go through state_triples, by_pair and merge_pair, in this order"
        )
    return draft.notes[name]
