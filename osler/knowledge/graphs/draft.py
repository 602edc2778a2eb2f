"""Draft: a graph while it is read. Whatever is amiss is mended and counted here, so that a `Graph` is always sound."""

from array import array
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from osler.core.errors import UserError
from osler.knowledge.graphs.graph import MAX_SOURCES, Amiss, Bits, Floats, Graph, Ints
from osler.knowledge.graphs.licences import KNOWN_LICENCES

MAX_NODES = 5_000_000
MAX_EDGES = 50_000_000
MAX_SHOWN = 300


class Draft:
    """Takes nodes and edges in any order. An edge may name a node that comes later; one that never comes leaves the edge dangling."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str | None] = []
        self._kinds: list[str] = []
        self._synonyms: list[tuple[str, ...]] = []
        self._alias: dict[str, str] = {}
        self._relations: dict[str, int] = {}
        self._sources: dict[str, int] = {}
        self._masks: dict[str, int] = {}
        self._heads, self._tails, self._relation = array("i"), array("i"), array("i")
        self._mask, self._frequency = array("q"), array("f")
        self._amiss: dict[str, Amiss] = {}
        self._licences: dict[str, str] = {}

    # what is given

    def node(self, id: str, name: str = "", kind: str = "", synonyms: Iterable[str] = (), *, where: str = "") -> None:
        """A node, or more about one: its first name stays, every further one is a synonym."""
        number = self._refer(id)
        known = self._names[number]
        if known:
            if name and name != known:
                self.tell("node named twice", f"{where or id}: {id} is {known!r} and {name!r}")
                self._synonyms[number] += (name,)
        else:
            self._names[number] = name
        self._kinds[number] = self._kinds[number] or kind
        if synonyms:
            self._synonyms[number] += tuple(synonyms)

    def is_known(self, id: str) -> bool:
        """Whether such a node was given."""
        number = self._numbers.get(id)
        return number is not None and self._names[number] is not None

    def alias(self, other: str, id: str) -> None:
        """Another id for the node; edges may use it. One that is a node's own id stays that node's."""
        if self._alias.setdefault(other, id) != id:
            self.tell("alias of two nodes", f"{other} of {self._alias[other]} and of {id}")

    def edge(self, head: str, relation: str, tail: str, sources: str = "", frequency: float = float("nan")) -> None:
        """`sources` with `|` between them; `frequency` a share. Raises UserError beyond what a graph can hold."""
        self.edges([head], [relation], [tail], [sources], [frequency])

    def edges(
        self,
        heads: Collection[str],
        relations: Iterable[str],
        tails: Collection[str],
        sources: Collection[str],
        frequencies: Iterable[float],
    ) -> None:
        """Many at once."""
        relations = list(relations)
        for id in _new((*heads, *tails), self._numbers):
            self._refer(id)
        for text in _new(sources, self._masks):
            self._mask_of(text)
        for relation in _new(relations, self._relations):
            self._relations[relation] = len(self._relations)
        self._heads.extend(map(self._numbers.__getitem__, heads))
        self._tails.extend(map(self._numbers.__getitem__, tails))
        self._relation.extend(map(self._relations.__getitem__, relations))
        self._mask.extend(map(self._masks.__getitem__, sources))
        self._frequency.extend(frequencies)
        if len(self._heads) > MAX_EDGES:
            raise UserError(f"graph: more than {MAX_EDGES:,} edges; take a part of it")

    def licences(self, licences: Mapping[str, str]) -> None:
        self._licences.update(licences)

    def tell(self, what: str, where: str, n: int = 1) -> None:
        """Count a problem; the place of the first is kept."""
        known = self._amiss.get(what)
        self._amiss[what] = Amiss(known.n + n, known.first) if known else Amiss(n, where[:MAX_SHOWN])

    def _refer(self, id: str) -> int:
        number = self._numbers.get(id)
        if number is None:
            number = self._numbers[id] = len(self._names)
            if number >= MAX_NODES:
                raise UserError(f"graph: more than {MAX_NODES:,} nodes; take a part of it")
            self._names.append(None)
            self._kinds.append("")
            self._synonyms.append(())
        return number

    def _mask_of(self, sources: str) -> int:
        mask = 0
        for name in sources.split("|"):
            bit = self._sources.setdefault(name.strip() or "unnamed", len(self._sources))
            if bit >= MAX_SOURCES:
                raise UserError(
                    f"graph: more than {MAX_SOURCES} sources ({name!r} is one too many); name collections as sources, not records"
                )
            mask |= 1 << bit
        self._masks[sources] = mask
        return mask

    # what becomes of it

    def graph(self) -> Graph:
        """Aliases resolved; edges without both nodes, or from a node to itself, left out; duplicates merged with their sources united."""
        place, ids = self._places()
        heads, tails = place[_ints(self._heads)], place[_ints(self._tails)]
        kept = self._sound(heads, tails)
        columns = self._merged(heads[kept], _ints(self._relation)[kept], tails[kept], kept)
        given = [self._numbers[id] for id in ids]
        names = tuple(self._names[number] or ids[at] for at, number in enumerate(given))
        at = {id: number for number, id in enumerate(ids)}
        known = {**KNOWN_LICENCES, **self._licences}
        return Graph(
            tuple(ids),
            names,
            tuple(self._kinds[number] for number in given),
            tuple(_others(self._synonyms[number], name) for number, name in zip(given, names, strict=True)),
            *columns,
            tuple(self._relations),
            tuple(self._sources),
            {source: known[source] for source in self._sources if source in known},
            {other: at[id] for other, id in self._alias.items() if id in at and other not in at},
            dict(self._amiss),
        )

    def _places(self) -> tuple[Ints, list[str]]:
        """For every number given out here, its number in the graph, -1 where no such node came; and the ids in the graph's order."""
        place = np.full(len(self._names) + 1, -1, np.int32)
        ids = [id for id, number in self._numbers.items() if self._names[number] is not None and not self._is_another(id, number)]
        place[[self._numbers[id] for id in ids]] = np.arange(len(ids), dtype=np.int32)
        for other, id in self._alias.items():
            here, there = self._numbers.get(other), self._numbers.get(id)
            if here is not None and there is not None and place[here] < 0:
                place[here] = place[there]
        return place, ids

    def _is_another(self, id: str, number: int) -> bool:
        """Whether an id without a name of its own is said to be that of another node."""
        return not self._names[number] and id in self._alias and self.is_known(self._alias[id])

    def _sound(self, heads: Ints, tails: Ints) -> npt.NDArray[np.bool_]:
        dangling: npt.NDArray[np.bool_] = (heads < 0) | (tails < 0)
        loops = (heads == tails) & ~dangling
        for what, found in (("dangling edge", dangling), ("edge from a node to itself", loops)):
            if found.any():
                self.tell(what, self._written(int(np.flatnonzero(found)[0])), int(found.sum()))
        kept: npt.NDArray[np.bool_] = ~(dangling | loops)
        return kept

    def _written(self, edge: int) -> str:
        ids, relations = list(self._numbers), list(self._relations)
        return f"{ids[self._heads[edge]]} {relations[self._relation[edge]]} {ids[self._tails[edge]]}"

    def _merged(self, heads: Ints, relations: Ints, tails: Ints, kept: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints, Bits, Floats]:
        """Heads, tails, relations, sources and frequencies, each edge once; where several frequencies were given, their mean."""
        order = np.lexsort((tails, relations, heads))
        is_first = np.ones(len(order), bool)
        is_first[1:] = np.logical_or.reduce([np.diff(column[order]) != 0 for column in (heads, relations, tails)])
        starts = np.flatnonzero(is_first)
        masks = np.frombuffer(self._mask, np.int64) if self._mask else np.zeros(0, np.int64)
        shares = np.frombuffer(self._frequency, np.float32) if self._frequency else np.zeros(0, np.float32)
        masks, shares = masks[kept][order], shares[kept][order].astype(np.float64)
        if not len(order):
            return heads, tails, relations, masks, shares.astype(np.float32)
        again = np.flatnonzero(~is_first)
        if len(again):
            self.tell("edge given again", self._written(int(np.flatnonzero(kept)[order[again[0]]])), len(again))
        is_given = ~np.isnan(shares)
        n_given = np.add.reduceat(is_given.astype(np.int64), starts)
        with np.errstate(invalid="ignore"):
            mean = np.add.reduceat(np.where(is_given, shares, 0.0), starts) / n_given
        first = order[starts]
        return heads[first], tails[first], relations[first], np.bitwise_or.reduceat(masks, starts), mean.astype(np.float32)


def _others(synonyms: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Without the name itself and what is empty, each once."""
    return tuple(text for text in dict.fromkeys(synonyms) if text and text != name) if synonyms else ()


def _new(texts: Collection[str], known: Mapping[str, int]) -> Iterable[str]:
    """Those not known yet, in the order in which they first come."""
    if known.keys() >= set(texts):
        return ()
    return (text for text in dict.fromkeys(texts) if text not in known)


def _ints(column: "array[int]") -> Ints:
    return np.frombuffer(column, np.int32) if column else np.zeros(0, np.int32)
