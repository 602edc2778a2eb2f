"""Link: the entities of a graph that a question and its answer name."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item, MultiKey, OpenKey, RankedListKey, TextKey
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.linking.linker import Linker
from osler.synthesise.asking import ask_json, ask_read, json_in
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Draft
from osler.synthesise.grounded.nearest import Near, Nearest, nearest_by_letters, nearest_by_meaning

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class NamedEntity:
    """What a role says that a text names, and of which kind it is."""

    name: str
    kind: str


@dataclass(frozen=True)
class NamedEntities:
    in_question: tuple[NamedEntity, ...]
    in_answer: tuple[NamedEntity, ...]


@dataclass(frozen=True, config=STRICT)
class LinkEntities:
    """The note `entities`: the nodes that the question and its right answer name, each once. Dropped: `no_answer_text`, where the key is no
    name; `no_question_entity` and `no_answer_entity`, where one of the two names nothing in the graph.

    `role` reads the entities with their kinds, as MedReason does; those of a kind that the graph has not are left out. A node of that kind
    and that name is the entity. Else of the `n_nearest` nodes of the kind whose score is above `least` the nearest is it where its score is
    above `sure`, and else the role chooses one or none; both strict, .70 and .85 as published, with MedEmbed-large. `near_by` "meaning"
    scores by the synthesis's `retrieval` (the names of the graph, `osler.knowledge.linking.options.name_passages`), "letters" by three
    letters at a time, without a model (ours). Without a role the names are found by our own linker.

    `has_options`: the wrong options are linked as well, by name or above `sure`. Not of MedReason: where every path ends at the right
    answer, the paths give it away."""

    kind: Literal["link"] = "link"
    role: str | None = "teacher"
    near_by: Literal["letters", "meaning"] = "letters"
    least: Share = 0.70
    sure: Share = 0.85
    n_nearest: Annotated[int, Field(ge=1)] = 10
    has_options: bool = False

    ENTITIES: ClassVar[str] = "paths_entities"
    WHICH: ClassVar[str] = "paths_which"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,) if self.role else ()

    @property
    def needs(self) -> tuple[str, ...]:
        return ("graph", "retriever") if self.near_by == "meaning" else ("graph",)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        assert kit.graph is not None
        graph, item = kit.graph, draft.asked
        answers = answer_texts(item)
        if self.role:
            question, answer = yield from self._asked(draft, kit, self.role, answers)
        else:
            question, answer = _linked(graph, item.question.text), [node for text in answers for node in _bearers(graph, text)]
        options = {letter: _bearers(graph, text) for letter, text in item.question.options.items()} if self.has_options else {}
        if self.has_options and self.role:
            options = {letter: nodes or self._surely(kit, item.question.options[letter]) for letter, nodes in options.items()}
        for nodes, reason in ((question, "no_question_entity"), (answer, "no_answer_entity")):
            if not nodes:
                raise Drop(reason, f"nothing in the graph is named by {item.question.text if nodes is question else answers!r}")
        noted = {"question": _ids(graph, question), "answer": _ids(graph, answer)}
        return [draft.noting(entities={**noted, "options": {letter: _ids(graph, nodes) for letter, nodes in options.items()}})]

    def _asked(self, draft: Draft, kit: Kit, role: str, answers: Sequence[str]) -> Making[tuple[list[int], list[int]]]:
        assert kit.graph is not None
        kinds = {kind.lower(): kind for kind in sorted({*kit.graph.kinds})}
        parts = {"question": draft.asked.question.text, "answer": "; ".join(answers), "kinds": ", ".join(kinds.values())}
        said = yield from ask_json(kit, role, draft, fill(Prompt.named(self.ENTITIES), parts), NamedEntities)
        named = [(each.name, kinds[each.kind.lower()]) for each in (*said.in_question, *said.in_answer) if each.kind.lower() in kinds]
        distinct = list(dict.fromkeys(named))
        found = yield from together([self._node(draft, kit, role, name, kind) for name, kind in distinct])
        nodes = dict(zip(distinct, found, strict=True))
        question, answer = (
            [nodes.get((each.name, kinds.get(each.kind.lower(), ""))) for each in some] for some in (said.in_question, said.in_answer)
        )
        return [node for node in question if node is not None], [node for node in answer if node is not None]

    def _node(self, draft: Draft, kit: Kit, role: str, name: str, kind: str) -> Making[int | None]:
        assert kit.graph is not None
        graph = kit.graph
        exact = [node for node in graph.named(name) if graph.kinds[node] == kind]
        if exact:
            return exact[0]
        near = [each for each in self._nearest(kit)(name, kind, self.n_nearest) if each.score > self.least]
        if not near or near[0].score > self.sure:
            return near[0].node if near else None
        parts = {"question": draft.asked.question.text, "entity": name, "candidates": _numbered(graph, near)}
        number = yield from ask_read(kit, role, draft, fill(Prompt.named(self.WHICH), parts), lambda said: _chosen(said, len(near)))
        return near[number - 1].node if number else None

    def _nearest(self, kit: Kit) -> Nearest:
        assert kit.graph is not None
        if self.near_by == "letters":
            return nearest_by_letters(kit.graph)
        assert kit.retriever is not None
        return nearest_by_meaning(kit.graph, kit.retriever)

    def _surely(self, kit: Kit, text: str) -> list[int]:
        return [near.node for near in self._nearest(kit)(text, "", 1) if near.score > self.sure]


def answer_texts(item: Item) -> list[str]:
    """The right answer in words: names, of which all or any are right. Raises Drop where the key is no name."""
    match item.key:
        case ChoiceKey(letters) | MultiKey(letters) if letters:
            return [item.question.options[letter] for letter in letters]
        case TextKey(text) | OpenKey(text):
            return [text]
        case RankedListKey(entries):
            return list(entries)
    raise Drop("no_answer_text", f"a key of kind {item.key.kind!r} names nothing")


def _numbered(graph: Graph, near: Sequence[Near]) -> str:
    return "\n".join(f"{number}. {graph.names[each.node]}" for number, each in enumerate(near, 1))


def _chosen(said: str, n: int) -> int:
    """A number from 1 to n; 0 for none."""
    content: Mapping[str, object] = json_in(said)
    number = content.get("number")
    if number == "NONE":
        return 0
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= n:
        raise Drop("wrong_shape", f"number: {number!r} is neither NONE nor from 1 to {n}")
    return number


@lru_cache(maxsize=2)
def _linker(graph: Graph) -> Linker:
    return Linker.of(graph)


def _linked(graph: Graph, text: str) -> list[int]:
    return [link.node for link in _linker(graph).link(text)]


def _bearers(graph: Graph, text: str) -> list[int]:
    """Of the whole text as a name; else the nodes that stand in it."""
    return (graph.named(text) or _linker(graph).named(text))[:1] or _linked(graph, text)


def _ids(graph: Graph, nodes: Sequence[int]) -> list[str]:
    return [graph.ids[node] for node in dict.fromkeys(nodes)]
