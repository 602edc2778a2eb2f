"""OBO-graph JSON (github.com/geneontology/obographs): the same as an OBO file holds, as nodes and edges."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from osler.core.errors import RecordError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import whole
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.obo import relation_name
from osler.knowledge.graphs.vocabulary import is_a, kind_of, source_of

_ALTERNATIVE = "hasAlternativeId"
_REPLACED = ("IAO_0100001", "IAO:0100001", "replacedBy")


def read_obo_graph(path: Path, draft: Draft) -> None:
    """Every class a node. Raises RecordError for what is no OBO graph."""
    try:
        graphs = json.loads(whole(path))["graphs"]
        parts = [(_listed(graph.get("nodes")), _listed(graph.get("edges"))) for graph in graphs]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(f"{path}: no OBO graph ({str(error)[:80]}); it needs `graphs`, each with nodes and edges") from error
    for nodes, edges in parts:
        relations: dict[str, str] = {}
        for number, node in enumerate(nodes):
            _add(node, relations, f"{path}: node {number}", draft)
        for number, edge in enumerate(edges):
            _join(edge, relations, f"{path}: edge {number}", draft)


def _add(node: Any, relations: dict[str, str], where: str, draft: Draft) -> None:
    if not isinstance(node, Mapping) or not isinstance(node.get("id"), str):
        draft.tell("term without an id", where)
        return
    id, name = curie(node["id"]), str(node.get("lbl") or "")
    meta: Any = node["meta"] if isinstance(node.get("meta"), Mapping) else {}
    if node.get("type") == "PROPERTY":
        relations[node["id"]] = relation_name(name or id)
    elif meta.get("deprecated") is True:
        draft.tell("obsolete term", f"{where}: {id}")
        for text in _properties(meta, _REPLACED):
            draft.alias(id, curie(text))
    elif node.get("type", "CLASS") == "CLASS":
        synonyms = [each.get("val") for each in _listed(meta.get("synonyms")) if isinstance(each, Mapping)]
        draft.node(id, name, kind_of(id), [text for text in synonyms if isinstance(text, str)], where=where)
        for text in _properties(meta, (_ALTERNATIVE,)):
            draft.alias(curie(text), id)


def _properties(meta: Any, names: tuple[str, ...]) -> list[str]:
    given = [each for each in _listed(meta.get("basicPropertyValues")) if isinstance(each, Mapping)]
    return [str(each.get("val", "")) for each in given if str(each.get("pred", "")).endswith(names)]


def _join(edge: Any, relations: Mapping[str, str], where: str, draft: Draft) -> None:
    given = [edge.get(part) for part in ("sub", "pred", "obj")] if isinstance(edge, Mapping) else []
    parts = [part for part in given if isinstance(part, str) and part]
    if len(parts) < 3:
        draft.tell("edge without its parts", where)
        return
    head, relation, tail = curie(parts[0]), parts[1], curie(parts[2])
    named = is_a(kind_of(head)) if relation in ("is_a", "subClassOf") else relations.get(relation, relation_name(curie(relation)))
    draft.edge(head, named, tail, source_of(head) or "OBO")


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []
