"""Merge pair: what texts state of two entities, joined day by day."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.synthesise.asking import ask_read, json_in
from osler.synthesise.block import Kit, Making
from osler.synthesise.dated.texts import DIRECTED, RELATIONS, DatedEdge, Triple, noted
from osler.synthesise.draft import Draft


class Decision(NamedTuple):
    """Of a new statement that differs from what is known: taken or not, and the place of the known one that it takes."""

    is_taken: bool
    replaced: int | None = None


@dataclass(frozen=True, config=STRICT)
class MergePair:
    """The note `edges`, each with its confidence, first and last date, and texts. The first statement is taken as it is. One of a relation
    that is known makes it surer, s ← 1 − (1 − s)(1 − s′), from either end where it holds both ways. Any other, and one of a known relation
    that goes one way in its other direction, is put to `role`: both are kept, one known edge gives way, or the new one is discarded. The
    order of the texts matters for these alone.

    MedKGent's published code adds the reverse of a one-way relation to the confidence of the known one, because it looks for the name
    alone, and asks until a reply can be read. Here, after three, what is known stays, and the note `n_undecided` counts it."""

    kind: Literal["merge_pair"] = "merge_pair"
    role: str = "teacher"
    temperature: Annotated[float, Field(ge=0)] = 0.2
    needs: ClassVar[tuple[str, ...]] = ()

    PROMPT: ClassVar[str] = "merge_statements"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        edges: list[DatedEdge] = []
        n_asked = n_undecided = 0
        for stated in noted(draft, "stated"):
            triple = Triple(stated["head"], stated["relation"], stated["tail"])
            day = stated["date"]
            new = DatedEdge(triple, stated["confidence"], day, day, (stated["text"],), (stated["source"],))
            at = next((at for at, edge in enumerate(edges) if is_same(edge.triple, triple)), None)
            if at is not None:
                edges[at] = surer(edges[at], new)
            elif not edges:
                edges.append(new)
            else:
                n_asked += 1
                decision = yield from self._asked(draft, kit, edges, new)
                n_undecided += decision is None
                edges = _decided(edges, new, decision)
        plain = [{**asdict(edge.triple), **{name: value for name, value in asdict(edge).items() if name != "triple"}} for edge in edges]
        return [draft.noting(edges=plain, n_asked=n_asked, n_undecided=n_undecided)]

    def _asked(self, draft: Draft, kit: Kit, edges: Sequence[DatedEdge], new: DatedEdge) -> Making[Decision | None]:
        names = {each["id"]: each["name"] for each in noted(draft, "entities")}
        known = "\n".join(f"{number}. {_said(edge.triple, names)}" for number, edge in enumerate(edges, 1))
        one_way = ", ".join(name for name in RELATIONS if name in DIRECTED)
        text = fill(Prompt.named(self.PROMPT), {"known": known, "new": _said(new.triple, names), "one_way": one_way})
        sampling = replace(kit.policy(self.role).sampling, temperature=self.temperature)
        try:
            return (yield from ask_read(kit, self.role, draft, text, lambda said: _decision(said, len(edges)), sampling=sampling))
        except Drop as drop:
            if drop.reason == "errored":
                raise
            return None


def is_same(known: Triple, new: Triple) -> bool:
    """The same relation between the same two, in the same direction where it has one."""
    return known == new or (not new.is_directed and known == new.reversed)


def noisy_or(one: float, other: float) -> float:
    return 1 - (1 - one) * (1 - other)


def surer(known: DatedEdge, new: DatedEdge) -> DatedEdge:
    sources = tuple(dict.fromkeys((*known.sources, *new.sources)))
    confidence = noisy_or(known.confidence, new.confidence)
    return replace(known, confidence=confidence, last=new.last, texts=(*known.texts, *new.texts), sources=sources)


def _decided(edges: Sequence[DatedEdge], new: DatedEdge, decision: Decision | None) -> list[DatedEdge]:
    if decision is None or not decision.is_taken:
        return list(edges)
    return [*(edge for at, edge in enumerate(edges) if at != decision.replaced), new]


def _decision(said: str, n_known: int) -> Decision:
    content = json_in(said)
    match content.get("decision"), content.get("number"):
        case "both", _:
            return Decision(is_taken=True)
        case "discard", _:
            return Decision(is_taken=False)
        case "replace", int(number) if type(number) is int and 1 <= number <= n_known:
            return Decision(is_taken=True, replaced=number - 1)
    raise Drop("wrong_shape", f"no decision about {n_known} statements: {said[:150]}")


def _said(triple: Triple, names: dict[str, str]) -> str:
    return f"{names[triple.head]} —{triple.relation}→ {names[triple.tail]}"
