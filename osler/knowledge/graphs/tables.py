"""Tables of nodes and of edges, and triples: one row a node or an edge, at tabs or commas, columns by name."""

import math
from itertools import chain, islice
from pathlib import Path

from osler.core.errors import RecordError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import n_fields_wrong, places, rows
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.vocabulary import kind_of

BLOCK = 1 << 14
"""Rows that are read at a time."""


def read_nodes(path: Path, draft: Draft) -> None:
    """Columns id and name; type (or kind), synonyms with `|` between them. Raises RecordError with file:line."""
    table = rows(path, draft.tell)
    header = next(table, (0, []))[1]
    header = ["type" if name.strip().lower() == "kind" else name for name in header]
    id_at, name_at, kind_at, synonyms_at = places(path, header, ["id", "name"], ["type", "synonyms"])
    assert id_at is not None
    assert name_at is not None
    width = len(header)
    for number, row in table:
        if len(row) != width:
            raise n_fields_wrong(path, number, len(row), width)
        id, name = curie(row[id_at]), row[name_at].strip()
        if not id:
            raise RecordError(f"{path}:{number}: a node without an id; give it one")
        if draft.is_known(id):
            draft.tell("node given again", f"{path}:{number}: {id}")
        synonyms = row[synonyms_at].split("|") if synonyms_at is not None and row[synonyms_at] else ()
        draft.node(id, name, row[kind_at].strip() if kind_at is not None else "", synonyms, where=f"{path}:{number}")


def read_edges(path: Path, draft: Draft, source: str = "", *, is_naming: bool = False) -> None:
    """Columns head, relation and tail; sources (or source) with `|` between them, frequency as a share. Without a column of sources all
    edges are of `source`. `is_naming`: an id is a node even where no other file names it. Raises RecordError with file:line."""
    table = rows(path, draft.tell)
    header = next(table, (0, []))[1]
    header = ["sources" if name.strip().lower() == "source" else name for name in header]
    head_at, relation_at, tail_at, sources_at, frequency_at = places(path, header, ["head", "relation", "tail"], ["sources", "frequency"])
    assert head_at is not None
    assert relation_at is not None
    assert tail_at is not None
    width, short, share = len(header), _Short(), _Share()
    while block := list(islice(table, BLOCK)):
        for number, row in block:
            if len(row) != width:
                raise n_fields_wrong(path, number, len(row), width)
        heads = [short[row[head_at]] for _, row in block]
        relations = [row[relation_at].strip() for _, row in block]
        tails = [short[row[tail_at]] for _, row in block]
        if not (all(heads) and all(relations) and all(tails)):
            empty = next(number for (number, _), *parts in zip(block, heads, relations, tails, strict=True) if not all(parts))
            raise RecordError(f"{path}:{empty}: an edge without a head, a relation or a tail; fill it in or take the line out")
        sources = [source] * len(block) if sources_at is None else [row[sources_at] for _, row in block]
        if frequency_at is None:
            shares = [math.nan] * len(block)
        else:
            shares = [share[row[frequency_at]] for _, row in block]
            for number, text in (
                (number, row[frequency_at]) for number, row in block if share.broken and row[frequency_at] in share.broken
            ):
                draft.tell("frequency that is no share", f"{path}:{number}: {text[:40]!r}")
            share.broken.clear()
        for id in {*heads, *tails} if is_naming else ():
            draft.node(id, "", kind_of(id))
        draft.edges(heads, relations, tails, sources, shares)


def read_triples(path: Path, draft: Draft) -> None:
    """Three columns head, relation and tail, with a header or without; every id is a node, named by itself where nothing else names it.
    With a header, as `read_edges`. Raises RecordError with file:line."""
    table = rows(path, draft.tell)
    first = next(table, None)
    if first is None:
        return
    if {"head", "relation", "tail"} <= {name.strip().lower() for name in first[1]}:
        read_edges(path, draft, path.name.split(".")[0], is_naming=True)
        return
    if len(first[1]) != 3:
        shown = ", ".join(name[:40] for name in first[1][:12])
        raise RecordError(f"{path}: no columns head, relation and tail; its first line has {shown}; name its columns so")
    source = path.name.split(".")[0]
    for number, row in chain([first], table):
        if len(row) != 3:
            raise RecordError(f"{path}:{number}: {len(row)} fields where a triple has 3; correct the line")
        head, relation, tail = curie(row[0]), row[1].strip(), curie(row[2])
        if not (head and relation and tail):
            raise RecordError(f"{path}:{number}: an edge without a head, a relation or a tail; fill it in or take the line out")
        for id in (head, tail):
            draft.node(id, "", kind_of(id))
        draft.edge(head, relation, tail, source)


class _Short(dict[str, str]):
    """Ids in their short form, each worked out once."""

    def __missing__(self, id: str) -> str:
        self[id] = short = curie(id)
        return short


class _Share(dict[str, float]):
    """Shares in [0, 1], each text read once; empty is none known, and anything else is broken."""

    def __init__(self) -> None:
        super().__init__({"": math.nan})
        self.broken: set[str] = set()

    def __missing__(self, text: str) -> float:
        try:
            share = float(text)
        except ValueError:
            share = math.nan
        if 0 <= share <= 1:
            self[text] = share
            return share
        self.broken.add(text)
        return math.nan
