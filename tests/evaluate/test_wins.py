import pytest

from osler.core.errors import UserError
from osler.evaluate.wins import Tally, choose_prompts, head_to_head, tallies


def outcomes(n_a_only: int, n_b_only: int, n: int):
    return [1] * n_a_only + [0] * (n - n_a_only), [0] * n_a_only + [1] * n_b_only + [0] * (n - n_a_only - n_b_only)


def test_identical_outcomes_are_a_tie_from_nothing_to_nothing():
    row = head_to_head("med", "base", "quiz", [1, 0] * 100, [1, 0] * 100, seed=1)
    assert (row.difference, row.low, row.high, row.ending) == (0, 0, 0, "tie")


def test_thirty_against_none_of_five_hundred_are_a_win():
    a, b = outcomes(30, 0, 500)
    row = head_to_head("med", "base", "quiz", a, b, seed=1)
    assert (row.ending, row.n) == ("win", 500)
    assert row.difference == pytest.approx(0.06)
    assert row == head_to_head("med", "base", "quiz", a, b, seed=1)
    swapped = head_to_head("base", "med", "quiz", b, a, seed=1)
    assert (swapped.low, swapped.high, swapped.ending) == (-row.high, -row.low, "loss")


@pytest.mark.parametrize(("n_a_only", "n_b_only"), [(20, 20), (21, 17), (3, 30)])
def test_swapped_models_negate_the_interval(n_a_only, n_b_only):
    a, b = outcomes(n_a_only, n_b_only, 300)
    for clusters in (None, [str(at // 3) for at in range(300)]):
        forth = head_to_head("a", "b", "quiz", a, b, clusters, seed=4)
        back = head_to_head("b", "a", "quiz", b, a, clusters, seed=4)
        assert (back.low, back.high) == (-forth.high, -forth.low)


def test_a_lead_within_chance_is_a_tie():
    assert head_to_head("med", "base", "quiz", *outcomes(21, 17, 300), seed=1).ending == "tie"


def test_clusters_turn_a_win_into_a_tie():
    """A lead of 20 items that are one vignette."""
    a, b = outcomes(20, 0, 200)
    assert head_to_head("med", "base", "quiz", a, b, seed=1).ending == "win"
    assert head_to_head("med", "base", "quiz", a, b, ["one"] * 20 + [""] * 180, seed=1).ending == "tie"


def test_the_table_of_endings():
    same, win, loss = ([0] * 100, [0] * 100), outcomes(30, 0, 100), outcomes(0, 30, 100)
    rows = [
        head_to_head("med-7b", "base-7b", "quiz", *win, seed=1),
        head_to_head("med-7b", "base-7b", "exam", *same, seed=1),
        head_to_head("med-70b", "base-70b", "quiz", *loss, seed=1),
        head_to_head("med-70b", "base-70b", "exam", *win, seed=1),
    ]
    assert tallies(rows) == [
        Tally("all", 4, 2, 1, 1),
        Tally("quiz", 2, 1, 0, 1),
        Tally("exam", 2, 1, 1, 0),
        Tally("med-7b", 2, 1, 1, 0),
        Tally("med-70b", 2, 1, 0, 1),
    ]


def test_each_model_has_the_prompt_that_suits_it():
    right = {
        "med": {"plain": {"v1": 1, "v2": 0}, "formal": {"v1": 1, "v2": 1}},
        "base": {"plain": {"v1": 1, "v2": 0}, "formal": {"v1": 0, "v2": 1}},
    }
    # of two as good, the first
    assert choose_prompts(right, ["t1", "t2"]) == {"med": "formal", "base": "plain"}


def test_a_prompt_is_not_chosen_on_what_is_scored():
    with pytest.raises(UserError, match=r"'med': item 't1' is scored as well \(1 such\)"):
        choose_prompts({"med": {"plain": {"v1": 1, "t1": 1}}}, ["t1", "t2"])


@pytest.mark.parametrize("prompts", [{"plain": {"v1": 1}, "formal": {"v2": 1}}, {"plain": {}}, {}])
def test_prompts_are_tried_on_the_same_items(prompts):
    with pytest.raises(UserError, match="not all tried on the same items"):
        choose_prompts({"med": prompts}, ["t1"])


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="2 and 1 outcomes"):
        head_to_head("med", "base", "quiz", [1, 0], [1], seed=1)
