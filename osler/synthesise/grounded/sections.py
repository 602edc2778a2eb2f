"""The three sections of reasoning along paths, and the edges that a text cites."""

import re
from typing import NamedTuple

from osler.core.errors import Drop
from osler.knowledge.graphs.graph import Graph

_HEADING = re.compile(r"^[#* \t]*(?:\d[.)][ \t]*)?(paths|reasoning|conclusion)[:* \t]*$", re.IGNORECASE | re.MULTILINE)
_SECTIONS = ["paths", "reasoning", "conclusion"]

_RELATION = r"\s?(?P<{}>[^→←<>—–]{{1,60}}?)\s?"
_ARROW = re.compile(
    rf"\s{{1,3}}(?:[—–-]{{1,2}}{_RELATION.format('forward')}(?:[—–-]*→|[—–-]+>)|(?:←[—–-]*|<[—–-]+){_RELATION.format('backward')}[—–-]{{1,2}})\s{{1,3}}"
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


class Sections(NamedTuple):
    paths: str
    reasoning: str
    conclusion: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The paths as the first step, then the paragraphs of the reasoning: all but the conclusion."""
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", self.reasoning) if part.strip()]
        lines = "\n".join(line for line in self.paths.splitlines() if line.strip())
        return (*((lines,) if lines else ()), *paragraphs)


class Cited(NamedTuple):
    """An edge as a text has it: from head to tail along a relation."""

    head: str
    relation: str
    tail: str


def sections_in(said: str) -> Sections:
    """Raises Drop where the three are not there in their order, or the last two are empty."""
    places = list(_HEADING.finditer(said))
    if [place[1].lower() for place in places] != _SECTIONS:
        raise Drop("malformed", f"headings: {', '.join(place[1] for place in places) or 'none'}; {said[:150]}")
    ends = [*(place.start() for place in places[1:]), len(said)]
    found = Sections(*(said[place.end() : end].strip() for place, end in zip(places, ends, strict=True)))
    if not found.reasoning or not found.conclusion:
        raise Drop("wrong_shape", "a section is empty")
    return found


def cited_in(text: str) -> list[Cited]:
    """The edges of every line that is a path, `aspirin —treats→ pain ←shows— gout`; `/` stands between relations."""
    found: list[Cited] = []
    for line in text.splitlines():
        parts = list(_ARROW.finditer(line))
        starts = [0, *(part.end() for part in parts)]
        ends = [*(part.start() for part in parts), len(line)]
        names = [line[start:end].strip(" .;") for start, end in zip(starts, ends, strict=True)]
        names[0] = _BULLET.sub("", names[0])
        for at, part in enumerate(parts):
            here, there = names[at], names[at + 1]
            head, tail = (here, there) if part["forward"] else (there, here)
            found += [Cited(head, relation.strip(), tail) for relation in (part["forward"] or part["backward"]).split("/")]
    return found


def is_edge(graph: Graph, cited: Cited) -> bool:
    """Whether any two nodes of these names have the edge."""
    if cited.relation not in graph.relation_names:
        return False
    tails = {*graph.named(cited.tail)}
    return any(int(tail) in tails for head in graph.named(cited.head) for tail in graph.out(head, cited.relation))
