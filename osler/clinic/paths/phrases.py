"""Phrases: how the relations and kinds of a graph are said, and read back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as settings

from osler.core.errors import UserError
from osler.core.question import STRICT, Text
from osler.knowledge.graphs.graph import SAME_AS
from osler.knowledge.graphs.names import normalised

OPENING, CLOSING = "According to the graph, ", "The answer is "
"""What opens a sentence about an edge, and one about the answer; no name has them."""
SUBTYPES = ("is a", "subclass of", "kind of", "subtype of")
"""A relation whose name ends so leads from the narrower to the wider, in any graph."""


@settings(frozen=True, config=STRICT)
class Phrase:
    """`head` stands between head and tail ("treats"), `tail` between tail and head ("is treated by"). What reaches a node by a relation of
    the same `family` (none: the relation alone) is no wrong option. `parent` is the wider end, where there is one."""

    head: Text
    tail: Text
    family: str = ""
    parent: Literal["", "head", "tail"] = ""


@settings(frozen=True, config=STRICT)
class KindWords:
    one: Text
    many: Text


@settings(frozen=True, config=STRICT)
class PhraseFile:
    """A YAML file of phrases: by relation, and by kind of node."""

    relations: Mapping[str, Phrase]
    kinds: Mapping[str, KindWords]


class Move(NamedTuple):
    """Along a relation, from head to tail (`is_forward`) or back."""

    relation: str
    is_forward: bool


@dataclass(frozen=True)
class Phrases:
    """The phrases of one graph, every relation and kind of it among them."""

    relations: Mapping[str, Phrase]
    kinds: Mapping[str, KindWords]
    where: str = field(default="phrases", compare=False)

    def __post_init__(self) -> None:
        self._check()

    @cached_property
    def moves(self) -> dict[str, tuple[Move, ...]]:
        """By what is said with the node that is reached as the subject: "is treated by" goes from a drug to what it treats."""
        found: dict[str, list[Move]] = {}
        for relation, phrase in self.relations.items():
            found.setdefault(phrase.tail, []).append(Move(relation, True))
            found.setdefault(phrase.head, []).append(Move(relation, False))
        return {said: tuple(moves) for said, moves in found.items()}

    @cached_property
    def wide_moves(self) -> dict[str, tuple[Move, ...]]:
        """The same, with the moves along every relation of the family."""
        families = {relation: phrase.family or relation for relation, phrase in self.relations.items()}
        return {
            said: tuple(
                Move(relation, is_forward)
                for relation in self.relations
                for is_forward in (True, False)
                if (families[relation], is_forward) in {(families[move.relation], move.is_forward) for move in moves}
            )
            for said, moves in self.moves.items()
        }

    def parents(self) -> tuple[Move, ...]:
        """The moves that lead to the wider."""
        return tuple(Move(name, phrase.parent == "tail") for name, phrase in self.relations.items() if phrase.parent)

    def children(self) -> tuple[Move, ...]:
        """The moves that lead to the narrower."""
        return tuple(Move(move.relation, not move.is_forward) for move in self.parents())

    def sentence(self, move: Move, near: str, far: str) -> str:
        """The edge between two names, its head first, without what opens and closes a sentence."""
        head, tail = (near, far) if move.is_forward else (far, near)
        return f"{head} {self.relations[move.relation].head} {tail}"

    def _check(self) -> None:
        for said, moves in self.moves.items():
            families = {self.relations[move.relation].family or move.relation for move in moves}
            if len(families) > 1:
                names = " and ".join(repr(name) for name in sorted({move.relation for move in moves}))
                raise UserError(f"{self.where}: {said!r} says {names}, which are of no one family; say one of them in other words")
        for words in ("one", "many"):
            said_kinds = [getattr(kind, words) for kind in self.kinds.values()]
            for text in said_kinds:
                if said_kinds.count(text) > 1:
                    raise UserError(f"{self.where}: two kinds of node are both called {text!r}; give each its own words")


def phrases_for(relations: Iterable[str], kinds: Iterable[str], file: str = "") -> Phrases:
    """Of the relations and kinds of a graph: as `file` has them, else as ours has, else made of their names. Raises UserError where the
    file cannot be read, names what the graph has not, or says two things in the same words."""
    ours = _read((files("osler.clinic.paths") / "phrases.yaml").read_text(encoding="utf-8"), "phrases.yaml")
    theirs = _read(_text(file), file) if file else PhraseFile({}, {})
    known = [name for name in relations if name != SAME_AS]
    kinds = list(dict.fromkeys(kinds))
    for word, given, there in (("relation", theirs.relations, known), ("kind", theirs.kinds, kinds)):
        for name in given:
            if name not in there:
                raise UserError(f"{file}: the graph has no {word} {name!r}; it has {', '.join(map(repr, there[:20]))}")
    return Phrases(
        {name: theirs.relations.get(name) or ours.relations.get(name) or _plain(name) for name in known},
        {kind: theirs.kinds.get(kind) or ours.kinds.get(kind) or _plain_kind(kind) for kind in kinds},
        file or "phrases",
    )


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read as text ({type(error).__name__}); name a YAML file of phrases") from error


def _read(text: str, where: str) -> PhraseFile:
    try:
        content = yaml.safe_load(text)
        if not isinstance(content, dict):
            raise UserError(f"{where}: has no 'relations' and 'kinds'; write both, by name")
        return TypeAdapter(PhraseFile).validate_python({"relations": {}, "kinds": {}, **content})
    except yaml.YAMLError as error:
        raise UserError(f"{where}: is no YAML ({str(error).splitlines()[0]}); correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}; correct the entry") from error


def _plain(relation: str) -> Phrase:
    words = normalised(relation)
    if words.endswith(SUBTYPES):
        return Phrase("is a direct subtype of", "is the direct parent of", "subtype", "tail")
    quoted = " ".join(relation.replace("_", " ").split()) or "related"
    return Phrase(f'is linked by "{quoted}" to', f'is linked by "{quoted}" from')


def _plain_kind(kind: str) -> KindWords:
    words = " ".join(kind.replace("_", " ").split()) or "node"
    return KindWords(words, f"{words}{'es' if words.endswith(('s', 'x', 'ch', 'sh')) else 's'}")
