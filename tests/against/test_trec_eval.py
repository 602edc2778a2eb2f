"""Our metrics of a ranking against trec_eval's own code (pytrec_eval)."""

import random

import pytest

from osler.knowledge.retrieval.metrics import ndcg, recall, reciprocal_rank

pytrec_eval = pytest.importorskip("pytrec_eval")

K = (1, 3, 5, 10, 100)


def test_metrics_equal_those_of_trec_eval() -> None:
    """300 random rankings of 0 to 60 of 80 ids, with grades from -1 to 3 for some of them and for some that are nowhere found."""
    draw = random.Random(6)
    ids = [f"d{at}" for at in range(80)]
    grades = {f"q{at}": {each: draw.randint(-1, 3) for each in draw.sample(ids, draw.randint(1, 40))} for at in range(300)}
    ranked = {query: draw.sample(ids, draw.randint(1, 60)) for query in grades}
    theirs = pytrec_eval.RelevanceEvaluator(
        grades, {f"ndcg_cut.{','.join(map(str, K))}", f"recall.{','.join(map(str, K))}", "recip_rank"}
    ).evaluate({query: {each: float(len(found) - at) for at, each in enumerate(found)} for query, found in ranked.items()})
    assert len(theirs) == 300
    for query, expected in theirs.items():
        found, of_query = ranked[query], grades[query]
        for k in K:
            assert ndcg(found, of_query, k) == pytest.approx(expected[f"ndcg_cut_{k}"], abs=1e-6)
            assert recall(found, of_query, k) == pytest.approx(expected[f"recall_{k}"], abs=1e-6)
        assert reciprocal_rank(found, of_query) == pytest.approx(expected["recip_rank"], abs=1e-6)
