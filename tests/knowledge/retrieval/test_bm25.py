"""BM25: scores by hand, ties by order, whatever is asked."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.retrieval import BM25
from osler.knowledge.retrieval.bm25_index import BM25Retriever
from osler.knowledge.retrieval.shelf import keep

TEXTS = ("fever fever cough", "fever rash", "cough cough wheeze stridor", "the of and")


def loaded(folder: Path, texts: tuple[str, ...] = TEXTS, how: BM25 | None = None) -> BM25Retriever:
    return (how or BM25()).load(keep([Passage(f"p{at}", text) for at, text in enumerate(texts)], folder))


def found(retriever: BM25Retriever, query: str, n: int = 10) -> list[str]:
    return [evidence.id for evidence in retriever.retrieve([query], n)[0]]


def test_scores_by_hand(tmp_path: Path) -> None:
    """Lengths 3, 2, 4, 0, so 2.25 on average; "fever" in 2 of 4 passages: idf ln(1 + 2.5 / 2.5) = ln 2."""
    first, second = loaded(tmp_path).retrieve(["fever"], 10)[0]
    assert (first.id, second.id) == ("p0", "p1")
    assert first.score == pytest.approx(math.log(2) * 2 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2.25)), rel=1e-6)
    assert second.score == pytest.approx(math.log(2) * 1 / (1 + 1.5 * (0.25 + 0.75 * 2 / 2.25)), rel=1e-6)


def test_a_word_asked_twice_counts_twice(tmp_path: Path) -> None:
    retriever = loaded(tmp_path)
    once, twice = (retriever.retrieve([query], 1)[0][0].score for query in ("rash", "rash rash"))
    assert twice == pytest.approx(2 * once)


def test_words_are_stemmed(tmp_path: Path) -> None:
    assert found(loaded(tmp_path), "RASHES!") == ["p1"]
    assert found(loaded(tmp_path), "wheezing") == ["p2"]
    assert found(loaded(tmp_path, how=BM25(stemmer="")), "wheezing") == []


@pytest.mark.parametrize("query", ["", "  \n", "the and of", "!?", "a b c", "unheard", "\ud800"])
def test_nothing_to_search_for_finds_nothing(tmp_path: Path, query: str) -> None:
    assert loaded(tmp_path).retrieve([query, "rash"], 5)[0] == []
    assert found(loaded(tmp_path), "rash") == ["p1"]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_equals_go_by_the_order_of_the_passages(tmp_path: Path, backend: str) -> None:
    """37 passages with one of two texts: the shorter one scores higher, and within each the first come first."""
    texts = tuple("rash" if at % 3 else "rash itch" for at in range(37))
    expected = [f"p{at}" for at in range(37) if at % 3] + [f"p{at}" for at in range(0, 37, 3)]
    retriever = loaded(tmp_path, texts, BM25(backend=backend))
    assert found(retriever, "rash", 100) == expected
    assert all(found(retriever, "rash", n) == expected[:n] for n in range(37))


def test_both_backends_give_the_same_bits(tmp_path: Path) -> None:
    texts = tuple(" ".join(f"word{(at * step) % 23}" for step in range(1, 3 + at % 11)) for at in range(300))
    queries = ["word1 word2 word3", "word7", "word0 word0 word5 word11 word13", "word22 word21"]
    plain, compiled = (loaded(tmp_path, texts, BM25(backend=name)).retrieve(queries, 20) for name in ("numpy", "numba"))
    assert plain == compiled
    assert all(len(evidence) == 20 for evidence in plain)


@settings(max_examples=60, deadline=None)
@given(queries=st.lists(st.text(max_size=30) | st.sampled_from(["fever cough", "rash", "wheeze fever fever"]), min_size=1, max_size=5))
def test_a_query_finds_the_same_alone_and_among_others(small: BM25Retriever, queries: list[str]) -> None:
    assert small.retrieve(queries, 3) == [small.retrieve([query], 3)[0] for query in queries]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> BM25Retriever:
    return loaded(tmp_path_factory.mktemp("small"))


def test_a_query_of_a_megabyte(tmp_path: Path) -> None:
    retriever = loaded(tmp_path)
    assert found(retriever, "fever cough " * 90_000)[0] in {"p0", "p2"}
    assert found(retriever, "x" * 1_000_000) == []


def test_more_than_there_are_none_and_less_than_none(tmp_path: Path) -> None:
    retriever = loaded(tmp_path)
    assert found(retriever, "fever", 10**9) == ["p0", "p1"]
    assert found(retriever, "fever", 0) == []
    with pytest.raises(UserError, match="n is -1"):
        found(retriever, "fever", -1)


@pytest.mark.parametrize("texts", [(), ("",), ("the", "of")])
def test_nothing_to_be_found_in(tmp_path: Path, texts: tuple[str, ...]) -> None:
    assert found(loaded(tmp_path, texts), "fever") == []


def test_unicode_is_found(tmp_path: Path) -> None:
    texts = ("Ménière disease", "敗血症 sepsis", "naïve \ud800 cell")
    assert found(loaded(tmp_path, texts), "MÉNIÈRE") == ["p0"]
    assert found(loaded(tmp_path, texts), "敗血症") == ["p1"]
    assert loaded(tmp_path, texts).retrieve(["naïve"], 1)[0][0].passage.text == texts[2]


def test_identity_names_settings_and_content(tmp_path: Path) -> None:
    one = loaded(tmp_path)
    assert one.identity == loaded(tmp_path).identity
    assert one.identity == loaded(tmp_path, how=BM25(backend="numpy")).identity
    others = {
        loaded(tmp_path, how=BM25(k1=1.2)).identity,
        loaded(tmp_path, TEXTS[:3]).identity,
        loaded(tmp_path, how=BM25(stemmer="")).identity,
    }
    assert len(others | {one.identity}) == 4


def test_an_unknown_stemmer_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no stemmer 'klingon'; choose one of .*english"):
        loaded(tmp_path, how=BM25(stemmer="klingon"))
