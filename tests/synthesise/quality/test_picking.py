"""Picking by domain: the published weights, even domains, and nothing twice."""

import random
from collections import Counter

import pytest

from osler.synthesise.quality.picking import Pickable, by_domain_and_length, by_domain_and_source, rank


def test_rank_weights_of_four_are_8_4_2_and_1_fifteenths() -> None:
    """30,000 draws: the widest deviation is 86."""
    rng = random.Random(1)
    counts = Counter(rank(4, rng) for _ in range(30_000))
    assert [counts[place] for place in (1, 2, 3, 4)] == pytest.approx([16_000, 8_000, 4_000, 2_000], abs=350)
    assert set(counts) == {1, 2, 3, 4}
    assert {rank(1, rng) for _ in range(100)} == {1}


def test_long_ranks_are_no_trouble() -> None:
    """2^−5000 is no number of floating point."""
    rng = random.Random(2)
    assert max(rank(5000, rng) for _ in range(1000)) < 40


def rows(**sizes: int) -> list[Pickable]:
    """So many of each "domain_source"."""
    return [Pickable(*name.split("_")) for name, n in sizes.items() for _ in range(n)]


def test_a_domain_then_a_source_then_an_item() -> None:
    """Domain x has one source of 300, y has two, of 5 and 295: each domain has half of the draws, each source of y half of those until it
    is empty."""
    stock = rows(x_a=300, y_a=5, y_b=295)
    picked = by_domain_and_source(stock, 200, random.Random(42))
    assert len(set(picked)) == 200
    counts = Counter(str(stock[at]) for at in picked)
    assert counts["x, a"] == pytest.approx(100, abs=25)
    assert counts["y, a"] == 5
    first = Counter(str(stock[by_domain_and_source(stock, 1, random.Random(seed))[0]]) for seed in range(400))
    assert first["x, a"] == pytest.approx(200, abs=40)
    assert first["y, a"] == pytest.approx(100, abs=35)
    assert first["y, b"] == pytest.approx(100, abs=35)


def test_what_is_emptied_is_drawn_no_more_and_then_all_are_taken() -> None:
    stock = rows(x_a=2, y_a=3, z_b=40)
    assert sorted(by_domain_and_source(stock, 45, random.Random(1))) == list(range(45))
    assert sorted(by_domain_and_source(stock, 1000, random.Random(1))) == list(range(45))
    assert Counter(stock[at].domain for at in by_domain_and_source(stock, 20, random.Random(3)))["z"] >= 15
    assert by_domain_and_source([], 5, random.Random(1)) == []


def test_the_same_seed_draws_the_same() -> None:
    stock = rows(x_a=20, y_a=20, y_b=20)
    assert by_domain_and_source(stock, 9, random.Random(42)) == by_domain_and_source(stock, 9, random.Random(42))
    assert len({tuple(by_domain_and_source(stock, 9, random.Random(seed))) for seed in range(10)}) == 10


def test_sure_ones_then_even_domains_then_weighted_ones() -> None:
    """s1's scheme with 7 and 10 for 700 and 1,000: 3 are sure, 4 follow with even chances, 3 by weights, which know one domain."""
    stock = [*(Pickable("x", "gpqa", 10, is_sure=True) for _ in range(3)), *rows(y_m=50, z_m=50)]
    picked = by_domain_and_length(stock, 10, 7, {"z": 1.0}, random.Random(5))
    assert list(picked.values()) == ["sure"] * 3 + ["even"] * 4 + ["weighted"] * 3
    assert {stock[at].domain for at, how in picked.items() if how == "weighted"} == {"z"}
    assert {stock[at].domain for at, how in picked.items() if how == "sure"} == {"x"}
    assert len(picked) == 10


def test_weights_that_no_domain_left_has_are_even_chances() -> None:
    picked = by_domain_and_length(rows(y_m=5), 4, 1, {"z": 1.0}, random.Random(5))
    assert list(picked.values()) == ["even"] * 4


def test_within_a_domain_the_longest_is_the_likeliest() -> None:
    """The k-th longest of four is drawn first 8, 4, 2 or 1 times in 15; 3,000 times, with a widest deviation of 27."""
    stock = [Pickable("x", "m", length) for length in (5, 900, 20, 100)]
    first = Counter(stock[next(iter(by_domain_and_length(stock, 1, 1, {}, random.Random(seed))))].length for seed in range(3000))
    assert [first[length] for length in (900, 100, 20, 5)] == pytest.approx([1600, 800, 400, 200], abs=110)


def test_more_sure_ones_than_asked_for_all_stay() -> None:
    stock = [Pickable("x", "gpqa", is_sure=True) for _ in range(5)]
    assert len(by_domain_and_length(stock, 3, 2, {}, random.Random(1))) == 5
