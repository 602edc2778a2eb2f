"""By pair: what many texts state, sorted by the two entities that it is about."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit
from osler.synthesise.dated.texts import noted
from osler.synthesise.draft import Draft, DroppedDraft, Origin


@dataclass(frozen=True, config=STRICT)
class ByPair:
    """A draft for each pair of entities of which some text states something, in the order of their ids. Its note `stated` has the triples
    with confidence, date and text, by date and then by the text's id; its note `entities` the two, by the names of the first text;
    its note `licences` the licence of each source that states it.

    It waits for every draft, as a graph that is built day by day must: what is known of one pair never depends on another, so that pairs
    can be worked side by side."""

    kind: Literal["by_pair"] = "by_pair"
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        pairs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        entities: dict[str, dict[str, Any]] = {}
        licences: dict[str, str] = {}
        kept = [(noted(draft, "date"), draft.id, draft.origin, noted(draft, "entities"), noted(draft, "triples")) for draft in drafts]
        for date, id, origin, named, triples in sorted(kept, key=lambda each: each[:2]):
            for each in named:
                entities.setdefault(each["id"], each)
            for triple in triples:
                one, other = sorted((triple["head"], triple["tail"]))
                pairs.setdefault((one, other), []).append({**triple, "date": date, "text": id, "source": origin.source})
            licences[origin.source] = origin.licence
        for pair in sorted(pairs):
            place, sources = " | ".join(pair), dict.fromkeys(each["source"] for each in pairs[pair])
            stated_by = {source: licences[source] for source in sources}
            origin = Origin(", ".join(sources), place, "; ".join(dict.fromkeys(filter(None, stated_by.values()))))
            notes = {"entities": [entities[id] for id in pair], "stated": pairs[pair], "licences": stated_by}
            yield Draft(f"pair {place}", origin, notes=notes)
