"""Graph: what is known as nodes and typed edges, in columns that nobody can change."""

import difflib
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from osler.core.errors import UserError
from osler.knowledge.graphs.bridge import LOOSELY, pairs_of_one_name
from osler.knowledge.graphs.names import curie, normalised

Ints = npt.NDArray[np.int32]
Bits = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

SAME_AS = "same_as"
BRIDGE = "equal name"
"""The relation of a bridge, and the source of its edges."""
MAX_SOURCES = 62


class Amiss(NamedTuple):
    """How often something was amiss, and the first place."""

    n: int
    first: str


class Adjacent(NamedTuple):
    """Compressed rows: node `u` leads to `others[starts[u]:starts[u + 1]]`, ascending where one relation is asked for, along `edges`."""

    starts: Ints
    others: Ints
    edges: Ints

    def of(self, number: int) -> Ints:
        return self.others[self.starts[number] : self.starts[number + 1]]

    def of_all(self, numbers: Ints) -> Ints:
        """The others of all these nodes, one node after another."""
        starts = self.starts[numbers]
        lengths = self.starts[numbers + 1] - starts
        ends = np.cumsum(lengths)
        found: Ints = self.others[np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)]
        return found

    def edges_of(self, number: int) -> Ints:
        return self.edges[self.starts[number] : self.starts[number + 1]]


_Way = tuple[str | None, bool]
"""A relation, or any, and whether forward."""


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """Nodes are known by their number, 0 to n_nodes - 1. Edges are distinct in (head, relation, tail) and stand in that order; a `Draft`
    makes them so. `relations` are places in `relation_names`; bit i of `sources` is `source_names[i]`; `frequency` is a share in [0, 1],
    NaN where none is known. `aliases` are ids that a node had besides its own. `amiss` is what was wrong when it was read."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    heads: Ints
    tails: Ints
    relations: Ints
    sources: Bits
    frequency: Floats
    relation_names: tuple[str, ...]
    source_names: tuple[str, ...]
    licences: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    amiss: Mapping[str, Amiss] = field(default_factory=dict)
    _adjacent: dict[_Way, Adjacent] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for column in (self.heads, self.tails, self.relations, self.sources, self.frequency):
            column.setflags(write=False)

    def __repr__(self) -> str:
        return f"Graph({self.n_nodes} nodes, {self.n_edges} edges, {len(self.relation_names)} relations)"

    @property
    def n_nodes(self) -> int:
        return len(self.ids)

    @property
    def n_edges(self) -> int:
        return len(self.heads)

    @cached_property
    def pairs(self) -> Ints:
        """The distinct pairs of neighbours, the lower number first: int32[n, 2]."""
        low, high = np.minimum(self.heads, self.tails).astype(np.int64), np.maximum(self.heads, self.tails)
        keys = np.unique(low * max(self.n_nodes, 1) + high)
        return np.stack(np.divmod(keys, max(self.n_nodes, 1)), axis=1).astype(np.int32)

    @cached_property
    def degree(self) -> Ints:
        """Of each node, its distinct neighbours by any relation in any direction."""
        return np.bincount(self.pairs.ravel(), minlength=self.n_nodes).astype(np.int32)

    @cached_property
    def hash(self) -> str:
        """Of everything but what was amiss: sha256, 16 digits."""
        sha = hashlib.sha256()
        for texts in (self.ids, self.names, self.kinds, ["|".join(each) for each in self.synonyms], self.relation_names, self.source_names):
            sha.update("\0".join([str(len(texts)), *texts, ""]).encode("utf-8", "surrogatepass"))
        sha.update(repr([sorted(self.licences.items()), sorted(self.aliases.items())]).encode("utf-8", "surrogatepass"))
        for column in (self.heads, self.tails, self.relations, self.sources, self.frequency):
            sha.update(np.ascontiguousarray(column).astype(column.dtype.newbyteorder("<")).tobytes())
        return sha.hexdigest()[:16]

    # by name

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {**self.aliases, **{id: number for number, id in enumerate(self.ids)}}

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for texts in (((name,) for name in self.names), self.synonyms):
            for number, each in enumerate(texts):
                for key in dict.fromkeys(normalised(text) for text in each):
                    if key and number not in found.setdefault(key, []):
                        found[key].append(number)
        return found

    def number(self, id: str) -> int:
        """Of the node with this id, in its short or long form, or with this alias. Raises UserError with the nearest ids."""
        found = self._numbers.get(id, self._numbers.get(curie(id)))
        if found is None:
            raise UserError(f"graph: there is no node {id!r}; {_nearest(id, self._numbers)}")
        return found

    def named(self, name: str) -> list[int]:
        """The nodes that are called so, whatever the case and the punctuation; those whose first name it is stand first."""
        return list(self._named.get(normalised(name), ()))

    def relation(self, name: str) -> int:
        """The place of a relation in `relation_names`. Raises UserError with the nearest names."""
        if name not in self.relation_names:
            raise UserError(f"graph: there is no relation {name!r}; {_nearest(name, self.relation_names)}")
        return self.relation_names.index(name)

    def source_mask(self, names: Iterable[str]) -> int:
        """The bits of these sources. Raises UserError with the nearest names."""
        mask = 0
        for name in names:
            if name not in self.source_names:
                raise UserError(f"graph: there is no source {name!r}; {_nearest(name, self.source_names)}")
            mask |= 1 << self.source_names.index(name)
        return mask

    def sources_of(self, edge: int) -> tuple[str, ...]:
        mask = int(self.sources[edge])
        return tuple(name for bit, name in enumerate(self.source_names) if mask >> bit & 1)

    # by neighbour

    def adjacent(self, relation: str | None = None, *, is_forward: bool = True) -> Adjacent:
        """From heads to tails, or from tails to heads, along one relation or any; made once and kept."""
        key = (relation, is_forward)
        if key not in self._adjacent:
            edges = np.arange(self.n_edges) if relation is None else np.flatnonzero(self.relations == self.relation(relation))
            near, far = (self.heads, self.tails) if is_forward else (self.tails, self.heads)
            if not is_forward:
                edges = edges[np.argsort(near[edges], kind="stable")]
            starts = np.zeros(self.n_nodes + 1, np.int32)
            np.cumsum(np.bincount(near[edges], minlength=self.n_nodes), out=starts[1:])
            made = Adjacent(starts, far[edges], edges.astype(np.int32))
            for column in made:
                column.setflags(write=False)
            self._adjacent[key] = made
        return self._adjacent[key]

    def out(self, number: int, relation: str | None = None) -> Ints:
        """The tails of this node's edges."""
        return self.adjacent(relation).of(number)

    def into(self, number: int, relation: str | None = None) -> Ints:
        """The heads of the edges that end at this node."""
        return self.adjacent(relation, is_forward=False).of(number)

    # other graphs of it

    def without(self, sources: Collection[str]) -> "Graph":
        """The same nodes; only the edges that some other source states as well."""
        mask = self.source_mask(sources)
        kept = (self.sources & ~mask) != 0
        return self._with_edges(
            kept, self.sources & ~mask, licences={s: text for s, text in self.licences.items() if s not in set(sources)}
        )

    def without_nodes(self, numbers: Collection[int]) -> "Graph":
        """The same nodes under the same numbers, these without any edge."""
        is_out = np.zeros(self.n_nodes, bool)
        is_out[list(numbers)] = True
        return self._with_edges(~(is_out[self.heads] | is_out[self.tails]), self.sources)

    def with_relations(self, names: Collection[str]) -> "Graph":
        """The same nodes; only edges of these relations."""
        return self._with_edges(np.isin(self.relations, [self.relation(name) for name in names]), self.sources)

    def _with_edges(self, kept: npt.NDArray[np.bool_], sources: Bits, **changes: Any) -> "Graph":
        columns: dict[str, Any] = {name: getattr(self, name)[kept] for name in ("heads", "tails", "relations", "frequency")}
        return replace(self, **columns, sources=sources[kept], **changes)

    def bridged(self, loosely: Collection[tuple[str, str]] = LOOSELY) -> "Graph":
        """With an edge `same_as` between nodes of one name out of different vocabularies (`pairs_of_one_name`), from the lower number to
        the higher; counted in `amiss`. A graph that has the relation already stays as it is."""
        found = pairs_of_one_name(self.ids, self.names, self.kinds, self.synonyms, loosely) if SAME_AS not in self.relation_names else []
        if not found:
            return self
        if len(self.source_names) >= MAX_SOURCES:
            raise UserError(f"graph: {len(self.source_names)} sources leave none for a bridge; at most {MAX_SOURCES} are told apart")
        n = len(found)
        more: dict[str, Any] = {
            "heads": np.array([low for low, _ in found], np.int32),
            "tails": np.array([high for _, high in found], np.int32),
            "relations": np.full(n, len(self.relation_names), np.int32),
            "sources": np.full(n, 1 << len(self.source_names), np.int64),
            "frequency": np.full(n, np.nan, np.float32),
        }
        joined: dict[str, Any] = {name: np.concatenate((getattr(self, name), column)) for name, column in more.items()}
        order = np.lexsort((joined["tails"], joined["relations"], joined["heads"]))
        shown = " and ".join(f"{self.ids[number]} ({self.names[number]})" for number in found[0])
        sorted_columns: dict[str, Any] = {name: column[order] for name, column in joined.items()}
        return replace(
            self,
            **sorted_columns,
            relation_names=(*self.relation_names, SAME_AS),
            source_names=(*self.source_names, BRIDGE),
            licences={**self.licences, BRIDGE: "none needed: made here"},
            amiss={**self.amiss, "nodes of one name, bridged": Amiss(n, shown)},
        )


def _nearest(wanted: str, names: Iterable[str]) -> str:
    known = list(names)
    near = difflib.get_close_matches(wanted, known[:200_000], n=3, cutoff=0.6) if len(wanted) <= 100 else []
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"there are {', '.join(map(repr, known[:12]))}{' …' if len(known) > 12 else ''}"
