"""JSON Lines: terms with their parents, as the Disease Ontology is at hand, or pairs of a drug and a disease, as PharmacotherapyDB is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from osler.core.errors import RecordError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import lines
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.vocabulary import is_a, kind_of, source_of

_CATEGORIES = {"DM": "treats", "SYM": "palliates"}
"""Disease-modifying, symptomatic; NOT is neither, and left out."""


def read_json_lines(path: Path, draft: Draft) -> None:
    """Rows with `id` and `label` (or `name`), `parents`, `synonyms`; with `drugbank_id`, `doid_id` and `category`; or with `head`,
    `relation` and `tail`. Raises RecordError with file:line."""
    for number, line in enumerate(lines(path, draft.tell), 1):
        if line.strip():
            _read(_row(line, f"{path}:{number}"), path, f"{path}:{number}", draft)


def _row(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where}: no JSON ({str(error)[:80]}); correct the line") from error
    if not isinstance(row, Mapping):
        raise RecordError(f"{where}: no JSON object; each line is one")
    return row


def _read(row: Mapping[str, Any], path: Path, where: str, draft: Draft) -> None:
    if {"drugbank_id", "doid_id", "category"} <= row.keys():
        drug, condition = _text(row, "drugbank_id", where), _text(row, "doid_id", where)
        draft.node(drug, str(row.get("drug", "")), "drug", where=where)
        draft.node(condition, str(row.get("disease", "")), "disease", where=where)
        if row["category"] in _CATEGORIES:
            draft.edge(drug, _CATEGORIES[row["category"]], condition, "PharmacotherapyDB")
        else:
            draft.tell("pair that is no indication", where)
    elif {"head", "relation", "tail"} <= row.keys():
        head, relation, tail = (_text(row, part, where) for part in ("head", "relation", "tail"))
        draft.node(head, "", kind_of(head))
        draft.node(tail, "", kind_of(tail))
        draft.edge(head, relation, tail, str(row.get("source") or path.name.split(".")[0]))
    elif "id" in row and ("label" in row or "name" in row):
        id = _text(row, "id", where)
        kind = str(row.get("type") or kind_of(id))
        draft.node(id, str(row.get("label") or row.get("name") or ""), kind, _texts(row.get("synonyms")), where=where)
        for parent in _texts(row.get("parents")):
            draft.edge(id, is_a(kind), curie(parent), source_of(id) or "JSON")
    else:
        shown = ", ".join(list(row)[:8])
        raise RecordError(f"{where}: neither a node (id, label) nor an edge (head, relation, tail) but {shown}; name its columns so")


def _text(row: Mapping[str, Any], column: str, where: str) -> str:
    if not isinstance(row[column], str) or not row[column].strip():
        raise RecordError(f"{where}: {column}: {str(row[column])[:40]!r} is no text; correct the line")
    return curie(row[column])


def _texts(given: Any) -> list[str]:
    return [text for text in given if isinstance(text, str) and text.strip()] if isinstance(given, list) else []
