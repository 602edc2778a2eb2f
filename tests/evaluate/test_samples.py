import gzip
import itertools
import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.evaluate.samples import any_of_first, in_first_order, instability, pass_at_k, sweep, vote, vote_at_k, vote_of_first
from osler.evaluate.stats import wilson


def test_pass_at_k_by_hand():
    # of 5 with 2 right, two of three wrong and so on: 1 − C(3, 2) / C(5, 2) = 1 − 3/10
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)
    assert (pass_at_k(5, 0, 3), pass_at_k(5, 3, 3), pass_at_k(4, 1, 1)) == (0, 1, 0.25)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 8))
def test_pass_at_k_is_the_mean_over_every_draw(right, k):
    if k <= len(right):
        draws = [any(draw) for draw in itertools.combinations(right, k)]
        assert pass_at_k(len(right), sum(right), k) == pytest.approx(sum(draws) / len(draws))


@pytest.mark.parametrize(("n", "n_right", "k"), [(3, 1, 4), (3, 1, 0), (3, 4, 1), (3, -1, 1)])
def test_more_than_there_are_is_refused(n, n_right, k):
    with pytest.raises(ValueError, match="pass_at_k"):
        pass_at_k(n, n_right, k)


def test_ties_go_to_the_first_and_the_unread_do_not_vote():
    assert vote(["B", "A", "A"]) == 1
    assert vote(["B", "A", "C"]) == 0
    assert vote([None, None, "C"]) == 2
    assert vote([None, None]) is None
    assert vote([None, "D", None, "B", "B"]) == 3
    assert not vote_of_first([None, None, "A"], [False, False, True], 2)
    assert vote_of_first([None, None, "A"], [False, False, True], 3)
    assert any_of_first([False, True], 2)
    assert not any_of_first([False, True], 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["A", "B", "C", None]), min_size=1, max_size=6), st.integers(1, 6), st.sampled_from(["A", "B"]))
def test_vote_at_k_is_the_mean_over_every_draw_in_any_order(answers, k, key):
    if k > len(answers):
        return
    right = [answer == key for answer in answers]
    draws = list(itertools.permutations(range(len(answers)), k))
    won = [vote_of_first([answers[at] for at in draw], [right[at] for at in draw], k) for draw in draws]
    assert vote_at_k(answers, right, k) == pytest.approx(sum(won) / len(won))


def test_of_several_right_answers_each_can_win():
    # synonyms: "flu" and "influenza" are both right, and vote apart
    assert vote_at_k(["flu", "influenza", "cold"], [True, True, False], 3) == pytest.approx(2 / 3)


def test_a_sweep_by_hand():
    answers = [["A", "B", "B"], ["C", None, "A"]]
    right = [[True, False, False], [False, False, True]]
    one, two, three = sweep(answers, right)
    assert (one.k, one.n_items, one.pass_at_k, one.any_of_first, one.vote_of_first) == (1, 2, pytest.approx(1 / 3), 0.5, 0.5)
    assert one.vote_at_k == pytest.approx(1 / 3)
    # item 1: AB, AB, BB: a half, a half, none; item 2: C alone, A or C, A alone: none, a half, one
    assert two.vote_at_k == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert (three.any_of_first, three.vote_of_first, three.vote_at_k) == (1.0, 0.0, 0.25)
    assert (three.low, three.high) == (wilson(0, 2).low, wilson(0, 2).high)


def test_items_with_fewer_samples_drop_out_of_a_sweep():
    rows = sweep([["A", "A"], ["B"]], [[True, True], [False]], ks=[1, 2])
    assert [(row.n_items, row.vote_of_first) for row in rows] == [(2, 0.5), (1, 1.0)]
    with pytest.raises(ValueError, match="no item has 3 samples; the most is 2"):
        sweep([["A", "A"], ["B"]], [[True, True], [False]], ks=[3])


@pytest.mark.parametrize(("answers", "right"), [([], []), ([["A"]], [[True, False]])])
def test_a_verdict_per_sample_is_demanded(answers, right):
    with pytest.raises(ValueError, match="sweep"):
        sweep(answers, right)


def test_instability():
    assert instability([["A", "A", "A"], ["A", "A", None], ["B", "C", "B"], [None, None]]) == 0.5
    with pytest.raises(ValueError, match="one sample cannot disagree"):
        instability([["A"], ["A", "B"]])


def test_letters_of_another_order_are_mapped_back():
    first, shown = {"A": "rest", "B": "surgery", "C": "aspirin"}, {"A": "aspirin", "B": "rest", "C": "surgery"}
    assert [in_first_order(letter, first, shown) for letter in ("A", "B", "C", None)] == ["C", "A", "B", None]
    assert in_first_order("A,B", first, shown) == "A,C"
    assert instability([["C", in_first_order("A", first, shown)]]) == 0
    with pytest.raises(ValueError, match="not the same texts"):
        in_first_order("A", first, {"A": "rest", "B": "rest", "C": "surgery"})


RUNS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "raw_medqa2026_2_models" / "base_runs.jsonl.gz"
PUBLISHED = {
    "olmo3_7b": {0.0: (46.18, 46.21, 0.87), 0.3: (44.50, 45.05, 39.51), 0.7: (41.10, 44.56, 67.57)},
    "qwen25_7b": {0.0: (67.96, 67.96, 0.10), 0.3: (66.44, 67.86, 25.92), 0.7: (57.67, 61.07, 55.24)},
}
"""Mean accuracy of three runs, majority of three, and answer instability in per cent, by temperature, as the authors publish them."""


def test_published_figures_of_two_models_are_found_again():
    if not RUNS.exists():
        pytest.skip(f"{RUNS}: the runs of two models are not here and may not be committed; put them there to run this test")
    answers, right = defaultdict(list), defaultdict(list)
    with gzip.open(RUNS, "rt", encoding="utf-8") as lines:
        for row in sorted(map(json.loads, lines), key=lambda row: row["run"]):
            answers[row["model"], row["temp"], row["qid"]].append(row["pred"])
            right[row["model"], row["temp"], row["qid"]].append(row["pred"] == row["gold"])
    assert len(answers) == 2 * 3 * 1030
    for model, temperatures in PUBLISHED.items():
        for temperature, published in temperatures.items():
            places = [place for place in answers if place[:2] == (model, temperature)]
            row = sweep([answers[place] for place in places], [right[place] for place in places])
            found = row[0].pass_at_k, row[2].vote_of_first, instability([answers[place] for place in places])
            assert [f"{share:.2%}" for share in found] == [f"{per_cent:.2f}%" for per_cent in published]
