"""Whole options, with a retriever whose scores are written here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from osler.core.passage import Evidence, Passage
from osler.knowledge.graphs.load import load_graph
from osler.knowledge.linking.linker import Linker
from osler.knowledge.linking.options import OptionLinker, differs_in_polarity, name_passages

NODES = """id	type	name	synonyms
H:1	phenotype	Increased serum creatinine	raised creatinine
D:1	disease	myocardial infarction	heart attack
D:2	disease	gout	
G:1	gene	ACE	
"""


@pytest.fixture
def linker(tmp_path: Path) -> Linker:
    (tmp_path / "nodes.tsv").write_text(NODES)
    (tmp_path / "edges.tsv").write_text("head\trelation\ttail\tsources\tfrequency\nD:1\tresembles\tD:2\ts\t\n")
    return Linker.of(load_graph(tmp_path))


class Scored:
    """Finds what it is told to, and remembers what it was asked."""

    identity = "scored"

    def __init__(self, found: Mapping[str, list[tuple[str, str, float]]]) -> None:
        self.found, self.asked = found, list[str]()

    def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
        self.asked += queries
        return [
            [Evidence(Passage(f"{node}/0", name, fields={"node": node}), score) for node, name, score in self.found.get(query, [])]
            for query in queries
        ]


def test_by_name_then_by_meaning_then_not(linker: Linker) -> None:
    retriever = Scored(
        {
            "cardiac infarction": [("D:1", "myocardial infarction", 0.93)],
            "serum creatinine": [("H:1", "Increased serum creatinine", 0.97), ("H:1", "raised creatinine", 0.92), ("D:2", "gout", 0.91)],
            "podagra": [("D:2", "gout", 0.899)],
            "increased creatinine in serum": [("H:1", "Increased serum creatinine", 0.95)],
        }
    )
    options = ["Heart attack", "cardiac infarction", "serum creatinine", "podagra", "increased creatinine in serum", "", "nothing like it"]
    nodes = OptionLinker(linker, retriever).link(options)
    ids = [None if node is None else linker.graph.ids[node] for node in nodes]
    assert ids == ["D:1", "D:1", "D:2", None, "H:1", None, None]
    assert retriever.asked == [options[at] for at in (1, 2, 3, 4, 6)]


def test_options_that_are_names_ask_nobody(linker: Linker) -> None:
    retriever = Scored({})
    OptionLinker(linker, retriever).link(["gout", "heart attack"])
    assert retriever.asked == []


def test_every_known_name_is_a_passage_once(linker: Linker) -> None:
    passages = list(name_passages(linker))
    assert [(passage.id, passage.text) for passage in passages] == [
        ("H:1/0", "Increased serum creatinine"),
        ("H:1/1", "raised creatinine"),
        ("D:1/0", "myocardial infarction"),
        ("D:1/1", "heart attack"),
        ("D:2/0", "gout"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("serum creatinine", "Increased serum creatinine", True),
        ("decreased creatinine", "increased creatinine", True),
        ("Increased creatinine", "creatinine, increased", False),
        ("prothrombin time", "Prolonged prothrombin time", True),
        ("gout", "gouty arthritis", False),
    ],
)
def test_polarity(one: str, other: str, differs: bool) -> None:
    assert differs_in_polarity(one, other) is differs
    assert differs_in_polarity(other, one) is differs
