import pytest

from osler.core.errors import UserError
from osler.core.reward import AGGREGATES
from osler.evaluate.candidates import CandidateRecord, CandidateSet
from osler.evaluate.selection import SelectionRow, selection_grid
from osler.evaluate.stats import mcnemar_exact, paired_bootstrap, wilson


def candidates(id: str, *rows: tuple[str | None, bool, tuple[float, ...]]) -> CandidateSet:
    return CandidateSet(id, tuple(CandidateRecord(answer, is_right, (), {"prm": scores_S}) for answer, is_right, scores_S in rows))


SETS = [
    # the vote is a tie and goes to A; (.9, .1) has the better mean and (.4, .4) the better of everything else
    candidates("1", ("A", True, (0.9, 0.1)), ("B", False, (0.4, 0.4))),
    # two wrong ones outvote a right one that everything but the plain vote prefers
    candidates("2", ("A", False, (0.1, 0.2)), ("A", False, (0.2, 0.1)), ("B", True, (0.8, 0.9))),
    # two right ones together weigh more than a better wrong one, but not by the product: .25 + .25 against .81
    candidates("3", ("A", True, (0.5, 0.5)), ("A", True, (0.5, 0.5)), ("B", False, (0.9, 0.9))),
    # no answer cannot be chosen, however it is scored
    candidates("4", (None, False, (0.9, 0.9)), (None, False, ())),
    candidates("5"),
]
VOTES = [True, False, True, False, False]
BEST = {"mean": [True, True, False, False, False]} | {
    name: [False, True, False, False, False] for name in ("last", "least", "product", "geometric_mean")
}
WEIGHTED = {
    "last": [False, True, True, False, False],
    "least": [False, True, True, False, False],
    "product": [False, True, False, False, False],
    "mean": [True, True, True, False, False],
    "geometric_mean": [False, True, True, False, False],
}


def test_the_grid_by_hand():
    rows = selection_grid(SETS, ["prm"], seed=3)
    found = {(row.reward, row.rule, row.aggregate): row.accuracy for row in rows}
    expected = {
        ("prm", rule, name): sum(right) / 5 for rule, by in (("best", BEST), ("weighted_vote", WEIGHTED)) for name, right in by.items()
    }
    assert found == {(None, "vote", None): 0.4, (None, "any_right", None): 0.6, **expected}
    assert len(rows) == len(found) == 2 + 2 * len(AGGREGATES)


@pytest.mark.parametrize(("rule", "by"), [("best", BEST), ("weighted_vote", WEIGHTED)])
@pytest.mark.parametrize("aggregate", sorted(AGGREGATES))
def test_a_row_has_its_intervals_and_its_difference_to_the_plain_vote(rule, by, aggregate):
    right = by[aggregate]
    n_only, n_vote_only = (sum(a and not b for a, b in zip(*pair, strict=True)) for pair in ((right, VOTES), (VOTES, right)))
    own, apart = wilson(sum(right), 5), paired_bootstrap(right, VOTES, seed=3)
    [row] = [each for each in selection_grid(SETS, ["prm"], seed=3) if (each.rule, each.aggregate) == (rule, aggregate)]
    assert row == SelectionRow(
        reward="prm", rule=rule, aggregate=aggregate, n_items=5, accuracy=sum(right) / 5, low=own.low, high=own.high,
        difference=pytest.approx((sum(right) - 2) / 5), diff_low=apart.low, diff_high=apart.high,
        p_value=mcnemar_exact(n_only, n_vote_only),
    )  # fmt: skip


def test_the_vote_and_the_bound_are_compared_with_nothing():
    for row in selection_grid(SETS, [], seed=3):
        assert (row.reward, row.aggregate, row.difference, row.diff_low, row.diff_high, row.p_value) == (None,) * 6
        assert row.low < row.accuracy < row.high
        assert row.n_items == 5


def test_rows_come_by_reward_model_in_the_order_given():
    sets = [CandidateSet("1", (CandidateRecord("A", True, (), {"b": (0.5,), "a": (0.5,)}),))]
    assert list(dict.fromkeys(row.reward for row in selection_grid(sets, ["b", "a"], seed=0))) == [None, "b", "a"]


def test_nothing_to_choose_from_is_an_error():
    with pytest.raises(UserError, match="there are no candidates"):
        selection_grid([], ["prm"], seed=0)
    with pytest.raises(UserError, match="no scores by 'other', only by prm"):
        selection_grid(SETS, ["other"], seed=0)
