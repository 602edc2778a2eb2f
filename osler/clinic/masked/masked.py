"""Masked: the maker of tasks in which one node, or one relation, of a part of a graph is masked.

After Fleming-R1's synthesis from a knowledge graph (arXiv 2509.15279): a part of the graph that favours what is rare, a node or a relation
masked, and wrong options that keep the relation. How parts are sampled is not published: here a node is drawn with a chance of one over
the number of its neighbours, and clues are edges to the rarest around it, or go one node further. That they lead to one node alone is ours.
"""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split, split_of_text
from osler.clinic.masked.draw import ASKS, Arc, Clue, arcs_of, clues_to, rare_nodes, wrong_nodes, wrong_relations
from osler.clinic.masked.language import node_text, read_node, read_relation, relation_text
from osler.clinic.paths.atlas import Leg
from osler.clinic.paths.language import Asked, write_choice
from osler.clinic.paths.path_maker import LETTERS, PathMaker, edges_of_way, facts_of_way, lettered, links_of
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey

if TYPE_CHECKING:
    from osler.clinic.paths.again import PathMatrices

MAX_TRIES_PER_TASK = 20_000
MAX_RELATION_TRIES = 60
N_RELATION_LEVELS = 2
_Seen = set[tuple[object, ...]]


@dataclass(frozen=True, config=STRICT)
class Masked(PathMaker):
    """Of the tasks of levels 1 and 2, about `relation_share` mask a relation: among any others, and among those that join nodes of the
    same kinds, where the graph has such. The others mask a node: wrong options that meet no clue or may (1, 3) and such as meet one (2, 4,
    5); from level 3 on no clue can be left out, and at level 5 one goes through a node without a name. What is masked in one split is not
    masked in another."""

    kind: Literal["masked"] = "masked"
    relation_share: Annotated[float, Field(ge=0, le=1)] = 0.25
    asks: ClassVar[str] = "which node, or which relation, is masked?"

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        rng = random.Random(f"{seed}/{self.kind}/{split}")
        tasks: list[Task] = []
        seen: _Seen = set()
        while len(tasks) < n:
            level = self.levels[len(tasks) % len(self.levels)]
            is_relation = level <= N_RELATION_LEVELS and rng.random() < self.relation_share
            id = f"{self.kind}-{self.place}-{split}-{len(tasks):05d}"
            task = (self._relation(id, level, split, seen, rng) if is_relation else None) or self._node(id, level, split, seen, rng)
            if task is None:
                raise UserError(
                    f"masked: only {len(tasks)} of {n} tasks for {split}, for the graph has no more of level {level}; ask for fewer, for "
                    "other levels, or name another graph"
                )
            tasks.append(task)
        return tasks

    def _node(self, id: str, level: int, split: Split, seen: _Seen, rng: random.Random) -> Task | None:
        nodes, weights = rare_nodes(self.atlas)
        for _ in range(MAX_TRIES_PER_TASK if nodes else 0):
            [node] = rng.choices(nodes, cum_weights=weights)
            if split_of_text(f"masked {self.atlas.graph.ids[node]}") is not split:
                continue
            clues = clues_to(self.atlas, node, ASKS[level], rng)
            mark = (node, frozenset(clue.route for clue in clues or ()))
            if clues is None or mark in seen:
                continue
            others = wrong_nodes(self.atlas, node, clues, ASKS[level], self.n_options - 1, rng)
            if others:
                seen.add(mark)
                return self._node_task(id, level, node, clues, others, rng)
        return None

    def _relation(self, id: str, level: int, split: Split, seen: _Seen, rng: random.Random) -> Task | None:
        nodes, weights = rare_nodes(self.atlas)
        for _ in range(MAX_RELATION_TRIES if nodes else 0):
            [node] = rng.choices(nodes, cum_weights=weights)
            arcs = arcs_of(self.atlas, node)
            if not arcs:
                continue
            arc = rng.choice(arcs)
            ends = [self.atlas.graph.ids[end] for end in (arc.near, arc.far)]
            if split_of_text(f"masked {' '.join(sorted(ends))}") is not split or (arc.near, arc.far) in seen:
                continue
            others = wrong_relations(self.atlas, arc, self.n_options - 1, rng, is_near=level > 1)
            if others:
                seen.add((arc.near, arc.far))
                return self._relation_task(id, level, arc, others, rng)
        return None

    def _node_task(self, id: str, level: int, node: int, clues: Sequence[Clue], others: Sequence[int], rng: random.Random) -> Task:
        atlas, graph = self.atlas, self.atlas.graph
        options, letter = lettered(node, others, rng)
        clues = rng.sample(clues, len(clues))
        ways = [(clue, edges_of_way(atlas, clue.route.legs, clue.way)) for clue in clues]
        facts: dict[str, Any] = {
            "graph": graph.hash,
            "mask": "node",
            "clues": [{"legs": [list(leg) for leg in clue.route.legs], **facts_of_way(atlas, clue.way, edges)} for clue, edges in ways],
            "sources": [list(graph.sources_of(edge)) for _, edges in ways for _, edge in edges],
            "options": {each: graph.ids[other] for each, other in options.items()},
            "answers": [graph.ids[node]],
            "degrees": [int(atlas.degree[node])],
        }
        asked = [Asked(graph.kinds[clue.route.start], graph.names[clue.route.start], clue.route.legs) for clue in clues]
        text = node_text(atlas.phrases, graph.kinds[node], asked)
        steps = (*(" ".join(links_of(atlas, clue.way, edges)) for clue, edges in ways), write_choice(letter))
        named = {each: graph.names[other] for each, other in options.items()}
        return Task(id, self.kind, level, text, named, ChoiceKey((letter,)), steps, facts)

    def _relation_task(self, id: str, level: int, arc: Arc, others: Sequence[str], rng: random.Random) -> Task:
        atlas, graph = self.atlas, self.atlas.graph
        saids = rng.sample([arc.said, *others], 1 + len(others))
        options = dict(zip(LETTERS, saids, strict=False))
        letter = LETTERS[saids.index(arc.said)]
        way = (arc.far, arc.near)
        edges = edges_of_way(atlas, [Leg(arc.said, graph.kinds[arc.near])], way)
        facts: dict[str, Any] = {
            "graph": graph.hash,
            "mask": "relation",
            **facts_of_way(atlas, way, edges),
            "options": options,
            "answers": [said for said in options.values() if atlas.leads(said, arc.far, arc.near)],
            "degrees": [int(atlas.degree[arc.near])],
        }
        first, second = ((graph.kinds[end], graph.names[end]) for end in (arc.near, arc.far))
        text = relation_text(atlas.phrases, first, second)
        steps = (*links_of(atlas, way, edges), write_choice(letter))
        return Task(id, self.kind, level, text, options, ChoiceKey((letter,)), steps, facts)

    def _is_right(self, task: Task, letter: str) -> bool:
        return task.facts["options"][letter] in task.facts["answers"]

    def _found(self, matrices: "PathMatrices", task: Task) -> tuple[str, ...]:
        def is_known(kind: str, name: str) -> bool:
            return (kind, name) in matrices.numbers

        if (read := read_node(self.atlas.phrases, task.text, is_known)) and all(len(ways) == 1 for ways in read[1]):
            rows = [matrices.row(asked) for [asked] in read[1]]
            return matrices.letters(np.logical_and.reduce(rows), read[0], task.options)
        if (ends := read_relation(self.atlas.phrases, task.text, is_known)) and all(len(ways) == 1 for ways in ends):
            [far], [near] = ([matrices.numbers[each] for each in ways] for ways in ends)
            return tuple(letter for letter, said in task.options.items() if matrices.matrix(said)[far, :][:, near].nnz)
        raise UserError(f"{task.id}: the text cannot be read in exactly one way: {task.text[:200]!r}; ask it in the words of the phrases")
