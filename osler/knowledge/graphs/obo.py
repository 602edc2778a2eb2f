"""OBO files, format 1.2 and 1.4: terms, their parents, and their relationships.

Definitions, cross-references and what is used to infer are passed over; obsolete terms are left out, and stand as aliases where they say
what replaced them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import lines
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.vocabulary import is_a, kind_of, source_of

_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "W": " "}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NOT_WORD = re.compile(r"\W+")
_WANTED = {"id", "name", "namespace", "synonym", "is_a", "relationship", "is_obsolete", "alt_id", "replaced_by"}

Term = dict[str, list[str]]


def read_obo(path: Path, draft: Draft) -> None:
    """Every term a node, of the kind that its id or its namespace says. Raises RecordError for what is no text; a line or a term that
    cannot be used is counted."""
    relation_names: dict[str, str] = {}
    relationships: list[tuple[str, str, str]] = []
    for stanza, number, term in _stanzas(path, draft):
        id = curie(_first(term, "id"))
        if stanza == "Typedef":
            relation_names[_first(term, "id")] = relation_name(_first(term, "name") or id)
        elif stanza == "Term" and not id:
            draft.tell("term without an id", f"{path}:{number}")
        elif stanza == "Term" and _first(term, "is_obsolete").lower() == "true":
            draft.tell("obsolete term", f"{path}:{number}: {id}")
            if replacing := _first(term, "replaced_by"):
                draft.alias(id, curie(replacing))
        elif stanza == "Term":
            relationships += _add(id, term, f"{path}:{number}", draft)
    for head, relation, tail in relationships:
        draft.edge(head, relation_names.get(relation, relation_name(relation)), tail, source_of(head) or path.name.split(".")[0])


def _add(id: str, term: Term, where: str, draft: Draft) -> Iterator[tuple[str, str, str]]:
    """The node, its aliases and its parents; its other relationships are handed back, for their names may come last in the file."""
    kind = kind_of(id) or relation_name(_first(term, "namespace"))
    draft.node(id, _unescaped(_first(term, "name")), kind, _synonyms(term, where, draft), where=where)
    for other in term.get("alt_id", ()):
        draft.alias(curie(other), id)
    for parent in term.get("is_a", ()):
        draft.edge(id, is_a(kind), curie(parent.split()[0]), source_of(id) or "OBO")
    for text in term.get("relationship", ()):
        parts = text.split()
        if len(parts) < 2:
            draft.tell("relationship that cannot be read", f"{where}: {text[:60]!r}")
        else:
            yield id, parts[0], curie(parts[1])


def _synonyms(term: Term, where: str, draft: Draft) -> list[str]:
    found: list[str] = []
    for text in term.get("synonym", ()):
        quoted = _QUOTED.match(text)
        if quoted:
            found.append(_unescaped(quoted[1]))
        else:
            draft.tell("synonym that cannot be read", f"{where}: {text[:60]!r}")
    return found


def _stanzas(path: Path, draft: Draft) -> Iterator[tuple[str, int, Term]]:
    """The kind of each stanza, the line where it begins, and its tags; the header is the first, without a kind."""
    stanza, begins, term = "", 1, Term()
    for number, line in enumerate(lines(path, draft.tell), 1):
        line = line.strip()
        if line.startswith("["):
            yield stanza, begins, term
            stanza, begins, term = line.split("]")[0][1:], number, {}
        elif line and not line.startswith("!"):
            tag, colon, text = line.partition(":")
            if not colon:
                draft.tell("line without a tag", f"{path}:{number}")
            elif tag in _WANTED and (text := _bare(text)):
                term.setdefault(tag, []).append(text)
    yield stanza, begins, term


def _bare(text: str) -> str:
    """Without the comment and the qualifiers at its end; what is quoted or escaped is neither."""
    is_quoted = False
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"':
            is_quoted = not is_quoted
        elif text[at] in "!{" and not is_quoted and (at == 0 or text[at - 1].isspace()):
            break
        at += 1
    return text[:at].strip()


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def _first(term: Term, tag: str) -> str:
    return term.get(tag, [""])[0]


def relation_name(text: str) -> str:
    """A relation's name as others of a graph are written: "has symptom" → `has_symptom`."""
    return _NOT_WORD.sub("_", text.strip()).strip("_")
