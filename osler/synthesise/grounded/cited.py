"""Cited edges: whether the paths that a trace cites are in the graph."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.grounded.notes import graph_without
from osler.synthesise.grounded.sections import cited_in, is_edge


@dataclass(frozen=True, config=STRICT)
class CitedEdges:
    """The note `cited`: how many edges the draft's traces cite, how many of them are in the graph, and the first that are not. With
    `least`, those traces are kept that cite edges, at least this share of which is in the graph; a draft without one is dropped:
    `false_path`. Not of MedReason, which trusts its teacher to copy. What is not in the graph is not thereby false."""

    kind: Literal["cited"] = "cited"
    least: Annotated[float, Field(ge=0, le=1)] | None = None
    exclude_sources: tuple[str, ...] = ()
    exclude_licences: tuple[str, ...] = ()
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("graph",)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        assert kit.graph is not None
        graph = graph_without(kit.graph, self.exclude_sources, self.exclude_licences)
        cited = [cited_in("\n".join((*each.steps, each.response))) for each in draft.authored]
        truths = [[is_edge(graph, edge) for edge in edges] for edges in cited]
        wrong = [
            f"{edge.head} —{edge.relation}→ {edge.tail}"
            for edges, are_true in zip(cited, truths, strict=True)
            for edge, is_true in zip(edges, are_true, strict=True)
            if not is_true
        ]
        counts = {"n": sum(map(len, truths)), "n_true": sum(map(sum, truths)), "not_in_graph": wrong[:5]}
        kept = draft.authored if self.least is None else self._kept(draft.authored, truths, self.least)
        if self.least is not None and not kept:
            raise Drop("false_path", "; ".join(wrong[:5]) or "no edge is cited")
        return [replace(draft.noting(cited=counts), authored=tuple(kept))]

    def _kept(self, authored: Sequence[Authored], truths: Sequence[Sequence[bool]], least: float) -> list[Authored]:
        pairs = zip(authored, truths, strict=True)
        return [each for each, are_true in pairs if are_true and sum(are_true) >= least * len(are_true)]
