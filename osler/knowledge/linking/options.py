"""Whole answer options as entities: by name, else by meaning, never across "increased" and "decreased"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from osler.core.passage import Passage, Retriever
from osler.knowledge.linking.linker import Linker
from osler.knowledge.linking.words import words_of

POLAR = {
    *("increased", "decreased", "elevated", "reduced", "raised", "lowered", "high", "low", "prolonged", "shortened", "abnormal", "absent"),
    *("impaired", "excessive", "deficient", "positive", "negative", "acute", "chronic"),
}
"""What changes a finding into another that an embedding holds to be the same: "serum creatinine" is not "increased serum creatinine"."""
N_NEAREST = 10


def name_passages(linker: Linker) -> Iterator[Passage]:
    """Every name that the linker knows, as what a dense retriever is to find: the nodes that bear it stand in the field `node`."""
    graph = linker.graph
    for node, name in enumerate(graph.names):
        for at, each in enumerate(dict.fromkeys((name, *graph.synonyms[node]))):
            if node in linker.named(each):
                yield Passage(f"{graph.ids[node]}/{at}", each, fields={"node": graph.ids[node]})


@dataclass(frozen=True)
class OptionLinker:
    """`retriever` finds the names of `name_passages` by the cosine of their embeddings; those under `least` are not taken. With MiniLM, .90
    is where a person agreed; MedReason's .85 (Wu et al., arXiv 2504.00993), with another model, is too loose for it."""

    linker: Linker
    retriever: Retriever
    least: float = 0.90

    def link(self, options: Sequence[str]) -> list[int | None]:
        """For each option the node that it names, or means; None where there is none."""
        nodes = [next(iter(self.linker.named(option)), None) for option in options]
        unnamed = [at for at, node in enumerate(nodes) if node is None and options[at].strip()]
        found = self.retriever.retrieve([options[at] for at in unnamed], N_NEAREST) if unnamed else []
        for at, nearest in zip(unnamed, found, strict=True):
            for evidence in nearest:
                if evidence.score >= self.least and not differs_in_polarity(options[at], evidence.passage.text):
                    nodes[at] = self.linker.graph.number(evidence.passage.fields["node"])
                    break
        return nodes


def differs_in_polarity(one: str, other: str) -> bool:
    """Whether one of the two says "increased", "absent" and the like, and the other does not say the same."""
    return POLAR & set(words_of(one.lower()).keys) != POLAR & set(words_of(other.lower()).keys)
