"""Node and edge tables, and triples: one row a node or an edge, at tabs or commas, columns by name."""

import math
from pathlib import Path

from osler.core.errors import RecordError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import n_fields_wrong, places, rows
from osler.knowledge.graphs.names import curie


def read_nodes(path: Path, draft: Draft) -> None:
    """Columns id and name; type (or kind), synonyms with `|` between them. Raises RecordError with file:line."""
    table = rows(path, draft.amiss)
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
            draft.amiss("node given again", f"{path}:{number}: {id}")
        synonyms = row[synonyms_at].split("|") if synonyms_at is not None and row[synonyms_at] else ()
        draft.node(id, name, row[kind_at].strip() if kind_at is not None else "", synonyms, where=f"{path}:{number}")


def read_edges(path: Path, draft: Draft, source: str = "") -> None:
    """Columns head, relation and tail; sources (or source) with `|` between them, frequency as a share. Without a column of sources all
    edges are of `source`. Raises RecordError with file:line."""
    table = rows(path, draft.amiss)
    header = next(table, (0, []))[1]
    header = ["sources" if name.strip().lower() == "source" else name for name in header]
    head_at, relation_at, tail_at, sources_at, frequency_at = places(path, header, ["head", "relation", "tail"], ["sources", "frequency"])
    assert head_at is not None
    assert relation_at is not None
    assert tail_at is not None
    width, short = len(header), _Short()
    for number, row in table:
        if len(row) != width:
            raise n_fields_wrong(path, number, len(row), width)
        head, relation, tail = short[row[head_at]], row[relation_at].strip(), short[row[tail_at]]
        if not (head and relation and tail):
            raise RecordError(f"{path}:{number}: an edge without a head, a relation or a tail; fill it in or take the line out")
        share = float("nan")
        if frequency_at is not None and row[frequency_at]:
            share = _share(row[frequency_at], f"{path}:{number}", draft)
        draft.edge(head, relation, tail, row[sources_at] if sources_at is not None else source, share)


class _Short(dict[str, str]):
    """Ids in their short form, each worked out once."""

    def __missing__(self, id: str) -> str:
        self[id] = short = curie(id)
        return short


def _share(text: str, where: str, draft: Draft) -> float:
    """A share in [0, 1]; anything else is no frequency, and counted."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        draft.amiss("frequency that is no share", f"{where}: {text[:40]!r}")
        return math.nan
    return share
