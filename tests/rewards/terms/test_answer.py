import pytest
from pydantic import ValidationError

from osler.rewards.terms.answer import Answer, Verified
from tests.rewards.terms.seeing import KIT, seen, verdict


def test_each_outcome_earns_what_is_set_for_it() -> None:
    """Med-R³'s floor of 0.1 for a wrong answer; the last two are told apart in the counts, not in what they earn."""
    term = Answer(wrong=0.1)
    assert [term.number(seen(of=verdict(outcome)), KIT) for outcome in ("right", "wrong", "no_answer", "unjudged")] == [1.0, 0.1, 0.0, 0.0]


def test_no_answer_never_earns_more_than_a_wrong_one() -> None:
    with pytest.raises(ValidationError, match="the more the better"):
        Answer(unjudged=0.5)


@pytest.mark.parametrize(("rank", "worth"), [(1, 1.0), (2, 0.5), (3, 1 / 3), (0, 0.0)])
def test_a_ranked_list_earns_the_reciprocal_of_the_rank_of_its_hit(rank: int, worth: float) -> None:
    of = verdict("right" if rank == 1 else "wrong", reciprocal_rank=1 / rank if rank else 0.0, n_entries=5)
    assert Answer(partial="reciprocal_rank").number(seen(of=of), KIT) == pytest.approx(worth)


def test_a_list_that_is_too_long_earns_what_a_wrong_answer_does() -> None:
    of = verdict(reciprocal_rank=1.0, n_entries=6)
    assert Answer(partial="reciprocal_rank", max_entries=5).number(seen(of=of), KIT) == 0
    assert Answer(partial="reciprocal_rank", max_entries=6).number(seen(of=of), KIT) == 1


def test_partial_marks_count_in_place_of_the_outcome_where_the_judge_has_them() -> None:
    assert Answer(partial="jaccard", wrong=0.1).number(seen(of=verdict("wrong", jaccard=0.5)), KIT) == pytest.approx(0.55)
    assert Answer(partial="jaccard").number(seen(of=verdict("wrong")), KIT) == 0


def test_one_answer_after_another_earns_nothing_unless_the_last_is_enough() -> None:
    of = verdict("right", rival="B")
    assert Answer().number(seen(of=of), KIT) == 0
    assert Answer(is_last_enough=True).number(seen(of=of), KIT) == 1
    assert Verified().number(seen(of=of), KIT) == 0.1


@pytest.mark.parametrize(("p", "worth"), [(0.0, 0.1), (0.40, 0.1), (0.41, 1.0), (1.0, 1.0)])
def test_huatuos_table_of_the_probability(p: float, worth: float) -> None:
    assert Verified().number(seen(of=verdict("wrong", p_right=p)), KIT) == worth


def test_without_a_probability_the_verdict_says_it() -> None:
    assert [Verified().number(seen(of=verdict(each)), KIT) for each in ("right", "wrong", "unjudged", "no_answer")] == [1, 0.1, 0.1, 0.1]
