"""Metrics of one ranking, by hand."""

from math import log2

import pytest

from osler.knowledge.retrieval.metrics import ndcg, recall, reciprocal_rank

GRADES = {"a": 3, "b": 1, "c": 0, "d": 2}


def test_by_hand() -> None:
    """Found: not graded, b (1), a (3). The best order is a, d, b."""
    found = ["x", "b", "a"]
    assert ndcg(found, GRADES, 3) == pytest.approx((1 / log2(3) + 3 / 2) / (3 + 2 / log2(3) + 1 / 2))
    assert ndcg(found, GRADES, 1) == 0
    assert recall(found, GRADES, 3) == pytest.approx(2 / 3)
    assert recall(found, GRADES, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank(found, GRADES) == pytest.approx(1 / 2)


def test_the_best_order_is_worth_1_and_nothing_is_worth_0() -> None:
    assert ndcg(["a", "d", "b"], GRADES, 10) == 1
    assert ndcg([], GRADES, 10) == recall([], GRADES, 10) == reciprocal_rank([], GRADES) == 0
    assert ndcg(["a"], {"a": 0}, 10) == recall(["a"], {}, 10) == reciprocal_rank(["a"], {"a": -1}) == 0
