"""A few small search trees of a run, read from the top of files that may be large."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError
from osler.core.records import describe

T = TypeVar("T")

N_TREES, MAX_NODES, N_READ = 3, 40, 1000
"""How many trees are shown, of at most how many nodes, among how many from the top of each file."""


@dataclass(frozen=True)
class TreeNode:
    """A node as `trees.jsonl` has it: its last step, and what that is worth. Under the oracle the `first_value` of an ended node is its
    verdict, 1 or 0, and that of an open one the share of its roll-outs that ended well."""

    parent: int | None
    step: str
    ending: str
    answer: str | None
    value: float
    first_value: float
    n_visits: int
    n_copies: int = 1

    @property
    def mark(self) -> str | None:
        """What became of a node that has ended: "right", "wrong", "no answer" or its ending; None for an open one."""
        if self.ending == "open":
            return None
        if self.ending != "finished":
            return self.ending
        if self.answer is None:
            return "no answer"
        return "right" if self.first_value >= 0.5 else "wrong"


@dataclass(frozen=True)
class TreeRow:
    """A line of `trees.jsonl`. The first node is the question itself; every other one comes after its parent."""

    id: str
    tokens: int
    is_cut: bool
    nodes: tuple[TreeNode, ...]

    @model_validator(mode="after")
    def _parents_come_first(self) -> "TreeRow":
        for at, node in enumerate(self.nodes):
            fits = node.parent is None if at == 0 else node.parent is not None and 0 <= node.parent < at
            if not fits:
                raise ValueError(f"{self.id}: node {at} cannot have the parent {node.parent}")
        return self

    @property
    def is_instructive(self) -> bool:
        """Small enough to be read, with a right leaf and a wrong one."""
        return len(self.nodes) <= MAX_NODES and {"right", "wrong"} <= {node.mark for node in self.nodes}

    def children(self, at: int) -> list[int]:
        return [position for position, node in enumerate(self.nodes) if node.parent == at]

    def below(self, at: int) -> list[TreeNode]:
        """Every node under this one."""
        return [node for child in self.children(at) for node in (self.nodes[child], *self.below(child))]


@dataclass(frozen=True)
class AskedQuestion:
    id: str
    text: str
    options: Mapping[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    question: AskedQuestion


class ShownTree(NamedTuple):
    """A tree with the name of its search and, where it is known, its question."""

    search: str
    row: TreeRow
    question: AskedQuestion | None

    @property
    def n_right(self) -> int:
        return sum(node.mark == "right" for node in self.row.nodes)

    @property
    def n_wrong(self) -> int:
        return sum(node.mark == "wrong" for node in self.row.nodes)


def read_trees(folder: Path) -> tuple[ShownTree, ...]:
    """The first instructive tree of each search under `searches/`, then the second of each, and so on, up to three. A search without one
    shows none. Raises RecordError with file:line."""
    shown = [_trees_of(path, folder / "search.jsonl") for path in sorted((folder / "searches").glob("*/trees.jsonl"))]
    return tuple(tree for tree in chain.from_iterable(zip_longest(*shown)) if tree)[:N_TREES]


def _trees_of(path: Path, items: Path) -> list[ShownTree]:
    rows = list(islice((row for row in islice(_records(path, TreeRow), N_READ) if row.is_instructive), N_TREES))
    missing = {row.id for row in rows}
    questions: dict[str, AskedQuestion] = {}
    for asked in _records(items, _Asked) if missing and items.is_file() else ():
        if asked.question.id in missing:
            questions[asked.question.id] = asked.question
            if len(questions) == len(missing):
                break
    return [ShownTree(path.parent.name, row, questions.get(row.id)) for row in rows]


def _records(path: Path, kind: type[T]) -> Iterator[T]:
    """One line at a time: what is not asked for is not read."""
    adapter = TypeAdapter(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield adapter.validate_json(line)
                except ValidationError as error:
                    raise RecordError(f"{path}:{number}: {describe(error)}; search again with `osler run --fresh`") from error
