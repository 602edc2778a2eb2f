"""The answer to a task about a path once more, from its text alone and by boolean matrices."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from osler.clinic.paths.language import Asked, read_question
from osler.clinic.paths.phrases import Phrases
from osler.core.errors import UserError
from osler.knowledge.graphs.graph import Graph

Row = np.ndarray[Any, np.dtype[np.bool_]]


class PathMatrices:
    """One boolean matrix for each relation of a graph."""

    def __init__(self, graph: Graph, phrases: Phrases) -> None:
        self.graph, self.phrases = graph, phrases
        self._made: dict[str, csr_matrix] = {}

    def reached(self, text: str, options: Mapping[str, str]) -> tuple[str, ...]:
        """The letters of the options that what the text asks leads to. Raises UserError where it cannot be read in exactly one way."""
        readings = read_question(self.phrases, text, lambda kind, name: (kind, name) in self.numbers)
        if len(readings) != 1:
            raise UserError(f"path: the text can be read in {len(readings)} ways: {text[:200]!r}; ask it in the words of the phrases")
        [asked] = readings
        row = self.row(asked)
        kind = asked.legs[-1].kind
        return self.letters(row, kind, options)

    def letters(self, row: Row, kind: str, options: Mapping[str, str]) -> tuple[str, ...]:
        """Of the options that are nodes of this kind in the row."""
        return tuple(letter for letter, name in options.items() if any(row[node] for node in self.numbers.get((kind, name), ())))

    def row(self, asked: Asked) -> Row:
        """By node: whether what is asked leads there."""
        row = np.zeros(self.graph.n_nodes, bool)
        row[self.numbers[asked.kind, asked.name]] = True
        start = row.copy()
        for leg in asked.legs:
            row = (self.matrix(leg.said) @ row) & (self._kinds == leg.kind)
        return row & ~start

    def matrix(self, said: str) -> csr_matrix:
        """True where the node of the row stands in this relation to that of the column."""
        if said not in self._made:
            n = self.graph.n_nodes
            total = csr_matrix((n, n), dtype=bool)
            for relation, is_forward in self.phrases.moves[said]:
                if relation in self.graph.relation_names:
                    is_of = self.graph.relations == self.graph.relation_names.index(relation)
                    ends = self.graph.heads[is_of], self.graph.tails[is_of]
                    rows, columns = ends[::-1] if is_forward else ends
                    total = total + csr_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(n, n))
            self._made[said] = total
        return self._made[said]

    @cached_property
    def numbers(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for number, named in enumerate(zip(self.graph.kinds, self.graph.names, strict=True)):
            found.setdefault(named, []).append(number)
        return found

    @cached_property
    def _kinds(self) -> np.ndarray[Any, np.dtype[np.str_]]:
        return np.array(self.graph.kinds, dtype=object).astype(str)
