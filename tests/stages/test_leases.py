"""Every position is handed out once, in shrinking groups; what a lost worker had is handed out again, but not for ever."""

import pytest

from osler.core.errors import RunError
from osler.stages.leases import Leases


def all_of(leases: Leases) -> list[tuple[int, ...]]:
    return [lease.positions for lease in iter(leases.take, None)]


def test_groups_are_a_quarter_of_a_share_within_bounds() -> None:
    """Of 100 for two workers an eighth of what is left: 12 of 100, 11 of 88, 9 of 77, 8 of 68, then the least, and the rest."""
    groups = all_of(Leases(100, 2, least=8, most=256))
    assert [len(group) for group in groups] == [12, 11, 9, 8, 8, 8, 8, 8, 8, 8, 8, 4]
    assert [at for group in groups for at in group] == list(range(100))


def test_no_group_is_larger_than_the_most() -> None:
    groups = all_of(Leases(10_000, 2, least=8, most=256))
    assert max(map(len, groups)) == len(groups[0]) == 256
    assert sum(map(len, groups)) == 10_000


def test_of_nothing_there_is_nothing() -> None:
    assert Leases(0, 3).take() is None


def test_what_is_given_back_comes_next() -> None:
    leases = Leases(40, 1, least=10, most=10)
    first = leases.take()
    assert first is not None
    leases.take()
    leases.give_back(first)
    again = leases.take()
    assert again is not None
    assert (again.positions, again.n_lost) == (first.positions, 1)
    assert [positions[0] for positions in all_of(leases)] == [20, 30]


def test_the_third_worker_that_is_lost_with_it_is_no_accident() -> None:
    leases = Leases(5, 1, least=5)
    for _ in range(2):
        lease = leases.take()
        assert lease is not None
        leases.give_back(lease)
    lease = leases.take()
    assert lease is not None
    with pytest.raises(RunError, match=r"^--ray: 3 workers were lost one after the other over the same 5 questions; [^\n]+$"):
        leases.give_back(lease)
