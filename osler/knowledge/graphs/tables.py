"""Tables of nodes and of edges, and triples: one row a node or an edge, at tabs or commas, columns by name."""

import math
from itertools import chain
from pathlib import Path

from osler.core.errors import RecordError
from osler.knowledge.graphs.blocks import blocks
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import places, rows
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.vocabulary import kind_of


def read_nodes(path: Path, draft: Draft) -> None:
    """Columns id and name; type (or kind), synonyms with `|` between them. Raises RecordError with file:line."""
    table = blocks(path, draft.tell)
    header = ["type" if name.strip().lower() == "kind" else name for name in next(table).columns[0]]
    id_at, name_at, kind_at, synonyms_at = places(path, header, ["id", "name"], ["type", "synonyms"])
    assert id_at is not None
    assert name_at is not None
    for numbers, columns in table:
        nothing = [""] * len(numbers)
        kinds = columns[kind_at] if kind_at is not None else nothing
        synonyms = columns[synonyms_at] if synonyms_at is not None else nothing
        for number, id, name, kind, others in zip(numbers, columns[id_at], columns[name_at], kinds, synonyms, strict=True):
            where, id = f"{path}:{number}", curie(id)
            if not id:
                raise RecordError(f"{where}: a node without an id; give it one")
            if draft.is_known(id):
                draft.tell("node given again", f"{where}: {id}")
            draft.node(id, name.strip(), kind.strip(), others.split("|") if others else (), where=where)


def read_edges(path: Path, draft: Draft, source: str = "", *, is_naming: bool = False) -> None:
    """Columns head, relation and tail; sources (or source) with `|` between them, frequency as a share. Without a column of sources all
    edges are of `source`. `is_naming`: an id is a node even where no other file names it. Raises RecordError with file:line."""
    table = blocks(path, draft.tell)
    header = ["sources" if name.strip().lower() == "source" else name for name in next(table).columns[0]]
    head_at, relation_at, tail_at, sources_at, frequency_at = places(path, header, ["head", "relation", "tail"], ["sources", "frequency"])
    assert head_at is not None
    assert relation_at is not None
    assert tail_at is not None
    short, bare, share = _Short(), _Bare(), _Share()
    for numbers, columns in table:
        heads = list(map(short.__getitem__, columns[head_at]))
        relations = list(map(bare.__getitem__, columns[relation_at]))
        tails = list(map(short.__getitem__, columns[tail_at]))
        if not (all(heads) and all(relations) and all(tails)):
            empty = next(number for number, *parts in zip(numbers, heads, relations, tails, strict=True) if not all(parts))
            raise RecordError(f"{path}:{empty}: an edge without a head, a relation or a tail; fill it in or take the line out")
        sources = columns[sources_at] if sources_at is not None else [source] * len(heads)
        texts = columns[frequency_at] if frequency_at is not None else [""] * len(heads)
        shares = list(map(share.__getitem__, texts))
        for number, text in zip(numbers, texts, strict=True) if share.broken else ():
            if text in share.broken:
                draft.tell("frequency that is no share", f"{path}:{number}: {text[:40]!r}")
        share.broken.clear()
        for id in dict.fromkeys(chain(heads, tails)) if is_naming else ():
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


class _Bare(dict[str, str]):
    """Texts without the space around them, each worked out once."""

    def __missing__(self, text: str) -> str:
        self[text] = bare = text.strip()
        return bare


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
