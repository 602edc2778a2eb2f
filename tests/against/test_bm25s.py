"""The words of a text against bm25s's own tokenizer, and our scores against its search."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.passage import Passage
from osler.knowledge.retrieval import BM25
from osler.knowledge.retrieval.shelf import keep
from osler.knowledge.retrieval.words import Words

bm25s = pytest.importorskip("bm25s")
Stemmer = pytest.importorskip("Stemmer")


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(["The", "hearts", "of", "beating", "Ménière's", "x1", "a"])).map(" ".join))
def test_words_are_those_of_bm25s(text: str) -> None:
    theirs = bm25s.tokenize([text], stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False)[0]
    assert Words(bm25s.stopwords.STOPWORDS_EN, "english").of(text) == list(theirs)


def test_scores_are_those_of_bm25s(tmp_path: Path) -> None:
    """120 texts of 2 to 30 of 50 words; every query finds what bm25s finds, with its scores."""
    draw = random.Random(6)
    texts = [" ".join(f"word{draw.randrange(50)}" for _ in range(draw.randint(2, 30))) for _ in range(120)]
    queries = [" ".join(f"word{draw.randrange(60)}" for _ in range(draw.randint(1, 6))) for _ in range(40)]
    words = Words((), "")
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    index.index([words.of(text) for text in texts], show_progress=False)
    ours = BM25(stemmer="", stop_words="").load(keep([Passage(f"p{at}", text) for at, text in enumerate(texts)], tmp_path))
    for query, found in zip(queries, ours.retrieve(queries, 120), strict=True):
        known = [word for word in words.of(query) if word in index.vocab_dict]
        theirs = index.get_scores(known) if known else []
        assert {evidence.id for evidence in found} == {f"p{at}" for at, score in enumerate(theirs) if score > 0}
        assert [evidence.score for evidence in found] == pytest.approx(
            sorted((score for score in theirs if score > 0), reverse=True), rel=1e-5
        )
