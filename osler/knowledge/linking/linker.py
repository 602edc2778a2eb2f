"""Linker: the entities of a graph that a text names, by the longest run of words that is one of their names."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

from osler.knowledge.graphs.graph import Graph
from osler.knowledge.linking.words import Words, key_of, noun_of, words_of

MAX_WORDS = 8
MIN_CHARACTERS = 3
LEFT_OUT = ("gene", "inheritance", "stage")
"""Kinds of node whose names are symbols that look like words ("REST", "IMPACT"), or say how and not what."""
LEFT_OUT_BELOW = ("HP:0012823", "HP:0000005", "HP:0040279", "HP:0032319", "HP:0032443")
"""The branches of the Human Phenotype Ontology that say how and not what: clinical modifier, mode of inheritance, frequency, health
status, past medical history."""
ORDINARY_FROM = 3
"""How often a name stands in small letters in a general text before it is an ordinary word."""
_ANOTHER_THING = frozenset(("level", "phosphatase", "nitrogen", "concentration", "clearance", "excretion", "test", "receptor"))
"""What follows "alkaline", "urea" or "insulin" where no drug is meant."""
_DRUG_KINDS = ("drug", "substance")


class Link(NamedTuple):
    """`text[start:end]` names `node`, and `others` as well where a name has several bearers. `is_first_name`: by its own name, not a
    synonym."""

    node: int
    start: int
    end: int
    others: tuple[int, ...] = ()
    is_first_name: bool = True


class Entry(NamedTuple):
    """Who bears a name, those whose own name it is first. `is_acronym`: it names them in capitals alone."""

    nodes: tuple[int, ...]
    is_first_name: bool
    is_acronym: bool


@dataclass(frozen=True)
class Linker:
    """A dictionary of the names of a graph, by key. `longest` is how many words the longest name has that begins with these two words."""

    graph: Graph
    entries: Mapping[str, Entry]
    longest: Mapping[str, int]

    @classmethod
    def of(
        cls,
        graph: Graph,
        *,
        leave_out: Collection[str] = LEFT_OUT,
        leave_out_below: Collection[str] = LEFT_OUT_BELOW,
        ordinary: Collection[str] | None = None,
    ) -> "Linker":
        """`ordinary` are other names that name nothing in running text, by default those of `ordinary.txt`; the words of `common.txt` never
        do. `leave_out` are kinds of node, `leave_out_below` ids with all that is below them; ids that the graph has not are passed over."""
        nothing = _listed("common.txt")
        aside = nothing | (frozenset(map(key_of, ordinary)) if ordinary is not None else _listed("ordinary.txt"))
        hidden = _below(graph, leave_out_below)
        entries: dict[str, Entry] = {}
        for node, name, is_first in _names(graph):
            key = key_of(name)
            is_own = is_first and graph.kinds[node] not in _DRUG_KINDS
            if graph.kinds[node] in leave_out or node in hidden or not _is_usable(key) or key in (nothing if is_own else aside):
                continue
            known = entries.get(key)
            if known is None:
                entries[key] = Entry((node,), is_first, _is_acronym(name))
            else:
                nodes = known.nodes if node in known.nodes else (*known.nodes, node)
                entries[key] = known._replace(nodes=nodes, is_acronym=known.is_acronym and _is_acronym(name))
        longest: dict[str, int] = {}
        for key in entries:
            first, *rest = key.split(" ")
            if rest:
                pair = f"{first} {rest[0]}"
                longest[pair] = max(longest.get(pair, 0), len(rest) + 1)
        return cls(graph, entries, longest)

    def link(self, text: str) -> list[Link]:
        """From left to right the longest name at each place, never across the end of a sentence; no two overlap."""
        words = words_of(text)
        links: list[Link] = []
        at, n_words = 0, len(words.keys)
        while at < n_words:
            end, entry = self._longest_at(words, at)
            if entry is None:
                at += 1
                continue
            first, *others = entry.nodes
            links.append(Link(first, words.starts[at], words.ends[end - 1], tuple(others), entry.is_first_name))
            at = end
        return links

    def named(self, text: str) -> list[int]:
        """The bearers of the whole text as a name; empty where it is none."""
        entry = self.entries.get(key_of(text))
        return list(entry.nodes) if entry else []

    def _longest_at(self, words: Words, at: int) -> tuple[int, Entry | None]:
        """The place after the name that begins at word `at`, and who bears it."""
        keys, n_words = words.keys, len(words.keys)
        end = at + 1
        most = self.longest.get(f"{keys[at]} {keys[end]}", 0) if end < n_words else 0
        while end < n_words and end - at < most and not words.ends_sentence(end - 1):
            end += 1
        while end > at:
            entry = self.entries.get(" ".join(keys[at:end]))
            if entry and self._means_it(entry, words, at, end):
                return end, entry
            end -= 1
        noun = noun_of(keys[at])
        return at + 1, self.entries.get(noun) if noun else None

    def _means_it(self, entry: Entry, words: Words, at: int, end: int) -> bool:
        """Not "aids in" for AIDS; and a drug's name before "level" or "phosphatase" is a laboratory value or an enzyme."""
        if entry.is_acronym and end == at + 1 and not words.written(at)[:2].isupper():
            return False
        is_drug = self.graph.kinds[entry.nodes[0]] in _DRUG_KINDS
        return not (is_drug and end < len(words.keys) and words.keys[end] in _ANOTHER_THING)


def _names(graph: Graph) -> Iterator[tuple[int, str, bool]]:
    """Every node's own name, then every other name: node, name, whether it is its own."""
    yield from ((node, name, True) for node, name in enumerate(graph.names))
    yield from ((node, name, False) for node, each in enumerate(graph.synonyms) for name in each)


def _below(graph: Graph, ids: Collection[str]) -> set[int]:
    """These nodes and all below them along any relation that ends in `is_a`, in a graph with cycles as well."""
    downward = [name for name in graph.relation_names if name.endswith("is_a")]
    going = [graph.number(id) for id in ids if id in graph.ids]
    found = set(going)
    while going:
        node = going.pop()
        fresh = {int(below) for name in downward for below in graph.into(node, name)} - found
        found |= fresh
        going += fresh
    return found


def _is_usable(key: str) -> bool:
    is_number = key.replace(" ", "").replace(".", "").isdigit()
    return len(key) >= MIN_CHARACTERS and key.count(" ") < MAX_WORDS and not is_number


def _is_acronym(name: str) -> bool:
    return sum(letter.isupper() for letter in name) >= 2 and " " not in name


def _listed(name: str) -> frozenset[str]:
    text = (files("osler.knowledge.linking") / name).read_text(encoding="utf-8")
    return frozenset(key_of(line) for line in text.splitlines() if line and not line.startswith("#"))


def ordinary_aliases(graph: Graph, texts: Iterable[str], kinds: Collection[str] = _DRUG_KINDS) -> dict[str, int]:
    """The single words that are another name of a drug and also stand `ORDINARY_FROM` times or more in small letters in these texts, with
    how often: brand names that are words of the language. `ordinary.txt` was made so from two textbooks."""
    own = {key_of(name) for name in graph.names}
    names = {key_of(name) for node, each in enumerate(graph.synonyms) if graph.kinds[node] in kinds for name in each} - own
    counts: dict[str, int] = {}
    for text in texts:
        words = words_of(text)
        for at, key in enumerate(words.keys):
            if key in names and words.written(at)[0].islower():
                counts[key] = counts.get(key, 0) + 1
    return {word: n for word, n in sorted(counts.items()) if n >= ORDINARY_FROM}
